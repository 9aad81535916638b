import type { Brief } from "../brief/brief.ts";
import type { Catalog } from "../catalog/schema.ts";
import { range } from "../units.ts";
import { shortfall } from "./demand.ts";
import { demandRepairs } from "./demand-repairs.ts";
import { deploymentOf } from "./deployment.ts";
import { count, gib, hours, number, usd } from "./format.ts";
import { ruledOut } from "./market.ts";
import { fleetText } from "./names.ts";
import { insteadOfServing } from "./off-ramp.ts";
import { aroundServing } from "./pipeline.ts";
import type { Blocker, CostPlan, Decision, Plan, Risk, ServingPlan } from "./plan.ts";
import { HOURS_PER_MONTH, servingRisks } from "./risks.ts";
import { planServing } from "./serve.ts";
import { notIncluded, OWNED_FORMULA, servingCostOf } from "./serving-cost.ts";
import { isOffered, shutOut } from "./shut-out.ts";
import { decideOnDevice, deviceFit, onDevice } from "./targets.ts";
import type { Trials } from "./trials.ts";
import type { Workload } from "./workload.ts";

type Answer = Partial<Plan> & Pick<Plan, "status" | "headline">;

type Remedy = Pick<Plan, "blockers" | "repairs" | "offRamps">;

/** The answer where a model is served as it is, without training. */
export function servingPlanOf(brief: Brief, w: Workload, catalog: Catalog, trials: Trials, draft: boolean): Answer {
  // What no machine serves or pays for, somebody else's may.
  const remedy = (missing: Blocker, month = Number.POSITIVE_INFINITY): Remedy => ({
    blockers: [missing],
    repairs: draft ? [] : demandRepairs(brief, w, catalog, trials),
    offRamps: onDevice(w) ? [] : insteadOfServing(w, catalog, month),
  });
  const refused = (missing: Blocker, month?: number): Answer => ({
    status: "infeasible",
    headline: missing.text,
    ...remedy(missing, month),
  });
  if (onDevice(w)) return devicePlanOf(w, catalog, shortfall(w, undefined, catalog, trials), remedy);
  const serving = planServing(w, catalog, undefined, trials);
  if (!serving && !w.hardware.owned && !isOffered({ w, catalog })) return refused(shutOut(w, brief, catalog));
  const missing = shortfall(w, serving, catalog, trials);
  if (!serving) return refused(missing!);
  const month = serving.usdPerMonth ?? 0;
  const perHour = month / HOURS_PER_MONTH;
  const cost: CostPlan = {
    trainUsd: range(0, 0, 0),
    ...servingCostOf(w, serving),
    formula: serving.owned
      ? OWNED_FORMULA
      : serving.deployment === "modal-functions"
        ? "share of the month that a container is up × price per hour × 730 hours"
        : "machines × price per hour × 730 hours",
    ...(serving.offer ? { priceSource: serving.offer.source, priceAsOf: serving.offer.asOf } : {}),
    notIncluded: notIncluded(serving.owned),
  };
  if (missing) return { ...refused(missing, month), serving, cost };
  const offer = serving.offer;
  const decisions = [servingPlatform(w, serving, catalog), deploymentOf(w, serving), ...aroundServing(w, serving)];
  return {
    status: "feasible",
    headline: `Serve ${w.model.id} with ${decisions[1]!.title} on ${fleetText(serving)}${serving.owned ? " of your own" : ` for about ${usd(month)} a month`}.${onceText(brief, w, serving)}`,
    decisions,
    serving,
    ...(serving.estimate ? { memory: serving.estimate } : {}),
    cost,
    offRamps: insteadOfServing(w, catalog, month),
    risks: [...servingRisks(w, serving), ...budgetRisk(w, perHour, month)],
    documents: documentsOf(decisions, catalog),
    facts: offer
      ? [{ name: `price of ${serving.accelerator.name} on ${offer.platform}`, source: offer.source, asOf: offer.asOf }]
      : [],
  };
}

/** What is done to each item of a collection; documents that questions are asked about are no requests. */
const WORKED_THROUGH = new Set([
  ..."transcription classification token-classification extraction ocr embedding reranking".split(" "),
  ..."summarization translation captioning detection segmentation".split(" "),
]);

