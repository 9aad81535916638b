import { trainingRate } from "../estimate/compute.ts";
import type { Setup } from "../estimate/setup.ts";
import type { Shape } from "../estimate/shape.ts";
import { weightBytes } from "../estimate/states.ts";
import { type Range, range } from "../units.ts";
import { offloadSeconds } from "./layout.ts";
import type { Workload } from "./workload.ts";

/** Padding and packing losses: what a batch processes beyond the samples' own tokens. Lengths are grouped by the trainer. */
const PADDING = 1.1;
/** Setting up a machine, installing and loading data, hours; downloading weights comes on top. */
const SET_UP_HOURS = { low: 0.15, expected: 0.3, high: 0.75 };
/** Evaluation during and after training, as a share of training time. */
const EVALUATION_SHARE = 0.05;
/** Download rate of model weights, bytes per second. */
const DOWNLOAD_RATE = 200e6;

/**
 * Passes of the model that one example takes, in trainings of it: two texts for a pair of embeddings; for preferences two
 * answers, each also through the frozen reference, a forward pass of three (Rafailov et al. 2023, §4).
 */
function passesPerExample(w: Workload): number {
  if (w.modality === "embedding") return 2;
  return w.task === "dpo" || w.task === "preference" ? 2 * (4 / 3) : 1;
}

/** Tokens, or what stands for them, that a run processes. */
export const trainTokens = (w: Workload): number => w.exampleCount * w.averageTokens * w.epochs * passesPerExample(w);

/** Tokens per second of one device on samples of a length: a run's time is counted at its typical one. */
export function rateAt(s: Setup, tokens: number): Range {
  const at = { ...s, train: { ...s.train, sequenceLength: tokens } };
  const rate = trainingRate(at).tokensPerSecondPerDevice;
  const waiting = offloadSeconds(s);
  if (waiting === 0) return rate;
  const perStep = s.train.microBatchSize * s.train.gradientAccumulationSteps * tokens;
  const slowed = (x: number): number => perStep / (perStep / x + waiting);
  return range(slowed(rate.low), slowed(rate.expected), slowed(rate.high));
}

/** Wall time of a run at a rate per device: samples at their typical length, evaluation, set-up and the download of the weights. */
export function hoursAt(w: Workload, shape: Shape, rate: Range, count: number): Range {
  const tokens = trainTokens(w) * PADDING * (1 + EVALUATION_SHARE);
  const download = weightBytes(shape, "none", 2) / DOWNLOAD_RATE / 3600;
  const train = (tokensPerSecond: number): number => tokens / (tokensPerSecond * count) / 3600;
  return range(
    train(rate.high) + SET_UP_HOURS.low + download / 2,
    train(rate.expected) + SET_UP_HOURS.expected + download,
    train(rate.low) + SET_UP_HOURS.high + download * 3,
  );
}
