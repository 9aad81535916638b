import { parseAllDocuments } from "yaml";
import { readConfiguration } from "../brief/evidence/configuration.ts";
import { MODEL_KEYS, NUMBER_KEYS } from "../brief/evidence/trainer-keys.ts";
import { normalise } from "../brief/text.ts";
import { findModel } from "../catalog/names.ts";
import type { Catalog } from "../catalog/schema.ts";
import { readCode } from "./code.ts";
import { type ExistingFile, extensionOf, type Finding, lineAt, quoted } from "./file.ts";
import type { Run } from "./runs.ts";

type Found = Pick<Finding, "field" | "value">;
type Scalar = string | number | boolean;

const positive =
  (field: Finding["field"]) =>
  (raw: Scalar): Found[] => {
    const value = Number(raw);
    return Number.isFinite(value) && value > 0 ? [{ field, value }] : [];
  };

const METHODS: Readonly<Record<string, "full" | "lora" | "qlora" | "freeze">> = {
  full: "full",
  lora: "lora",
  qlora: "qlora",
  freeze: "freeze",
};
const TASKS: Readonly<Record<string, string>> = {
  sft: "sft",
  dpo: "dpo",
  pt: "pretrain",
  kto: "preference",
  grpo: "grpo",
  ppo: "grpo",
};
const TRACKERS = new Set(["wandb", "mlflow", "tensorboard"]);

/** Settings by the names that trainers give them, lower case, with underscores. */
const KEYS: Readonly<Record<string, (raw: Scalar, catalog: Catalog) => Found[]>> = {
  ...Object.fromEntries(MODEL_KEYS.map((key) => [key, model])),
  ...Object.fromEntries(
    Object.entries(NUMBER_KEYS).flatMap(([field, keys]) =>
      keys.map((key) => [key, positive(field as keyof typeof NUMBER_KEYS)]),
    ),
  ),
  load_in_4bit: (raw) => (isTrue(raw) ? [{ field: "method", value: "qlora" }] : []),
  quantization_bit: (raw) => (Number(raw) === 4 ? [{ field: "method", value: "qlora" }] : []),
  method_name: (raw) => named("method", METHODS[String(raw).toLowerCase()]),
  adapter: (raw) => named("method", METHODS[String(raw).toLowerCase()]),
  finetuning_type: (raw) => named("method", METHODS[String(raw).toLowerCase()]),
  use_peft: (raw) => (isTrue(raw) ? [{ field: "method", value: "lora" }] : []),
  stage: (raw) => named("task", TASKS[String(raw).toLowerCase()]),
  rl: (raw) => named("task", TASKS[String(raw).toLowerCase()]),
  report_to: (raw) => named("tracker", TRACKERS.has(String(raw)) ? String(raw) : undefined),
  wandb_project: () => [{ field: "tracker", value: "wandb" }],
};

function model(raw: Scalar, catalog: Catalog): Found[] {
  const found = typeof raw === "string" ? findModel(catalog, raw) : undefined;
  return found ? [{ field: "model", value: found.id }] : [];
}

const named = (field: Finding["field"], value: string | undefined): Found[] =>
  value === undefined ? [] : [{ field, value }];
const isTrue = (raw: Scalar): boolean => raw === true || String(raw).toLowerCase() === "true";

/** Where several files of a project set one thing, method "qlora" is more particular than "lora". */
const byParticularity = (a: Finding, b: Finding): number => Number(b.value === "qlora") - Number(a.value === "qlora");

/** Settings in configuration files, in calls of Python and in flags of shell scripts. */
export function readSettings(given: ExistingFile, catalog: Catalog): Finding[] {
  const file = { ...given, text: assigned(given) };
  const out: Finding[] = [];
  for (const { key, raw, line, words } of pairsOf(file)) {
    const reader = Object.hasOwn(KEYS, key) ? KEYS[key] : undefined;
    for (const found of reader?.(raw, catalog) ?? [])
      if (!out.some((f) => f.field === found.field && f.value === found.value))
        out.push({ ...found, path: file.path, line, words: quoted(words) });
  }
  return [...out.sort(byParticularity), ...currentOf(file, catalog)];
}

/** The options of the command that starts a run, as if a file of their own said them. */
export function readOptions({ place, options }: Run, catalog: Catalog): Finding[] {
  // Hydra's options name the place in the tree: "training.lr".
  const text = [...options].map(([name, value]) => `--${name.split(/[./]/).at(-1)} ${value}`).join("\n");
  const file = { path: "command.sh", text };
  const [path, line] = place.split(/:(?=\d+$)/);
  return [...readSettings(file, catalog), ...readCode(file, catalog)].map((finding) => ({
    ...finding,
    path: path!,
    ...(line === undefined ? {} : { line: Number(line) }),
  }));
}

