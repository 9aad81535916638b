import { BRIEF_FIELDS, type Catalog } from "../../src/index.ts";
import type { Cell, MagicLine } from "./cell.ts";
import { codePointsOf, unitsOf } from "./position.ts";
import { FLAGS, type FlagName, flagOf, flagsOf, isVerb, VERB_NAMES, type Verb } from "./verbs.ts";

export interface Completion {
  matches: string[];
  /** Code points, as Jupyter counts. */
  start: number;
  end: number;
}

const MOST_MATCHES = 50;

/** The magic that a cursor stands in. */
export const magicAt = (cell: Cell, at: number): MagicLine | undefined =>
  cell.magics.find((magic) => at >= magic.start && at <= magic.end);

/** What may stand at the cursor; undefined where the cursor is in code, which the kernel completes. */
export function completionOf(text: string, cursor: number, cell: Cell, catalog: Catalog): Completion | undefined {
  const at = unitsOf(text, cursor);
  const magic = magicAt(cell, at);
  if (!magic) return spelling(text, at);
  if (at < magic.wordsAt) return { matches: [], start: cursor, end: cursor };
  const before = text.slice(magic.wordsAt, at);
  const word = /\S*$/.exec(before)![0];
  const earlier = before
    .slice(0, before.length - word.length)
    .split(/\s+/)
    .filter(Boolean);
  const from = codePointsOf(text, at - word.length);
  const { matches, skip = 0 } = candidates(earlier, word, catalog);
  return { matches: matches.slice(0, MOST_MATCHES), start: from + skip, end: cursor };
}

/** `%arch` at the beginning of a cell. */
function spelling(text: string, at: number): Completion | undefined {
  const word = /^\s*(%%?\w*)$/.exec(text.slice(0, at))?.[1];
  if (word === undefined || at !== text.trimEnd().length) return undefined;
  const matches = ["%architect", "%%architect"].filter((each) => each.startsWith(word));
  return { matches, start: codePointsOf(text, at - word.length), end: codePointsOf(text, at) };
}

function candidates(earlier: string[], word: string, catalog: Catalog): { matches: string[]; skip?: number } {
  const begins = (names: readonly string[]): string[] =>
    names.filter((name) => name.toLowerCase().startsWith(word.toLowerCase()));
  if (earlier.length === 0 && !word.startsWith("-")) return { matches: begins(VERB_NAMES) };
  const verb = isVerb(earlier[0] ?? "") ? (earlier[0] as Verb) : undefined;
  const last = (Object.keys(FLAGS) as FlagName[]).map(flagOf).find(({ names }) => names.includes(earlier.at(-1) ?? ""));
  if (last?.value) return { matches: begins(last.value.oneOf ?? []) };
  if (word.startsWith("-")) return { matches: begins(flagsOf(verb).flatMap((name) => flagOf(name).names)) };
  if (verb === "help") return { matches: begins(VERB_NAMES) };
  if (verb === "set") {
    const [field, value] = word.split("=", 2);
    if (value === undefined) return { matches: begins(BRIEF_FIELDS.map((each) => `${each}=`)) };
    const names =
      field === "model" ? idsOf(catalog.models) : field === "accelerator" ? idsOf(catalog.accelerators) : [];
    return { matches: named(names, value), skip: field!.length + 1 };
  }
  if (word.length < 2) return { matches: [] };
  return { matches: named([...idsOf(catalog.models), ...idsOf(catalog.accelerators)], word) };
}

const idsOf = (facts: readonly { id: string }[]): string[] => facts.map(({ id }) => id);

/** Names that begin with what is typed, with or without their organisation. */
function named(names: readonly string[], typed: string): string[] {
  const low = typed.toLowerCase();
  const found = names.filter((name) => {
    const full = name.toLowerCase();
    return full.startsWith(low) || full.replace(/^.*\//, "").startsWith(low);
  });
  return found.sort();
}
