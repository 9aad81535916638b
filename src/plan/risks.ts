import type { Candidate } from "./candidates.ts";
import { gib, hours, number, usd, usdRange } from "./format.ts";
import { frameworkFor } from "./framework.ts";
import type { CostPlan, Risk, ServingPlan } from "./plan.ts";
import { formatSize } from "./resolve.ts";
import { onDevice } from "./targets.ts";
import type { Workload } from "./workload.ts";

/** Hours in an average month: what a server that never sleeps is billed for. */
export const HOURS_PER_MONTH = 730;

/** What could go wrong with a training plan, each with what to do about it. */
export function trainingRisks(w: Workload, chosen: Candidate, cost: CostPlan): Risk[] {
  const risks: Risk[] = [];
  const needed = chosen.quick.reading.neededGib;
  const usable = chosen.device.usableGib;
  if (chosen.quick.status === "tight") {
    risks.push({
      severity: "high",
      text: `Memory is tight: up to ${gib(needed.high)} of ${gib(usable)}.`,
      mitigation:
        "Run `make probe` first: two steps and an evaluation with the longest sample. If it fails, lower training.micro_batch_size or model.max_length.",
    });
  }
  if (chosen.quick.status === "fits" && needed.high > usable)
    risks.push({
      severity: "medium",
      text: `Memory is expected to fit, and the high end of its estimate would not: up to ${gib(needed.high)} of ${gib(usable)}.`,
      mitigation:
        "Run `make probe` first: two steps and an evaluation with the longest sample. If it fails, lower training.micro_batch_size or model.max_length.",
    });
  if (chosen.quick.reading.calibration === "uncalibrated") {
    risks.push({
      severity: "medium",
      text: "No published measurement covers this kind of run: the memory figure has a wide band.",
      mitigation: "Run `make probe` before renting for long.",
    });
  }
  if (w.budgetUsd !== undefined && w.budgetPeriod !== "hour" && cost.trainUsd.high > w.budgetUsd) {
    risks.push({
      severity: "medium",
      text: `At the slow end training costs ${usd(cost.trainUsd.high)}, above the ${usd(w.budgetUsd)} budget.`,
      mitigation: "The probe prints tokens per second after two steps: stop there if it is far below the plan.",
    });
  }
  if (
    w.budgetUsd !== undefined &&
    w.budgetPeriod === "total" &&
    cost.servingUsdPerMonth &&
    cost.servingUsdPerMonth.expected > 0 &&
    cost.servingUsdPerMonth.expected + cost.trainUsd.expected > w.budgetUsd
  ) {
    risks.push({
      severity: "high",
      text: `The ${usd(w.budgetUsd)} budget covers training, not a month of serving: that is ${usdRange(cost.servingUsdPerMonth)} a month around the clock.`,
      mitigation: "Serve only in working hours, serve on a card you own, or budget serving apart.",
    });
  }
  if (w.deadlineHours !== undefined && chosen.hours.high > w.deadlineHours)
    risks.push({
      severity: "medium",
      text: `At the slow end training takes ${hours(chosen.hours.high)} and ${hours(w.deadlineHours)} are left.`,
      mitigation: "Run `make probe` first: it prints tokens per second after two steps.",
    });
  if (w.exampleCount < 200) {
    risks.push({
      severity: "medium",
      text: `${w.exampleCount} examples are few for fine-tuning: prompting with examples or retrieval may do as well for less.`,
      mitigation: "The generated project measures the base model first: compare before you pay for training.",
    });
  }
  if (w.model.gated) {
    risks.push({
      severity: "low",
      text: `${w.model.id} is gated: its licence must be accepted on the hub and a token set.`,
      mitigation: "Accept the licence, then put the token into HF_TOKEN (see .env.example).",
    });
  }
  if (w.model.licence !== undefined && !w.model.licenceVerified) {
    risks.push({
      severity: "low",
      text: `Licence "${w.model.licence}" was read from a public config, not verified.`,
      mitigation: "Read the model card before commercial use.",
    });
  }
  risks.push(...wordRisks(w, !chosen.hardware.owned));
  if (chosen.price && chosen.price.pricing === "spot") {
    risks.push({
      severity: "medium",
      text: "Spot machines are taken back with minutes of notice.",
      mitigation: "The project saves checkpoints and resumes; keep training.save_steps small.",
    });
  }
  if (chosen.price && chosen.price.confidence !== "vendor") {
    risks.push({
      severity: "low",
      text: `The price of ${chosen.price.platform} was read on ${chosen.price.asOf} from ${chosen.price.confidence === "mirror" ? "a mirror of the vendor's list" : "a third party"}.`,
      mitigation: "Check the vendor's page before renting.",
    });
  }
  return risks;
}

