import type { Accelerator } from "../catalog/schema.ts";
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

/** Honest limits of this version, as blockers: what it would have to pretend. */
export function outsideThisVersion(w: Workload): Blocker | undefined {
  if (w.modality !== "llm")
    return {
      rule: "modality-not-supported-yet",
      text: `This version plans decoder language models; this reads as ${w.modality}. Other modalities come with a later version.`,
    };
  if ((w.hardware.nodeCount ?? 1) > 1)
    return {
      rule: "multi-node-not-supported-yet",
      text: `This version plans one machine; ${w.hardware.nodeCount} nodes were named. Several nodes come with a later version.`,
    };
  const card = w.hardware.accelerator;
  if (card && !lockRunsOn(card))
    return {
      rule: "card-not-supported-yet",
      text: `The projects of this version run PyTorch for CUDA 13 on x86-64, which does not run on ${card.name}: NVIDIA cards from Turing (compute capability 7.5) on, in x86-64 machines, are supported. \`estimate\` still tells its memory and speed.`,
    };
  if (w.constraints.includes("tpu"))
    return {
      rule: "tpu-not-supported-yet",
      text: "TPUs need JAX or PyTorch/XLA projects, which come with a later version.",
    };
  if (w.method === "freeze")
    return {
      rule: "method-not-supported-yet",
      text: "Training with frozen layers comes with a later version: full, LoRA and QLoRA are planned today.",
    };
  return undefined;
}
