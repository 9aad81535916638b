import type { Catalog } from "../catalog/schema.ts";
import { range } from "../units.ts";
import { number, usd } from "./format.ts";
import type { CostPlan, Decision, Plan, Risk, ServingPlan } from "./plan.ts";
import { HOURS_PER_MONTH, servingRisks } from "./risks.ts";
import { planServing } from "./serve.ts";
import { NOT_INCLUDED, servingCostOf } from "./serving-cost.ts";
import type { Workload } from "./workload.ts";

type Answer = Partial<Plan> & Pick<Plan, "status" | "headline">;

/** The answer where a model is served as it is, without training. */
export function servingPlanOf(w: Workload, catalog: Catalog): Answer {
  const serving = planServing(w, catalog, undefined);
  if (!serving) {
    const risk = servingRisks(w, undefined)[0]!;
    return {
      status: "infeasible",
      headline: risk.text,
      blockers: [{ rule: "no-serving-option", text: `${risk.text} ${risk.mitigation}` }],
    };
  }
  const perHour = (serving.usdPerHourPerReplica ?? 0) * serving.replicas;
  const month = perHour * HOURS_PER_MONTH;
  const cost: CostPlan = {
    trainUsd: range(0, 0, 0),
    ...servingCostOf(w, serving),
    formula: "replicas × price per hour × 730 hours",
    ...(serving.offer ? { priceSource: serving.offer.source, priceAsOf: serving.offer.asOf } : {}),
    notIncluded: NOT_INCLUDED,
  };
  const over = overBudget(w, perHour, month);
  if (over)
    return { status: "infeasible", headline: over, blockers: [{ rule: "over-budget", text: over }], serving, cost };
  const offer = serving.offer;
  const decisions = [decidePlatform(serving, catalog), decideDeployment(w, serving)];
  const ids = [...new Set(decisions.flatMap((d) => d.documents))];
  return {
    status: "feasible",
    headline: `Serve ${w.model.id} with vLLM on ${serving.replicas} × ${serving.accelerator.name}${serving.owned ? " of your own" : ` for about ${usd(month)} a month`}.`,
    decisions,
    serving,
    memory: serving.estimate,
    cost,
    risks: [...servingRisks(w, serving), ...budgetRisk(w, perHour, month)],
    documents: catalog.documents
      .filter((d) => ids.includes(d.id))
      .map(({ id, title, url, asOf }) => ({ id, title, url, asOf })),
    facts: offer
      ? [{ name: `price of ${serving.accelerator.name} on ${offer.platform}`, source: offer.source, asOf: offer.asOf }]
      : [],
  };
}

/** A budget by the hour or month is a limit on a server; a total is a time it can run. */
function overBudget(w: Workload, perHour: number, month: number): string | undefined {
  if (w.budgetUsd === undefined) return undefined;
  if (w.budgetPeriod === "month" && month > w.budgetUsd)
    return `Serving costs about ${usd(month)} a month and the budget is ${usd(w.budgetUsd)}.`;
  if (w.budgetPeriod === "hour" && perHour > w.budgetUsd)
    return `Serving costs about ${usd(perHour)} an hour and the budget is ${usd(w.budgetUsd)}.`;
  return undefined;
}

function budgetRisk(w: Workload, perHour: number, month: number): Risk[] {
  if (w.budgetUsd === undefined || w.budgetPeriod !== "total" || month <= w.budgetUsd || perHour === 0) return [];
  return [
    {
      severity: "high",
      text: `${usd(w.budgetUsd)} buy about ${number(w.budgetUsd / perHour / 24)} days of serving around the clock; a month is ${usd(month)}.`,
      mitigation: "Serve in working hours only, or say the budget per month.",
    },
  ];
}

function decidePlatform(serving: ServingPlan, catalog: Catalog): Decision {
  const facts = catalog.platforms.find((p) => p.id === (serving.offer?.platform ?? "local"))!;
  return {
    name: "platform",
    choice: facts.id,
    title: serving.offer ? `${facts.name}, ${serving.offer.instanceType}` : facts.name,
    reasons: serving.offer
      ? [
          `The cheapest offer that serves the load: ${usd(serving.offer.usdPerHour)} per hour a replica (${serving.offer.asOf}).`,
        ]
      : ["Your own hardware serves the load."],
    refused: [],
    flips: serving.offer ? [{ when: "you own a card that fits the model", to: "local" }] : [],
    documents: facts.documents.slice(0, 2),
  };
}

function decideDeployment(w: Workload, serving: ServingPlan): Decision {
  return {
    name: "deployment",
    choice: "vllm",
    title: "vLLM",
    reasons: [
      `Continuous batching serves ${number(serving.requestsPerSecondPerReplica.expected)} requests per second a replica; ${number(w.serving!.requestsPerSecond)} were asked for.`,
    ],
    refused: [
      { option: "fastapi-docker", why: "a plain server answers one request at a time" },
      { option: "hf-inference-endpoints", why: "managed and quick, at a higher price per hour" },
    ],
    flips: [{ when: "requests are rare and bursty", to: "modal-functions" }],
    documents: ["vllm"],
  };
}
