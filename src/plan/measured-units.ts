import { AdvisorError } from "../error.ts";
import type { Measured } from "./measured.ts";
import type { Planned } from "./same-run.ts";
import { imagePositions } from "./sample.ts";

/** A measurement as calibration reads it: in the positions that the plan counts samples in. */
export interface Counted extends Measured {
  longestTokens: number;
}

/**
 * A probe of text counts tokens. Pictures and sounds come in one size, so their probe counts examples: a sample there is
 * as many positions as the plan gives it. In front of a language model a picture's positions are in the probe's tokens
 * and beside the plan's length of the words.
 */
export function counted(measured: Measured, { workload, training }: Planned): Counted {
  const positions = training.sequenceLength;
  const { longestTokens, examplesPerSecond } = measured;
  if (workload.modality === "vision" || workload.modality === "audio")
    return {
      ...measured,
      longestTokens: positions,
      tokensPerSecond: examplesPerSecond === null ? null : examplesPerSecond * positions,
    };
  if (longestTokens === null)
    throw new AdvisorError(
      "invalid-input",
      `The probe counts no tokens, and the plan's task (${workload.task}) is counted in them`,
      "Run `make probe` in the project that this plan was written to.",
    );
  return { ...measured, longestTokens: Math.max(1, longestTokens - imagePositions(workload)) };
}
