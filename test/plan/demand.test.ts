import { describe, expect, it } from "vitest";
import type { BriefValues } from "../../src/brief/brief.ts";
import { readText } from "../../src/brief/read.ts";
import { briefFromValues } from "../../src/brief/values.ts";
import { catalog } from "../../src/catalog/catalog.ts";
import { advise } from "../../src/plan/advise.ts";
import { explain } from "../../src/plan/explain.ts";
import type { Plan } from "../../src/plan/plan.ts";

const today = "2026-11-22";
const planOf = (words: string): Plan => advise(readText(words, catalog, { today }), catalog, { today });
const planFrom = (values: BriefValues): Plan =>
  advise({ brief: briefFromValues(values, "stated") }, catalog, { today });

const OWN: BriefValues = {
  model: "mistralai/Mistral-7B-v0.3",
  method: "lora",
  exampleCount: 20_000,
  accelerator: "rtx-3090",
  acceleratorCount: 1,
  owned: true,
  deploymentTarget: "on-premises",
  phase: "both",
  requestsPerSecond: 20,
};

describe("a load that nobody serves", () => {
  const plan = planFrom(OWN);

  it("makes the answer no, and says which part is possible", () => {
    expect(plan.status).toBe("infeasible");
    expect(plan.asked!.map(({ part, met }) => [part, met])).toEqual([
      ["training", true],
      ["serving", false],
    ]);
    expect(plan.headline).toMatch(
      /Training is feasible; .*RTX 3090 serves about [\d.]+ requests per second.* 20 are asked/,
    );
    expect(plan.blockers.map((b) => b.rule)).toEqual(["no-serving-option"]);
  });

  it("keeps the training with its machine, memory, time and cost", () => {
    expect(plan.hardware?.accelerator.id).toBe("rtx-3090");
    expect(plan.memory?.status).toBe("fits");
    expect(plan.time?.trainHours.expected).toBeGreaterThan(0);
  });

  it("is told once: under the title as a headline, and nowhere as a risk", () => {
    const text = explain(plan);
    expect(text.startsWith("# Possible in part")).toBe(true);
    expect(text.split("20 are asked for").length).toBe(2);
    expect(plan.risks.some((r) => /serves/.test(r.text))).toBe(false);
  });

  it("names the rate that one's own card does: at that rate the plan stands, a tenth above it falls", () => {
    const rate = plan.repairs.find((r) => "requestsPerSecond" in r.change)!.change.requestsPerSecond as number;
    expect(planFrom({ ...OWN, requestsPerSecond: rate }).status).toBe("feasible");
    expect(planFrom({ ...OWN, requestsPerSecond: rate * 1.1 }).status).toBe("infeasible");
  });

  it("is served by a rented machine where renting is allowed, and never offered one where it is not", () => {
    expect(plan.repairs.some((r) => r.change.deploymentTarget === "cloud")).toBe(true);
    const home = planFrom({ ...OWN, constraints: ["air-gapped"] });
    expect(home.status).toBe("infeasible");
    expect(home.repairs.some((r) => "deploymentTarget" in r.change)).toBe(false);
  });
});

it("serving dearer than the monthly budget is not feasible, whatever the training costs", () => {
  const plan = planOf("fine-tune llama 3.1 8b on 10k rows, serve 20 requests per second, $300 a month");
  expect(plan.status).toBe("infeasible");
  expect(plan.blockers[0]).toMatchObject({ rule: "over-budget", text: expect.stringContaining("budget is $300") });
});

it("a total budget that covers the training alone stays feasible, and the headline says what it does not cover", () => {
  const plan = planOf("Fine-tune Llama 3.1 8B on 50k chats, one 24 GB GPU, budget $200, serve 5 requests/s");
  expect(plan.status).toBe("feasible");
  expect(plan.headline).toMatch(
    /5 requests per second from vLLM on .*\$\d+ a month, which the \$200 budget does not cover/,
  );
});

it("a model too large for the device that it is trained for is no plan; the smaller one that fits is offered", () => {
  // Llama 3.1 8B in int4 with scales: 8.03e9 × 0.5625 bytes are 4.2 GiB; a phone leaves an app about 3.
  const plan = planOf("fine-tune Llama 3.1 8B on 20k chats for an Android phone");
  expect(plan.status).toBe("infeasible");
  expect(plan.headline).toMatch(/takes 4\.2 GiB even with int4 weights/);
  expect(plan.repairs.map((r) => r.change)).toContainEqual({ parameterCount: 4e9 });
});

it("what lacks memory is beside the point where another machine only costs too much: the cheapest is named with its method", () => {
  const plan = planOf("fine-tune Llama 3.1 8B on 50k rows, budget $1");
  expect(plan.blockers.map((b) => b.rule)).toEqual(["over-budget", "over-budget"]);
  expect(plan.blockers[0]!.text).toMatch(/^LoRA on 1 × .* costs about \$[\d.]+ and the budget is \$1\.00\.$/);
  const cost = plan.blockers.map((b) => Number(/\$([\d.]+)/.exec(b.text)![1]));
  expect(cost[0]!).toBeLessThanOrEqual(cost[1]!);
});

it("LoRA that does not fit says how near QLoRA comes, or offers it", () => {
  const none = planOf("LoRA on Qwen3 14B, 9k rows, ctx 2048, 16 GB card");
  expect(none.blockers.map((b) => b.text).join(" ")).toMatch(/QLoRA of Qwen\/Qwen3-14B needs 1\d\.\d GiB/);
  const offered = planOf("LoRA on Qwen3 8B, 9k rows, ctx 2048, 16 GB card");
  expect(offered.repairs.map((r) => r.change)).toContainEqual({ method: "qlora" });
});

it("a micro batch that the person fixed is the first thing to give", () => {
  const plan = planFrom({
    model: "Qwen/Qwen2.5-7B",
    method: "lora",
    accelerator: "rtx-4090",
    owned: true,
    sequenceLength: 4096,
    microBatchSize: 4,
  });
  expect(plan.blockers[0]!.text).toContain("with your micro batch of 4");
  expect(plan.repairs[0]!.change).toMatchObject({ microBatchSize: 2 });
});
