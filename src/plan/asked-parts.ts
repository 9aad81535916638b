import { requestRate, usd } from "./format.ts";
import { fleetText, serverName } from "./names.ts";
import type { AskedPart, Blocker, Plan, ServingPlan } from "./plan.ts";
import type { Workload } from "./workload.ts";

/** What is asked of the finished model and whether it is given; undefined where only training was asked about. */
export function servingPart(
  w: Workload,
  serving: ServingPlan | undefined,
  missing: Blocker | undefined,
): AskedPart | undefined {
  if (missing) return { part: "serving", met: false, text: missing.text };
  if (!serving || !w.serving) return undefined;
  const month = serving.usdPerMonth;
  const over = w.budgetUsd !== undefined && w.budgetPeriod === "total" && month !== undefined && month > w.budgetUsd;
  const beyond = over ? `, which the ${usd(w.budgetUsd!)} budget does not cover` : "";
  return {
    part: "serving",
    met: true,
    text: `${requestRate(w.serving.requestsPerSecond)} from ${serverName(serving.deployment)} on ${fleetText(serving)}${month === undefined ? " of your own" : `, about ${usd(month)} a month${beyond}`}.`,
  };
}

/** The verdict in one line: what is not given is said first. */
export function verdictOf(training: AskedPart, serving: AskedPart | undefined): Pick<Plan, "headline" | "asked"> {
  if (!serving) return { headline: training.text };
  const asked = [training, serving];
  const missing = asked.filter((part) => !part.met);
  if (missing.length === 1 && !serving.met)
    return { headline: `Training is feasible; what is asked of the finished model is not. ${serving.text}`, asked };
  if (missing.length > 0) return { headline: missing.map((part) => part.text).join(" "), asked };
  return { headline: `${training.text} Serving: ${serving.text}`, asked };
}
