import fc from "fast-check";
import { expect, test } from "vitest";
import type { BriefValues } from "../../src/brief/brief.ts";
import { briefFromValues } from "../../src/brief/values.ts";
import { catalog } from "../../src/catalog/catalog.ts";
import type { Catalog } from "../../src/catalog/schema.ts";
import { advise } from "../../src/plan/advise.ts";
import { answered } from "../../src/plan/ask.ts";
import type { Plan } from "../../src/plan/plan.ts";
import { planFor } from "../../src/plan/planner.ts";

const RUNS = process.env.ML_ARCHITECT_FULL ? 600 : 60;
const SLOW = 300_000;

/** The plan without its questions, which most properties do not look at and which cost more than all the rest. */
const plan = (values: BriefValues, facts: Catalog = catalog): Plan =>
  planFor({ brief: briefFromValues(values, "stated") }, facts, { today: "2026-11-22" });
/** Whether it can be done: a draft decides it, the report around it only explains. */
const statusOf = (values: BriefValues): Plan["status"] =>
  planFor({ brief: briefFromValues(values, "stated") }, catalog, { today: "2026-11-22", draft: true }).status;
const pick = <T>(...values: T[]): fc.Arbitrary<T> => fc.constantFrom(...values);

/** Every price times a factor. */
const dearer = (factor: number): Catalog => ({
  ...catalog,
  prices: catalog.prices.map((p) => ({ ...p, usdPerHour: p.usdPerHour * factor })),
});

const training = fc.record({
  model: pick("Qwen3 8B", "gemma 2 2b", "Mixtral 8x7B", "Llama 3.1 8B"),
  phase: fc.constant("train" as const),
  exampleCount: pick(500, 20_000, 1e6),
  sequenceLength: pick(512, 4096),
});

test(
  "a dearer budget never removes an option",
  () => {
    let feasible = 0;
    fc.assert(
      fc.property(
        training,
        pick(2, 20, 200, 5000),
        pick<"total" | "hour">("total", "hour"),
        (t, budgetUsd, budgetPeriod) => {
          if (statusOf({ ...t, budgetUsd, budgetPeriod }) !== "feasible") return;
          feasible++;
          for (const more of [1.5, 10])
            expect(statusOf({ ...t, budgetUsd: budgetUsd * more, budgetPeriod })).toBe("feasible");
        },
      ),
      { numRuns: RUNS },
    );
    expect(feasible).toBeGreaterThan(RUNS / 5);
  },
  SLOW,
);

// Where machine and method stay: a dearer market can make the planner give up time, quality or a trusted seller for money,
// and the plan it then takes may be the cheaper one.
test(
  "the same machines at dearer prices never make a cheaper plan",
  () => {
    let feasible = 0;
    fc.assert(
      fc.property(training, pick("h100-80gb-sxm", "a100-80gb-sxm", "l40s"), pick(1.2, 3), (t, accelerator, factor) => {
        const values = { ...t, accelerator, platform: "runpod", owned: false } satisfies BriefValues;
        const [before, after] = [plan(values), plan(values, dearer(factor))];
        expect(after.status).toBe(before.status);
        if (before.status !== "feasible") return;
        const same = (p: Plan): string =>
          `${p.hardware?.offer?.instanceType} ${p.hardware?.acceleratorCount} ${p.training?.method}`;
        if (same(before) !== same(after)) return;
        feasible++;
        expect(after.cost!.trainUsd.expected).toBeGreaterThanOrEqual(before.cost!.trainUsd.expected * (1 - 1e-9));
      }),
      { numRuns: RUNS },
    );
    expect(feasible).toBeGreaterThan(RUNS / 4);
  },
  SLOW,
);

test(
  "serving at dearer prices is never cheaper, and neither is a higher rate",
  () => {
    let served = 0;
    fc.assert(
      fc.property(
        pick("Qwen3 8B", "Llama 3.1 8B", "gemma 2 2b"),
        pick(0.5, 5, 80),
        pick(1.3, 4),
        (model, rate, factor) => {
          const values = { model, phase: "serve", requestsPerSecond: rate } satisfies BriefValues;
          const before = plan(values);
          if (before.status !== "feasible") return;
          served++;
          const month = (p: Plan): number => p.cost!.servingUsdPerMonth!.expected;
          expect(month(plan(values, dearer(factor)))).toBeGreaterThanOrEqual(month(before) * (1 - 1e-9));
          const busier = plan({ ...values, requestsPerSecond: rate * factor });
          if (busier.status === "feasible") expect(month(busier)).toBeGreaterThanOrEqual(month(before) * (1 - 1e-9));
        },
      ),
      { numRuns: RUNS / 2 },
    );
    expect(served).toBeGreaterThan(RUNS / 4);
  },
  SLOW,
);

/** What a person would call the plan: where, on what, how, and for how much. */
const outline = (p: Plan): string =>
  JSON.stringify([
    p.status,
    p.hardware?.accelerator.id ?? p.serving?.accelerator.id,
    p.hardware?.acceleratorCount,
    p.hardware?.owned,
    p.decisions.map((d) => d.choice),
    p.cost?.trainUsd.expected.toPrecision(2),
    p.cost?.servingUsdPerMonth?.expected.toPrecision(2),
  ]);

const open = fc.record({
  task: fc.constant("sft"),
  model: pick(undefined, "Qwen3 8B", "gemma 2 2b", "Mixtral 8x7B"),
  exampleCount: pick(undefined, 500, 200_000),
  sequenceLength: pick(undefined, 1024),
  accelerator: pick(undefined, undefined, "rtx-4090", "h100-80gb-sxm"),
  budgetUsd: pick(undefined, 20),
});

test(
  "a question is asked only where its answers lead to different plans",
  () => {
    let seen = 0;
    fc.assert(
      fc.property(open, (values) => {
        const said = Object.fromEntries(Object.entries(values).filter(([, v]) => v !== undefined)) as BriefValues;
        for (const question of advise({ brief: briefFromValues(said, "stated") }, catalog, { today: "2026-11-22" })
          .questions) {
          seen++;
          const outlines = question.options.map(({ value }) => {
            const brief = answered(briefFromValues(said, "stated"), question.id, value, catalog);
            return outline(planFor({ brief }, catalog, { today: "2026-11-22" }));
          });
          expect(new Set(outlines).size, `${question.id} of ${JSON.stringify(said)}`).toBeGreaterThan(1);
        }
      }),
      { numRuns: RUNS / 2 },
    );
    expect(seen).toBeGreaterThan(RUNS / 4);
  },
  SLOW,
);

test(
  "the planned replicas serve the asked rate at seven tenths of what they are shown to do",
  () => {
    let served = 0;
    fc.assert(
      fc.property(
        pick("Qwen/Qwen2.5-72B-Instruct", "meta-llama/Llama-3.1-8B", "Qwen/Qwen3-30B-A3B"),
        pick(0.5, 5, 40),
        pick(undefined, 8000, 30_000),
        (model, requestsPerSecond, latencyMs) => {
          const { serving } = plan({ model, phase: "serve", requestsPerSecond, ...(latencyMs ? { latencyMs } : {}) });
          if (serving?.deployment !== "vllm") return;
          served++;
          const most = serving.replicas * serving.requestsPerSecondPerReplica.expected;
          expect(most * 0.7).toBeGreaterThanOrEqual(requestsPerSecond * 0.999);
        },
      ),
      { numRuns: RUNS },
    );
    expect(served).toBeGreaterThan(RUNS / 4);
  },
  SLOW,
);
