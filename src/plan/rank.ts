import { assumed } from "./assumptions.ts";
import type { Candidate } from "./candidates.ts";
import type { Workload } from "./workload.ts";

/** Buying on a second-hand price has a price of its own. */
const PRICE_RISK = {
  mirror: 0,
  vendor: 0,
  "third-party": assumed.thirdPartyPriceRisk.value,
  marketplace: assumed.marketplaceRisk.value,
  stale: assumed.stalePriceRisk.value,
} as const;
const MARKETPLACES = new Set(["vast", "cudo-compute", "fluidstack"]);

/** Fixed cost of a first run on a platform, USD of effort. */
const EFFORT_USD: Record<string, number> = {
  sagemaker: assumed.managedEffortUsd.value,
  coreweave: assumed.contractEffortUsd.value,
  azure: assumed.cloudEffortUsd.value,
  gcp: assumed.cloudEffortUsd.value,
  aws: assumed.cloudEffortUsd.value,
};

/** Lower is better: money, a little time, and what could go wrong. Ties are broken by id. */
function score(c: Candidate): number {
  let risk = 0;
  if (c.price) {
    risk += PRICE_RISK[c.price.confidence];
    if (c.price.pricing === "spot") risk += assumed.spotRisk.value;
    if (MARKETPLACES.has(c.price.platform)) risk += assumed.marketplaceRisk.value;
  }
  if (c.quick.status === "tight") risk += assumed.tightRisk.value;
  // A 4-bit base costs a little quality; full fine-tuning of small models gains a little.
  const quality =
    c.settings.method === "qlora"
      ? assumed.quantisedQuality.value
      : c.settings.method === "full"
        ? assumed.fullQuality.value
        : 1;
  const effort = c.price ? (EFFORT_USD[c.price.platform] ?? assumed.accountEffortUsd.value) : 0;
  return (
    (c.usd.expected * quality + assumed.waitingUsdPerHour.value * c.hours.expected * quality + effort) * (1 + risk)
  );
}

/** A stable name for tie-breaking: equal scores never depend on the order of the search. */
export const candidateKey = (c: Candidate): string =>
  `${c.hardware.accelerator.id}|${c.hardware.acceleratorCount}|${c.settings.method}|${c.hardware.offer?.platform ?? ""}|${c.hardware.offer?.instanceType ?? ""}|${c.hardware.offer?.region ?? ""}`;

/** Rounded before comparing, so that the last bits of arithmetic never decide. */
const rounded = (x: number): number => Number(x.toPrecision(9));

export function compareCandidates(a: Candidate, b: Candidate): number {
  const difference = rounded(score(a)) - rounded(score(b));
  if (difference !== 0) return difference;
  const [x, y] = [candidateKey(a), candidateKey(b)];
  return x < y ? -1 : x > y ? 1 : 0;
}

/** Why a candidate cannot be the answer, or undefined. */
export function rejection(c: Candidate, w: Workload): { rule: string; text: string } | undefined {
  const refused = c.quick.refused[0];
  if (refused) return refused;
  const { neededGib, roomGib } = c.quick.reading;
  const name = c.hardware.accelerator.name;
  // Tight is a risk that a person may take; expecting not to fit is none that we would advise.
  if (c.quick.status === "does-not-fit" || neededGib.expected > roomGib) {
    return {
      rule: "does-not-fit",
      text: `${c.settings.method} of ${w.model.id} needs ${neededGib.expected.toFixed(1)} GiB (at best ${neededGib.low.toFixed(1)}) and ${name} can use ${roomGib.toFixed(1)}.`,
    };
  }
  const budget = w.budgetUsd;
  if (budget !== undefined && c.price) {
    if (w.budgetPeriod === "hour" && c.price.usdPerHour > budget)
      return {
        rule: "over-budget",
        text: `${name} costs $${c.price.usdPerHour.toFixed(2)} per hour and the budget is $${budget}.`,
      };
    if (w.budgetPeriod !== "hour" && c.usd.expected > budget)
      return {
        rule: "over-budget",
        text: `Training on ${name} costs about $${c.usd.expected.toFixed(2)} and the budget is $${budget}.`,
      };
  }
  if (w.deadlineHours !== undefined && c.hours.expected > w.deadlineHours) {
    return {
      rule: "past-deadline",
      text: `Training on ${name} takes about ${c.hours.expected.toFixed(1)} hours and ${w.deadlineHours.toFixed(1)} are left.`,
    };
  }
  return undefined;
}
