import type { Brief, Conflict } from "../brief/brief.ts";
import { bareValues } from "../brief/values.ts";
import type { Catalog } from "../catalog/schema.ts";
import { AdvisorError } from "../error.ts";
import { estimate } from "../estimate/estimate.ts";
import { hashOf } from "../hash.ts";
import { mapRange, range } from "../units.ts";
import { alternativesTo } from "./alternatives.ts";
import { type Candidate, enumerate, trainTokens } from "./candidates.ts";
import type { DecisionContext } from "./context.ts";
import { decideDeployment } from "./deployment.ts";
import { downward } from "./downward.ts";
import { hours, usd } from "./format.ts";
import { decideFramework } from "./framework.ts";
import { decideMethod, methodTitle } from "./method.ts";
import { decideData, decideMonitoring, decideRegistry, decideTracking } from "./pipeline.ts";
import type { Blocker, CostPlan, Decision, Plan, TimePlan } from "./plan.ts";
import { decidePlatform } from "./platform.ts";
import { compareCandidates, rejection } from "./rank.ts";
import { repairsFor } from "./repair.ts";
import { resolve } from "./resolve.ts";
import { HOURS_PER_MONTH, servingRisks, trainingRisks } from "./risks.ts";
import { planServing } from "./serve.ts";
import type { Workload } from "./workload.ts";

/** Changes whenever equal inputs may give another plan. */
export const PLANNER_VERSION = "0.1.0";

export interface AdviseInput {
  brief: Brief;
  conflicts?: Conflict[];
  notices?: string[];
}

/** What is the same in every plan, whatever the answer. */
type Frame = Pick<
  Plan,
  | "schemaVersion"
  | "plannerVersion"
  | "today"
  | "inputHash"
  | "brief"
  | "workload"
  | "assumptions"
  | "conflicts"
  | "notices"
>;

/**
 * One plan, without questions: enumerate machines and methods within the person's words, estimate each, reject with blockers, rank.
 * An answer that a person dislikes ("nothing fits") is a plan with blockers and repairs, never an error.
 * `today` is the UTC day, YYYY-MM-DD.
 */
export function planFor(input: AdviseInput, catalog: Catalog, options: { today: string }): Plan {
  if (Object.keys(input.brief).length === 0) {
    throw new AdvisorError(
      "invalid-input",
      "There is nothing to plan in these words: no model, task, data, hardware or budget was recognised",
      'Say what you want, for example: "Fine-tune Llama 3.1 8B on 50k support tickets on one 24 GB GPU, budget $200".',
    );
  }
  const { workload: w, assumptions } = resolve(input.brief, catalog);
  const frame: Frame = {
    schemaVersion: 1,
    plannerVersion: PLANNER_VERSION,
    today: options.today,
    inputHash: hashOf({
      values: bareValues(input.brief),
      catalog: catalog.digest,
      planner: PLANNER_VERSION,
      today: options.today,
    }),
    brief: input.brief,
    workload: w,
    assumptions,
    conflicts: input.conflicts ?? [],
    notices: input.notices ?? [],
  };
  const unsupported = outsideThisVersion(w);
  if (unsupported) return finish(frame, { status: "infeasible", headline: unsupported.text, blockers: [unsupported] });
  return w.phase === "serve" ? servingOnly(frame, w, catalog) : training(frame, w, catalog);
}

/** What a brief would lead to, without the report around it: cheap enough to try many answers to a question. */
export interface Outcome {
  possible: boolean;
  method: string | undefined;
  machine: string;
  owned: boolean;
  usd: number;
}

export function outcomeOf(brief: Brief, catalog: Catalog): Outcome {
  const { workload: w } = resolve(brief, catalog);
  const none: Outcome = { possible: false, method: undefined, machine: "", owned: w.hardware.owned, usd: 0 };
  if (outsideThisVersion(w)) return none;
  if (w.phase === "serve") {
    const serving = planServing(w, catalog, undefined);
    return serving
      ? {
          ...none,
          possible: true,
          machine: `${serving.replicas} × ${serving.accelerator.name}`,
          usd: (serving.usdPerHourPerReplica ?? 0) * serving.replicas * HOURS_PER_MONTH,
        }
      : none;
  }
  const chosen = bestCandidate(w, enumerate(w, catalog));
  if (!chosen) return none;
  return {
    possible: true,
    method: chosen.settings.method,
    machine: `${chosen.hardware.acceleratorCount} × ${chosen.hardware.accelerator.name}`,
    owned: chosen.hardware.owned,
    usd: chosen.usd.expected,
  };
}

function bestCandidate(w: Workload, candidates: readonly Candidate[]): Candidate | undefined {
  let best: Candidate | undefined;
  for (const c of candidates) if (rejection(c, w) === undefined && (!best || compareCandidates(c, best) < 0)) best = c;
  return best;
}

