import { parse } from "yaml";
import type { ConfigurationRepair } from "./configuration-check.ts";
import { knownKeys, readSchema } from "./configuration-schema.ts";
import { SMOKE, type SmokeStep } from "./smoke.ts";
import type { YamlScalar } from "./yaml-edit.ts";

/** How one step of a smoke test ended. */
export interface SmokeEnd {
  step: SmokeStep;
  /** Null where a signal ended it. */
  code: number | null;
  timedOut: boolean;
  /** The end of what it printed. */
  tail: string;
}

/** Why a step failed, and the smallest change to the configuration that repairs it; none where its cause is no setting. */
export interface Diagnosis {
  why: string;
  /** Which setting to change, or what else to do. */
  say: string;
  /** `training.micro_batch_size`: the settings that are named. */
  keys: string[];
  repairs: ConfigurationRepair[];
}

/** Killed by the kernel for memory: Linux's out-of-memory killer, or a container's limit. */
const KILLED = 137;
const OUT_OF_MEMORY = 71;

/** Reads what a program of the project says when it fails: its errors name the keys to change, the cheapest first. */
export function diagnose(end: SmokeEnd, schemaText: string, minutes = SMOKE[end.step].minutes): Diagnosis {
  const { keys } = knownKeys(readSchema("configs/schema.json", schemaText));
  const known = keys.map(({ key }) => key);
  const said = lastError(end.tail);
  const text = [said.message, ...said.hint].join("\n");
  const named = known.filter((key) => isNamed(key, text));
  const why = end.timedOut ? `it took longer than ${minutes} minutes` : said.message;
  if (end.code === KILLED || (end.code === null && !end.timedOut))
    return smaller("the system ended it, most likely because the machine's memory was full", known);
  if (end.timedOut) return smaller(why, known);
  const repairs = repairsIn(
    end.code === OUT_OF_MEMORY ? said.hint.filter((line) => /^\s*1\./.test(line)) : said.hint,
    known,
  );
  repairs.push(...renamings(said.message));
  const [first] = repairs;
  if (first)
    return {
      why,
      say: `Change ${repairs.map(changeText).join(" and ")}.`,
      keys: repairs.map(({ key }) => key),
      repairs,
    };
  const hint = said.hint.map((line) => line.trim()).join(" ");
  const places = named.length > 0 ? `Change ${named.join(" or ")}.` : `Look at the section ${SMOKE[end.step].section}.`;
  return {
    why,
    say: [named.length > 0 || hint === "" ? places : "", hint].filter(Boolean).join(" "),
    keys: named,
    repairs: [],
  };
}

/** By its whole name, or by its own behind its section's: `method: quantization "nf4" needs name qlora`. */
function isNamed(key: string, text: string): boolean {
  const [section, name] = key.split(".");
  const within = new RegExp(`(?<![\\w.])${section}: (.*)`).exec(text)?.[1] ?? "";
  return (
    new RegExp(`(?<![\\w.])${section}\\.${name}(?!\\w)`).test(text) ||
    new RegExp(`(?<![\\w.])${name}(?![\\w.])`).test(within)
  );
}

export const changeText = (repair: ConfigurationRepair): string =>
  "renamed" in repair ? `${repair.key} to ${repair.renamed}` : `${repair.key} to ${JSON.stringify(repair.value)}`;

/** Both settings cut memory and time, and leave a smoke test as good as it was. */
function smaller(why: string, known: readonly string[]): Diagnosis {
  const keys = ["training.micro_batch_size", "model.max_length"].filter((key) => known.includes(key));
  return { why, say: `Lower ${keys.join(" or ")}.`, keys, repairs: [] };
}

/** The last message of the project's own kind (`ConfigError: …` with indented lines under it), or the last line of all. */
function lastError(tail: string): { message: string; hint: string[] } {
  const lines = tail.split(/\r?\n/).filter((line) => line.trim() !== "");
  const at = lines.findLastIndex((line) =>
    /^(?:[\w.]+\.)?[A-Z]\w*(?:Error|Exception|Preempted|Interrupt)\b/.test(line),
  );
  if (at < 0) return { message: lines.at(-1)?.trim() ?? "it said nothing", hint: [] };
  const under = lines.slice(at + 1);
  const end = under.findIndex((line) => !/^\s/.test(line));
  const hint = end < 0 ? under : under.slice(0, end);
  // "The configuration is not valid:" is told by what follows.
  const complaints = hint.filter((line) => /^\s*- /.test(line)).map((line) => line.replace(/^\s*- /, ""));
  const message = [lines[at]!.trim(), ...complaints].join(" ");
  return { message: message.slice(0, 600), hint: hint.filter((line) => !/^\s*- /.test(line)) };
}

/** `Set training.optimizer: adamw`, `set model.max_length to 2048 or less`: a value stands behind the key. */
function repairsIn(lines: readonly string[], known: readonly string[]): ConfigurationRepair[] {
  const found: ConfigurationRepair[] = [];
  for (const line of lines)
    for (const [, key, colon, word] of line.matchAll(/(?<![\w.])([a-z]+\.[a-z_]+)(?:(:) | to )([\w.+-]*\w|\[\])/g)) {
      const value = scalarOf(word!);
      if (!known.includes(key!) || found.some((each) => each.key === key) || value === undefined) continue;
      // "set model.id to the folder" speaks, "model.id: tiny" says.
      if (colon === undefined && typeof value === "string") continue;
      found.push({ key: key!, value });
    }
  return found;
}

function scalarOf(word: string): YamlScalar | undefined {
  const value: unknown = parse(word);
  return value === null || ["string", "number", "boolean"].includes(typeof value) ? (value as YamlScalar) : undefined;
}

const renamings = (message: string): ConfigurationRepair[] =>
  [...message.matchAll(/unknown key "([\w.]+)", did you mean "([\w.]+)"/g)].map(([, key, renamed]) => ({
    key: key!,
    renamed: renamed!,
  }));