/** A collection that is worked through once needs no server that stands: what it takes of one. */
function onceText(brief: Brief, w: Workload, serving: ServingPlan): string {
  const keepsComing = [brief.requestsPerSecond, brief.tokensPerSecond, brief.concurrentUsers].some((f) => f);
  if (keepsComing || !WORKED_THROUGH.has(w.task) || (brief.exampleCount ?? brief.audioHours) === undefined) return "";
  const taken = w.exampleCount / serving.requestsPerSecondPerReplica.expected / 3600;
  const bill = serving.usdPerHourPerReplica === undefined ? "" : `, ${usd(taken * serving.usdPerHourPerReplica)}`;
  return ` What you have, once (${count(w.exampleCount)} requests): about ${hours(taken)} of one replica${bill}; a month is for what keeps coming.`;
}

/** A model that runs at the user's end: nothing to rent, and either it fits there or it does not. */
function devicePlanOf(
  w: Parameters<typeof decideOnDevice>[0],
  catalog: Catalog,
  missing: Blocker | undefined,
  remedy: (missing: Blocker) => Remedy,
): Answer {
  const fit = deviceFit(w);
  const decision = decideOnDevice(w);
  const decisions = [decision, ...aroundServing(w, undefined)];
  if (missing) return { status: "infeasible", headline: missing.text, ...remedy(missing), decisions };
  return {
    status: "feasible",
    headline: `Run ${w.model.id} on the device (${w.deploymentTarget}) with ${decision.title}: ${gib(fit.gib)} of about ${gib(fit.roomGib)}, nothing to rent.`,
    decisions,
    documents: documentsOf(decisions, catalog),
  };
}

function documentsOf(decisions: readonly Decision[], catalog: Catalog): Plan["documents"] {
  const ids = new Set(decisions.flatMap((d) => d.documents));
  return catalog.documents.filter((d) => ids.has(d.id)).map(({ id, title, url, asOf }) => ({ id, title, url, asOf }));
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

/** Where the servers stand: what the deployment chose, and why not the other platforms. */
function servingPlatform(w: Workload, serving: ServingPlan, catalog: Catalog): Decision {
  const facts = catalog.platforms.find((p) => p.id === (serving.offer?.platform ?? "local"))!;
  const weighed = new Map(serving.ways.flatMap((x) => (x.platform === undefined ? [] : [[x.platform, x] as const])));
  const refused = ["modal", "lambda", "sagemaker", "local", "runpod", "aws", "gcp", "azure", "hf-inference-endpoints"]
    .filter((id) => id !== facts.id)
    .map((id) => {
      const platform = catalog.platforms.find((p) => p.id === id)!;
      const purpose = id === "modal" ? "serverless" : id === "hf-inference-endpoints" ? "managed" : "serving";
      const way = weighed.get(id);
      return {
        option: id,
        why:
          id === "local"
            ? "nothing in the request says that you own a suitable machine"
            : serving.owned
              ? "your own hardware serves the load: renting would only cost"
              : (ruledOut(platform, w, purpose) ??
                way?.refused ??
                (way?.usdPerMonth === undefined
                  ? "no dated offer of it serves this load at a lower bill"
                  : `${usd(way.usdPerMonth)} a month on ${way.machine} against ${usd(serving.usdPerMonth!)}`)),
      };
    });
  return {
    name: "platform",
    choice: facts.id,
    title: serving.offer ? `${facts.name}, ${serving.offer.instanceType}` : facts.name,
    reasons: serving.offer
      ? [
          `${usd(serving.offer.usdPerHour)} per hour for ${serving.offer.instanceType} (${serving.offer.asOf}): ${usd(serving.usdPerMonth!)} a month at the asked load.`,
          ...(serving.offer.acceleratorCount > serving.acceleratorCountPerReplica
            ? [
                `Sold in machines of ${serving.offer.acceleratorCount}: ${Math.floor(serving.offer.acceleratorCount / serving.acceleratorCountPerReplica)} replicas share one.`,
              ]
            : []),
          `Launch ${facts.traits.launch === "skypilot" ? "through SkyPilot" : "directly"}: \`${facts.traits.launchCommand}\`.`,
        ]
      : ["Your own hardware serves the load."],
    refused,
    flips: serving.offer ? [{ when: "you own a machine that fits the model", to: "local" }] : [],
    documents: facts.documents.slice(0, 2),
  };
}
