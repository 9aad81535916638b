import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { expect, test } from "vitest";
import { readText } from "../../src/brief/read.ts";
import { briefFromValues } from "../../src/brief/values.ts";
import { catalog } from "../../src/catalog/catalog.ts";
import { AdvisorError } from "../../src/error.ts";
import { estimate } from "../../src/estimate/estimate.ts";
import { EstimateRequest } from "../../src/estimate/request.ts";
import type { Plan } from "../../src/plan/plan.ts";
import { type AdviseInput, planFor } from "../../src/plan/planner.ts";

const today = "2026-11-22";
/** Models of pixels and sound have positions of their own, which no length of text says. */
const READS_TOKENS = new Set(["llm", "vlm", "encoder", "embedding"]);

function planned(input: AdviseInput): Plan | undefined {
  try {
    return planFor(input, catalog, { today });
  } catch (error) {
    if (error instanceof AdvisorError) return undefined;
    throw error;
  }
}

/** What a person types into `estimate` who has the printed plan: its workload, machine, settings and assumptions. */
function copied(plan: Plan): EstimateRequest {
  const { workload: w, hardware, training } = plan as Required<Plan>;
  const { id, memoryGib } = hardware.accelerator;
  const known = catalog.accelerators.find((a) => a.id === id);
  const printed: Record<string, unknown> = {
    task: w!.task,
    imageSize: w!.imageSize,
    audioSeconds: w!.audioSeconds,
    hostMemoryGib: w!.hardware.hostMemoryGib,
    ...Object.fromEntries(plan.assumptions.map((a) => [a.field, a.value])),
    ...training,
    phase: "train",
    model: w!.model.catalogued ? w!.model.id : w!.model.architecture,
    accelerator: known ? { id, memoryGib } : { memoryGib },
  };
  if (!READS_TOKENS.has(w!.model.architecture.modality ?? "llm")) delete printed.sequenceLength;
  const fields = Object.entries(printed).filter(([k, v]) => v !== undefined && k in EstimateRequest.shape);
  return EstimateRequest.parse(Object.fromEntries(fields));
}

function expectAlike(plan: Plan): void {
  const { neededGib, perDevice, status } = plan.memory!;
  const again = estimate(copied(plan), catalog);
  expect({ ...again.perDevice, status: again.status, neededGib: again.neededGib }, plan.headline).toEqual({
    ...perDevice,
    status,
    neededGib,
  });
}

test("`estimate` of a printed plan gives the plan's memory, for every training plan among the briefs of real people", () => {
  const path = fileURLToPath(new URL("../brief/briefs.jsonl", import.meta.url));
  const texts = readFileSync(path, "utf8").trim().split("\n");
  const plans = texts
    .map((line) => planned(readText(JSON.parse(line).text, catalog, { today })))
    .filter((plan) => plan?.training !== undefined);
  expect(plans.length).toBeGreaterThan(25);
  for (const plan of plans) expectAlike(plan!);
});

test("`estimate` of a printed plan gives the plan's memory, whatever is trained, how, and on what", () => {
  const brief = fc.record(
    {
      model: fc.constantFrom(
        "Llama 3.1 8B",
        "Mixtral 8x7B",
        "bert-base-uncased",
        "resnet50",
        "whisper-large-v3",
        "sdxl",
      ),
      method: fc.constantFrom("full", "lora", "qlora"),
      task: fc.constantFrom("sft", "dpo", "grpo", "classification"),
      sequenceLength: fc.constantFrom(256, 2048, 8192),
      acceleratorMemoryGib: fc.constantFrom(24, 48, 80),
      acceleratorCount: fc.constantFrom(1, 2, 8),
      hostMemoryGib: fc.constantFrom(64, 512),
      owned: fc.boolean(),
    } as const,
    { requiredKeys: ["model"] },
  );
  let alike = 0;
  fc.assert(
    fc.property(brief, (values) => {
      const plan = planned({ brief: briefFromValues(values, "stated") });
      if (!plan?.training) return;
      alike++;
      expectAlike(plan);
    }),
    { numRuns: 200 },
  );
  expect(alike).toBeGreaterThan(50);
});
