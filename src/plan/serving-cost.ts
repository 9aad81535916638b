import type { Price } from "../catalog/schema.ts";
import { constant } from "../estimate/constants.ts";
import { replicasFor } from "../estimate/serving-load.ts";
import { mapRange, type Range, range } from "../units.ts";
import { assumed } from "./assumptions.ts";
import { ENGINEER_USD_PER_HOUR } from "./effort.ts";
import type { CostPlan, Deployment, Plan, ServingPlan } from "./plan.ts";
import { HOURS_PER_MONTH } from "./risks.ts";
import type { ServingWorkload, Workload } from "./workload.ts";

/** Modal stops an idle container after this (modal.com/docs/guide/cold-start). */
export const IDLE_SECONDS = 60;
/** A month of a person's hours with what runs, beside what a team that runs servers does anyway; judgements, ranked with the rent and never shown as part of it. */
const CARE_HOURS = { own: 1, ownByBeginners: 8, functions: 0.5, endpoint: 0.5 };

/** What no figure of ours contains, with hardware of one's own or with any that is rented. */
export const notIncluded = (owned: boolean): string[] => [
  ...(owned ? ["electricity and the machine's own price"] : ["storage and network egress"]),
  "idle time and failed runs",
  ...(owned ? [] : ["taxes and committed-use discounts"]),
  "people",
];

/** How the cost of one's own hardware is counted. */
export const OWNED_FORMULA = "your own hardware: no rent; electricity is not counted";

/** What looking after a deployment is worth, USD a month. */
export function careUsdPerMonth(deployment: Deployment, w: Workload): number {
  const hours =
    deployment === "modal-functions"
      ? CARE_HOURS.functions
      : deployment === "hf-inference-endpoints"
        ? CARE_HOURS.endpoint
        : w.constraints.includes("beginner-team")
          ? CARE_HOURS.ownByBeginners
          : CARE_HOURS.own;
  return hours * ENGINEER_USD_PER_HOUR;
}

/** One kind of replica at a price: a machine may hold several. */
export interface PricedReplica {
  price: Pick<Price, "usdPerHour" | "platform">;
  replicasPerMachine: number;
  /** Requests per second that one replica can do. */
  rate: number;
  /** Seconds from the request to its last token. */
  seconds: number;
  coldStartSeconds: number;
}

/** Machines that never sleep. */
export function dedicatedUsdPerMonth(r: PricedReplica, requestsPerSecond: number): number {
  const machines = Math.ceil(replicasFor(requestsPerSecond, r.rate) / r.replicasPerMachine);
  return machines * r.price.usdPerHour * HOURS_PER_MONTH;
}

/**
 * Containers that start with a request and stop when idle. Requests at random times (Poisson, rate λ) keep one up while
 * the gaps are shorter than T = request + idle window: a busy period lasts (e^λT − 1)/λ and begins with a cold start C,
 * the gap after it 1/λ. So the share of time that is billed is (λC + e^λT − 1)/(λC + e^λT), and one request in
 * λC + e^λT finds nothing running. At high load the work itself is billed.
 */
export function functionsUsage(
  r: Pick<PricedReplica, "rate" | "seconds" | "coldStartSeconds">,
  requestsPerSecond: number,
): { up: number; coldShare: number } {
  const grown = Math.exp(Math.min(50, requestsPerSecond * (r.seconds + IDLE_SECONDS)));
  const cycle = requestsPerSecond * r.coldStartSeconds + grown;
  return {
    up: Math.max((cycle - 1) / cycle, requestsPerSecond / (r.rate * constant.plannedUtilisation.value)),
    coldShare: 1 / cycle,
  };
}

export const functionsUsdPerMonth = (r: PricedReplica, requestsPerSecond: number): number =>
  functionsUsage(r, requestsPerSecond).up * r.price.usdPerHour * HOURS_PER_MONTH;

/** Fewer than this is no service: one request a month. */
export const RAREST = 1 / (HOURS_PER_MONTH * 3600);

/** A rate between two others at which two monthly bills are equal; undefined where one is lower at both ends. */
export function equalCostRate(
  a: (rate: number) => number,
  b: (rate: number) => number,
  from: number,
  to: number,
): number | undefined {
  const difference = (logRate: number): number => a(Math.exp(logRate)) - b(Math.exp(logRate));
  let [low, high] = [Math.log(from), Math.log(to)];
  const sign = Math.sign(difference(low));
  if (sign === 0 || sign === Math.sign(difference(high))) return undefined;
  for (let i = 0; i < 40; i++) {
    const middle = (low + high) / 2;
    if (Math.sign(difference(middle)) === sign) low = middle;
    else high = middle;
  }
  return Math.exp((low + high) / 2);
}

/** What the autoscaler can run up: every replica that it may start, on whole machines; undefined where none is rented. */
export function mostUsdPerHour({ autoscaling, offer, usdPerHourPerReplica: each }: ServingPlan): number | undefined {
  if (offer === undefined || each === undefined) return undefined;
  const replicasPerMachine = Math.round(offer.usdPerHour / each);
  return Math.ceil(autoscaling.maxReplicas / replicasPerMachine) * offer.usdPerHour;
}

/** A month of serving at the asked rate around the clock, and what a million tokens or a thousand other requests then cost. */
export function servingCostOf(
  w: Workload,
  serving: Plan["serving"],
): Pick<CostPlan, "servingUsdPerMonth" | "usdPerMillionTokens" | "usdPerThousandRequests"> {
  if (!serving || serving.usdPerHourPerReplica === undefined || !w.serving) return {};
  // Plans of the first version have no month of their own.
  const month = serving.usdPerMonth ?? serving.usdPerHourPerReplica * serving.replicas * HOURS_PER_MONTH;
  const { low, expected, high } = billed(serving, w.serving);
  const servingUsdPerMonth = range(
    (month * Math.min(1, low / expected) * assumed.shortMonthHours.value) / HOURS_PER_MONTH,
    month,
    (month * Math.max(1, high / expected) * assumed.longMonthHours.value) / HOURS_PER_MONTH,
  );
  const { requestsPerSecond, promptTokens, outputTokens, media } = w.serving;
  const requestsPerMonth = requestsPerSecond * 3600 * HOURS_PER_MONTH;
  const each = mapRange(servingUsdPerMonth, (x) => x / requestsPerMonth);
  return media === undefined
    ? { servingUsdPerMonth, usdPerMillionTokens: mapRange(each, (x) => (x / (promptTokens + outputTokens)) * 1e6) }
    : { servingUsdPerMonth, usdPerThousandRequests: mapRange(each, (x) => x * 1000) };
}

/** Machines that are billed at once, on average over a month: at the quick end of the estimated rates, as expected, and at the slow end. */
function billed(serving: ServingPlan, load: ServingWorkload): Range {
  const rate = serving.requestsPerSecondPerReplica;
  if (serving.deployment !== "modal-functions") {
    const replicas = (each: number): number => replicasFor(load.requestsPerSecond, Math.max(each, 1e-9));
    return range(replicas(rate.high), replicas(rate.expected), replicas(rate.low));
  }
  const { timeToFirstTokenSeconds: first, timePerOutputTokenSeconds: each, coldStartSeconds: cold } = serving;
  const up = (end: keyof Range, rateEnd: keyof Range): number =>
    functionsUsage(
      { rate: rate[rateEnd], seconds: first[end] + each[end] * load.outputTokens, coldStartSeconds: cold[end] },
      load.requestsPerSecond,
    ).up;
  return range(up("low", "high"), up("expected", "expected"), up("high", "low"));
}
