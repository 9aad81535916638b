import fc from "fast-check";
import { expect, test } from "vitest";
import type { BriefValues } from "../../src/brief/brief.ts";
import { briefFromValues } from "../../src/brief/values.ts";
import { catalog } from "../../src/catalog/catalog.ts";
import { AdvisorError } from "../../src/error.ts";
import { advise } from "../../src/plan/advise.ts";
import { explain } from "../../src/plan/explain.ts";
import type { Plan } from "../../src/plan/plan.ts";
import { planFor } from "../../src/plan/planner.ts";

const today = "2026-11-22";
/** `npm run test:full` looks twenty times as long. */
const RUNS = process.env.ML_ARCHITECT_FULL ? 3000 : 150;
const plan = (values: BriefValues): Plan => advise({ brief: briefFromValues(values, "stated") }, catalog, { today });
/** Without its questions: what is planned is the same. */
const unasked = (values: BriefValues): Plan =>
  planFor({ brief: briefFromValues(values, "stated") }, catalog, { today });
const pick = <T>(...values: T[]): fc.Arbitrary<T> => fc.constantFrom(...values);

/** A person says a few things, not thirty: most fields are absent. */
const rarely = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.oneof({ arbitrary: fc.constant(undefined), weight: 5 }, { arbitrary: value, weight: 1 });

const said = fc.record({
  model: rarely(pick("Qwen3 14B", "Mixtral 8x7B", "gemma 2 2b", "DeepSeek-V3", "whisper-large-v3", "Llama 3.1 8B")),
  parameterCount: pick(undefined, 1e8, 7e9, 70e9, 4e11),
  phase: rarely(pick<"train" | "serve" | "both">("train", "serve", "both")),
  method: rarely(pick<"full" | "lora" | "qlora" | "freeze">("full", "lora", "qlora", "freeze")),
  task: rarely(pick("sft", "pretrain", "classification", "dpo")),
  exampleCount: rarely(pick(1, 500, 50_000, 5e6)),
  sequenceLength: rarely(pick<NonNullable<BriefValues["sequenceLength"]>>(16, 2048, 131_072, { low: 100, high: 900 })),
  epochs: rarely(pick(0.5, 1, 10)),
  accelerator: rarely(pick(...catalog.accelerators.map((a) => a.id))),
  owned: rarely(fc.boolean()),
  acceleratorMemoryGib: rarely(pick(4, 8, 24, 80)),
  acceleratorCount: rarely(pick(1, 2, 8)),
  hostMemoryGib: rarely(pick(2, 64)),
  budgetUsd: rarely(pick(0, 5, 200, 1e5)),
  budgetPeriod: rarely(pick<"total" | "month" | "hour">("total", "month", "hour")),
  deadlineHours: rarely(pick(0.5, 24, 1000)),
  platform: rarely(pick("modal", "aws", "local", "nowhere")),
  deploymentTarget: rarely(pick<"cloud" | "on-premises" | "local" | "edge">("cloud", "on-premises", "local", "edge")),
  latencyMs: rarely(pick(1, 500, 10_000)),
  requestsPerSecond: rarely(pick(0.01, 5, 1e4)),
  concurrentUsers: rarely(pick(1, 1e5)),
  constraints: rarely(
    fc.subarray<NonNullable<BriefValues["constraints"]>[number]>(
      ["air-gapped", "gdpr", "hipaa", "spot-ok", "existing-aws", "tpu", "commercial-licence"],
      { minLength: 1, maxLength: 2 },
    ),
  ),
});

const anyBrief = said.map(
  (values) => Object.fromEntries(Object.entries(values).filter(([, v]) => v !== undefined)) as BriefValues,
);

test("random briefs: a plan or a clear error, never a fault, and nothing unprintable", () => {
  fc.assert(
    fc.property(anyBrief, (values) => {
      try {
        expect(explain(plan(values))).not.toMatch(/undefined|NaN|\[object|Infinity/);
      } catch (error) {
        if (!(error instanceof AdvisorError)) throw error;
      }
    }),
    { numRuns: RUNS },
  );
}, 300_000);

const planned = fc.sample(anyBrief, { numRuns: 300, seed: 20_261_122 }).flatMap((values) => {
  try {
    return [{ values, answer: unasked(values) }];
  } catch {
    return [];
  }
});

test("no plan is called feasible whose own memory says that it does not fit", () => {
  const feasible = planned.filter(({ answer }) => answer.status === "feasible");
  expect(feasible.length).toBeGreaterThan(50);
  for (const { answer } of feasible) expect(answer.memory?.status).not.toBe("does-not-fit");
});

test("every change that a refusal offers leads to a feasible plan", () => {
  const refused = planned.filter(({ answer }) => answer.status === "infeasible" && answer.repairs.length > 0);
  expect(refused.length).toBeGreaterThan(10);
  for (const { values, answer } of refused) {
    // Changes of a described set-up are settings of a trainer, not words of a brief.
    for (const { change } of answer.repairs.filter((r) => r.of === undefined)) {
      const { model, platform, hostMemoryGib, ...rest } = values;
      const cloud = change.deploymentTarget === "cloud";
      const again = unasked({
        ...rest,
        ...(model !== undefined && !("parameterCount" in change) ? { model } : {}),
        ...(platform !== undefined && !(cloud && platform === "local") ? { platform } : {}),
        ...(hostMemoryGib !== undefined && !cloud ? { hostMemoryGib } : {}),
        ...change,
      });
      expect(again.status, JSON.stringify({ values, change })).toBe("feasible");
    }
  }
});

test("work that may not leave the house is never offered a rented machine", () => {
  const home = planned.filter(({ values }) => values.constraints?.includes("air-gapped"));
  expect(home.length).toBeGreaterThan(5);
  for (const { answer } of home) {
    expect(answer.hardware?.offer).toBeUndefined();
    expect(answer.serving?.offer).toBeUndefined();
    for (const { change } of answer.repairs) expect(change.deploymentTarget).not.toBe("cloud");
  }
});

test("spelling and order do not change the hashes", () => {
  const one = plan({ model: "llama-3.1-8b", accelerator: "RTX 4090", constraints: ["spot-ok", "gdpr"] });
  const other = plan({
    model: "meta-llama/Llama-3.1-8B",
    accelerator: "rtx-4090",
    constraints: ["gdpr", "spot-ok", "gdpr"],
  });
  expect(other.inputHash).toBe(one.inputHash);
  expect(other.planHash).toBe(one.planHash);
});

test("a key in a value is refused without being repeated", () => {
  const key = ["sk-ant-", "api03-", "A".repeat(80)].join("");
  for (const values of [{ dataLocation: `s3://bucket?key=${key}` }, { model: key }]) {
    expect(() => plan(values)).toThrowError(
      expect.objectContaining({ code: "secret-found", message: expect.not.stringContaining(key) }),
    );
  }
});
