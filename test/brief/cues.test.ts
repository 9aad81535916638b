import { readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { CHANGING, CUSTOM } from "../../src/brief/approach.ts";
import { NAME } from "../../src/brief/cards.ts";
import { RULES } from "../../src/brief/constraints.ts";
import type { Cued } from "../../src/brief/cues.ts";
import { COLLECT, HAVE, LABEL } from "../../src/brief/data.ts";
import { BY_DATE, BY_DAY, BY_ISO, BY_MONTH, HOLIDAY } from "../../src/brief/due.ts";
import { OPENS } from "../../src/brief/others.ts";
import { ALONE, BEFORE, RENTS } from "../../src/brief/ownership.ts";
import { REFUSED, REFUSING } from "../../src/brief/refusals.ts";
import { normalise } from "../../src/brief/text.ts";
import { generate } from "./generator/generate.ts";
import { TEMPLATES } from "./generator/templates/all.ts";

const PATTERNS: [name: string, pattern: Cued][] = [
  ...RULES.map(([constraint, pattern], i): [string, Cued] => [`${constraint} (${i})`, pattern]),
  ...Object.entries({
    CHANGING,
    CUSTOM,
    LABEL,
    COLLECT,
    HAVE,
    BY_DAY,
    BY_DATE,
    BY_MONTH,
    BY_ISO,
    HOLIDAY,
    OPENS,
    BEFORE,
    RENTS,
    ALONE,
  }),
  ...Object.entries({ REFUSING, REFUSED, NAME }),
];

/** Every sentence of the tests of reading, as it is matched: generated, labelled, and quoted in a test file. */
const TEXTS = [
  ...Object.entries(TEMPLATES).flatMap(([phenomenon, templates]) =>
    templates.flatMap((template) => [0, 1].map((round) => generate(phenomenon, template, round).text)),
  ),
  ...["briefs.jsonl", "cases.jsonl"].flatMap((file) =>
    readFileSync(new URL(file, import.meta.url), "utf8")
      .trim()
      .split("\n")
      .map((line) => (JSON.parse(line) as { text: string }).text),
  ),
  ...["phenomena.test.ts", "everyday.test.ts", "remarks.test.ts"].flatMap((file) =>
    [...readFileSync(new URL(file, import.meta.url), "utf8").matchAll(/"([^"\n]{8,200})"/g)].map((m) => m[1]!),
  ),
].map((text) => normalise(text).low);

/** The parts that a pattern may be shown: a whole text, or what stands around a name. */
const PARTS = TEXTS.flatMap((text) => [
  text,
  ...text.split(/(?<=[ ,.;])/).map((_, i, words) => words.slice(0, i).join("").slice(-56)),
]);

test.each(PATTERNS)("%s: its cue stands wherever its pattern matches", (_, { cue, pattern }) => {
  const plain = new RegExp(pattern.source, pattern.flags.replace("g", ""));
  const missed = PARTS.filter((text) => plain.test(text) && !cue.test(text));
  expect(missed.slice(0, 5)).toEqual([]);
});

/** Without what looks around and asks nothing of the text's own letters, which the generator of strings cannot follow. */
function withoutAssertions(source: string): string {
  let out = "";
  for (let i = 0; i < source.length; i++) {
    if (source.startsWith("\\b", i)) {
      i++;
      continue;
    }
    if (/^\(\?(?:<?[=!])/.test(source.slice(i, i + 4))) {
      let depth = 0;
      let inClass = false;
      for (; i < source.length; i++) {
        const c = source[i];
        if (c === "\\") i++;
        else if (c === "[") inClass = true;
        else if (c === "]") inClass = false;
        else if (!inClass && c === "(") depth++;
        else if (!inClass && c === ")" && --depth === 0) break;
      }
      continue;
    }
    if (source[i] === "\\") out += source[i++];
    out += source[i];
  }
  return out;
}

test.each(PATTERNS)("%s: its cue stands in whatever else its pattern allows", (_, { cue, pattern }) => {
  const plain = new RegExp(pattern.source, pattern.flags.replace("g", ""));
  const allowed = fc.stringMatching(new RegExp(withoutAssertions(pattern.source)), { size: "small" });
  fc.assert(
    fc.property(allowed, (text) => {
      const low = normalise(text).low;
      // Another string in its place: the assertions that were taken out refuse all but one in a hundred of some patterns'.
      fc.pre(plain.test(low));
      expect(cue.test(low), JSON.stringify(low)).toBe(true);
    }),
    { numRuns: 100, maxSkipsPerRun: 1000 },
  );
});
