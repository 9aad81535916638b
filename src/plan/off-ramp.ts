import type { Brief } from "../brief/brief.ts";
import type { ApiPrice, Catalog } from "../catalog/schema.ts";
import { range } from "../units.ts";
import { assumed } from "./assumptions.ts";
import { count, hours, number } from "./format.ts";
import { keepsCare } from "./market.ts";
import type { OffRamp } from "./plan.ts";
import { isEncoder } from "./recipe.ts";
import { HOURS_PER_MONTH } from "./risks.ts";
import type { Workload } from "./workload.ts";

/** Examples below which a model learns their wording and little else: the least that OpenAI's guide calls a clear improvement is 50 to 100. */
const TOO_FEW = 100;
/** Examples that fit a prompt, and passages that retrieval puts there, each of a few hundred tokens (Lewis et al. 2020 use five to ten). */
const SHOTS = 8;
const PASSAGES = 5;
const PASSAGE_TOKENS = 400;

/** What a person asks where nothing was said: a page in, a paragraph out. */
const PROMPT_TOKENS = 512;
const OUTPUT_TOKENS = 256;
/** The name of a class, and no sentence around it. */
const LABEL_TOKENS = 8;

const LEARNED_BY_WRITING = new Set(["llm", "vlm"]);

/** Why training is the wrong tool here, with the way that leads to the goal; undefined where training is right. */
export function offRampReason(w: Workload, brief: Brief): { kind: OffRamp["kind"]; text: string } | undefined {
  if (w.phase === "serve") return undefined;
  if (w.modality === "tabular")
    return {
      kind: "classic-ml",
      text: `Rows and columns need no accelerator: gradient-boosted trees match or beat neural networks there, and ${count(w.exampleCount)} rows take about ${hours(boostingHours(w.exampleCount).expected)} on a processor, search included.`,
    };
  // Whoever names a way of training has decided to train.
  if (brief.method !== undefined || w.task === "pretrain" || !LEARNED_BY_WRITING.has(w.modality)) return undefined;
  if (w.knowledge === "changing" && !isEncoder(w))
    return {
      kind: "retrieval",
      text: "What changes from week to week cannot be trained in: weights would be out of date the day they are ready. Retrieval reads the documents as they stand when the question is asked.",
    };
  if (brief.exampleCount !== undefined && w.exampleCount < TOO_FEW)
    return {
      kind: "prompting",
      text: `${count(w.exampleCount)} examples are too few to train on: a prompt that shows ${Math.min(SHOTS, w.exampleCount)} of them does as well for less, and the rest measures it.`,
    };
  return undefined;
}

/** Where requests may not leave the house, no API is an answer. */
const keptHome = (w: Workload): boolean =>
  w.ownAccount === true ||
  w.constraints.some((c) => c === "air-gapped" || c === "no-cloud" || c === "offline" || c === "open-weights");

/** Dollars of a million requests at one model's price. */
const million = (p: ApiPrice, input: number, output: number): number =>
  input * p.inputUsdPerMillionTokens + output * p.outputUsdPerMillionTokens;

/** Requests through somebody's API, per month at the asked rate or per million, between the cheapest and the dearest listed model. */
function priced(w: Workload, catalog: Catalog, extraTokens: number): Partial<OffRamp> & { formula: string } {
  const input = (w.serving?.promptTokens ?? PROMPT_TOKENS) + extraTokens;
  const output = w.serving?.outputTokens ?? (isEncoder(w) ? LABEL_TOKENS : OUTPUT_TOKENS);
  const perMonth = w.serving === undefined ? undefined : w.serving.requestsPerSecond * 3600 * HOURS_PER_MONTH;
  const formula = `${perMonth === undefined ? "a million requests" : `${number(perMonth)} requests a month`} × (${count(input)} tokens in × price + ${count(output)} out × price) ÷ 1,000,000`;
  const prices = catalog.apiPrices.filter((p) => p.confidence !== "stale");
  if (prices.length === 0 || keptHome(w)) return { formula };
  const sorted = [...prices].sort(
    (a, b) => million(a, input, output) - million(b, input, output) || (a.id < b.id ? -1 : 1),
  );
  const [least, most] = [sorted[0]!, sorted.at(-1)!];
  const scale = perMonth === undefined ? 1 : perMonth / 1e6;
  const high = million(most, input, output) * scale;
  return {
    formula: `${formula}; from ${least.name} to ${most.name}`,
    // Which of them is good enough only an evaluation tells: the dearer one is what to expect until it has.
    usd: range(
      million(least, input, output) * scale * assumed.fewerTokens.value,
      high,
      high * assumed.moreTokens.value,
    ),
    per: perMonth === undefined ? "million requests" : "month",
    source: `${least.source}; ${most.source}`,
    asOf: [least.asOf, most.asOf].sort()[0]!,
  };
}

