import type { Catalog } from "../catalog/schema.ts";
import type { FitStatus } from "../estimate/answer.ts";
import { type Quick, quickEstimate } from "../estimate/estimate.ts";
import { repairLadder } from "../estimate/repair.ts";
import type { EstimateRequest } from "../estimate/request.ts";
import { checkRules } from "../estimate/rules.ts";
import { setup, setupWith } from "../estimate/setup.ts";
import { enumerate } from "./candidates.ts";
import { asConfiguration } from "./configuration.ts";
import { needsGib } from "./downward.ts";
import { gib, hours, usd } from "./format.ts";
import type { PlanRepair } from "./plan.ts";
import { compareCandidates } from "./rank.ts";
import type { Planned } from "./same-run.ts";

/** Room that a repaired run keeps: what was measured once differs a little the next time. */
const FITS_SHARE = 0.95;
const MOST_REPAIRS = 5;

/** The ladder of the estimator, each step judged with what a measurement says of the estimate. */
export function measuredLadder({ request }: Planned, catalog: Catalog, correction: number): PlanRepair[] {
  const s = setup(request, catalog);
  const answer = (changed: EstimateRequest): Quick | undefined => {
    const c = setupWith(changed, s.shape, s.model, s.modelName, s.device);
    return checkRules(c).refused.length > 0 ? undefined : quickEstimate(c);
  };
  const status = (needed: number): FitStatus =>
    needed <= FITS_SHARE * s.device.usableGib ? "fits" : needed <= s.device.usableGib ? "tight" : "does-not-fit";
  const seconds = 1 / quickEstimate(s).throughput.tokensPerSecondPerDevice.expected;
  return (
    repairLadder(s, seconds, (changed) => {
      const quick = answer(withEvaluation(changed));
      if (!quick) return { status: "does-not-fit", deviceGib: 0, secondsPerToken: seconds };
      const needed = needsGib(quick) * correction;
      return {
        status: status(needed),
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
  const { accelerator: _a, memoryGib: _m, ...rest } = w.hardware;
  const larger = enumerate({ ...w, method: training.method, hardware: { ...rest, owned: false } }, catalog, {
    anything: true,
    counts: [1],
  })
    .filter((c) => c.device.usableGib > s.device.usableGib && !c.refused)
    .filter((c) => needsGib(c.quick) * correction <= FITS_SHARE * c.device.usableGib)
    .sort(compareCandidates)[0];
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
      summary: `Rent 1 × ${name} on ${larger.hardware.offer!.platform} instead${hardware.owned ? " of your own card" : ""}: about ${gib(needsGib(larger.quick) * correction)} of ${gib(larger.device.usableGib)}, ${hours(larger.hours.expected)}, ${usd(larger.usd.expected)} (\`--set accelerator=${id}\`).`,
    },
  ];
}
