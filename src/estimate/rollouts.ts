import { constant } from "./constants.ts";
import { bytesPerToken, kvBytes, logitBytes } from "./serving.ts";
import { loadAt } from "./serving-rates.ts";
import type { Setup } from "./setup.ts";

/** Completions that a reinforcement learner writes before it learns from them. */
interface Rollouts {
  /** Sequences that one device writes at a time: all of an optimizer step (TRL: steps_per_generation is gradient_accumulation_steps). */
  atOnce: number;
  /** Tokens of one completion. */
  outputLength: number;
}

/** The rollouts of a step; undefined where nothing is written. */
export function rolloutsOf({ train: t, request }: Setup): Rollouts | undefined {
  if (t.task !== "grpo") return undefined;
  // Samples that are shorter than the longest have completions that are shorter by as much.
  const share = t.sequenceLength / (request.sequenceLength ?? t.sequenceLength);
  const outputLength = Math.max(1, Math.min(t.sequenceLength - 1, t.outputLength * share));
  return { atOnce: t.microBatchSize * t.gradientAccumulationSteps, outputLength };
}

/** What a batch holds that is written token by token by the trainer's own loop. */
export interface Written {
  cache: number;
  activations: number;
  logits: number;
}

export const NOTHING_WRITTEN: Written = { cache: 0, activations: 0, logits: 0 };

/** Cache of prompt and answer, with the copy that appending makes; one pass over all prompts; the last position's logits. */
export const writingBytes = (s: Setup, sequences: number, promptTokens: number, outputLength: number): Written => ({
  cache: sequences * kvBytes(s, promptTokens + outputLength) * constant.concatenatedCacheCopies.value,
  activations: sequences * promptTokens * bytesPerToken(s),
  logits: sequences * logitBytes(s),
});

/**
 * Seconds in which one device writes the completions of an optimizer step: what `generate` takes for that batch, on
 * whole weights (TRL gathers shards for it), in the precision in which the weights are held.
 */
export function rolloutSeconds(s: Setup): number {
  const rollouts = rolloutsOf(s);
  if (!rollouts) return 0;
  const { train: t } = s;
  const wide = t.method === "full" && t.dtype !== "bf16" && t.dtype !== "fp16";
  const server: Setup = {
    ...s,
    train: {
      ...t,
      engine: "transformers",
      dtype: wide ? "fp32" : "bf16",
      computeDtype: undefined,
      contextLength: t.sequenceLength,
      outputLength: rollouts.outputLength,
      concurrentRequests: rollouts.atOnce,
      tensorParallel: 1,
      pipelineParallel: 1,
    },
  };
  return rollouts.atOnce / loadAt(server, rollouts.atOnce).requestsPerSecond;
}
