import type { Brief, BriefValues } from "../brief/brief.ts";
import type { Catalog } from "../catalog/schema.ts";
import { constant } from "../estimate/constants.ts";
import { significant } from "../units.ts";
import { gib, number, requestRate, usd } from "./format.ts";
import { fleetText, machineText, serverName, unnamedCard } from "./names.ts";
import type { Blocker, PlanRepair, ServingPlan } from "./plan.ts";
import { changed } from "./repair.ts";
import { replicasOf } from "./replicas.ts";
import { resolve } from "./resolve.ts";
import { HOURS_PER_MONTH } from "./risks.ts";
import { bestFor } from "./search.ts";
import { nearestToLatency, planServing } from "./serve.ts";
import { SIZES, sizedModel } from "./smaller.ts";
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
  const within = load.latencyMs === undefined ? "" : ` within ${number(load.latencyMs / 1000)} s`;
  const nearest = nearestToLatency(w, catalog, trials);
  if (nearest !== undefined) return `No machine serves ${rate} of ${w.model.id}${within}. ${nearest}`;
  const own = ownRate(w, catalog, trials);
  return own === undefined
    ? `No machine that your words allow serves ${rate} of ${w.model.id}${within}.`
    : `Your ${machineText(own.cards, own.name)} ${own.cards === 1 ? "serves" : "serve"} about ${requestRate(own.rate)} of ${w.model.id}${within}, and ${number(load.requestsPerSecond)} are asked for.`;
}

/** Requests per second that one's own cards are planned for, to two digits and never rounded up. */
function ownRate(
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

/** Latencies that people ask for, of a whole answer. */
const LOOSER_MS = [2000, 5000, 10_000, 20_000, 30_000, 60_000];

interface Change {
  values: BriefValues;
  cost: string;
  summary(w: Workload, serving: ServingPlan | undefined): string;
}

/** Changes after which all of it is given, the smallest first; each is planned again before it is offered. */
export function demandRepairs(brief: Brief, w: Workload, catalog: Catalog, trials: Trials): PlanRepair[] {
  const out: PlanRepair[] = [];
  const offer = ({ values, cost, summary }: Change): boolean => {
    const next = changed(brief, values);
    const { workload } = resolve(next, catalog);
    const serving = planServing(workload, catalog, undefined, trials);
    if (shortfall(workload, serving, catalog, trials)) return false;
    const trained = workload.phase === "serve" ? undefined : bestFor(next, catalog, trials).candidate;
    if (workload.phase !== "serve" && !trained) return false;
    const memory = serving?.estimate?.perDevice ?? trained?.quick.reading.memory;
    out.push({
      change: { ...values },
      deviceGib: memory?.deviceGib.expected ?? deviceGibOf(workload),
      timeFactor: 1,
      cost,
      status: serving?.estimate?.status ?? trained?.quick.status ?? "fits",
      summary: summary(workload, serving),
    });
    return true;
  };
  for (const change of [slower(w, catalog, trials), rented(w)]) if (change) offer(change);
  for (const latencyMs of LOOSER_MS.filter((ms) => ms > (w.serving?.latencyMs ?? Number.POSITIVE_INFINITY)))
    if (offer(patient(latencyMs))) break;
  for (const parameterCount of SIZES.filter((n) => n < w.model.architecture.parameterCount * 0.8))
    if (offer(smaller(parameterCount))) break;
  return out;
}

const deviceGibOf = (w: Workload): number => (onDevice(w) ? deviceFit(w).gib : 0);

const onWhat = (s: ServingPlan): string =>
  `${serverName(s.deployment)} on ${fleetText(s)}${s.offer ? ` (${s.offer.platform}), ${usd(s.usdPerMonth!)} a month` : " of your own"}`;

function slower(w: Workload, catalog: Catalog, trials: Trials): Change | undefined {
  const own = w.serving && !onDevice(w) ? ownRate(w, catalog, trials) : undefined;
  if (!own || own.rate >= w.serving!.requestsPerSecond) return undefined;
  return {
    values: { requestsPerSecond: own.rate },
    cost: "load: fewer requests",
    summary: () => `Ask for at most ${requestRate(own.rate)}: that is what your own hardware serves.`,
  };
}

/** Where the model would not stand at home: a server that is rented, in place of the person's own or of a device. */
function rented(w: Workload): Change | undefined {
  if (w.deploymentTarget === "cloud") return undefined;
  return {
    values: { deploymentTarget: "cloud" },
    cost: "money: rent, and requests leave the house",
    summary: (_, s) => `Rent the server${w.phase === "both" ? "" : " instead"}${s ? `: ${onWhat(s)}` : ""}.`,
  };
}

const patient = (latencyMs: number): Change => ({
  values: { latencyMs },
  cost: "latency: a longer wait",
  summary: (_, s) => `Allow ${number(latencyMs / 1000)} s for a complete answer${s ? `: ${onWhat(s)}` : ""}.`,
});

const smaller = (parameterCount: number): Change => ({
  values: { parameterCount },
  cost: "quality: a smaller model",
  summary: (_, s) => `Take ${sizedModel(parameterCount)}${s ? `: ${onWhat(s)}` : ", which fits the device"}.`,
});
