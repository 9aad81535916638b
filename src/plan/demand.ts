import type { Catalog } from "../catalog/schema.ts";
import { constant } from "../estimate/constants.ts";
import { GIB, significant } from "../units.ts";
import { FORMATS, gib, number, requestRate, usd } from "./format.ts";
import { machineText, unnamedCard } from "./names.ts";
import type { Blocker, ServingPlan } from "./plan.ts";
import { replicasOf } from "./replicas.ts";
import { HOURS_PER_MONTH } from "./risks.ts";
import { nearestToLatency } from "./serve.ts";
import { deviceFit, onDevice } from "./targets.ts";
import type { Trials } from "./trials.ts";
import type { Workload } from "./workload.ts";

/** What is asked of the finished model and the plan does not give: a server for the load, within the budget, or room on the device. */
export function shortfall(
  w: Workload,
  serving: ServingPlan | undefined,
  catalog: Catalog,
  trials: Trials,
): Blocker | undefined {
  if (onDevice(w)) {
    const fit = deviceFit(w);
    return fit.format
      ? undefined
      : {
          rule: "does-not-fit",
          text: `${w.model.id} takes ${gib(fit.gib)} even with int4 weights, and about ${gib(fit.roomGib)} are there (${w.deploymentTarget}).`,
        };
  }
  if (!w.serving) return undefined;
  if (!serving) return { rule: "no-serving-option", text: unserved(w, catalog, trials) };
  const over = overBudget(w, serving);
  return over === undefined ? undefined : { rule: "over-budget", text: over };
}

/** Why no machine that is allowed serves the load: a latency that none keeps, or what the person's own hardware does. */
function unserved(w: Workload, catalog: Catalog, trials: Trials): string {
  const load = w.serving!;
  const rate = requestRate(load.requestsPerSecond);
  const format = load.quantization === undefined ? "" : ` with ${FORMATS[load.quantization]} weights, as you asked`;
  const model = `${w.model.id}${format}`;
  const within = load.latencyMs === undefined ? "" : ` within ${number(load.latencyMs / 1000)} s`;
  const nearest = nearestToLatency(w, catalog, trials);
  if (nearest !== undefined) return `No machine serves ${rate} of ${model}${within}. ${nearest}`;
  const { accelerator, memoryGib, stock } = w.hardware;
  const home = w.deploymentTarget === "local" || w.deploymentTarget === "on-premises";
  if (home && accelerator === undefined && memoryGib === undefined && stock === undefined)
    return `Nothing is known of your own machine, and the weights of ${w.model.id} take ${gib((w.model.architecture.parameterCount * 2) / GIB)} in 16 bits and under a third of that in 4: name its GPU or chip and the memory, such as "RTX 4070 8 GB" or "M3 Max 64 GB".`;
  const own = ownRate(w, catalog, trials);
  return own === undefined
    ? `No machine that is allowed serves ${rate} of ${model}${within}.`
    : `Your ${machineText(own.cards, own.name)} ${own.cards === 1 ? "serves" : "serve"} about ${requestRate(own.rate)} of ${model}${within}, and ${number(load.requestsPerSecond)} are asked for.`;
}

/** Requests per second that one's own cards are planned for, to two digits and never rounded up. */
export function ownRate(
  w: Workload,
  catalog: Catalog,
  trials: Trials,
): { rate: number; cards: number; name: string } | undefined {
  if (!w.hardware.owned) return undefined;
  const cards = w.hardware.acceleratorCount ?? 1;
  const rates = replicasOf(w, catalog, w.serving!, false, trials).map((r) => ({
    rate: r.capacity.requestsPerSecond * constant.plannedUtilisation.value * Math.floor(cards / r.devices),
    name: r.device.facts?.name ?? unnamedCard(r.device.memoryGib),
  }));
  const best = rates.reduce<(typeof rates)[number] | undefined>((a, b) => (a && a.rate >= b.rate ? a : b), undefined);
  if (!best || best.rate === 0) return undefined;
  const step = 10 ** (Math.floor(Math.log10(best.rate)) - 1);
  return { rate: significant(Math.floor(best.rate / step) * step, 2), cards, name: best.name };
}

/** A budget by the hour or month is a limit on a server; a total is a time it can run. */
function overBudget(w: Workload, { usdPerMonth: month = 0 }: ServingPlan): string | undefined {
  const perHour = month / HOURS_PER_MONTH;
  if (w.budgetUsd === undefined) return undefined;
  if (w.budgetPeriod === "month" && month > w.budgetUsd)
    return `Serving costs about ${usd(month)} a month and the budget is ${usd(w.budgetUsd)}.`;
  if (w.budgetPeriod === "hour" && perHour > w.budgetUsd)
    return `Serving costs about ${usd(perHour)} an hour and the budget is ${usd(w.budgetUsd)}.`;
  return undefined;
}
