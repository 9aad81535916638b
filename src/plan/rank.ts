import type { Candidate } from "./candidates.ts";
import type { Workload } from "./workload.ts";

/** What an hour of waiting is worth beside the rent, USD: it only separates options that cost about the same. */
const HOUR_USD = 0.5;
/** Buying from a marketplace, on a second-hand price or on spot has a price of its own. */
const RISK = { marketplace: 0.3, "third-party": 0.15, mirror: 0, vendor: 0, stale: 1, spot: 0.15, tight: 0.6 } as const;
/**
 * Lower is better: money, a little time, a person's set-up, and what could go wrong. Ties are broken by id. `work` is a
 * run that many times as long: where two options change places is where the plan flips.
 */
export function score(c: Candidate, work = 1): number {
  let risk = 0;
  if (c.price) {
    risk += RISK[c.price.confidence];
    if (c.price.pricing === "spot") risk += RISK.spot;
    if (c.price.strangersMachine) risk += RISK.marketplace;
  }
  if (c.quick.status === "tight") risk += RISK.tight;
  // A 4-bit base costs a little quality; full fine-tuning of small models gains a little.
  const quality = c.settings.method === "qlora" ? 1.1 : c.settings.method === "full" ? 0.98 : 1;
  const effort = c.price?.effortUsd ?? 0;
  return ((c.usd.expected + HOUR_USD * c.hours.expected) * work * quality + effort) * (1 + risk);
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
