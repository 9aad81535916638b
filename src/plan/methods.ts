import type { TrainingSettings } from "./plan.ts";
import { isEncoder } from "./recipe.ts";
import type { Workload } from "./workload.ts";

type Method = TrainingSettings["method"];

/** The mission's thresholds, in parameters: where a strategy is the usual one. The numbers may overrule them, and the plan says so. */
export const THRESHOLDS = { full: 1e9, lora: 7e9, qlora: 13e9, distributed: 30e9 } as const;

/** Above this nobody trains every weight without being asked or having the data for it. */
const FULL_BY_DEFAULT = 3.5e9;
/** Tokens of one pass from which full fine-tuning learns visibly more than adapters do (Biderman et al. 2024, LoRA Learns Less and Forgets Less, §4). */
const TOKENS_FOR_FULL = 2e8;
/** Labels below which a frozen encoder with a trained head is worth trying first. */
const FEW_LABELS = 2000;

/** A head and the last layers on a frozen encoder: for models that see rather than write. */
export const canFreeze = (w: Workload): boolean =>
  isEncoder(w) || w.modality === "vision" || w.modality === "audio" || w.modality === "embedding";

/** Whether the data would repay training every weight of a large model, and a budget was given that could. */
export const dataForFull = (w: Workload): boolean =>
  w.budgetUsd !== undefined && w.exampleCount * w.averageTokens >= TOKENS_FOR_FULL;

/** The strategy that the mission's table names at this size; undefined between its rows. */
export function usualMethod(parameterCount: number): Exclude<Method, "freeze"> | undefined {
  if (parameterCount < THRESHOLDS.full) return "full";
  if (parameterCount > THRESHOLDS.qlora) return "qlora";
  return parameterCount > THRESHOLDS.lora ? "lora" : undefined;
}

/** Methods worth trying: the one that was asked for, or what size and data make sensible. */
export function methodsFor(w: Workload): Method[] {
  const size = w.model.architecture.parameterCount;
  if (w.task === "pretrain" || (w.architecture === "custom" && !w.model.catalogued)) return ["full"];
  if (w.method === "freeze") return canFreeze(w) ? ["freeze"] : ["full"];
  if (w.method !== undefined) return [w.method];
  if (w.modality === "diffusion") return size < THRESHOLDS.full ? ["lora", "full"] : ["lora", "qlora"];
  if (w.modality === "llm" || w.modality === "vlm") {
    if (isEncoder(w)) return w.exampleCount < FEW_LABELS ? ["full", "freeze"] : ["full"];
    return size <= FULL_BY_DEFAULT || dataForFull(w) ? ["lora", "qlora", "full"] : ["lora", "qlora"];
  }
  if (size >= FULL_BY_DEFAULT) return ["lora", "qlora"];
  if (size >= THRESHOLDS.full) return ["full", "lora"];
  return w.exampleCount < FEW_LABELS && canFreeze(w) ? ["full", "freeze"] : ["full"];
}