/** Where a setting of the run stands, by the names that trainers give it. */
const CURRENT_KEYS: Readonly<Record<string, RegExp>> = {
  gradientAccumulationSteps: /gradient[_-]accumulation[_-]steps/i,
  gradientCheckpointing: /(?:gradient|activation)[_-]checkpointing/i,
  optimizer: /\boptim(?:izer)?\b/i,
  dtype: /\b(?:bf16|fp16|mixed[_-]precision|(?:torch_)?dtype)\b/i,
  baseQuantization: /load[_-]in[_-][48]bit|quantization[_-]bit/i,
  loraRank: /lora[_-]r(?:ank)?\b|\br["']?\s*[:=]\s*\d/i,
  loraAlpha: /lora[_-]alpha/i,
  loraTargets: /lora[_-]target|target[_-]modules|attn[_-]modules/i,
  learningRate: /learning[_-]rate|\blr\b/i,
  fusedLoss: /fused_loss|liger/i,
  packing: /\bpack(?:ing|ed)\b|sample[_-]packing/i,
  sharding: /zero[_-]stage|\bstage\b|fsdp|distributed[_-]type/i,
  offload: /offload/i,
  attention: /attn|attention/i,
};

/** Settings of the run that are no field of a brief, one finding each: the place of every one is told. */
function currentOf(file: ExistingFile, catalog: Catalog): Finding<"current">[] {
  if (!SETTINGS_FILE.test(file.path)) return [];
  const nested = isDocument(file) ? pairsOf(file).map(({ key, raw }) => `\n${key}: ${raw}`) : [];
  const { findings } = readConfiguration(normalise(file.text + nested.join("")), catalog);
  const current = findings.find((f) => f.field === "current");
  if (current?.field !== "current") return [];
  return Object.entries(current.value).map(([key, value]) => {
    const at = Math.max(0, file.text.search(CURRENT_KEYS[key] ?? /^/));
    const words = quoted(file.text.slice(at).split("\n", 1)[0] ?? "");
    return { field: "current", value: { [key]: value }, path: file.path, line: lineAt(file.text, at), words };
  });
}
const isDocument = ({ path }: ExistingFile): boolean => /\.(?:ya?ml|json)$/i.test(path);
const SETTINGS_FILE = /\.(?:ya?ml|json|py|sh|bash|slurm|sbatch)$/i;

interface Pair {
  key: string;
  raw: Scalar;
  line: number;
  words: string;
}

/** `add_argument("--num_train_epochs", type=int, default=3)`, also of click and typer. */
const ARGUMENT =
  /\b(?:add_argument|option|Option)\(\s*["']-{0,2}([\w-]{2,40})["'](?:(?:[^()]|\([^()]*\)){0,300}?\bdefault\s*=\s*(\d[\d_.e-]*|True|False|["'][^"'\n]{1,120}["']))?/g;
/** `learning_rate: float = 2e-4`, `epochs: int = field(default=3, …)`. */
const ANNOTATED = /\b([a-z][a-z0-9_]{1,40})[ \t]*:[ \t]*[\w.[\]| ]{1,60}=[ \t]*(?:field\([ \t]*default[ \t]*=[ \t]*)?/g;

/** A program's text with every default written as an assignment, and without comments; line numbers stay. */
function assigned({ path, text }: ExistingFile): string {
  if (!/\.(?:ya?ml|py|sh|bash|slurm|sbatch)$/i.test(path)) return text;
  const code = text.replace(/(^|\s)#(?!!)[^\n]*/g, "$1");
  if (extensionOf(path) !== "py") return code;
  return code
    .replace(ARGUMENT, (call, name: string, value?: string) => {
      const breaks = "\n".repeat(call.split("\n").length - 1);
      return value === undefined ? breaks : `${breaks} ${name.replaceAll("-", "_")}=${value}`;
    })
    .replace(ANNOTATED, "$1=");
}

const keyOf = (name: string): string => name.toLowerCase().replaceAll("-", "_");

function pairsOf(file: ExistingFile): Pair[] {
  switch (extensionOf(file.path)) {
    case "yaml":
    case "yml":
    case "json":
      return fromDocument(file.text);
    case "py":
      return [
        ...file.text.matchAll(/\b([a-z][a-z0-9_]{2,40})\s*=\s*(\d[\d_.e-]*|True|False|["'][^"'\n]{1,120}["'])/g),
      ].map((m) => pair(file.text, m, m[1] ?? "", m[2] ?? ""));
    case "sh":
    case "bash":
    case "slurm":
    case "sbatch":
      return [...file.text.matchAll(/--([a-z][a-z0-9_-]{2,40})[ =]["']?([^\s"'\\]{1,120})/g)].map((m) =>
        pair(file.text, m, m[1] ?? "", m[2] ?? ""),
      );
    default:
      return [];
  }
}

function pair(text: string, match: RegExpMatchArray, name: string, value: string): Pair {
  const bare = value.replace(/^["']|["']$/g, "");
  const number = Number(bare.replaceAll("_", ""));
  const raw = /^\d/.test(bare) && Number.isFinite(number) ? number : bare;
  return { key: keyOf(name), raw, line: lineAt(text, match.index ?? 0), words: match[0] };
}

/** Every scalar of a YAML or JSON document under its last key. A document that does not parse says nothing. */
function fromDocument(text: string): Pair[] {
  const out: Pair[] = [];
  const visit = (value: unknown, key: string | undefined, deep: number, parent = ""): void => {
    if (deep > 8) return;
    if (Array.isArray(value)) for (const item of value) visit(item, key, deep + 1, parent);
    else if (value !== null && typeof value === "object")
      for (const [name, inner] of Object.entries(value)) visit(inner, name, deep + 1, key);
    else if (
      key !== undefined &&
      (typeof value === "string" || typeof value === "number" || typeof value === "boolean")
    ) {
      const at = text.search(new RegExp(`["']?${key.replace(/[^\w-]/g, ".")}["']?\\s*:`));
      const found = { raw: value, line: at === -1 ? 1 : lineAt(text, at), words: `${key}: ${value}` };
      out.push({ key: keyOf(key), ...found });
      // `model: { name: … }` is what others call `model_name`, `lora: { r: … }` what they call `lora_r`.
      if (parent !== "") out.push({ key: keyOf(`${parent}_${key}`), ...found });
    }
  };
  try {
    // Aliases are not followed: a file of another person may nest them without end.
    for (const document of parseAllDocuments(text, { logLevel: "silent" }))
      if (document.errors.length === 0) visit(document.toJS({ maxAliasCount: 0 }), undefined, 0);
  } catch {
    return out;
  }
  return out;
}
