import type { Brief, BriefValues } from "../brief/brief.ts";
import type { Catalog } from "../catalog/schema.ts";
import type { Assumption, FitStatus, Moment, Repair } from "../estimate/answer.ts";
import { type Quick, quickEstimate } from "../estimate/estimate.ts";
import { repairLadder } from "../estimate/repair.ts";
import type { EstimateRequest } from "../estimate/request.ts";
import { type Setup, setup, setupWith } from "../estimate/setup.ts";
import type { Range } from "../units.ts";
import { type Described, describedSetup } from "./described.ts";
import { needsGib } from "./downward.ts";
import { gib, number } from "./format.ts";
import { hostRepairs } from "./host-repairs.ts";
import { FITS_SHARE } from "./measured-repairs.ts";
import type { Comparison, PlanRepair } from "./plan.ts";
import { changeInWords } from "./repair-words.ts";
import type { Workload } from "./workload.ts";

/** The verdict on the set-up that a person describes, before the plan improves it. */
export interface DescribedRun {
  /** With what was not said, as it was taken. */
  request: EstimateRequest;
  /** Of a run that died: "does-not-fit", whatever the estimate says. */
  status: FitStatus;
  failed?: "device-memory" | "host-memory";
  neededGib: Range;
  usableGib: number;
  peakMoment: Moment;
  /** Predicted beside what instruments read. */
  comparison: Comparison[];
  assumptions: Assumption[];
  notes: string[];
  headline: string;
}

type Measured = NonNullable<BriefValues["measured"]>;

/** What other processes hold on a card that is otherwise idle: a desktop, a context. */
const OTHERS_GIB = 1.5;

const dies = (quick: Quick): boolean =>
  quick.status === "does-not-fit" || quick.reading.neededGib.expected > quick.reading.roomGib;

/** A verdict with the changes that it asks for. */
type Judged = DescribedRun & { repairs: PlanRepair[] };

/**
 * The verdict on the set-up that a person describes, and, where it died or would, the smallest changes that make it fit
 * on the same hardware. Nothing where it fits and nobody said that it did not.
 */
export function describedRun(brief: Brief, w: Workload, catalog: Catalog): Judged | undefined {
  const described = describedSetup(brief, w);
  if (!described) return undefined;
  const measured = brief.measured?.value ?? {};
  const told = measured.failed !== undefined || brief.current !== undefined || hasReading(measured);
  const first = quickOf(described.request, catalog);
  if (!told && first.status === "fits") return undefined;
  if (measured.failed === "host-memory") return hostFailure(described, first, measured, w);
  const { quick, assumed } = measured.failed ? explanation(described, first) : { quick: first, assumed: undefined };
  const died = measured.failed !== undefined;
  const comparison = compare(quick, measured, died);
  const correction = correctionOf(quick, measured, died);
  const usable = quick.setup.device.usableGib;
  const status: FitStatus = died ? "does-not-fit" : judged(quick, correction);
  const repairs = status === "fits" ? [] : [...around(measured, died), ...ladder(quick, correction, w)];
  const notes = [
    ...(assumed
      ? [`By what you say it would fit; it does not with ${assumed}, as trainers do unless told otherwise.`]
      : []),
    ...(died && !assumed && !dies(quick)
      ? [
          `The estimate is ${gib(needsGib(quick))}: it was too low by at least ${number((correction - 1) * 100)} %, or something that you did not say differs. Each change is judged with that.`,
        ]
      : []),
  ];
  return {
    request: quick.setup.request,
    status,
    ...(died ? { failed: measured.failed! } : {}),
    neededGib: quick.reading.neededGib,
    usableGib: usable,
    peakMoment: quick.peak.moment,
    comparison,
    assumptions: quick.setup.assumptions,
    notes,
    repairs,
    headline: headline(quick, measured, died, status, repairs),
  };
}

const hasReading = (m: Measured): boolean => m.allocatedGib !== undefined || m.reservedGib !== undefined;

function quickOf(request: EstimateRequest, catalog: Catalog): Quick {
  return quickEstimate(setup(request, catalog));
}

const again = (s: Setup, change: Partial<EstimateRequest>): Quick =>
  quickEstimate(setupWith({ ...s.request, ...change }, s.shape, s.model, s.modelName, s.device));

/** A run died: as described, or else with the fewest of the trainer's defaults that make it die. */
function explanation({ defaults }: Described, first: Quick): { quick: Quick; assumed: string | undefined } {
  if (dies(first)) return { quick: first, assumed: undefined };
  for (const { change, words } of defaults) {
    const quick = again(first.setup, change);
    if (dies(quick)) return { quick, assumed: words };
  }
  return { quick: first, assumed: undefined };
}

/** What was allocated when the run died, and what it asked for: the peak is no lower. */
const reached = (m: Measured): number | undefined =>
  m.allocatedGib === undefined ? undefined : m.allocatedGib + (m.triedToAllocateGib ?? 0);

function compare(quick: Quick, m: Measured, died: boolean): Comparison[] {
  const { memory } = quick.reading;
  const rows: Comparison[] = [];
  const add = (name: string, predicted: Comparison["predicted"], read: number | undefined): void => {
    if (read === undefined) return;
    const error = predicted.expected / read - 1;
    rows.push({ name, unit: "GiB", predicted, measured: read, ...(died ? { atLeast: true } : {}), error });
  };
  add(died ? "allocated when it died, and asked for" : "allocated", memory.allocatedGib, reached(m));
  add("reserved", memory.reservedGib, m.reservedGib);
  add("device", memory.deviceGib, m.deviceGib);
  return rows;
}