/** Seconds of a hundred boosted trees on a processor: a start, and time by the row (GBM-perf, r4.8xlarge, 2024-06-04: 2.3 s for 0.1 million rows, 4.0 for 1, 22.2 for 10). */
const BOOSTING = { startSeconds: 2.1, secondsPerMillionRows: 2.0, trees: 100, asOf: "2024-06-04" } as const;
/** A search over settings: thirty tries, each judged on five folds, of a thousand trees. */
const TRIALS = 30;
const FOLDS = 5;
export const TREES = 1000;

/** Minutes of finding and fitting boosted trees; wide tables take longer than the benchmark's, narrow ones less. */
export function boostingHours(rows: number): { low: number; expected: number; high: number } {
  const hundred = BOOSTING.startSeconds + (BOOSTING.secondsPerMillionRows * rows) / 1e6;
  const hours = (hundred * (TREES / BOOSTING.trees) * TRIALS * FOLDS * 0.8) / 3600;
  return range(hours / 4, hours, hours * 4);
}

const BOOSTING_FORMULA = `${TRIALS} tries × ${FOLDS} folds × ${TREES} trees × (2.1 s + 2.0 s per million rows) ÷ 100 trees × four fifths of the rows`;

/** Ways to the same goal without training this model, the most promising first. */
export function offRamps(w: Workload, catalog: Catalog): OffRamp[] {
  if (w.modality === "tabular") return [boosting(w)];
  if (!LEARNED_BY_WRITING.has(w.modality) || w.task === "pretrain" || w.phase === "serve") return [];
  if (w.architecture === "custom") return [];
  const home = keptHome(w);
  const shown = Math.min(SHOTS, w.exampleCount);
  const shots = shown * w.averageTokens;
  const prompting: OffRamp = {
    kind: home ? "prompting" : "api",
    title: home ? "Prompt an open model on your own hardware" : "Prompt a hosted model",
    why: home
      ? "No training at all: your words keep requests in the house, so the model is an open one that you serve."
      : `No training at all: a prompt with ${shown} of your examples is the baseline that training has to beat.${keepsCare(w) ? " Requests leave the house: only with a provider whose contract covers this data." : ""}`,
    ...priced(w, catalog, shots),
  };
  const retrieval: OffRamp = {
    kind: "retrieval",
    title: "Retrieval over your documents",
    why: "Answers quote what stands in the documents today; changing them needs no new training.",
    ...priced(w, catalog, PASSAGES * PASSAGE_TOKENS),
  };
  if (isEncoder(w)) return [prompting, linearModel()];
  if (w.knowledge === "changing") return [retrieval, prompting];
  // What preferences, rewards and pictures teach does not stand in any document.
  return w.modality === "llm" && w.task === "sft" ? [prompting, retrieval] : [prompting];
}

/** Paying by the token, where that may cost less a month than the servers would. */
export function insteadOfServing(w: Workload, catalog: Catalog, usdPerMonth: number): OffRamp[] {
  if (!LEARNED_BY_WRITING.has(w.modality) || isEncoder(w)) return [];
  const bill = priced(w, catalog, 0);
  if (bill.usd === undefined || bill.usd.low >= usdPerMonth) return [];
  return [
    {
      kind: "api",
      title: "A hosted model",
      why: "Billed by the token, so hours without requests cost nothing; it is another model, and requests leave the house: compare answers first.",
      ...bill,
    },
  ];
}

const boosting = (w: Workload): OffRamp => ({
  kind: "classic-ml",
  title: "Gradient-boosted trees",
  why: "They match or beat neural networks on tables (Grinsztajn et al. 2022), explain themselves, and need no accelerator.",
  formula: BOOSTING_FORMULA,
  hours: boostingHours(w.exampleCount),
  source: "github:szilard/GBM-perf results.txt",
  asOf: BOOSTING.asOf,
});

const linearModel = (): OffRamp => ({
  kind: "classic-ml",
  title: "Logistic regression over word counts or embeddings",
  why: "An hour's work on a laptop, and the baseline that an encoder has to beat.",
  formula: "seconds on a processor; no accelerator and no price",
});
