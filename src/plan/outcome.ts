import type { Brief } from "../brief/brief.ts";
import type { Catalog } from "../catalog/schema.ts";
import { hours, usd } from "./format.ts";
import { fleetText, machineText, methodName, serverName } from "./names.ts";
import type { Plan, ServingPlan } from "./plan.ts";
import { planFor } from "./planner.ts";
import { resolve } from "./resolve.ts";
import { newTrials } from "./trials.ts";

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

/** What a brief leads to. */
export type Probe = (brief: Brief) => Outcome;

/** Leads many variants of one brief through the planner; what they have in common is tried once. */
export function probeOf(catalog: Catalog, trials = newTrials()): Probe {
  const outcomes = new Map<string, Outcome>();
  return (brief) => {
    const key = JSON.stringify(resolve(brief, catalog).workload);
    let outcome = outcomes.get(key);
    if (!outcome) {
      // No day enters a decision; it only stands in the plan.
      outcome = outcomeOf(planFor({ brief }, catalog, { today: "", draft: true, trials }));
      outcomes.set(key, outcome);
    }
    return outcome;
  };
}

const choicesOf = (decisions: Plan["decisions"]): Record<string, string> =>
  Object.fromEntries(decisions.map((d) => [d.name, d.choice]));
const machineOf = (h: NonNullable<Plan["hardware"]>): string => machineText(h.acceleratorCount, h.accelerator.name);
const serverOf = (s: ServingPlan | undefined): string => (s ? fleetText(s) : "");

/** The outcome of a plan that was made: what the probe would have said of its brief. */
export const outcomeOf = (plan: Plan): Outcome => ({
  status: plan.status,
  choices: choicesOf(plan.decisions),
  machine: plan.hardware ? machineOf(plan.hardware) : "",
  servingMachine: serverOf(plan.serving),
  // An answer without a machine is the same whoever owns one.
  owned: plan.hardware?.owned ?? plan.serving?.owned ?? false,
  trainUsd: plan.cost?.trainUsd.expected ?? 0,
  trainHours: plan.time?.trainHours.expected ?? 0,
  servingUsdPerMonth: plan.cost?.servingUsdPerMonth?.expected ?? 0,
});

/** An outcome in a few words: what it trains on, and what it serves on. */
export function describe(o: Outcome): { training: string; serving: string } {
  if (o.status === "infeasible" && o.machine === "") return { training: "nothing that fits", serving: "" };
  return {
    training: o.machine
      ? `${methodName(o.choices.method ?? "training")} on ${o.machine}${o.owned ? ` in ${hours(o.trainHours)}` : `, ${usd(o.trainUsd)}`}`
      : "",
    serving: o.servingMachine
      ? `${serverName(o.choices.deployment ?? "serving")} on ${o.servingMachine}${o.servingUsdPerMonth > 0 ? `, ${usd(o.servingUsdPerMonth)} a month` : ""}`
      : o.status === "infeasible"
        ? "nothing that serves it"
        : "",
  };
}
