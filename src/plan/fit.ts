import type { EstimateAnswer } from "../estimate/answer.ts";

/** What a verdict on memory rests on: one band against one limit, wherever it is told or drawn. */
export type Fit = Pick<EstimateAnswer, "status" | "neededGib" | "usableGib">;

/** "fits": the verdict after "it". */
export function fitText({ status, neededGib, usableGib }: Fit): string {
  if (status === "tight") return "is tight";
  if (status === "does-not-fit") return "does not fit";
  return neededGib.high > usableGib ? "should fit, with nothing to spare at the high end" : "fits";
}
