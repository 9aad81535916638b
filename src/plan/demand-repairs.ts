import type { Brief, BriefValues } from "../brief/brief.ts";
import type { Catalog } from "../catalog/schema.ts";
import { changed } from "./changed.ts";
import { ownRate, shortfall } from "./demand.ts";
import { number, requestRate, usd } from "./format.ts";
import { fleetText, serverName } from "./names.ts";
import type { PlanRepair, ServingPlan } from "./plan.ts";
import { resolve } from "./resolve.ts";
import { bestFor } from "./search.ts";
import { SIZES, sizedModel } from "./smaller.ts";
import { planServer } from "./stock-serving.ts";
import { deviceFit, onDevice } from "./targets.ts";
import type { Trials } from "./trials.ts";
import type { Workload } from "./workload.ts";

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
    const serving = planServer(workload, catalog, undefined, trials);
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
