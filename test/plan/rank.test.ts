import { expect, test } from "vitest";
import { catalog } from "../../src/catalog/catalog.ts";
import { readText } from "../../src/index.ts";
import { candidateKey, compareCandidates, failure, rejection, score } from "../../src/plan/rank.ts";
import { resolve } from "../../src/plan/resolve.ts";
import { search } from "../../src/plan/search.ts";

const { workload } = resolve(
  readText("Fine-tune Llama 3.1 8B on 50k chats, budget $40, within 20 hours", catalog, { today: "2026-11-22" }).brief,
  catalog,
);
const { candidates } = search(workload, catalog);

test("candidates are ordered by their scores at nine digits, equal ones by name", () => {
  const nine = (x: number): number => Number(x.toPrecision(9));
  const some = candidates.filter((_, i) => i % 3 === 0);
  for (const a of some)
    for (const b of some) {
      // The last bits of a score decide nothing.
      const nearly = { ...a, usd: { ...a.usd, expected: a.usd.expected * (1 + 1e-12) } };
      const byName = candidateKey(nearly) < candidateKey(b) ? -1 : 1;
      const difference = nine(score(nearly, workload)) - nine(score(b, workload));
      const expected = difference !== 0 ? difference : candidateKey(nearly) === candidateKey(b) ? 0 : byName;
      expect(Math.sign(compareCandidates(nearly, b, workload))).toBe(Math.sign(expected));
    }
});

test("what a candidate fails on is the rule that its rejection puts into words", () => {
  const rules = new Set<string | undefined>();
  for (const c of candidates) {
    rules.add(failure(c, workload));
    expect(rejection(c, workload)?.rule).toBe(failure(c, workload));
  }
  expect([...rules]).toEqual(expect.arrayContaining([undefined, "does-not-fit", "over-budget"]));
});
