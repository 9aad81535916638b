import type { Candidate } from "./candidates.ts";
import { gib, number, usd, usdRange } from "./format.ts";
import type { CostPlan, Risk, ServingPlan } from "./plan.ts";
import type { Workload } from "./workload.ts";

/** Hours in an average month: what a server that never sleeps is billed for. */
export const HOURS_PER_MONTH = 730;

/** What could go wrong with a training plan, worst first, each with what to do about it. */
export function trainingRisks(w: Workload, chosen: Candidate, cost: CostPlan): Risk[] {
  const risks: Risk[] = [];
  const memory = chosen.quick.reading.memory.deviceGib;
  const usable = chosen.device.usableGib;
  if (chosen.quick.reading.status === "tight") {
    risks.push({
      severity: "high",
      text: `Memory is tight: up to ${gib(memory.high)} of ${gib(usable)}.`,
      mitigation:
        "Run `make probe` first: two steps and an evaluation with the longest sample. If it fails, lower training.micro_batch_size or model.max_length.",
    });
  }
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
  return risks.sort((a, b) => ORDER[a.severity] - ORDER[b.severity]);
}

export function servingRisks(w: Workload, serving: ServingPlan | undefined): Risk[] {
  if (!w.serving) return [];
  if (!serving) {
    return [
      {
        severity: "high",
        text: `No single card in the catalog serves ${number(w.serving.requestsPerSecond)} requests per second of ${w.model.id} within the limits given.`,
        mitigation:
          "Several cards per replica come with a later version; a smaller model, a looser latency or shorter answers help now.",
      },
    ];
  }
  return serving.baseQuantization === "none"
    ? []
    : [
        {
          severity: "medium",
          text: "Serving uses 4-bit weights: answers may differ from what evaluation saw.",
          mitigation: "Evaluate the quantised model with the same golden set before promotion.",
        },
      ];
}

const ORDER = { high: 0, medium: 1, low: 2 } as const;
