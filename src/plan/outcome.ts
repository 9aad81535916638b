import type { Brief } from "../brief/brief.ts";
import type { Catalog } from "../catalog/schema.ts";
import { shapeOf } from "../estimate/shape.ts";
import { canonicalJson } from "../hash.ts";
import { range } from "../units.ts";
import { bestCandidate } from "./best.ts";
import { type Candidate, enumerate, hoursAt, rateAt } from "./candidates.ts";
import { hours, usd } from "./format.ts";
import { outsideThisVersion } from "./limits.ts";
import type { Plan, ServingPlan } from "./plan.ts";
import { decisionsOf } from "./planner.ts";
import { resolve } from "./resolve.ts";
import { planServing } from "./serve.ts";
import { servingCostOf } from "./serving-cost.ts";
import { servingPlanOf } from "./serving-only.ts";
import type { Workload } from "./workload.ts";

/** What a plan decides and costs, without the report around it. */
export interface Outcome {
  status: Plan["status"];
  /** Decision → choice. */
  choices: Record<string, string>;
  /** "2 × NVIDIA L4"; empty where nothing fits. */
  machine: string;
  /** Of the server, where one was asked for. */
  servingMachine: string;
  owned: boolean;
  trainUsd: number;
  trainHours: number;
  servingUsdPerMonth: number;
}

const NOTHING: Outcome = {
  status: "infeasible",
  choices: {},
  machine: "",
  servingMachine: "",
  owned: false,
  trainUsd: 0,
  trainHours: 0,
  servingUsdPerMonth: 0,
};

/** What a brief leads to. */
export type Probe = (brief: Brief) => Outcome;

/**
 * Leads many variants of one brief through the planner. What variants have in common is counted once: a budget or a
 * deadline rejects other candidates of the same search, and another number of examples only takes another time.
 */
export function probeOf(catalog: Catalog): Probe {
  const outcomes = new Map<string, Outcome>();
  const searches = new Map<string, { w: Workload; candidates: Candidate[] }>();
  const servers = new Map<string, ServingPlan | undefined>();

  const search = (w: Workload): Candidate[] => {
    const { budgetUsd: _b, budgetPeriod: _p, otherBudget: _o, deadlineHours: _d, ...rest } = w;
    const { phase: _ph, serving: _s, tracker: _t, environments: _e, exampleCount: _x, ...run } = rest;
    const { averageTokens: _a, epochs: _n, ...machine } = run;
    const key = canonicalJson(machine);
    const known = searches.get(key);
    if (known) return retimed(known.candidates, known.w, w);
    const candidates = enumerate(w, catalog);
    searches.set(key, { w, candidates });
    return candidates;
  };
  const serve = (w: Workload, chosen: Candidate): ServingPlan | undefined => {
    const { model, hardware, constraints, platform, deploymentTarget, serving } = w;
    const words = { model, hardware, constraints, platform, deploymentTarget, serving };
    const key = canonicalJson([words, chosen.hardware.accelerator.id]);
    if (!servers.has(key)) servers.set(key, planServing(w, catalog, chosen.hardware));
    return servers.get(key);
  };

  return (brief) => {
    const { workload: w } = resolve(brief, catalog);
    const key = canonicalJson(w);
    let outcome = outcomes.get(key);
    if (!outcome) {
      outcome = outsideThisVersion(w) ? NOTHING : w.phase === "serve" ? served(w, catalog) : trained(w);
      outcomes.set(key, outcome);
    }
    return outcome;
  };

  function trained(w: Workload): Outcome {
    const candidates = search(w);
    const chosen = bestCandidate(w, candidates);
    if (!chosen) return { ...NOTHING, owned: w.hardware.owned };
    const serving = serve(w, chosen);
    return {
      status: "feasible",
      choices: choicesOf(decisionsOf({ workload: w, catalog, chosen, candidates, serving })),
      machine: machineOf(chosen.hardware),
      servingMachine: serverOf(serving),
      owned: chosen.hardware.owned,
      trainUsd: chosen.usd.expected,
      trainHours: chosen.hours.expected,
      servingUsdPerMonth: servingCostOf(w, serving).servingUsdPerMonth?.expected ?? 0,
    };
  }
}

/** The same candidates with another amount of data: memory does not change, time and cost do. */
function retimed(candidates: readonly Candidate[], before: Workload, w: Workload): Candidate[] {
  const same =
    before.exampleCount === w.exampleCount && before.averageTokens === w.averageTokens && before.epochs === w.epochs;
  if (same) return [...candidates];
  const shape = shapeOf(w.model.architecture);
  return candidates.map((c) => {
    const time = hoursAt(w, shape, rateAt(c.quick.setup, w.averageTokens), c.hardware.acceleratorCount);
    const price = c.price?.usdPerHour ?? 0;
    return { ...c, hours: time, usd: range(time.low * price, time.expected * price, time.high * price) };
  });
}

function served(w: Workload, catalog: Catalog): Outcome {
  const { status, decisions, serving, cost } = servingPlanOf(w, catalog);
  return {
    ...NOTHING,
    status,
    choices: choicesOf(decisions ?? []),
    servingMachine: serverOf(serving),
    owned: serving?.owned ?? w.hardware.owned,
    servingUsdPerMonth: cost?.servingUsdPerMonth?.expected ?? 0,
  };
}

const choicesOf = (decisions: Plan["decisions"]): Record<string, string> =>
  Object.fromEntries(decisions.map((d) => [d.name, d.choice]));
const machineOf = (h: NonNullable<Plan["hardware"]>): string => `${h.acceleratorCount} × ${h.accelerator.name}`;
const serverOf = (s: ServingPlan | undefined): string => (s ? `${s.replicas} × ${s.accelerator.name}` : "");

/** The outcome of a plan that was made: what the probe would have said of its brief. */
export const outcomeOf = (plan: Plan): Outcome => ({
  status: plan.status,
  choices: choicesOf(plan.decisions),
  machine: plan.hardware ? machineOf(plan.hardware) : "",
  servingMachine: serverOf(plan.serving),
  owned: plan.hardware?.owned ?? plan.serving?.owned ?? plan.workload?.hardware.owned ?? false,
  trainUsd: plan.cost?.trainUsd.expected ?? 0,
  trainHours: plan.time?.trainHours.expected ?? 0,
  servingUsdPerMonth: plan.cost?.servingUsdPerMonth?.expected ?? 0,
});

/** An outcome in a few words: what it trains on, and what it serves on. */
export function describe(o: Outcome): { training: string; serving: string } {
  if (o.status === "infeasible") return { training: "nothing fits", serving: "" };
  return {
    training: o.machine
      ? `${o.choices.method ?? "training"} on ${o.machine}${o.owned ? ` in ${hours(o.trainHours)}` : `, ${usd(o.trainUsd)}`}`
      : "",
    serving: o.servingMachine
      ? `${o.choices.deployment ?? "serving"} on ${o.servingMachine}${o.servingUsdPerMonth > 0 ? `, ${usd(o.servingUsdPerMonth)} a month` : ""}`
      : "",
  };
}
