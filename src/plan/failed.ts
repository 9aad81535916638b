import type { Brief } from "../brief/brief.ts";
import type { Catalog } from "../catalog/schema.ts";
import type { Assumption, FitStatus, Moment } from "../estimate/answer.ts";
import { type Quick, quickEstimate } from "../estimate/estimate.ts";
import type { EstimateRequest } from "../estimate/request.ts";
import { setup } from "../estimate/setup.ts";
import type { Range } from "../units.ts";
import { type Described, describedSetup } from "./described.ts";
import { needsGib } from "./downward.ts";
import { gib, number } from "./format.ts";
import { hostRepairs } from "./host-repairs.ts";
import type { Comparison, PlanRepair } from "./plan.ts";
import { again, around, dies, judged, ladder, type Measured } from "./run-repairs.ts";
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
