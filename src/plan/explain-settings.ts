import { workOf } from "./duration.ts";
import { table } from "./markdown.ts";
import type { Plan, TrainingSettings } from "./plan.ts";

/** In this order, wherever the plan comes from: the keys of a plan that was saved are sorted. */
const SETTINGS: Record<keyof TrainingSettings, true> = {
  method: true,
  baseQuantization: true,
  loraRank: true,
  loraAlpha: true,
  loraTargets: true,
  dtype: true,
  optimizer: true,
  learningRate: true,
  sequenceLength: true,
  microBatchSize: true,
  gradientAccumulationSteps: true,
  gradientCheckpointing: true,
  attention: true,
  fusedLoss: true,
  epochs: true,
  seed: true,
  acceleratorCount: true,
  nodeCount: true,
  sharding: true,
  offload: true,
};

export function settingsTable(plan: Plan): string | undefined {
  const t = plan.training;
  if (!t) return undefined;
  // Of pictures and sound the length is what the model makes of them: nothing that anybody sets.
  const media = plan.workload !== undefined && workOf(plan.workload).unit !== "tokens";
  const rows = (Object.keys(SETTINGS) as (keyof TrainingSettings)[])
    .filter((k) => t[k] !== undefined && !(media && k === "sequenceLength"))
    .map((k) => [`\`${k}\``, String(t[k])]);
  return table(["setting", "value"], rows);
}
