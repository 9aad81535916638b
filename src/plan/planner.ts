import type { Brief, Conflict } from "../brief/brief.ts";
import { findModel } from "../catalog/names.ts";
import type { Catalog } from "../catalog/schema.ts";
import { AdvisorError } from "../error.ts";
import type { Assumption } from "../estimate/answer.ts";
import { estimate } from "../estimate/estimate.ts";
import type { EstimateRequest } from "../estimate/request.ts";
import { alternativesTo } from "./alternatives.ts";
import { servingPart, verdictOf } from "./asked-parts.ts";
import { type Candidate, memoryFloors } from "./candidates.ts";
import type { DecisionContext } from "./context.ts";
import { decideData } from "./data.ts";
import { shortfall } from "./demand.ts";
import { demandRepairs } from "./demand-repairs.ts";
import { decideDeployment } from "./deployment.ts";
import { decideDistributed } from "./distributed.ts";
import { downward } from "./downward.ts";
import { samplesPerExample, stepping, trainTokens, workOf } from "./duration.ts";
import { describedRun } from "./failed.ts";
import { flipsOf, withFlips } from "./flips.ts";
import { hours, usd } from "./format.ts";
import { decideFramework, frameworkRisks } from "./framework.ts";
import { launchOf } from "./launch.ts";
import { outsideThisVersion } from "./limits.ts";
import { decideMethod, methodTitle } from "./method.ts";
import { nothingFits } from "./misses.ts";
import { machineText } from "./names.ts";
import { offRampReason, offRamps } from "./off-ramp.ts";
import { offRampPlanOf } from "./off-ramp-plan.ts";
import { decideConfiguration, decideMonitoring, decideRegistry, decideReproducibility } from "./pipeline.ts";
import type { CostPlan, Decision, Plan, TimePlan } from "./plan.ts";
import { decidePlatform } from "./platform.ts";
import { aroundLimit } from "./repair.ts";
import { resolve } from "./resolve.ts";
import { servingRisks, trainingRisks, worstFirst } from "./risks.ts";
import { inputHashOf, PLANNER_VERSION } from "./seal.ts";
import { search } from "./search.ts";
import { notIncluded, OWNED_FORMULA, servingCostOf } from "./serving-cost.ts";
import { servingPlanOf } from "./serving-only.ts";
import { smallerModel } from "./smaller.ts";
import { choosesFromStock, nothingInStock, onChosen, stockAssumptions, stockWorkloads } from "./stock.ts";
import { firstThat, planServer } from "./stock-serving.ts";
import { decideTracking } from "./tracking.ts";
import { newTrials, type Trials } from "./trials.ts";
import type { Workload } from "./workload.ts";

export interface AdviseInput {
  brief: Brief;
  conflicts?: Conflict[];
  notices?: string[];
}

