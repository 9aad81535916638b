import { expect, test } from "vitest";
import type { BriefValues } from "../../src/brief/brief.ts";
import { briefFromValues } from "../../src/brief/values.ts";
import { catalog } from "../../src/catalog/catalog.ts";
import { advise } from "../../src/plan/advise.ts";
import { explain } from "../../src/plan/explain.ts";
import type { Plan } from "../../src/plan/plan.ts";

const today = "2026-11-22";
const plan = (values: BriefValues): Plan => advise({ brief: briefFromValues(values, "stated") }, catalog, { today });

test("a rented card that is named and dear: the cheaper card that fits, with what it saves", () => {
  const asked: BriefValues = {
    model: "Qwen3 0.6B",
    exampleCount: 10_000,
    accelerator: "h100-80gb-sxm",
    platform: "lambda",
  };
  const named = plan(asked);
  const repair = named.repairs.find((r) => "accelerator" in r.change)!;
  expect(repair.summary).toMatch(/cheaper card fits/);
  const other = plan({ ...asked, accelerator: String(repair.change.accelerator) });
  expect(other.memory!.status).toBe("fits");
  expect(other.cost!.trainUsd.expected).toBeLessThan(0.9 * named.cost!.trainUsd.expected);
});

test("a card that is owned is not answered with a card to rent, but with what its free memory could do", () => {
  const p = plan({
    model: "Qwen3 0.6B",
    exampleCount: 10_000,
    sequenceLength: 512,
    microBatchSize: 1,
    accelerator: "rtx-4090",
    deploymentTarget: "local",
  });
  expect(p.hardware!.owned).toBe(true);
  expect(p.memory!.perDevice.deviceGib.expected).toBeLessThan(0.6 * p.memory!.usableGib);
  expect(p.repairs.map((r) => Object.keys(r.change)[0])).toEqual(["accelerator", "microBatchSize", "sequenceLength"]);
  expect(p.repairs[0]!.summary).toMatch(/smaller card would do/);
  // 16 sequences an optimizer step, whatever the micro batch.
  const { microBatchSize, gradientAccumulationSteps } = p.repairs[1]!.change as Record<string, number>;
  expect(microBatchSize! * gradientAccumulationSteps!).toBe(16);
  // In doublings of 512, eight times at most.
  expect([1024, 2048, 4096]).toContain(p.repairs[2]!.change.sequenceLength);
  expect(explain(p)).toContain("## Room to spare");
});

test("a 4-bit base on a card with room for a 16-bit one is told so", () => {
  const p = plan({ model: "Llama 3.1 8B", method: "qlora", accelerator: "h100-80gb-sxm", deploymentTarget: "local" });
  expect(p.repairs.find((r) => r.change.method === "lora")!.summary).toMatch(/16-bit base fits/);
});

test("every step down fits when it is planned", () => {
  const asked: BriefValues = {
    model: "Qwen3 1.7B",
    exampleCount: 1000,
    sequenceLength: 1024,
    microBatchSize: 1,
    accelerator: "a100-80gb-sxm",
    deploymentTarget: "on-premises",
  };
  for (const { change } of plan(asked).repairs) {
    const { gradientAccumulationSteps: _g, baseQuantization: _b, ...fields } = change;
    expect(plan({ ...asked, ...fields } as BriefValues).memory!.status, JSON.stringify(change)).toBe("fits");
  }
});

test("a plan that fills its card points nowhere down", () => {
  const p = plan({ model: "Llama 3.1 8B", method: "lora", accelerator: "rtx-4090", deploymentTarget: "local" });
  expect(p.memory!.perDevice.deviceGib.expected).toBeGreaterThan(0.6 * p.memory!.usableGib);
  expect(p.repairs).toEqual([]);
});
