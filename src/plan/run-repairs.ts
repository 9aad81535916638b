import type { BriefValues } from "../brief/brief.ts";
import type { FitStatus, Repair } from "../estimate/answer.ts";
import { type Quick, quickEstimate } from "../estimate/estimate.ts";
import { repairLadder } from "../estimate/repair.ts";
import type { EstimateRequest } from "../estimate/request.ts";
import { type Setup, setupWith } from "../estimate/setup.ts";
import { needsGib } from "./downward.ts";
import { gib, number } from "./format.ts";
import { FITS_SHARE } from "./measured-repairs.ts";
import type { PlanRepair } from "./plan.ts";
import { changeInWords } from "./repair-words.ts";
import type { Workload } from "./workload.ts";

export type Measured = NonNullable<BriefValues["measured"]>;

/** What other processes hold on a card that is otherwise idle: a desktop, a context. */
const OTHERS_GIB = 1.5;

/** Whether a run of this set-up is expected to run out. */
export const dies = (quick: Quick): boolean =>
  quick.status === "does-not-fit" || quick.reading.neededGib.expected > quick.reading.roomGib;

/** The same set-up with some settings changed. */
export const again = (s: Setup, change: Partial<EstimateRequest>): Quick =>
  quickEstimate(setupWith({ ...s.request, ...change }, s.shape, s.model, s.modelName, s.device));

export function judged(quick: Quick, correction: number): FitStatus {
  if (quick.refused.length > 0) return "does-not-fit";
  if (correction === 1) return quick.status;
  const share = (needsGib(quick) * correction) / quick.setup.device.usableGib;
  return share <= FITS_SHARE ? "fits" : share <= 1 ? "tight" : "does-not-fit";
}

/** Memory that the run itself did not need: what other processes hold, and what lies idle in pieces too small. */
export function around(m: Measured, died: boolean): PlanRepair[] {
  if (!died) return [];
  const out: PlanRepair[] = [];
  const add = (change: Record<string, unknown>, deviceGib: number, summary: string): void => {
    out.push({ change, deviceGib, timeFactor: 1, cost: "none", status: "tight", summary, of: "your run" });
  };
  const { capacityGib, freeGib, deviceGib, allocatedGib, reservedGib, triedToAllocateGib } = m;
  if (capacityGib !== undefined && freeGib !== undefined && deviceGib !== undefined) {
    const others = capacityGib - freeGib - deviceGib;
    if (others > OTHERS_GIB)
      add({}, deviceGib, `Free the card: other processes hold ${gib(others)} of it (\`nvidia-smi\` names them).`);
  }
  if (allocatedGib !== undefined && reservedGib !== undefined && triedToAllocateGib !== undefined) {
    const idle = reservedGib - allocatedGib;
    if (idle >= triedToAllocateGib)
      add(
        { PYTORCH_ALLOC_CONF: "expandable_segments:True" },
        allocatedGib + triedToAllocateGib,
        `Set PYTORCH_ALLOC_CONF=expandable_segments:True: ${gib(idle)} were reserved and idle when ${gib(triedToAllocateGib)} were asked for, in pieces too small.`,
      );
  }
  return out;
}

/** The estimator's ladder on the same hardware, each step judged with what the failure says of the estimate. */
export function ladder(quick: Quick, correction: number, w: Workload): PlanRepair[] {
  const { setup: s } = quick;
  const devices = w.hardware.acceleratorCount ?? 1;
  const seconds = secondsPerToken(quick);
  const split = splitRepair(quick, devices);
  const repairs = repairLadder(s, quick.peak.bytes, seconds, (changed) => {
    const q = again(s, withinBatch(changed, s));
    const more = (changed.acceleratorCount ?? 1) > s.train.acceleratorCount;
    return {
      status: more ? "does-not-fit" : repaired(q, correction),
      bytes: q.peak.bytes,
      deviceGib: needsGib(q) * correction,
      secondsPerToken: secondsPerToken(q),
    };
  });
  const free = repairs.some((r) => r.status === "fits") ? [] : freeRepair(quick, correction);
  return [...split, ...free, ...repairs].map((r) => ({
    ...r,
    of: "your run",
    summary: `Set ${changeInWords(r.change)}: about ${gib(r.deviceGib)}${r.timeFactor > 1.05 ? `, ${number(r.timeFactor)} times the time` : ""} (${r.cost})${r.status === "tight" ? "; tight" : ""}.`,
  }));
}

/** Expecting not to fit is no repair, even where the band reaches down to the card. */
const repaired = (q: Quick, correction: number): FitStatus =>
  needsGib(q) * correction > q.setup.device.usableGib ? "does-not-fit" : judged(q, correction);

/** Where no one change and no two are enough: everything at once that costs time alone. */
function freeRepair(quick: Quick, correction: number): Repair[] {
  const { train: t, request } = quick.setup;
  if (request.phase === "serve") return [];
  const change: Partial<EstimateRequest> = {
    ...(t.microBatchSize > 1
      ? { microBatchSize: 1, gradientAccumulationSteps: t.gradientAccumulationSteps * t.microBatchSize }
      : {}),
    ...(t.gradientCheckpointing === true ? {} : { gradientCheckpointing: true }),
    ...(t.fusedLoss ? {} : { fusedLoss: true }),
    ...(t.acceleratorCount > 1 && t.sharding !== "fsdp" && t.sharding !== "zero-3" ? { sharding: "fsdp" } : {}),
  };
  const q = again(quick.setup, withinBatch({ ...request, ...change }, quick.setup));
  const status = repaired(q, correction);
  if (status === "does-not-fit") return [];
  const timeFactor = secondsPerToken(q) / secondsPerToken(quick);
  return [{ change, deviceGib: needsGib(q) * correction, timeFactor, cost: "quality: none", status }];
}

/** A server on fewer devices than the machine has: the rest are there for nothing. */
function splitRepair({ setup: s, throughput }: Quick, devices: number): Repair[] {
  if (s.request.phase !== "serve") return [];
  const now = s.train.tensorParallel;
  const found = [2, 4, 8, 16]
    .filter((n) => n > now && n <= devices)
    .map((n) => ({ n, q: again(s, { tensorParallel: n, acceleratorCount: n }) }))
    .filter(({ q }) => !dies(q));
  const best = found.find(({ q }) => q.status === "fits") ?? found[0];
  if (!best) return [];
  const { n, q } = best;
  return [
    {
      change: { tensorParallel: n },
      deviceGib: needsGib(q),
      timeFactor:
        (throughput.tokensPerSecondPerDevice.expected * now) / (q.throughput.tokensPerSecondPerDevice.expected * n),
      cost: `none: the machine has ${devices}`,
      status: q.status,
    },
  ];
}

/** A micro batch that is made smaller is meant for the evaluation too. */
const withinBatch = (r: EstimateRequest, { train: t }: Setup): EstimateRequest =>
  r.microBatchSize !== undefined && r.microBatchSize < Math.min(t.microBatchSize, r.evaluationBatchSize ?? 0)
    ? { ...r, evaluationBatchSize: r.microBatchSize }
    : r;

const secondsPerToken = (q: Quick): number =>
  1 / (q.throughput.tokensPerSecondPerDevice.expected * q.setup.train.acceleratorCount);
