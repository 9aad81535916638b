import type { Catalog } from "../catalog/schema.ts";
import type { Candidate } from "./candidates.ts";
import { hours, usd } from "./format.ts";
import { machineText, methodName } from "./names.ts";
import type { OffRamp } from "./plan.ts";
import { isEncoder } from "./recipe.ts";
import { formatSize } from "./resolve.ts";
import { nearbyDevices, search } from "./search.ts";
import type { Trials } from "./trials.ts";
import type { Workload } from "./workload.ts";

/** Sizes that open models come in. */
export const SIZES = [32e9, 14e9, 8e9, 4e9, 1.7e9, 0.6e9];
/** A model that is little smaller is little cheaper. */
const SMALLER = 0.6;

/** "an 8B model". */
export const sizedModel = (parameterCount: number): string => {
  const size = formatSize(parameterCount);
  return `${size.startsWith("8") ? "an" : "a"} ${size} model`;
};

/** The next smaller model that people publish, trained the same way: what it would save. */
export function smallerModel(
  w: Workload,
  catalog: Catalog,
  chosen: Candidate,
  candidates: readonly Candidate[],
  trials: Trials,
): OffRamp | undefined {
  if (w.modality !== "llm" || isEncoder(w) || w.task === "pretrain" || w.architecture === "custom") return undefined;
  const parameterCount = SIZES.find((n) => n <= w.model.architecture.parameterCount * SMALLER);
  if (parameterCount === undefined) return undefined;
  const model = { id: formatSize(parameterCount), architecture: { parameterCount }, catalogued: false };
  const found = search({ ...w, model }, catalog, trials, nearbyDevices(w, chosen, candidates)).chosen;
  const saves = found && (found.usd.expected < chosen.usd.expected || found.hours.expected < chosen.hours.expected);
  if (!found || !saves) return undefined;
  const { accelerator, acceleratorCount, offer } = found.hardware;
  return {
    kind: "smaller-model",
    title: sizedModel(parameterCount).replace(/^a/, "A"),
    why: `${methodName(found.settings.method)} on ${machineText(acceleratorCount, accelerator.name)}: ${offer ? `${usd(found.usd.expected)} instead of ${usd(chosen.usd.expected)}, in ` : ""}${hours(found.hours.expected)} instead of ${hours(chosen.hours.expected)}${w.serving ? ", and cheaper to serve" : ""}. Train both on a tenth of the data and compare.`,
    formula: "the same plan for a typical model of that size",
    hours: found.hours,
    ...(offer ? { usd: found.usd, source: offer.source, asOf: offer.asOf } : {}),
  };
}
