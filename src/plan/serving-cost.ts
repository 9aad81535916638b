import { constant } from "../estimate/constants.ts";
import { mapRange, range } from "../units.ts";
import type { CostPlan, Plan } from "./plan.ts";
import { HOURS_PER_MONTH } from "./risks.ts";
import type { Workload } from "./workload.ts";

/** What no figure of ours contains. */
export const NOT_INCLUDED = [
  "storage and network egress",
  "idle time and failed runs",
  "taxes and committed-use discounts",
  "people",
];

/** A month of serving at the asked rate around the clock, and what a million tokens then cost. */
export function servingCostOf(
  w: Workload,
  serving: Plan["serving"],
): Pick<CostPlan, "servingUsdPerMonth" | "usdPerMillionTokens"> {
  if (!serving || serving.usdPerHourPerReplica === undefined || !w.serving) return {};
  const month = serving.usdPerHourPerReplica * serving.replicas * HOURS_PER_MONTH;
  const replicas = (rate: number): number =>
    Math.max(1, Math.ceil(w.serving!.requestsPerSecond / Math.max(rate * constant.plannedUtilisation.value, 1e-9)));
  const perMonth = (rate: number): number => serving.usdPerHourPerReplica! * replicas(rate) * HOURS_PER_MONTH;
  const r = serving.requestsPerSecondPerReplica;
  const servingUsdPerMonth = range(Math.min(month, perMonth(r.high)), month, Math.max(month, perMonth(r.low)));
  const tokensPerMonth =
    w.serving.requestsPerSecond * (w.serving.promptTokens + w.serving.outputTokens) * 3600 * HOURS_PER_MONTH;
  return { servingUsdPerMonth, usdPerMillionTokens: mapRange(servingUsdPerMonth, (x) => (x / tokensPerMonth) * 1e6) };
}
