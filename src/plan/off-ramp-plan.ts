import type { Catalog } from "../catalog/schema.ts";
import { range } from "../units.ts";
import { asAlternative } from "./alternatives.ts";
import type { Candidate } from "./candidates.ts";
import { count, hours, usd } from "./format.ts";
import { describeFramework } from "./framework.ts";
import { boostingHours, offRamps, TREES } from "./off-ramp.ts";
import type { Decision, OffRamp, Plan } from "./plan.ts";
import type { Workload } from "./workload.ts";

type Answer = Partial<Plan> & Pick<Plan, "status" | "headline">;

/** The answer where training this model is the wrong tool: what leads there instead, and what training would have cost. */
export function offRampPlanOf(
  w: Workload,
  catalog: Catalog,
  reason: { kind: OffRamp["kind"]; text: string },
  trained: Candidate | undefined,
): Answer {
  const ramps = offRamps(w, catalog);
  const decisions = [...(tabular(w) ? [describeFramework(w)] : []), decideWay(w, reason, trained)];
  const ids = new Set(decisions.flatMap((d) => d.documents));
  const first = ramps[0];
  const trainHours = boostingHours(w.exampleCount);
  return {
    status: "off-ramp",
    headline: `${reason.text}${priceOf(first)}`,
    decisions,
    offRamps: ramps,
    alternatives: trained ? [asAlternative("train anyway", trained, w)] : [],
    ...(tabular(w)
      ? {
          time: { trainHours, tokens: w.exampleCount, optimizerSteps: TREES, formula: first!.formula },
          cost: {
            trainUsd: range(0, 0, 0),
            formula: `about ${hours(trainHours.expected)} of a processor that you have: nothing is rented`,
            notIncluded: ["preparing the columns", "people"],
          },
        }
      : {}),
    documents: catalog.documents
      .filter((d) => ids.has(d.id))
      .map(({ id, title, url, asOf }) => ({ id, title, url, asOf })),
    facts: ramps.flatMap((r) =>
      r.source !== undefined && r.asOf !== undefined
        ? [{ name: `figures behind "${r.title}"`, source: r.source, asOf: r.asOf }]
        : [],
    ),
  };
}

const tabular = (w: Workload): boolean => w.modality === "tabular";

const priceOf = (ramp: OffRamp | undefined): string =>
  ramp?.usd === undefined
    ? ""
    : ` It costs about ${usd(ramp.usd.low)} to ${usd(ramp.usd.high)} ${ramp.per === "month" ? "a month" : "per million requests"} at prices of ${ramp.asOf}.`;

const TITLES: Record<OffRamp["kind"], string> = {
  prompting: "A prompt with examples, no training",
  api: "A hosted model, no training",
  retrieval: "Retrieval over the documents, no training",
  "smaller-model": "A smaller model",
  "classic-ml": "Gradient-boosted trees",
};

function decideWay(
  w: Workload,
  reason: { kind: OffRamp["kind"]; text: string },
  trained: Candidate | undefined,
): Decision {
  const cost = trained
    ? `would take ${hours(trained.hours.expected)}${trained.price ? ` and ${usd(trained.usd.expected)}` : ""}, and ${reason.kind === "retrieval" ? "be out of date" : "learn little"}; name the method to train all the same`
    : "costs an accelerator and gains nothing here";
  return {
    name: "method",
    choice: reason.kind,
    title: TITLES[reason.kind],
    reasons: [
      tabular(w) ? "Best on tables (Grinsztajn et al. 2022), explains itself, and needs no accelerator." : reason.text,
    ],
    refused: [{ option: trained?.settings.method ?? "full", why: cost }],
    flips: FLIPS[reason.kind].map((when) => ({ when, to: trained?.settings.method ?? "full" })),
    documents: w.modality === "tabular" ? ["scikit-learn", "lightgbm"] : ["transformers"],
  };
}

const FLIPS: Record<OffRamp["kind"], string[]> = {
  prompting: [`there are ${count(100)} examples or more, or prompts stop improving on your own test set`],
  api: ["requests must stay in the house"],
  retrieval: ["what must be learned is a way of answering, and not facts"],
  "smaller-model": [],
  "classic-ml": ["free text, images or sound carry what the columns do not"],
};
