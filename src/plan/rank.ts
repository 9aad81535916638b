import type { Candidate } from "./candidates.ts";
import { THRESHOLDS } from "./methods.ts";
import type { Workload } from "./workload.ts";

/** What an hour of waiting is worth beside the rent, USD: it only separates options that cost about the same. */
const HOUR_USD = 0.5;
/** A run that takes longer is worth spreading over devices: the rent stays about the same. */
export const LONG_HOURS = 48;
/** A week of waiting beyond that is then worth about a day of an engineer. */
const LONG_HOUR_USD = 5;
/** Buying from a marketplace, on a second-hand price or on spot has a price of its own. */
const RISK = { marketplace: 0.3, "third-party": 0.15, mirror: 0, vendor: 0, stale: 1, spot: 0.15, tight: 0.6 } as const;
/** Every machine more is one more thing that can fail, and a cluster has to be set up. */
const PER_EXTRA_MACHINE = 1;

/** In USD of a person's time; one's own hardware asks for none. */
export const effortOf = (c: Candidate): number =>
  (c.price?.effortUsd ?? 0) + PER_EXTRA_MACHINE * (c.hardware.nodeCount - 1);

/** What could go wrong beside the run itself, as a share of its price. */
export function riskOf(c: Candidate): number {
  let risk = c.quick.status === "tight" ? RISK.tight : 0;
  if (!c.price) return risk;
  risk += RISK[c.price.confidence];
  if (c.price.pricing === "spot") risk += RISK.spot;
  if (c.price.strangersMachine) risk += RISK.marketplace;
  return risk;
}

/**
 * What a method's quality is worth, as a factor on its price: a 4-bit base costs a little, moving every weight of a
 * small model gains a little and is the usual choice there. Where the data repays it, full training of a large model is
 * worth two and a half times the price of an adapter, within the budget.
 */
function qualityFactor(c: Candidate): number {
  const { method } = c.settings;
  if (method === "qlora") return 1.1;
  if (method === "freeze") return FEW_LABELS_FROZEN;
  if (method !== "full") return 1;
  const size = c.quick.setup.shape.parameterCount;
  if (size < THRESHOLDS.full) return SMALL_AND_WHOLE;
  return size > THRESHOLDS.lora / 2 ? LARGE_AND_WHOLE : 0.98;
}
const SMALL_AND_WHOLE = 0.8;
const LARGE_AND_WHOLE = 0.4;
/** Tried where labels are few: there it learns as well and forgets less (Oquab et al. 2023, §7). */
const FEW_LABELS_FROZEN = 0.7;

/** What waiting is worth: little within two days, more beyond them, when people wait and faults cost a restart. */
const waiting = (hours: number): number =>
  HOUR_USD * Math.min(hours, LONG_HOURS) + LONG_HOUR_USD * Math.max(0, hours - LONG_HOURS);

/**
 * Lower is better: money, a little time, a person's work, and what could go wrong. Ties are broken by id. `work` is a run
 * that many times as long: where two options change places is where a plan flips.
 */
export function score(c: Candidate, work = 1): number {
  const quality = qualityFactor(c);
  const paid = c.usd.expected * work + waiting(c.hours.expected * work);
  return (paid * quality + effortOf(c)) * (1 + riskOf(c));
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
  const devices = c.hardware.acceleratorCount;
  const each = devices > 1 ? ` on each of ${devices}` : "";
  // Tight is a risk that a person may take; expecting not to fit is none that we would advise.
  if (c.quick.status === "does-not-fit" || neededGib.expected > roomGib) {
    return {
      rule: "does-not-fit",
      text: `${c.settings.method} of ${w.model.id} needs ${neededGib.expected.toFixed(1)} GiB (at best ${neededGib.low.toFixed(1)})${each} and ${name} can use ${roomGib.toFixed(1)}.`,
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
