import { expect, test } from "vitest";
import type { BriefValues } from "../../src/brief/brief.ts";
import { briefFromValues } from "../../src/brief/values.ts";
import { catalog } from "../../src/catalog/catalog.ts";
import { advise } from "../../src/plan/advise.ts";
import { explain } from "../../src/plan/explain.ts";
import type { Plan } from "../../src/plan/plan.ts";

const today = "2026-11-22";
const plan = (values: BriefValues): Plan => advise({ brief: briefFromValues(values, "stated") }, catalog, { today });
const support: BriefValues = {
  model: "Llama 3.1 8B",
  exampleCount: 50_000,
  acceleratorMemoryGib: 24,
  acceleratorCount: 1,
  budgetUsd: 200,
  requestsPerSecond: 5,
  phase: "both",
};

test("an 8B on one 24 GB card is trained with adapters, inside the budget", () => {
  const p = plan(support);
  expect(p.status).toBe("feasible");
  expect(["lora", "qlora"]).toContain(p.training!.method);
  expect(p.memory!.status).toBe("fits");
  expect(p.hardware!.accelerator.memoryGib).toBe(24);
  expect(p.cost!.trainUsd.expected).toBeLessThan(200);
});

test("cost is time times a dated price", () => {
  const p = plan(support);
  expect(p.cost!.trainUsd.expected).toBeCloseTo(p.time!.trainHours.expected * p.hardware!.offer!.usdPerHour, 6);
  expect(p.cost!.priceAsOf).toMatch(/^\d{4}/);
  expect(p.cost!.priceSource!.length).toBeGreaterThan(5);
});

test("tokens are examples times average length times epochs", () => {
  const p = plan(support);
  // 50,000 × 512 × 3
  expect(p.time!.tokens).toBe(76_800_000);
});

test("five requests a second are not promised of a server that answers one at a time", () => {
  const deployment = plan(support).decisions.find((d) => d.name === "deployment")!;
  expect(deployment.choice).toBe("vllm");
  expect(deployment.refused.map((r) => r.option)).toContain("fastapi-docker");
});

test("a budget for training does not hide the cost of serving", () => {
  const p = plan(support);
  expect(p.cost!.servingUsdPerMonth!.expected).toBeGreaterThan(200);
  expect(p.risks.some((r) => r.severity === "high" && /month/.test(r.text))).toBe(true);
});

test("without a load, FastAPI and Docker are enough", () => {
  expect(
    plan({ model: "Qwen3 8B", exampleCount: 1000, accelerator: "rtx-4090" }).decisions.find(
      (d) => d.name === "deployment",
    )!.choice,
  ).toBe("fastapi-docker");
});

test("owned hardware costs no rent and stays local", () => {
  const p = plan({ model: "Qwen3 8B", exampleCount: 5000, accelerator: "rtx-4090", deploymentTarget: "on-premises" });
  expect(p.hardware!.owned).toBe(true);
  expect(p.decisions.find((d) => d.name === "platform")!.choice).toBe("local");
  expect(p.cost!.trainUsd.expected).toBe(0);
});

test("a 70B on an 8 GB card for five dollars by tomorrow: what blocks, and what would work", () => {
  const p = plan({
    parameterCount: 70e9,
    acceleratorMemoryGib: 8,
    acceleratorCount: 1,
    budgetUsd: 5,
    deadlineHours: 24,
    deploymentTarget: "local",
  });
  expect(p.status).toBe("infeasible");
  expect(p.blockers[0]!.rule).toBe("does-not-fit");
  expect(p.repairs.some((r) => "accelerator" in r.change && /over the \$5/.test(r.summary))).toBe(true);
  expect(p.repairs.some((r) => "parameterCount" in r.change)).toBe(true);
});

test("a platform sells what it sells: one A100 on AWS is the price of its smallest machine with A100s", () => {
  const p = plan({
    model: "Qwen3 8B",
    exampleCount: 50_000,
    accelerator: "a100",
    budgetUsd: 5000,
    constraints: ["existing-aws"],
  });
  expect(p.status).toBe("feasible");
  expect(p.hardware!.offer!.platform).toBe("aws");
  expect(p.hardware!.offer!.acceleratorCount).toBeGreaterThan(1);
  expect(p.decisions.find((d) => d.name === "platform")!.reasons.join(" ")).toMatch(/whole machine/);
});

test("air-gapped work is never rented out", () => {
  const p = plan({ model: "Qwen3 8B", exampleCount: 5000, constraints: ["air-gapped"] });
  expect(p.status).toBe("infeasible");
  expect(p.blockers[0]!.rule).toBe("no-offer");
});

test("what no model of the catalog does is said, not planned with a stand-in", () => {
  const p = plan({ modality: "audio", task: "text-to-speech", exampleCount: 5000 });
  expect(p.status).toBe("infeasible");
  expect(p.blockers[0]!.rule).toBe("no-model-for-task");
});

test("serving alone is planned without training", () => {
  const p = plan({ model: "Llama 3.1 8B", phase: "serve", requestsPerSecond: 10 });
  expect(p.status).toBe("feasible");
  expect(p.training).toBeUndefined();
  expect(p.serving!.replicas).toBeGreaterThanOrEqual(1);
});

test("equal brief values give the equal plan hash, whoever read them", () => {
  const stated = advise({ brief: briefFromValues(support, "stated") }, catalog, { today });
  const team = advise({ brief: briefFromValues(support, "team") }, catalog, { today });
  expect(team.planHash).toBe(stated.planHash);
  expect(stated.planHash).toMatch(/^[0-9a-f]{64}$/);
  expect(advise({ brief: briefFromValues(support, "stated") }, catalog, { today: "2026-11-23" }).inputHash).not.toBe(
    stated.inputHash,
  );
});

test("everything that was not said is listed as an assumption with its reason", () => {
  const fields = plan(support).assumptions.map((a) => a.field);
  expect(fields).toEqual(expect.arrayContaining(["sequenceLength", "averageTokens", "epochs"]));
});

test("a question is asked only when its answers lead to different plans", () => {
  for (const q of plan(support).questions) {
    expect(q.why).toMatch(/It decides between/);
    expect(new Set(q.options.map((o) => o.leadsTo)).size).toBeGreaterThan(1);
  }
});

test("the explanation has the verdict first and every number with its range", () => {
  const text = explain(plan(support));
  expect(text.startsWith("# Feasible")).toBe(true);
  for (const heading of ["Decisions", "Memory", "Time and cost", "Serving", "Risks", "Assumptions", "Facts used"])
    expect(text).toContain(`## ${heading}`);
  expect(text).not.toMatch(/undefined|NaN|\[object/);
});

test.each([[{ model: "Qwen3 8B", accelerator: "rtx-9090" }, /Unknown accelerator/]])(
  "%j is a clear error with the next step",
  (values, message) => {
    expect(() => plan(values as BriefValues)).toThrowError(message);
  },
);

test("an empty brief is asked to say more", () => {
  expect(() => advise({ brief: {} }, catalog, { today })).toThrowError(/nothing to plan/);
});
