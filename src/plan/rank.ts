import type { Range } from "../units.ts";
import { assumed } from "./assumptions.ts";
import type { Candidate } from "./candidates.ts";
import { gib, hours, usd } from "./format.ts";
import { THRESHOLDS } from "./methods.ts";
import { machineText, methodName } from "./names.ts";
import type { Workload } from "./workload.ts";

/** Buying on a second-hand price has a price of its own. */
const PRICE_RISK = {
  mirror: 0,
  vendor: 0,
  "third-party": assumed.thirdPartyPriceRisk.value,
  stale: assumed.stalePriceRisk.value,
} as const;

/** Of a first run and of every machine more, USD of effort; one's own hardware asks for none. */
export const effortOf = (c: Candidate): number =>
  (c.price?.effortUsd ?? 0) + assumed.extraMachineEffortUsd.value * (c.hardware.nodeCount - 1);

/** What could go wrong beside the run itself, as a share of its price. */
export function riskOf(c: Candidate): number {
  let risk = c.quick.status === "tight" ? assumed.tightRisk.value : 0;
  if (!c.price) return risk;
  risk += PRICE_RISK[c.price.confidence];
  if (c.price.pricing === "spot") risk += assumed.spotRisk.value;
  if (c.price.strangersMachine) risk += assumed.marketplaceRisk.value;
  return risk;
}

/** What a method's quality is worth, as a factor on its price. */
function qualityFactor(c: Candidate): number {
  const { method } = c.settings;
  if (method === "qlora") return assumed.quantisedQuality.value;
  if (method === "freeze") return assumed.frozenQuality.value;
  if (method !== "full") return 1;
  const size = c.quick.setup.shape.parameterCount;
  if (size < THRESHOLDS.full) return assumed.smallWholeQuality.value;
  return size > assumed.smallModelParameters.value ? assumed.largeWholeQuality.value : assumed.fullQuality.value;
}

/**
 * What waiting is worth, USD: little at first, more in a long run, when people wait and faults cost a restart. To be done
 * before a stated deadline is worth nothing more: only the hours by which the high end misses it are waited for.
 */
export function waitingUsd(hours: Range, deadlineHours: number | undefined): number {
  const waited = deadlineHours === undefined ? hours.expected : Math.max(0, hours.high - deadlineHours);
  const long = Math.max(0, waited - assumed.longHours.value);
  return assumed.waitingUsdPerHour.value * (waited - long) + assumed.longWaitingUsdPerHour.value * long;
}

/** Lower is better: money, a little time, a person's work, and what could go wrong. Ties are broken by id. */
export function score(c: Candidate, { deadlineHours }: Pick<Workload, "deadlineHours">): number {
  const paid = c.usd.expected + waitingUsd(c.hours, deadlineHours);
  return (paid * qualityFactor(c) + effortOf(c)) * (1 + riskOf(c));
}

/** A stable name for tie-breaking: equal scores never depend on the order of the search. */
export const candidateKey = (c: Candidate): string =>
  `${c.hardware.accelerator.id}|${c.hardware.acceleratorCount}|${c.settings.method}|${c.hardware.offer?.platform ?? ""}|${c.hardware.offer?.instanceType ?? ""}|${c.hardware.offer?.region ?? ""}`;

/** Rounded before comparing, so that the last bits of arithmetic never decide. */
const rounded = (x: number): number => Number(x.toPrecision(9));
/** Scores further apart than this share keep their order when they are rounded, which is slow: nine digits lie at most 1e-8 apart. */
const FAR_APART = 2e-8;

/** The planner's order of candidates for a workload. */
export const orderFor =
  (w: Pick<Workload, "deadlineHours">) =>
  (a: Candidate, b: Candidate): number =>
    compareCandidates(a, b, w);

export function compareCandidates(a: Candidate, b: Candidate, w: Pick<Workload, "deadlineHours">): number {
  const [s, t] = [score(a, w), score(b, w)];
  if (Math.abs(s - t) > FAR_APART * Math.max(s, t)) return s - t;
  const difference = rounded(s) - rounded(t);
  if (difference !== 0) return difference;
  const [x, y] = [candidateKey(a), candidateKey(b)];
  return x < y ? -1 : x > y ? 1 : 0;
}

/** What a candidate fails on: a rule of the estimate, or one of these three. Undefined where it may be the answer. */
export function failure(c: Candidate, w: Workload): string | undefined {
  const refused = c.quick.refused[0];
  if (refused) return refused.rule;
  const { neededGib, roomGib } = c.quick.reading;
  // Tight is a risk that a person may take; expecting not to fit is none that we would advise.
  if (c.quick.status === "does-not-fit" || neededGib.expected > roomGib) return "does-not-fit";
  const budget = w.budgetUsd;
  if (budget !== undefined && c.price && (w.budgetPeriod === "hour" ? c.price.usdPerHour : c.usd.expected) > budget)
    return "over-budget";
  if (w.deadlineHours !== undefined && c.hours.expected > w.deadlineHours) return "past-deadline";
  return undefined;
}

/** Why a candidate cannot be the answer, or undefined. */
export function rejection(c: Candidate, w: Workload): { rule: string; text: string } | undefined {
  const rule = failure(c, w);
  return rule === undefined ? undefined : { rule, text: c.quick.refused[0]?.text ?? sentence(inWords(rule, c, w)) };
}

const sentence = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

function inWords(rule: string, c: Candidate, w: Workload): string {
  const { accelerator, acceleratorCount } = c.hardware;
  const [machine, how] = [machineText(acceleratorCount, accelerator.name), methodName(c.settings.method)];
  if (rule === "over-budget")
    return w.budgetPeriod === "hour"
      ? `${machine} costs ${usd(c.price!.usdPerHour)} per hour and the budget is ${usd(w.budgetUsd!)}.`
      : `${how} on ${machine} costs about ${usd(c.usd.expected)} and the budget is ${usd(w.budgetUsd!)}.`;
  if (rule === "past-deadline")
    return `${how} on ${machine} takes about ${hours(c.hours.expected)} and ${hours(w.deadlineHours!)} are left.`;
  const { neededGib, roomGib } = c.quick.reading;
  const each = acceleratorCount > 1 ? ` on each of ${acceleratorCount}` : "";
  return `${how} of ${w.model.id} needs ${gib(neededGib.expected)} (at best ${gib(neededGib.low)})${each} with ${leastOf(c, w)}, and ${accelerator.name} can use ${gib(roomGib)}.`;
}

/** What the set-up that failed was: the leanest that the planner knows, unless the person fixed a part of it. */
const leastOf = ({ settings }: Candidate, w: Workload): string =>
  w.microBatchSize === undefined ? "its leanest settings" : `your micro batch of ${settings.microBatchSize}`;
