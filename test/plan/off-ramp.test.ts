import { describe, expect, test } from "vitest";
import { readText } from "../../src/brief/read.ts";
import { catalog } from "../../src/catalog/catalog.ts";
import { advise } from "../../src/plan/advise.ts";
import { explain } from "../../src/plan/explain.ts";
import { boostingHours } from "../../src/plan/off-ramp.ts";
import type { Plan } from "../../src/plan/plan.ts";

const today = "2026-11-22";
const planOf = (text: string): Plan => advise(readText(text, catalog, { today }), catalog, { today });

describe("where training is the wrong tool, the plan says so and costs the other way", () => {
  test.each([
    ["predict churn from 200k rows of customer data", "classic-ml"],
    ["forecast daily sales of 3000 products, 4M rows", "classic-ml"],
    ["chatbot over our docs that change daily", "retrieval"],
    ["fine-tune a model to answer questions about our wiki, it is updated every week", "retrieval"],
    ["we have 50 examples of contract clauses, fine-tune a model to extract dates", "prompting"],
  ])("%s → %s", (brief, way) => {
    const p = planOf(brief);
    expect(p.status).toBe("off-ramp");
    expect(p.decisions.find((d) => d.name === "method")!.choice).toBe(way);
    expect(p.offRamps.length).toBeGreaterThan(0);
    expect(p.offRamps[0]!.formula.length).toBeGreaterThan(20);
    expect(explain(p)).toMatch(/## What to do instead/);
    expect(explain(p)).not.toMatch(/undefined|NaN|\[object|Infinity/);
  });
});

test.each([
  "qlora on 50 examples of contract clauses with Qwen3 8B, our 4090",
  "fine-tune Qwen3 8B on 5000 examples of contract clauses, our 4090",
  "classify 5000 support emails into 12 intents, docs rarely change, our 4090",
])("whoever has the data, or insists, is planned for: %s", (brief) => {
  expect(planOf(brief).status).toBe("feasible");
});

test("a million requests cost their tokens times the dated price", () => {
  const api = planOf("we have 50 examples of contract clauses, fine-tune a model to extract dates").offRamps[0]!;
  const least = catalog.apiPrices.find((p) => p.tier === "small")!;
  // A prompt of 512 tokens with 8 examples of 512, an answer of 256: 4608 in, 256 out.
  const expected = 4608 * least.inputUsdPerMillionTokens + 256 * least.outputUsdPerMillionTokens;
  // A vocabulary that cuts the text finer counts up to 15 % fewer tokens of it.
  expect(api.usd!.low).toBeCloseTo(expected * 0.85, 6);
  expect(api.asOf).toMatch(/^2026-/);
});

test("what must stay in the house gets no price of somebody's API", () => {
  const p = planOf("air-gapped lab: fine-tune a model on 50 examples of reports, our A100");
  expect(p.status).toBe("off-ramp");
  for (const ramp of p.offRamps) expect(ramp.usd).toBeUndefined();
  expect(p.offRamps[0]!.kind).toBe("prompting");
});

test("boosted trees on a million rows: thirty tries of five folds take hours of a processor, not days", () => {
  // 2.1 s + 2.0 s for 100 trees; × 10 for 1000 trees; × 150 fits on four fifths of the rows: 4,920 s.
  expect(boostingHours(1e6).expected).toBeCloseTo(4920 / 3600, 3);
});

test("a feasible plan names the smaller model and what it would save", () => {
  const smaller = planOf("fine-tune Qwen3 8B on 20k examples, budget $50").offRamps.find(
    (r) => r.kind === "smaller-model",
  )!;
  expect(smaller.title).toBe("A 4B model");
  expect(smaller.usd!.expected).toBeLessThan(50);
});
