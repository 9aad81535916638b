import { WHISPER_SECONDS } from "../estimate/modality.ts";
import { workOf } from "../plan/duration.ts";
import { imagePositions } from "../plan/sample.ts";
import type { Workload } from "../plan/workload.ts";
import { number } from "./quantities.ts";

/** How large examples are, in the words of what they are: rows of a table. */
export function exampleRows(w: Workload): [string, string][] {
  if (w.modality === "vision") return [["A picture", `seen at ${side(w)}; others are scaled and cut to it`]];
  if (w.modality === "audio") return [["Longest clip", `${number(clipSeconds(w))} s; longer ones are refused`]];
  const pictures = imagePositions(w);
  return [
    ["Average length", `${number(w.averageTokens)} tokens${pictures > 0 ? ", the picture among them" : ""}`],
    [
      "Longest example",
      pictures > 0
        ? `${number(w.sequenceLength + pictures)} tokens; longer ones are refused`
        : `${number(w.sequenceLength)} tokens; longer ones are cut`,
    ],
    ...(pictures > 0 ? ([["A picture", `${side(w)} at most: ${number(pictures)} tokens`]] as [string, string][]) : []),
  ];
}

/** The same in a sentence, after the number of examples. */
export function exampleSentence(w: Workload): string {
  if (w.modality === "vision") return `pictures, seen at ${side(w)}`;
  if (w.modality === "audio") return `clips of at most ${number(clipSeconds(w))} s`;
  return `examples, ${number(w.averageTokens)} tokens on average, ${number(w.sequenceLength + imagePositions(w))} at most`;
}

/** "200 thousand images": what a run works through. */
export function workSentence(w: Workload): string {
  const { unit, amount } = workOf(w);
  return `${number(amount)} ${unit}`;
}

/** Whether examples are texts, which are counted in tokens and may be cut. */
export const isText = (w: Workload): boolean => w.modality !== "vision" && w.modality !== "audio";

const side = (w: Workload): string => `${w.imageSize} x ${w.imageSize} pixels`;

const clipSeconds = (w: Workload): number => Math.min(w.audioSeconds ?? WHISPER_SECONDS, WHISPER_SECONDS);