/**
 * Measured over estimated memory. A reading moves the estimate within its band; a death says besides that the need was
 * no less than the card, whatever the band.
 */
function correctionOf(quick: Quick, m: Measured, died: boolean): number {
  const { allocatedGib: band } = quick.reading.memory;
  const read = reached(m);
  const ratio = read === undefined ? 1 : read / band.expected;
  const within = Math.min(Math.max(ratio, died ? 1 : band.low / band.expected), band.high / band.expected);
  return died ? Math.max(within, quick.setup.device.usableGib / needsGib(quick)) : within;
}

function judged(quick: Quick, correction: number): FitStatus {
  if (quick.refused.length > 0) return "does-not-fit";
  if (correction === 1) return quick.status;
  const share = (needsGib(quick) * correction) / quick.setup.device.usableGib;
  return share <= FITS_SHARE ? "fits" : share <= 1 ? "tight" : "does-not-fit";
}

/** Memory that the run itself did not need: what other processes hold, and what lies idle in pieces too small. */
function around(m: Measured, died: boolean): PlanRepair[] {
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
function ladder(quick: Quick, correction: number, w: Workload): PlanRepair[] {
  const { setup: s } = quick;
  const devices = w.hardware.acceleratorCount ?? 1;
  const seconds = secondsPerToken(quick);
  const split = splitRepair(quick, devices);
  const repairs = repairLadder(s, quick.peak.bytes, seconds, (changed) => {
    const q = quickEstimate(setupWith(withinBatch(changed), s.shape, s.model, s.modelName, s.device));
    const more = (changed.acceleratorCount ?? 1) > s.train.acceleratorCount;
    return {
      status: more ? "does-not-fit" : judged(q, correction),
      bytes: q.peak.bytes,
      deviceGib: needsGib(q) * correction,
      secondsPerToken: secondsPerToken(q),
    };
  });
  return [...split, ...repairs].map((r) => ({
    ...r,
    of: "your run",
    summary: `Set ${changeInWords(r.change)}: about ${gib(r.deviceGib)}${r.timeFactor > 1.05 ? `, ${number(r.timeFactor)} times the time` : ""} (${r.cost})${r.status === "tight" ? "; tight" : ""}.`,
  }));
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

/** A smaller micro batch is meant for the evaluation too. */
const withinBatch = (r: EstimateRequest): EstimateRequest =>
  r.evaluationBatchSize !== undefined && r.microBatchSize !== undefined && r.microBatchSize < r.evaluationBatchSize
    ? { ...r, evaluationBatchSize: r.microBatchSize }
    : r;

const secondsPerToken = (q: Quick): number =>
  1 / (q.throughput.tokensPerSecondPerDevice.expected * q.setup.train.acceleratorCount);

function headline(quick: Quick, m: Measured, died: boolean, status: FitStatus, repairs: readonly PlanRepair[]): string {
  const usable = quick.setup.device.usableGib;
  const { low, expected, high } = quick.reading.neededGib;
  const [change] = repairs;
  const then = change
    ? ` The smallest change: ${change.summary} Nothing else changes.`
    : status === "fits"
      ? ""
      : " No change of settings makes it fit on this hardware.";
  if (died) {
    const at = m.allocatedGib ?? m.deviceGib;
    const more = m.triedToAllocateGib === undefined ? "" : ` when it asked for ${gib(m.triedToAllocateGib)} more`;
    const where =
      at === undefined
        ? `It ran out of the ${gib(m.capacityGib ?? usable)} there are`
        : `It died at ${gib(at)} of ${gib(m.capacityGib ?? usable)}${more}`;
    return `${where}; it needs about ${gib(Math.max(expected, reached(m) ?? 0))}.${then}`;
  }
  if (quick.refused[0]) return `As described it cannot run: ${quick.refused[0].text}${then}`;
  const probably = expected > usable ? "probably does not fit" : "is tight";
  const verdict = { fits: "fits", tight: probably, "does-not-fit": "does not fit" }[status];
  return `As described it ${verdict}: it needs ${gib(expected)} (${gib(low)} to ${gib(high)}) of ${gib(usable)}.${then}`;
}

function hostFailure({ request }: Described, quick: Quick, m: Measured, w: Workload): Judged {
  const there = w.hardware.hostMemoryGib ?? m.hostGib;
  const { repairs, notes, neededGib } = hostRepairs(quick, there);
  const [change] = repairs;
  return {
    request,
    status: "does-not-fit",
    failed: "host-memory",
    neededGib: quick.reading.neededGib,
    usableGib: quick.setup.device.usableGib,
    peakMoment: quick.peak.moment,
    comparison:
      m.hostGib === undefined
        ? []
        : [
            {
              name: "host memory of the killed process",
              unit: "GiB",
              predicted: neededGib,
              measured: m.hostGib,
              atLeast: true,
              error: neededGib.expected / m.hostGib - 1,
            },
          ],
    assumptions: quick.setup.assumptions,
    notes,
    repairs,
    headline: `The host ran out of memory, not the device: loading and offloading take about ${gib(neededGib.expected)} of host memory${there === undefined ? "" : ` of ${gib(there)}`}.${change ? ` The smallest change: ${change.summary}` : ""}`,
  };
}
