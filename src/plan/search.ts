import type { Brief } from "../brief/brief.ts";
import type { Catalog } from "../catalog/schema.ts";
import type { Device } from "../estimate/device.ts";
import { assumed } from "./assumptions.ts";
import { bestCandidate } from "./best.ts";
import { type Candidate, devicesFor, enumerate } from "./candidates.ts";
import { PER_MACHINE } from "./layout.ts";
import { outsideThisVersion } from "./limits.ts";
import { THRESHOLDS } from "./methods.ts";
import { offRampReason } from "./off-ramp.ts";
import type { OffRamp } from "./plan.ts";
import { failure, orderFor } from "./rank.ts";
import { resolve } from "./resolve.ts";
import { choosesFromStock, stockCandidates } from "./stock.ts";
import { newTrials, type Trials } from "./trials.ts";
import type { Workload } from "./workload.ts";

/** A run that takes longer is looked at on more devices, unless the deadline that was stated allows it. */
const LONG = assumed.longHours.value;

/** Counts of accelerators, in the order in which they are looked at: one, one machine, several machines. */
const RUNGS: readonly (readonly number[])[] = [[1], [2, 4, 8], [16], [32], [64], [128], [256], [512]];

/** What was tried, and the best of it within the person's words. */
export interface Search {
  candidates: Candidate[];
  chosen: Candidate | undefined;
}

/** Whether more accelerators could help a candidate that fails: with memory or time, never with money. */
const helped = (c: Candidate, w: Workload): boolean => {
  const why = failure(c, w);
  return why === "does-not-fit" || why === "past-deadline";
};

/**
 * One accelerator where one does; more only where memory or the deadline asks for them, or where the model is of a size
 * that is usually spread. A count that was said, or cards that are owned, are the person's choice.
 */
export function search(w: Workload, catalog: Catalog, trials = newTrials(), among?: readonly Device[]): Search {
  if (choosesFromStock(w)) return searchStock(w, catalog, trials);
  const fixed = w.hardware.acceleratorCount !== undefined || w.hardware.owned;
  const candidates: Candidate[] = [];
  let chosen: Candidate | undefined;
  let devices = among ?? devicesFor(w, catalog);
  for (const counts of fixed ? [[w.hardware.acceleratorCount ?? 1]] : RUNGS) {
    if (counts[0]! > PER_MACHINE)
      devices = devices.filter((d) => d.facts?.kind === "tpu" || (d.facts?.nvlinkGBps ?? 0) >= 300);
    const found = enumerate(w, catalog, { counts, devices, hopeless: fixed || counts[0] === 1, trials });
    candidates.push(...found);
    chosen = bestCandidate(w, candidates);
    const usuallySpread = counts[0] === 1 && w.model.architecture.parameterCount > THRESHOLDS.distributed;
    if (chosen && isEnough(chosen, w) && !usuallySpread) break;
    if (!chosen && !found.some((c) => helped(c, w))) break;
    // Another machine is no cheaper than this one.
    if (!chosen && counts[0]! > 1 && found.some((c) => failure(c, w) === "over-budget")) break;
    // More machines were no better than the last look.
    if (chosen && counts[0]! > 1 && !found.includes(chosen)) break;
  }
  return { candidates, chosen };
}

/** Whether a candidate leaves nothing to wish that more devices bring: room on the devices themselves and, where rent or others wait for it, time. */
const isEnough = (c: Candidate, w: Workload): boolean =>
  c.quick.status === "fits" &&
  c.settings.offload === "none" &&
  ((c.price === undefined && w.hardware.stock === undefined) ||
    w.deadlineHours !== undefined ||
    c.hours.expected <= LONG);

/** Of the cards that are owned as few as do, of the kind that is soonest done: others need the rest. */
function searchStock(w: Workload, catalog: Catalog, trials: Trials): Search {
  const candidates = stockCandidates(w, catalog, trials);
  let chosen: Candidate | undefined;
  for (const counts of RUNGS) {
    chosen = bestCandidate(
      w,
      candidates.filter((c) => c.hardware.acceleratorCount <= counts.at(-1)!),
    );
    if (chosen && isEnough(chosen, w)) break;
  }
  return { candidates, chosen };
}

/** Cards that a changed plan is looked for on. */
const MOST_DEVICES = 5;

/** The cards of the best candidates, one of each, and the roomiest: memory may be what a change asks for. */
export function nearbyDevices(w: Workload, chosen: Candidate, candidates: readonly Candidate[]): Device[] {
  const devices = [chosen.device];
  for (const c of [...candidates].sort(orderFor(w))) {
    if (devices.length >= MOST_DEVICES) break;
    if (!devices.some((d) => d.id === c.device.id)) devices.push(c.device);
  }
  const roomiest = candidates.reduce((a, b) => (b.device.memoryGib > a.device.memoryGib ? b : a), candidates[0]!);
  if (!devices.some((d) => d.id === roomiest.device.id)) devices.push(roomiest.device);
  return devices;
}

/** Where a brief leads: a way of training, a way around it, or neither. */
interface Answered {
  workload: Workload;
  candidate?: Candidate | undefined;
  offRamp?: OffRamp["kind"];
}

/** What a brief would be trained on, without the report around it: cheap enough to try many changes of one brief. */
export function bestFor(brief: Brief, catalog: Catalog, trials = newTrials()): Answered {
  const { workload } = resolve(brief, catalog);
  if (outsideThisVersion(workload) || workload.phase === "serve") return { workload };
  const ramp = offRampReason(workload, brief);
  return ramp ? { workload, offRamp: ramp.kind } : { workload, candidate: search(workload, catalog, trials).chosen };
}
