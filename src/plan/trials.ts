import type { Replica } from "./replicas.ts";
import type { Tried } from "./trial.ts";
import type { Workload } from "./workload.ts";

/** What was tried before, so that a plan, what it compares and the variants of its brief do not try it again. */
export interface Trials {
  /** Machine and method → the best settings, and the typical length at which they were timed. */
  machines: Map<string, { tried: Tried; averageTokens: number }>;
  /** Model and shape of a request → the replicas that hold it. */
  replicas: Map<string, Replica[]>;
}

export const newTrials = (): Trials => ({ machines: new Map(), replicas: new Map() });

/** What a trial does not depend on: money, market, load and tools; machine and method stand in the key by themselves. */
export function trialKey(w: Workload): string {
  const { model, modality, task, sequenceLength, microBatchSize, epochs, imageSize, audioSeconds, hardware } = w;
  return JSON.stringify([
    model,
    modality,
    task,
    sequenceLength,
    microBatchSize,
    epochs,
    imageSize,
    audioSeconds,
    hardware.hostMemoryGib,
    // The global batch of pretraining is counted in tokens.
    task === "pretrain" ? w.averageTokens : 0,
  ]);
}