export interface PlanOptions {
  /** UTC day, YYYY-MM-DD. */
  today: string;
  /** What was tried for a brief like this one. */
  trials?: Trials;
  /** Decisions, machine, time and cost only, without the report around them: cheap enough to try many answers to a question. */
  draft?: boolean;
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
export function planFor(input: AdviseInput, catalog: Catalog, options: PlanOptions): Plan {
  const plan = planned(input, catalog, options);
  return options.draft ? plan : withDescribed(plan, catalog);
}

const WHAT_DIED =
  "You say that a run died. Name the model, the card and how it was trained, or paste the error with the configuration: the answer then begins with the smallest repair of that run.";

/** The set-up that was described stands before the plan that improves it: what died needs the smallest repair first. */
function withDescribed(plan: Plan, catalog: Catalog): Plan {
  const run = plan.workload && describedRun(plan.brief, plan.workload, catalog);
  if (!run) {
    if (plan.brief.measured?.value.failed === undefined) return plan;
    return { ...plan, notices: [...plan.notices, WHAT_DIED] };
  }
  // Who named no more than a method and a card described no set-up: what blocks the plan says as much.
  if (plan.status === "infeasible" && !describes(plan.brief)) return plan;
  const { repairs, ...described } = run;
  const first = described.failed !== undefined || (plan.brief.current !== undefined && described.status !== "fits");
  return {
    ...plan,
    described,
    headline: first ? `${described.headline} ${plan.headline}` : plan.headline,
    repairs: [...repairs, ...plan.repairs.filter((r) => repairs.length === 0 || !ofSettings(r.change))],
  };
}

const describes = (brief: Brief): boolean =>
  [brief.current, brief.measured, brief.microBatchSize].some((said) => said !== undefined);

/** Changes of the run alone: where the described run has repairs of its own, they are told there. */
const SETTINGS = new Set(["microBatchSize", "sequenceLength", "method"]);
const ofSettings = (change: Readonly<Record<string, unknown>>): boolean =>
  Object.keys(change).every((field) => SETTINGS.has(field));

/** A model that somebody named and the catalog does not know is replaced by another: that is no small print. */
function anotherModel({ model }: Brief, w: Workload, assumptions: readonly Assumption[], catalog: Catalog): string[] {
  if (model === undefined || !w.model.catalogued || findModel(catalog, model.value)) return [];
  return assumptions.filter(({ field }) => field === "model").map(({ value, why }) => `Planned with ${value}: ${why}.`);
}

function planned(input: AdviseInput, catalog: Catalog, options: PlanOptions): Plan {
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
    inputHash: inputHashOf(input.brief, catalog, options.today),
    brief: input.brief,
    workload: w,
    assumptions,
    conflicts: input.conflicts ?? [],
    notices: [...(input.notices ?? []), ...anotherModel(input.brief, w, assumptions, catalog)],
  };
  const { trials = newTrials(), draft = false } = options;
  const unsupported = outsideThisVersion(w) ?? nothingInStock(w);
  if (unsupported)
    return finish(frame, {
      status: "infeasible",
      headline: unsupported.text,
      blockers: [unsupported],
      repairs: draft || w.phase === "serve" ? [] : aroundLimit(frame.brief, w, catalog, trials),
    });
  if (w.phase === "serve") return served(frame, w, catalog, trials, draft);
  const ramp = offRampReason(w, input.brief);
  if (!ramp) return training(frame, w, catalog, trials, draft);
  const { chosen } = w.modality === "tabular" ? { chosen: undefined } : search(w, catalog, trials);
  return finish(frame, offRampPlanOf(w, catalog, ramp, chosen));
}

/** A server on the market or on a named machine; of what is owned, on the fewest cards that serve the load. */
function served(frame: Frame, w: Workload, catalog: Catalog, trials: Trials, draft: boolean): Plan {
  const machines = choosesFromStock(w) ? stockWorkloads(w) : [w];
  const answers = machines.map(
    (workload) => () => finish({ ...frame, workload }, servingPlanOf(frame.brief, workload, catalog, trials, draft)),
  );
  return firstThat((plan) => plan.status === "feasible", answers);
}

function training(before: Frame, asked: Workload, catalog: Catalog, trials: Trials, draft: boolean): Plan {
  const { candidates, chosen } = search(asked, catalog, trials);
  if (!chosen && draft) return finish(before, { status: "infeasible", headline: "" });
  if (!chosen) return finish(before, nothingFits(before.brief, asked, catalog, candidates, trials));
  const w = onChosen(asked, chosen);
  const frame = { ...before, workload: w, assumptions: [...before.assumptions, ...stockAssumptions(w)] };

  const serving = planServer(w, catalog, chosen.hardware, trials);
  const context: DecisionContext = { workload: w, catalog, chosen, candidates, serving, draft };
  const made = [
    decideFramework,
    decidePlatform,
    decideMethod,
    decideDistributed,
    decideDeployment,
    decideData,
    decideTracking,
    decideRegistry,
    decideMonitoring,
    decideConfiguration,
    decideReproducibility,
  ].map((d) => d(context));
  const decisions = draft ? made : withFlips(made, flipsOf(frame.brief, w, catalog, chosen, candidates, trials));
  const cost = costOf(w, chosen, serving);
  const missing = shortfall(w, serving, catalog, trials);
  const decided = {
    status: missing ? ("infeasible" as const) : ("feasible" as const),
    ...verdictOf({ part: "training", met: true, text: headlineOf(w, chosen) }, servingPart(w, serving, missing)),
    decisions,
    hardware: chosen.hardware,
    training: chosen.settings,
    time: timeOf(w, chosen),
    cost,
    ...(serving ? { serving } : {}),
  };
  if (draft) return finish(frame, decided);
  return finish(frame, {
    ...decided,
    ...launchOf(chosen.hardware, catalog),
    assumptions: [...frame.assumptions, ...trainerAssumptions(chosen.request)],
    memoryRequest: chosen.request,
    memory: estimate(chosen.request, catalog),
    memoryFloors: memoryFloors(w, chosen.device),
    alternatives: alternativesTo(chosen, candidates, w, catalog, trials),
    offRamps: [
      ...offRamps(w, catalog),
      ...[smallerModel(w, catalog, chosen, candidates, trials)].filter((r) => r !== undefined),
    ],
    ...(missing
      ? { blockers: [missing], repairs: demandRepairs(frame.brief, w, catalog, trials) }
      : { repairs: downward(w, catalog, chosen, 1, trials) }),
    risks: worstFirst([...trainingRisks(w, chosen, cost), ...frameworkRisks(w, catalog), ...servingRisks(w, serving)]),
    documents: documentsOf(decisions, catalog),
    facts: factsOf(w, chosen, catalog),
  });
}

