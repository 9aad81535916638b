import type { Catalog } from "../catalog/schema.ts";
import type { FitStatus } from "../estimate/answer.ts";
import { type Quick, quickEstimate } from "../estimate/estimate.ts";
import { repairLadder } from "../estimate/repair.ts";
import type { EstimateRequest } from "../estimate/request.ts";
import { setup, setupWith } from "../estimate/setup.ts";
import { type Candidate, enumerate } from "./candidates.ts";
import { asConfiguration } from "./configuration.ts";
import { needsGib } from "./downward.ts";
import { gib, hours, usd } from "./format.ts";
import type { PlanRepair } from "./plan.ts";
import { failure, orderFor } from "./rank.ts";
import type { Planned } from "./same-run.ts";
import type { Workload } from "./workload.ts";

/** Room that a repaired run keeps: what was measured once differs a little the next time. */
export const FITS_SHARE = 0.95;
const MOST_REPAIRS = 5;

/** The ladder of the estimator, each step judged with what a measurement says of the estimate. */
export function measuredLadder({ request }: Planned, catalog: Catalog, correction: number): PlanRepair[] {
  const s = setup(request, catalog);
  const answer = (changed: EstimateRequest): Quick | undefined => {
    const c = setupWith(changed, s.shape, s.model, s.modelName, s.device);
    const quick = quickEstimate(c);
    return quick.refused.length > 0 ? undefined : quick;
  };
  const status = (needed: number): FitStatus =>
    needed <= FITS_SHARE * s.device.usableGib ? "fits" : needed <= s.device.usableGib ? "tight" : "does-not-fit";
  const now = quickEstimate(s);
  const seconds = 1 / now.throughput.tokensPerSecondPerDevice.expected;
  return (
    repairLadder(s, now.peak.bytes, seconds, (changed) => {
      const quick = answer(withEvaluation(changed));
      if (!quick) return { status: "does-not-fit", bytes: 0, deviceGib: 0, secondsPerToken: seconds };
      const needed = needsGib(quick) * correction;
      return {
        status: status(needed),
        bytes: quick.peak.bytes,
        deviceGib: needed,
        secondsPerToken: 1 / quick.throughput.tokensPerSecondPerDevice.expected,
      };
    })
      // The generated project trains on one accelerator.
      .filter((r) => !("acceleratorCount" in r.change))
      .map((r) => {
        const change =
          "microBatchSize" in r.change ? { ...r.change, evaluationBatchSize: r.change.microBatchSize } : r.change;
        return {
          ...r,
          change,
          summary: `Set ${asConfiguration(change)}: about ${gib(r.deviceGib)}, ${r.timeFactor.toFixed(2)} times the time (${r.cost}).`,
        };
      })
  );
}

/** The planner evaluates in batches of the training's size. */
const withEvaluation = (r: EstimateRequest): EstimateRequest =>
  r.evaluationBatchSize !== undefined && r.microBatchSize !== undefined && r.microBatchSize < r.evaluationBatchSize
    ? { ...r, evaluationBatchSize: r.microBatchSize }
    : r;