/** Honest limits of this version, as blockers. */
function outsideThisVersion(w: Workload): Blocker | undefined {
  if (w.modality !== "llm")
    return {
      rule: "modality-not-supported-yet",
      text: `This version plans decoder language models; this reads as ${w.modality}. Other modalities come with a later version.`,
    };
  if ((w.hardware.nodeCount ?? 1) > 1)
    return {
      rule: "multi-node-not-supported-yet",
      text: `This version plans one machine; ${w.hardware.nodeCount} nodes were named. Several nodes come with a later version.`,
    };
  return undefined;
}

function training(frame: Frame, w: Workload, catalog: Catalog): Plan {
  const candidates = enumerate(w, catalog);
  const chosen = bestCandidate(w, candidates);
  if (!chosen) return nothingFits(frame, w, catalog, candidates);

  const serving = planServing(w, catalog, chosen.hardware);
  const context: DecisionContext = { workload: w, catalog, chosen, candidates, serving };
  const decisions = [
    decideFramework,
    decidePlatform,
    decideMethod,
    decideDeployment,
    decideData,
    decideTracking,
    decideRegistry,
    decideMonitoring,
  ].map((d) => d(context));
  const memory = estimate(chosen.request, catalog);
  const cost = costOf(w, chosen, serving);
  return finish(frame, {
    status: "feasible",
    headline: headlineOf(w, chosen),
    decisions,
    hardware: chosen.hardware,
    training: chosen.settings,
    memoryRequest: chosen.request,
    memory,
    time: timeOf(w, chosen),
    cost,
    ...(serving ? { serving } : {}),
    alternatives: alternativesTo(chosen, candidates, w),
    repairs: downward(w, catalog, chosen),
    risks: [...trainingRisks(w, chosen, cost), ...servingRisks(w, serving)],
    documents: documentsOf(decisions, catalog),
    facts: factsOf(w, chosen, catalog),
  });
}

/** The plan in one sentence. */
export function headlineOf(w: Workload, c: Candidate): string {
  const where = c.hardware.offer
    ? `${c.hardware.offer.platform} for about ${usd(c.usd.expected)}`
    : "your own hardware";
  return `${methodTitle(c.settings.method)}: ${w.model.id} on ${c.hardware.acceleratorCount} × ${c.hardware.accelerator.name}, ${where}, in about ${hours(c.hours.expected)}${c.quick.reading.status === "tight" ? "; memory is tight" : ""}.`;
}

/** No candidate survived: what blocks, and what would be possible instead. */
function nothingFits(frame: Frame, w: Workload, catalog: Catalog, candidates: readonly Candidate[]): Plan {
  const blockers: Blocker[] = [];
  const seen = new Set<string>();
  // The nearest miss of each method and rule says most; the other fifty say the same again.
  const byNearness = [...candidates].sort(
    (a, b) =>
      a.quick.reading.memory.deviceGib.expected / a.device.usableGib -
        b.quick.reading.memory.deviceGib.expected / b.device.usableGib || compareCandidates(a, b),
  );
  for (const c of byNearness) {
    const why = rejection(c, w)!;
    const key = `${why.rule}|${c.settings.method}`;
    if (seen.has(key)) continue;
    seen.add(key);
    blockers.push(why);
  }
  if (candidates.length === 0) {
    blockers.push({
      rule: "no-offer",
      text: "No accelerator in the catalog is allowed by your words: the platform, region or constraints leave nothing to rent and no own card was named.",
    });
  }
  const repairs = repairsFor(w, catalog, candidates);
  return finish(frame, {
    status: "infeasible",
    headline: `${blockers[0]!.text}${repairs[0] ? ` ${repairs.length} ${repairs.length === 1 ? "change" : "changes"} would make it possible.` : ""}`,
    blockers: blockers.slice(0, 4),
    repairs,
  });
}

function servingOnly(frame: Frame, w: Workload, catalog: Catalog): Plan {
  const serving = planServing(w, catalog, undefined);
  if (!serving) {
    const risk = servingRisks(w, undefined)[0]!;
    return finish(frame, {
      status: "infeasible",
      headline: risk.text,
      blockers: [{ rule: "no-serving-option", text: `${risk.text} ${risk.mitigation}` }],
    });
  }
  const perHour = (serving.usdPerHourPerReplica ?? 0) * serving.replicas;
  const month = perHour * HOURS_PER_MONTH;
  const cost: CostPlan = {
    trainUsd: range(0, 0, 0),
    ...servingCost(w, serving),
    formula: "replicas × price per hour × 730 hours",
    ...(serving.offer ? { priceSource: serving.offer.source, priceAsOf: serving.offer.asOf } : {}),
    notIncluded: NOT_INCLUDED,
  };
  if (w.budgetUsd !== undefined && w.budgetPeriod === "month" && month > w.budgetUsd) {
    return finish(frame, {
      status: "infeasible",
      headline: `Serving costs about ${usd(month)} a month and the budget is ${usd(w.budgetUsd)}.`,
      blockers: [
        {
          rule: "over-budget",
          text: `${serving.replicas} × ${serving.accelerator.name} costs about ${usd(month)} a month.`,
        },
      ],
      serving,
      cost,
    });
  }
  return finish(frame, {
    status: "feasible",
    headline: `Serve ${w.model.id} with vLLM on ${serving.replicas} × ${serving.accelerator.name}${serving.owned ? " of your own" : ` for about ${usd(month)} a month`}.`,
    serving,
    memory: serving.estimate,
    cost,
    risks: servingRisks(w, serving),
    facts: serving.offer
      ? [
          {
            name: `price of ${serving.accelerator.name} on ${serving.offer.platform}`,
            source: serving.offer.source,
            asOf: serving.offer.asOf,
          },
        ]
      : [],
  });
}

