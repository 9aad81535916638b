import { trainingRate } from "../estimate/compute.ts";
import type { Setup } from "../estimate/setup.ts";
import type { Shape } from "../estimate/shape.ts";
import { weightBytes } from "../estimate/states.ts";
import { type Range, range } from "../units.ts";
import { assumed } from "./assumptions.ts";
import { isPreference } from "./recipe.ts";
import type { Workload } from "./workload.ts";

/** Samples that a step is made of, for each example of the data: the completions that a prompt is answered with. */
export const samplesPerExample = (w: Workload): number => (w.task === "grpo" ? assumed.rolloutsPerPrompt.value : 1);

/**
 * Passes of the model that one example takes, in trainings of it: two texts for a pair of embeddings; for preferences two
 * answers, each also through the frozen reference, a forward pass of three (Rafailov et al. 2023, §4).
 */
function passesPerExample(w: Workload): number {
  if (w.modality === "embedding") return 2;
  if (w.task === "grpo") return samplesPerExample(w);
  return isPreference(w.task) ? 2 * (4 / 3) : 1;
}

/** Tokens, or what stands for them, that a run processes. */
export const trainTokens = (w: Workload): number => w.exampleCount * w.averageTokens * w.epochs * passesPerExample(w);

const MEDIA: Partial<Record<Workload["modality"], "images" | "clips">> = {
  vision: "images",
  diffusion: "images",
  audio: "clips",
};

/** What a person counts of a run: tokens of text, images, clips of sound; how many of it, and how that is counted. */
export function workOf(w: Workload): { unit: "tokens" | "images" | "clips"; amount: number; formula: string } {
  const media = MEDIA[w.modality];
  if (media) {
    const amount = w.exampleCount * w.epochs;
    return {
      unit: media,
      amount,
      formula: `${media}${w.audioSeconds && media === "clips" ? ` of ${w.audioSeconds} s` : ""} × epochs`,
    };
  }
  const passes =
    w.modality === "embedding"
      ? " × 2 texts a pair"
      : isPreference(w.task)
        ? " × 2 answers × 4/3 with the reference"
        : w.task === "grpo"
          ? ` × ${samplesPerExample(w)} completions a prompt, each written and then learned from`
          : "";
  return { unit: "tokens", amount: trainTokens(w), formula: `examples × average tokens × epochs${passes}` };
}

/** Tokens per second of one device on samples of a length: a run's time is counted at its typical one. */
export const rateAt = (s: Setup, tokens: number): Range =>
  trainingRate({ ...s, train: { ...s.train, sequenceLength: tokens } }).tokensPerSecondPerDevice;

/** Seconds of the steps alone, at a rate per device and the length of usual samples. */
export const stepping = (w: Workload, tokensPerSecond: number, count: number): number =>
  (trainTokens(w) * assumed.paddingFactor.value) / (tokensPerSecond * count);

/** Wall time of a run at a rate per device: samples at their typical length, evaluation, set-up and the download of the weights. */
export function hoursAt(w: Workload, shape: Shape, rate: Range, count: number): Range {
  const download = weightBytes(shape, "none", 2) / assumed.downloadBytesPerSecond.value / 3600;
  const train = (tokensPerSecond: number): number =>
    (stepping(w, tokensPerSecond, count) * (1 + assumed.evaluationShare.value)) / 3600;
  return range(
    train(rate.high) + assumed.setUpHoursLow.value + download / 2,
    train(rate.expected) + assumed.setUpHours.value + download,
    train(rate.low) + assumed.setUpHoursHigh.value + download * 3,
  );
}