/** What the memory rests on beside the words and the settings: with it, `estimate` gives the plan's number. */
const trainerAssumptions = ({ trainer, trainerVersion }: EstimateRequest): Assumption[] => [
  { field: "trainer", value: trainer, why: "memory and speed are counted as its own" },
  {
    field: "trainerVersion",
    value: trainerVersion,
    why: `the release of ${trainer} that the templates pin: its loss and its optimizer step hold less memory than those before 5`,
  },
];

/** The training in one sentence. */
export function headlineOf(w: Workload, c: Candidate): string {
  const where = c.hardware.offer
    ? `${c.hardware.offer.platform} for about ${usd(c.usd.expected)}`
    : "your own hardware";
  const { acceleratorCount, nodeCount, accelerator } = c.hardware;
  return `${methodTitle(c.settings.method, w)}: ${w.model.id} on ${machineText(acceleratorCount, accelerator.name)}${nodeCount > 1 ? ` in ${nodeCount} machines` : ""}, ${where}, in about ${hours(c.hours.expected)}${c.quick.status === "tight" ? "; memory is tight" : ""}.`;
}

export function timeOf(w: Workload, c: Candidate): TimePlan {
  const tokens = trainTokens(w);
  const perStep = c.settings.microBatchSize * c.settings.gradientAccumulationSteps * c.hardware.acceleratorCount;
  const { unit, formula } = workOf(w);
  const optimizerSteps = Math.ceil((w.exampleCount * samplesPerExample(w) * w.epochs) / perStep);
  return {
    trainHours: c.hours,
    tokens,
    optimizerSteps,
    secondsPerStep: stepping(w, c.rate.expected, c.hardware.acceleratorCount) / optimizerSteps,
    formula: `${formula} × 1.1 padding × 1.05 evaluation ÷ (${unit} per second × accelerators) + set-up and download`,
  };
}

export function costOf(w: Workload, c: Candidate, serving: Plan["serving"]): CostPlan {
  return {
    trainUsd: c.usd,
    ...servingCostOf(w, serving),
    formula: c.price
      ? `hours × ${c.hardware.nodeCount > 1 ? `${c.hardware.nodeCount} machines × ` : ""}${usd(c.price.usdPerHour)} per hour (${c.price.platform}, ${c.price.pricing})`
      : OWNED_FORMULA,
    ...(c.price ? { priceSource: c.price.source, priceAsOf: c.price.asOf } : {}),
    notIncluded: notIncluded(!c.price && (serving?.owned ?? true)),
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

/** Fills the empty lists. The hash comes last, when the questions are known (seal.ts). */
function finish(frame: Frame, answer: Partial<Plan> & Pick<Plan, "status" | "headline">): Plan {
  return {
    planHash: "",
    decisions: [],
    alternatives: [],
    blockers: [],
    repairs: [],
    risks: [],
    questions: [],
    offRamps: [],
    documents: [],
    facts: [],
    ...frame,
    ...answer,
  };
}
