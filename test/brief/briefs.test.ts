import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { BriefValues } from "../../src/brief/brief.ts";
import { readText } from "../../src/brief/read.ts";
import { catalog } from "../../src/catalog/catalog.ts";
import { judge, type Labelled } from "./scoring.ts";

const labelled = (file: string): Labelled[] =>
  readFileSync(new URL(file, import.meta.url), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Labelled);
const rows = labelled("./briefs.jsonl");
/** Questions asked in public threads, each with its address; the fields were read off by a person. */
const cases = labelled("./cases.jsonl");

/** F1 over all fields, and the share of briefs without a wrong field. */
function score(chosen: readonly Labelled[]): { f1: number; clean: number; notes: string[] } {
  let right = 0;
  let wrong = 0;
  let missed = 0;
  let clean = 0;
  const notes: string[] = [];
  for (const row of chosen) {
    const { brief, conflicts } = readText(row.text, catalog, { today: "2026-11-22" });
    const values = Object.fromEntries(Object.entries(brief).map(([k, said]) => [k, said.value])) as BriefValues;
    const tally = judge(row, values);
    if (row.conflict && conflicts.length === 0) tally.missed.push("conflict");
    right += tally.right;
    wrong += tally.wrong.length;
    missed += tally.missed.length;
    clean += tally.wrong.length === 0 ? 1 : 0;
    if (tally.wrong.length + tally.missed.length > 0)
      notes.push(`${row.id} wrong: ${tally.wrong} missed: ${tally.missed}`);
  }
  return { f1: (2 * right) / (2 * right + wrong + missed), clean: clean / chosen.length, notes };
}

describe("messy briefs are read", () => {
  it("those the grammar was tuned on: nearly all", () => {
    const { f1, clean, notes } = score(rows.filter((r) => r.split === "tuning"));
    expect(f1, notes.join("\n")).toBeGreaterThanOrEqual(0.99);
    expect(clean, notes.join("\n")).toBeGreaterThanOrEqual(0.96);
  });

  // Written before the grammar first ran and never looked at for a rule. Keep it so: new phenomena go to the tuning half.
  it("those it was never tuned on: F1 of at least 0.97, nine in ten without a wrong field", () => {
    const { f1, clean } = score(rows.filter((r) => r.split === "held-out"));
    expect(f1).toBeGreaterThanOrEqual(0.97);
    expect(clean).toBeGreaterThanOrEqual(0.9);
  });

  it("questions of public threads, in the askers' few words: nearly all", () => {
    const { f1, notes } = score(cases);
    expect(f1, notes.join("\n")).toBeGreaterThanOrEqual(0.99);
  });
});