export function timeOf(w: Workload, c: Candidate): TimePlan {
  const tokens = trainTokens(w);
  const perStep = c.settings.microBatchSize * c.settings.gradientAccumulationSteps * c.hardware.acceleratorCount;
  return {
    trainHours: c.hours,
    tokens,
    optimizerSteps: Math.ceil((w.exampleCount * w.epochs) / perStep),
    formula:
      "examples × average tokens × epochs × 1.1 padding × 1.05 evaluation ÷ (tokens per second × accelerators) + set-up and download",
  };
}

const NOT_INCLUDED = [
  "storage and network egress",
  "idle time and failed runs",
  "taxes and committed-use discounts",
  "people",
];

function servingCost(
  w: Workload,
  serving: Plan["serving"],
): Pick<CostPlan, "servingUsdPerMonth" | "usdPerMillionTokens"> {
  if (!serving || serving.usdPerHourPerReplica === undefined || !w.serving) return {};
  const month = serving.usdPerHourPerReplica * serving.replicas * HOURS_PER_MONTH;
  const replicas = (rate: number): number =>
    Math.max(1, Math.ceil(w.serving!.requestsPerSecond / Math.max(rate * 0.7, 1e-9)));
  const perMonth = (rate: number): number => serving.usdPerHourPerReplica! * replicas(rate) * HOURS_PER_MONTH;
  const r = serving.requestsPerSecondPerReplica;
  const servingUsdPerMonth = range(Math.min(month, perMonth(r.high)), month, Math.max(month, perMonth(r.low)));
  const tokensPerMonth =
    w.serving.requestsPerSecond * (w.serving.promptTokens + w.serving.outputTokens) * 3600 * HOURS_PER_MONTH;
  return { servingUsdPerMonth, usdPerMillionTokens: mapRange(servingUsdPerMonth, (x) => (x / tokensPerMonth) * 1e6) };
}

export function costOf(w: Workload, c: Candidate, serving: Plan["serving"]): CostPlan {
  return {
    trainUsd: c.usd,
    ...servingCost(w, serving),
    formula: c.price
      ? `hours × ${usd(c.price.usdPerHour)} per hour (${c.price.platform}, ${c.price.pricing})`
      : "your own hardware: no rent; electricity is not counted",
    ...(c.price ? { priceSource: c.price.source, priceAsOf: c.price.asOf } : {}),
    notIncluded: NOT_INCLUDED,
  };
}

function documentsOf(decisions: readonly Decision[], catalog: Catalog): Plan["documents"] {
  const ids = [...new Set(decisions.flatMap((d) => d.documents))];
  return ids.flatMap((id) => {
    const d = catalog.documents.find((x) => x.id === id);
    return d ? [{ id, title: d.title, url: d.url, asOf: d.asOf }] : [];
  });
}

function factsOf(w: Workload, c: Candidate, catalog: Catalog): Plan["facts"] {
  const model = w.model.catalogued ? catalog.models.find((m) => m.id === w.model.id) : undefined;
  return [
    ...(model ? [{ name: `architecture of ${model.id}`, source: model.source, asOf: model.asOf }] : []),
    ...(c.device.facts
      ? [{ name: c.device.facts.name, source: c.device.facts.source, asOf: c.device.facts.asOf }]
      : []),
    ...(c.price
      ? [
          {
            name: `price of ${c.price.instanceType} on ${c.price.platform}`,
            source: c.price.source,
            asOf: c.price.asOf,
          },
        ]
      : []),
  ];
}

/** Fills the empty lists and hashes the answer. Spans and origins stay out: equal values give equal hashes, whoever read them. */
function finish(frame: Frame, answer: Partial<Plan> & Pick<Plan, "status" | "headline">): Plan {
  const plan: Plan = {
    planHash: "",
    decisions: [],
    alternatives: [],
    blockers: [],
    repairs: [],
    risks: [],
    questions: [],
    documents: [],
    facts: [],
    ...frame,
    ...answer,
  };
  return hashed(plan);
}

/** The plan under the hash of what it says. */
export function hashed(plan: Plan): Plan {
  const { planHash: _, brief, conflicts: _c, notices: _n, questions: _q, ...rest } = plan;
  return { ...plan, planHash: hashOf({ ...rest, brief: bareValues(brief) }) };
}
