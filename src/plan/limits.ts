import type { Accelerator } from "../catalog/schema.ts";
import { canFreeze } from "./methods.ts";
import type { Blocker } from "./plan.ts";
import type { Workload } from "./workload.ts";

/** Oldest compute capability that PyTorch's wheels for CUDA 13 run on (Turing). */
const OLDEST_COMPUTE_CAPABILITY = 7.5;

/** Cards that sit beside an Arm processor (Grace): the lock is made for x86-64. */
const ARM_HOSTS = /^g[hb]\d00/;

/** Whether the generated project's lock, PyTorch for CUDA 13 on x86-64, runs on this card's machine. */
export const lockRunsOn = (facts: Accelerator): boolean =>
  facts.kind === "gpu" &&
  /nvidia/i.test(facts.vendor) &&
  (facts.computeCapability ?? 0) >= OLDEST_COMPUTE_CAPABILITY &&
  !ARM_HOSTS.test(facts.id);

/** Whether a project in the workload's framework could train on this card: CUDA for PyTorch, TPUs for JAX. */
export const trainsOn = (facts: Accelerator, w: Workload): boolean =>
  w.constraints.includes("tpu") || w.hardware.accelerator?.kind === "tpu" ? facts.kind === "tpu" : lockRunsOn(facts);

/** Tasks that no catalogued model does: a plan would be made of air. */
const NO_MODEL: Record<string, string> = {
  "text-to-speech": "speech synthesis",
  "music-generation": "music",
};

/** Honest limits of this version, as blockers: what it would have to pretend. */
export function outsideThisVersion(w: Workload): Blocker | undefined {
  const missing = w.model.catalogued ? NO_MODEL[w.task] : undefined;
  if (missing)
    return {
      rule: "no-model-for-task",
      text: `The catalog has no model for ${missing}: name one with its size, such as "a 300M model", and say what it reads.`,
    };
  const card = w.hardware.accelerator;
  if (card && !trainsOn(card, w))
    return {
      rule: "card-not-supported-yet",
      text: `Training on ${card.name} is not planned by this version: PyTorch for CUDA 13 on x86-64 (NVIDIA cards from Turing, compute capability 7.5, on) and JAX on TPUs are. Its memory and speed can still be estimated.`,
    };
  if (w.method === "freeze" && !canFreeze(w))
    return {
      rule: "method-not-for-task",
      text: "A frozen backbone with a trained head suits classifiers, detectors and embeddings; a model that writes text learns by full training, LoRA or QLoRA.",
    };
  return undefined;
}