/** Words that bind the person more than the machine: said back, with what to do about them. */
function wordRisks(w: Workload, rented: boolean): Risk[] {
  const risks: Risk[] = [];
  const has = (c: Workload["constraints"][number]): boolean => w.constraints.includes(c);
  if (rented && (has("hipaa") || has("soc2")))
    risks.push({
      severity: "high",
      text: "Certificates of platforms in the catalog are mostly unverified, and a certificate is not a contract.",
      mitigation:
        "Get the platform's report and, for health data, a signed Business Associate Agreement before any data leaves.",
    });
  if (has("gdpr"))
    risks.push({
      severity: "medium",
      text: "A region in the EU is not yet the GDPR: personal data in the examples needs a legal basis, and weights may repeat it.",
      mitigation:
        "Sign the platform's data processing agreement, and remove or pseudonymise personal data before training.",
    });
  if (has("commercial-licence"))
    risks.push({
      severity: "medium",
      text: `Commercial use was asked for: the catalog says the licence of ${w.model.id} is ${w.model.licence ?? "unknown"}, unverified.`,
      mitigation: "Read the licence on the model card; some forbid commercial use or ask for attribution.",
    });
  if (has("existing-tensorflow") && frameworkFor(w).id !== "tensorflow-keras")
    risks.push({
      severity: "medium",
      text: "You have TensorFlow: the weights of open language models are published for PyTorch, and so is this project.",
      mitigation: "Keep the model behind its HTTP interface; the rest of your system need not change.",
    });
  if (w.architecture === "custom" && !w.model.catalogued)
    risks.push({
      severity: "medium",
      text: `Your architecture is not known here: memory and time are those of a plain decoder of ${formatSize(w.model.architecture.parameterCount)} parameters over text.`,
      mitigation: "Run `make probe` with your own module before renting for long, or name a published model near it.",
    });
  if (has("beginner-team"))
    risks.push({
      severity: "low",
      text: "The first run has many parts.",
      mitigation: "Start with `make sample`: the whole way with a tiny model, on any machine, in two minutes.",
    });
  if (w.otherBudget !== undefined)
    risks.push({
      severity: "medium",
      text: `The budget of ${w.otherBudget.amount} ${w.otherBudget.currency} is not converted: no exchange rate is bundled, so it was not compared.`,
      mitigation: "Say it in US dollars, or compare the costs below yourself.",
    });
  if (w.model.maxContextLength !== undefined && w.sequenceLength > w.model.maxContextLength)
    risks.push({
      severity: "high",
      text: `${w.model.id} was trained for at most ${w.model.maxContextLength} tokens and ${w.sequenceLength} were asked for.`,
      mitigation: "Shorten the samples, or choose a model with a longer context.",
    });
  if (w.task === "pretrain" && (w.method === "lora" || w.method === "qlora"))
    risks.push({
      severity: "medium",
      text: "Adapters do not pretrain a model: full training is planned instead.",
      mitigation: "For domain adaptation with an adapter, say fine-tune.",
    });
  return risks;
}

export function servingRisks(w: Workload, serving: ServingPlan | undefined): Risk[] {
  if (!w.serving || !serving || onDevice(w)) return [];
  const risks: Risk[] = [];
  if (serving.baseQuantization !== "none")
    risks.push({
      severity: "medium",
      text: `Serving uses ${{ fp8: "fp8", int8: "int8" }[serving.baseQuantization] ?? "4-bit"} weights: answers may differ from what evaluation saw.`,
      mitigation: "Evaluate the quantised model with the same golden set before promotion.",
    });
  const perToken = serving.timePerOutputTokenSeconds.expected;
  if (w.serving.latencyMs === undefined && perToken > READING_SECONDS_PER_TOKEN)
    risks.push({
      severity: "medium",
      text: `At full load each answer is written slower than people read: ${number(perToken * 1000)} ms a token, about ${number(perToken * w.serving.outputTokens)} s for ${w.serving.outputTokens} tokens. It is the cheapest fleet, as no latency was asked for.`,
      mitigation: "If people wait for it, say how soon an answer must be complete, such as 20 s.",
    });
  return risks;
}

/** 238 words a minute of silent reading (Brysbaert 2019), 4 tokens to 3 words: 60 ÷ (238 × 4/3). */
const READING_SECONDS_PER_TOKEN = 60 / (238 * (4 / 3));

const ORDER = { high: 0, medium: 1, low: 2 } as const;

/** Worst first, whichever part of the plan they are about. */
export const worstFirst = (risks: readonly Risk[]): Risk[] =>
  [...risks].sort((a, b) => ORDER[a.severity] - ORDER[b.severity]);
