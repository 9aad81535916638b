import { parse as parseYaml } from "yaml";
import { baseName, type ExistingFile, type Finding, lineAt } from "./file.ts";

/** A package that a project asks for, with the line that asks. */
interface Requirement {
  name: string;
  words: string;
  line: number;
}

/** A requirement as pip writes it (PEP 508): a name, extras, a version. */
const REQUIREMENT = /^\s*["']?([A-Za-z][A-Za-z0-9._-]*)\s*(?:\[[^\]]*\])?\s*(?:[<>=!~^@;,"' ]|$)/;

/** Names are compared as PEP 503 normalises them. */
const normalised = (name: string): string => name.toLowerCase().replace(/[-_.]+/g, "-");

/** What a package says about its project; the first that is there decides a field. */
const FRAMEWORKS: readonly [framework: string, packages: readonly string[]][] = [
  ["transformers", ["transformers", "peft", "trl", "axolotl", "unsloth", "llamafactory", "llama-factory"]],
  ["tensorflow-keras", ["tensorflow", "tensorflow-gpu", "tf-keras", "keras", "tflite-runtime"]],
  ["jax-flax", ["jax", "flax", "jaxlib"]],
  ["pytorch", ["torch", "pytorch", "pytorch-lightning", "lightning", "torchtune"]],
];
const TRACKERS: readonly ["wandb" | "mlflow" | "tensorboard", string][] = [
  ["wandb", "wandb"],
  ["mlflow", "mlflow"],
  ["tensorboard", "tensorboard"],
];
const ACCOUNTS: readonly [
  "existing-aws" | "existing-gcp" | "existing-azure" | "existing-tensorflow",
  readonly string[],
][] = [
  ["existing-aws", ["sagemaker"]],
  ["existing-gcp", ["google-cloud-aiplatform"]],
  ["existing-azure", ["azure-ai-ml", "azureml-core"]],
  ["existing-tensorflow", ["tensorflow-serving-api", "tfx"]],
];

/** Fields that the installed packages answer: framework, tracker, cloud accounts. */
export function readPackages(file: ExistingFile): Finding[] {
  const asked = requirementsOf(file);
  if (asked.length === 0) return [];
  const of = (names: readonly string[]): Requirement | undefined => asked.find((r) => names.includes(r.name));
  const found: Finding[] = [];
  const add = (field: "framework" | "tracker" | "constraints", value: Finding["value"], r: Requirement): void => {
    found.push({ field, value, path: file.path, line: r.line, words: r.words });
  };
  for (const [framework, names] of FRAMEWORKS) {
    const r = of(names);
    if (r) {
      add("framework", framework, r);
      break;
    }
  }
  for (const [tracker, name] of TRACKERS) {
    const r = of([name]);
    if (r) {
      add("tracker", tracker, r);
      break;
    }
  }
  for (const [account, names] of ACCOUNTS) {
    const r = of(names);
    if (r) add("constraints", [account], r);
  }
  return found;
}

/** A package held to one major version. */
export interface Pin {
  name: string;
  major: number;
  words: string;
  path: string;
  line: number;
}

/** `==4.36.0`, `~=4.36`, `^4.36`, `<5`: no version of a later major is installed. */
const HELD = /(?:===?|~=|\^)\s*["']?v?(\d{1,4})(?:\.|\b)|<\s*(\d{1,4})(?:\.0)*(?![\d.])/;

/** Packages that a file holds to a major version. */
export function pinsOf(file: ExistingFile): Pin[] {
  return requirementsOf(file).flatMap(({ name, words, line }) => {
    const held = HELD.exec(words);
    if (!held) return [];
    const major = held[1] === undefined ? Number(held[2]) - 1 : Number(held[1]);
    return [{ name, major, words, path: file.path, line }];
  });
}

/** Every package that a file of dependencies names. */
function requirementsOf(file: ExistingFile): Requirement[] {
  const name = baseName(file.path).toLowerCase();
  if (/^(?:requirements|constraints)[\w.-]*\.(?:txt|in)$/.test(name)) return fromLines(file.text);
  if (name === "pyproject.toml" || name === "setup.cfg" || name === "setup.py" || name === "pipfile")
    return fromQuoted(file.text, name);
  if (/^(?:environment|conda)[\w.-]*\.ya?ml$/.test(name)) return fromConda(file.text);
  if (/^dockerfile|\.dockerfile$/.test(name) || name.endsWith(".sh")) return fromInstalls(file.text);
  return [];
}

function fromLines(text: string): Requirement[] {
  return text.split("\n").flatMap((words, at) => {
    const name = words.startsWith("-") || words.startsWith("#") ? undefined : REQUIREMENT.exec(words)?.[1];
    return name === undefined ? [] : [{ name: normalised(name), words: words.trim(), line: at + 1 }];
  });
}

/** TOML and setup files list requirements as strings or as keys, one a line: "torch>=2", torch = "^2". */
function fromQuoted(text: string, file: string): Requirement[] {
  const out: Requirement[] = [];
  const lines = text.split("\n");
  let inside = file === "setup.py";
  for (const [at, words] of lines.entries()) {
    const section = /^\s*\[+([^\]]+)\]+\s*$/.exec(words)?.[1];
    if (section !== undefined) inside = /depend|packages|options/i.test(section);
    if (/(?:dependencies|install_requires|requires)\s*=/.test(words)) inside = true;
    if (!inside && !/^\s*["']/.test(words)) continue;
    const strings = [...words.matchAll(/["']([A-Za-z][^"']*)["']/g)].map((m) => m[1] ?? "");
    const key = /^\s*([A-Za-z][\w.-]*)\s*=/.exec(words)?.[1];
    const bare = file === "setup.cfg" ? [words] : [];
    for (const text of [...strings, ...(key === undefined ? [] : [key]), ...bare]) {
      const name = REQUIREMENT.exec(text)?.[1];
      if (name !== undefined) out.push({ name: normalised(name), words: words.trim(), line: at + 1 });
    }
  }
  return out;
}

function fromConda(text: string): Requirement[] {
  let parsed: unknown;
  try {
    parsed = parseYaml(text, { logLevel: "silent" });
  } catch {
    return [];
  }
  const { dependencies } = (parsed ?? {}) as { dependencies?: unknown };
  if (!Array.isArray(dependencies)) return [];
  const names = dependencies.flatMap((entry: unknown) =>
    typeof entry === "string"
      ? [entry]
      : entry !== null && typeof entry === "object"
        ? Object.values(entry).flatMap((list) => (Array.isArray(list) ? list.map(String) : []))
        : [],
  );
  return names.flatMap((words) => {
    // A channel may stand before a conda package: "pytorch::pytorch=2.1".
    const name = REQUIREMENT.exec(words.replace(/^[\w-]+::/, ""))?.[1];
    return name === undefined
      ? []
      : [{ name: normalised(name), words, line: lineAt(text, Math.max(0, text.indexOf(words))) }];
  });
}

/** `pip install a b`, also over continued lines of a Dockerfile. */
function fromInstalls(text: string): Requirement[] {
  const out: Requirement[] = [];
  for (const match of text.matchAll(/\b(?:uv )?pip3? install\b((?:[^\n&;|\\]|\\\r?\n|\\.)*)/g)) {
    const line = lineAt(text, match.index);
    for (const word of (match[1] ?? "").split(/[\s\\]+/)) {
      const name = word.startsWith("-") ? undefined : REQUIREMENT.exec(word)?.[1];
      if (name !== undefined) out.push({ name: normalised(name), words: `pip install ${word}`, line });
    }
  }
  return out;
}