/** After a probe that ran out of memory: settings first, smallest loss first, then a card that is large enough. */
export function outOfMemoryRepairs(
  planned: Planned,
  catalog: Catalog,
  correction: number,
  evaluating: boolean,
): PlanRepair[] {
  const { request, training, workload: w, hardware } = planned;
  const out: PlanRepair[] = [];
  const s = setup(request, catalog);
  if (evaluating && (request.evaluationBatchSize ?? 1) > 1)
    out.push({
      change: { evaluationBatchSize: 1 },
      deviceGib: Math.min(
        needsGib(quickEstimate(setup({ ...request, evaluationBatchSize: 1 }, catalog))),
        s.device.usableGib,
      ),
      timeFactor: 1,
      cost: "time: a slower evaluation; quality: none",
      status: "tight",
      summary: `Set ${asConfiguration({ evaluationBatchSize: 1 })}: training itself had passed when memory ran out. Probe again.`,
    });
  out.push(...measuredLadder(planned, catalog, correction));
  const { accelerator: _a, memoryGib: _m, stock: _s, ...rest } = w.hardware;
  const larger = enumerate({ ...w, method: training.method, hardware: { ...rest, owned: false } }, catalog, {
    anything: true,
    counts: [1],
  })
    .filter((c) => c.device.usableGib > s.device.usableGib && c.quick.refused.length === 0)
    .filter((c) => needsGib(c.quick) * correction <= FITS_SHARE * c.device.usableGib)
    .sort(orderFor(w))[0];
  const settings = out.slice(0, MOST_REPAIRS - (larger ? 1 : 0));
  if (!larger) return settings;
  const { id, name } = larger.hardware.accelerator;
  return [
    ...settings,
    {
      change: { accelerator: id },
      deviceGib: needsGib(larger.quick) * correction,
      timeFactor:
        larger.quick.throughput.tokensPerSecondPerDevice.expected > 0
          ? quickEstimate(s).throughput.tokensPerSecondPerDevice.expected /
            larger.quick.throughput.tokensPerSecondPerDevice.expected
          : 1,
      cost: `money: ${usd(larger.usd.expected)}`,
      status: "fits",
      summary: `Rent 1 × ${name} on ${larger.hardware.offer!.platform} instead${hardware.owned ? " of your own card" : ""}: about ${gib(needsGib(larger.quick) * correction)} of ${gib(larger.device.usableGib)}, ${hours(larger.hours.expected)}, ${usd(larger.usd.expected)}.`,
    },
  ];
}

/** Where what was measured breaks the budget or the deadline: fewer passes, a wider limit, another card. */
export function limitRepairs(w: Workload, catalog: Catalog, chosen: Candidate): PlanRepair[] {
  const out: PlanRepair[] = [];
  const deviceGib = chosen.quick.reading.memory.deviceGib.expected;
  const add = (change: PlanRepair["change"], timeFactor: number, cost: string, summary: string): void => {
    out.push({ change, deviceGib, timeFactor, cost, status: chosen.quick.status, summary });
  };
  const total = w.budgetPeriod !== "hour" ? w.budgetUsd : undefined;
  const share = Math.min(
    (total ?? Number.POSITIVE_INFINITY) / chosen.usd.expected,
    (w.deadlineHours ?? Number.POSITIVE_INFINITY) / chosen.hours.expected,
  );
  const epochs = Math.floor(w.epochs * share);
  if (epochs >= 1 && epochs < w.epochs)
    add(
      { epochs },
      epochs / w.epochs,
      "quality: fewer passes over the data",
      `Train ${epochs} instead of ${w.epochs} epochs: about ${hours((chosen.hours.expected * epochs) / w.epochs)}.`,
    );
  if (total !== undefined && chosen.usd.expected > total)
    add(
      { budgetUsd: Math.ceil(chosen.usd.high) },
      1,
      "money: a larger budget",
      `Allow ${usd(Math.ceil(chosen.usd.high))}: training costs about ${usd(chosen.usd.expected)} as measured.`,
    );
  if (w.deadlineHours !== undefined && chosen.hours.expected > w.deadlineHours)
    add(
      { deadlineHours: Math.ceil(chosen.hours.high) },
      1,
      "time: a later deadline",
      `Allow ${hours(Math.ceil(chosen.hours.high))}: training takes about ${hours(chosen.hours.expected)} as measured.`,
    );
  const { accelerator: _a, memoryGib: _m, stock: _s, ...rest } = w.hardware;
  const other = enumerate({ ...w, hardware: { ...rest, owned: false } }, catalog, { anything: true, counts: [1] })
    .filter((c) => c.hardware.accelerator.id !== chosen.hardware.accelerator.id)
    .filter((c) => c.quick.status === "fits" && failure(c, w) === undefined)
    .sort(orderFor(w))[0];
  if (other) {
    const { id, name } = other.hardware.accelerator;
    add(
      { accelerator: id },
      other.hours.expected / chosen.hours.expected,
      `money: ${usd(other.usd.expected)}`,
      `Rent 1 × ${name} on ${other.hardware.offer!.platform}: about ${hours(other.hours.expected)} and ${usd(other.usd.expected)}, estimated.`,
    );
  }
  return out;
}
