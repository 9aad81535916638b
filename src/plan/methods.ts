import { assumed } from "./assumptions.ts";
import type { TrainingSettings } from "./plan.ts";
import { isEncoder } from "./recipe.ts";
import type { Workload } from "./workload.ts";

type Method = TrainingSettings["method"];

/** The mission's thresholds, in parameters: where a strategy is the usual one. The numbers may overrule them, and the plan says so. */
export const THRESHOLDS = { full: 1e9, lora: 7e9, qlora: 13e9, distributed: 30e9 } as const;

/** A head and the last layers on a frozen encoder: for models that see rather than write. */
export const canFreeze = (w: Workload): boolean =>
  isEncoder(w) || w.modality === "vision" || w.modality === "audio" || w.modality === "embedding";

/** No published weights to start from: pretraining, or an architecture of one's own. */
export const fromScratch = (w: Workload): boolean =>
  w.task === "pretrain" || (w.architecture === "custom" && !w.model.catalogued);

/** Whether the data would repay training every weight of a large model, and a budget was given that could. */
export const dataForFull = (w: Workload): boolean =>
  w.budgetUsd !== undefined && w.exampleCount * w.averageTokens >= assumed.tokensForFull.value;

/** The strategy that the mission's table names at this size; undefined between its rows. */
export function usualMethod(parameterCount: number): Exclude<Method, "freeze"> | undefined {
  if (parameterCount < THRESHOLDS.full) return "full";
  if (parameterCount > THRESHOLDS.qlora) return "qlora";
  return parameterCount > THRESHOLDS.lora ? "lora" : undefined;
}

/** Methods worth trying: the one that was asked for, or what size and data make sensible. */
export function methodsFor(w: Workload): Method[] {
  const size = w.model.architecture.parameterCount;
  if (fromScratch(w)) return ["full"];
  if (w.method === "freeze") return canFreeze(w) ? ["freeze"] : ["full"];
  if (w.method !== undefined) return [w.method];
  if (w.modality === "diffusion") return size < THRESHOLDS.full ? ["lora", "full"] : ["lora", "qlora"];
  if (w.modality === "llm" || w.modality === "vlm") {
    if (isEncoder(w)) return w.exampleCount < assumed.fewLabels.value ? ["full", "freeze"] : ["full"];
    return size <= assumed.smallModelParameters.value || dataForFull(w) ? ["lora", "qlora", "full"] : ["lora", "qlora"];
  }
  if (size >= assumed.smallModelParameters.value) return ["lora", "qlora"];
  if (size >= THRESHOLDS.full) return ["full", "lora"];
  // A detector or a segmenter has to see its own kind of picture: only classes come off frozen features.
  const fewClasses = w.task === "classification" && w.exampleCount < assumed.fewLabels.value;
  return fewClasses && canFreeze(w) ? ["full", "freeze"] : ["full"];
}
