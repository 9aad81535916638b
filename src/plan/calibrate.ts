import type { Catalog, Price } from "../catalog/schema.ts";
import { AdvisorError } from "../error.ts";
import type { DeviceMemory, EstimateAnswer, FitStatus, Part } from "../estimate/answer.ts";
import { estimate, type Quick, quickEstimate } from "../estimate/estimate.ts";
import { setup } from "../estimate/setup.ts";
import { isVarying } from "../estimate/training.ts";
import { hashOf } from "../hash.ts";
import { mapRange, type Range, range } from "../units.ts";
import { alternativesTo } from "./alternatives.ts";
import { verdictOf } from "./asked-parts.ts";
import { type Candidate, enumerate } from "./candidates.ts";
import { downward, needsGib } from "./downward.ts";
import { hoursAt, rateAt } from "./duration.ts";
import { count, gib, hours, number, usd } from "./format.ts";
import type { Offered } from "./market.ts";
import type { Measured } from "./measured.ts";
import { FITS_SHARE, limitRepairs, measuredLadder, outOfMemoryRepairs } from "./measured-repairs.ts";
import { decideMethod } from "./method.ts";
import type { Blocker, Calibration, Comparison, Plan, PlanRepair } from "./plan.ts";
import { costOf, headlineOf, timeOf } from "./planner.ts";
import { candidateKey, rejection } from "./rank.ts";
import { servingRisks, trainingRisks } from "./risks.ts";
import { checkSameRun, type Planned, plannedTraining } from "./same-run.ts";
import { seal } from "./seal.ts";

export interface Calibrated {
  plan: Plan;
  comparison: Comparison[];
  headline: string;
}

/** Two probes of one configuration agree this well: the allocator's choices and the driver's version differ. */
const MEMORY_SPREAD = 0.03;
/** One step's time against the mean of many. */
const RATE_SPREAD = 0.05;
/** Where a number was measured at another length than it is used for, the formula's part of it is trusted half. */
const EXTRAPOLATION_SHARE = 0.5;
const WIDEST_SPREAD = 0.5;

/** Below this share of the predicted speed something else is the matter. */
const FAR_SLOWER = 0.3;

/** Marks the notice that a later calibration replaces. */
const NOTICE = "Calibrated on ";

/**
 * The plan again, with what the project's probe measured in place of what was estimated: memory, speed, time, cost, the
 * verdict, and what follows. Memory was measured at the longest sample that the probe ran and speed on such samples;
 * where the plan speaks of other lengths, the measurement is carried there by the ratio of two estimates, and the band says so.
 * `today` is the UTC day, YYYY-MM-DD.
 */
export function calibrate(plan: Plan, measured: Measured, catalog: Catalog, options: { today: string }): Calibrated {
  const planned = plannedTraining(plan);
  const notes = checkSameRun(planned, measured, catalog);
  const { request, training } = planned;
  // Estimated anew, so that a plan that was calibrated before is compared with its prediction, not with that measurement.
  const memory = estimate(request, catalog);
  const atProbe = quickEstimate(setup({ ...request, sequenceLength: measured.longestTokens }, catalog));
  const frame = { plan, planned, measured, catalog, date: options.today, predicted: memory, atProbe };
  if (measured.longestTokens !== training.sequenceLength)
    notes.push(
      `The probe's longest sample has ${count(measured.longestTokens)} tokens and the plan allows ${count(training.sequenceLength)}: memory is carried there by the estimate's difference. \`make probe OPTIONS=--full-length\` measures it.`,
    );
  return measured.status === "out-of-memory" ? ranOut(frame, notes) : ran(frame, notes);
}

interface Frame {
  plan: Plan;
  planned: Planned;
  measured: Measured;
  catalog: Catalog;
  date: string;
  /** What the plan's request is estimated to take. */
  predicted: EstimateAnswer;
  /** The same at the length that the probe ran. */
  atProbe: Quick;
}

/** The probe finished: every number of training is replaced. */
function ran(f: Frame, notes: string[]): Calibrated {
  const { plan, planned, measured, catalog, predicted, atProbe } = f;
  const { workload: w, hardware, training, request } = planned;
  const reading = {
    allocatedGib: measured.allocatedGib!,
    reservedGib: measured.reservedGib!,
    // The device is read between steps: the allocator may have given something back by then.
    deviceGib: Math.max(measured.deviceGib!, measured.reservedGib!),
  };
  const perDevice = carried(reading, atProbe.reading.memory, predicted.perDevice);
  const needs = neededGib(perDevice);
  const status = verdict(needs, predicted.usableGib);

  const rateProbe = atProbe.throughput.tokensPerSecondPerDevice;
  const faster = measured.tokensPerSecond! / rateProbe.expected;
  checkSpeed(f, faster);
  const s = setup(request, catalog);
  const throughputAt = (tokens: number): Range => {
    const estimated = rateAt(s, tokens).expected;
    const spread = Math.min(
      WIDEST_SPREAD,
      RATE_SPREAD + EXTRAPOLATION_SHARE * Math.abs(estimated / rateProbe.expected - 1),
    );
    return range(estimated * faster * (1 - spread), estimated * faster, estimated * faster * (1 + spread));
  };
  const atLength = throughputAt(training.sequenceLength);
  const typical = throughputAt(w.averageTokens);
  if (w.averageTokens !== measured.longestTokens)
    notes.push(
      `The probe ran ${number(measured.tokensPerSecond!)} tokens/s on samples of ${count(measured.longestTokens)} tokens; time is counted at the average of ${count(w.averageTokens)}, where the same machine is taken to reach ${number(typical.expected)}.`,
    );

  if (faster < FAR_SLOWER)
    notes.push(
      "That is far slower than predicted: look for another process on the card, a power limit, or data that loads slowly, before you believe it.",
    );

  const evaluationPeak =
    measured.allocatedTrainingGib !== null && reading.allocatedGib > measured.allocatedTrainingGib * 1.001;
  if (evaluationPeak)
    notes.push(
      `The evaluation needed more (${gib(reading.allocatedGib)} allocated) than training (${gib(measured.allocatedTrainingGib!)}): a smaller evaluation.batch_size lowers the peak.`,
    );
  const memory: EstimateAnswer = {
    ...predicted,
    status,
    perDevice,
    parts: scaledParts(predicted.parts, perDevice.allocatedGib.expected),
    ...(evaluationPeak ? { peakMoment: "evaluation" as const } : {}),
    // Read between steps, after loading: a floor.
    ...(measured.hostGib === null
      ? {}
      : { hostGib: range(measured.hostGib, measured.hostGib, Math.max(measured.hostGib, predicted.hostGib.high)) }),
    throughput: {
      tokensPerSecondPerDevice: atLength,
      samplesPerSecondPerDevice: mapRange(atLength, (x) => x / training.sequenceLength),
      mfu: predicted.throughput.mfu * faster,
    },
    calibration: "measured",
    repairs: [],
  };

  const trainHours = hoursAt(w, s.shape, typical, hardware.acceleratorCount);
  const price = priceOf(planned, catalog);
  const chosen: Candidate = {
    device: s.device,
    hardware,
    price,
    settings: training,
    request,
    quick: {
      ...quickEstimate(s),
      status,
      refused: [],
      reading: {
        memory: perDevice,
        neededGib: needs,
        roomGib: predicted.usableGib,
        status,
        calibration: "measured",
      },
      throughput: memory.throughput,
    },
    rate: typical,
    hours: trainHours,
    usd: mapRange(trainHours, (h) => h * (price?.usdPerHour ?? 0)),
  };
  const candidates = withMeasured(enumerate(w, catalog), chosen, faster);
  const time = { ...timeOf(w, chosen) };
  time.formula = `${time.formula}, with the tokens per second that the probe measured`;
  const cost = costOf(w, chosen, plan.serving);
  // Measured over estimated, at one length: what estimates of changed settings are multiplied with.
  const correction = neededGib(pointwise(reading)).expected / needsGib(atProbe);
  const no = rejection(chosen, w);
  const blockers: Blocker[] = no ? [no] : [];
  const repairs: PlanRepair[] =
    status !== "fits"
      ? measuredLadder(planned, catalog, correction)
      : no
        ? limitRepairs(w, catalog, chosen)
        : downward(w, catalog, chosen, correction);

  const comparison: Comparison[] = [
    row(
      "allocated (`torch.cuda.max_memory_allocated`)",
      "GiB",
      atProbe.reading.memory.allocatedGib,
      reading.allocatedGib,
    ),
    row("reserved (`torch.cuda.max_memory_reserved`)", "GiB", atProbe.reading.memory.reservedGib, reading.reservedGib),
    row("device (`nvidia-smi`)", "GiB", atProbe.reading.memory.deviceGib, reading.deviceGib),
    row("speed", "tokens/s", rateProbe, measured.tokensPerSecond!),
  ];
  const headline = [
    `Measured ${gib(reading.deviceGib)} of ${gib(predicted.usableGib)} on ${measured.device}, predicted ${gib(atProbe.reading.memory.deviceGib.expected)} (${percent(comparison[2]!.error)}): ${VERDICT[status]}.`,
    `${number(measured.tokensPerSecond!)} tokens/s, predicted ${number(rateProbe.expected)} (${percent(comparison[3]!.error)}): about ${hours(trainHours.expected)}${price ? ` and ${usd(chosen.usd.expected)}` : ""}.`,
  ].join(" ");
  const context = { workload: w, catalog, chosen, candidates, serving: plan.serving };
  const serving = plan.asked?.find((a) => a.part === "serving");
  return finished(f, {
    status: no || serving?.met === false ? "infeasible" : "feasible",
    ...verdictOf({ part: "training", met: !no, text: no ? no.text : headlineOf(w, chosen) }, serving),
    memory,
    time,
    cost,
    decisions: plan.decisions.map((d) => (d.name === "method" ? decideMethod(context) : d)),
    alternatives: alternativesTo(chosen, candidates, w, catalog),
    blockers,
    repairs,
    risks: [
      ...(status === "tight" ? [tightRisk(needs, predicted.usableGib)] : []),
      ...trainingRisks(w, { ...chosen, quick: { ...chosen.quick, status: "fits" } }, cost),
      ...servingRisks(w, plan.serving),
    ],
    calibration: calibration(f, headline, comparison, notes, { memory, hours: trainHours, usd: cost.trainUsd }),
  });
}

/** The probe died: the plan does not fit, and every repair is judged with what that says of the estimate. */
function ranOut(f: Frame, notes: string[]): Calibrated {
  const { planned, measured, catalog, predicted, atProbe } = f;
  const { workload: w, hardware } = planned;
  const usable = predicted.usableGib;
  const needed = needsGib(atProbe);
  // The least that the estimate was too low by.
  const correction = Math.max(1, usable / needed);
  const evaluating = /while evaluating/i.test(measured.message ?? "");
  const device = mapRange(predicted.perDevice.deviceGib, (x) => x * correction);
  const perDevice: DeviceMemory = {
    allocatedGib: mapRange(predicted.perDevice.allocatedGib, (x) => x * correction),
    reservedGib: mapRange(predicted.perDevice.reservedGib, (x) => x * correction),
    deviceGib: range(Math.max(device.low, usable), Math.max(device.expected, usable), Math.max(device.high, usable)),
  };
  const memory: EstimateAnswer = {
    ...predicted,
    status: "does-not-fit",
    perDevice,
    parts: scaledParts(predicted.parts, perDevice.allocatedGib.expected),
    ...(evaluating ? { peakMoment: "evaluation" as const } : {}),
  };
  const repairs = outOfMemoryRepairs(planned, catalog, correction, evaluating);
  const predictedDevice = atProbe.reading.memory.deviceGib;
  const comparison: Comparison[] = [{ ...row("device (`nvidia-smi`)", "GiB", predictedDevice, usable), atLeast: true }];
  const text = `Measured: ${hardware.accelerator.name} ran out of memory with samples of ${count(measured.longestTokens)} tokens${evaluating ? ", in the evaluation" : ""}: it needs more than the ${gib(usable)} there are, and ${gib(predictedDevice.expected)} were predicted.`;
  if (correction > 1.3)
    notes.push(
      "That is far from the prediction: make sure that nothing else runs on the card (`nvidia-smi`), then probe again.",
    );
  notes.push("Each change is judged with the least that the prediction was too low by: probe again after it.");
  const first = repairs[0];
  return finished(f, {
    status: "infeasible",
    headline: `${text}${first ? ` The smallest change: ${first.summary}` : ""}`,
    memory: {
      ...memory,
      repairs: repairs.filter((r) => !("accelerator" in r.change)).map(({ summary: _, ...r }) => r),
    },
    decisions: f.plan.decisions.map((d) =>
      d.name === "method" ? { ...d, reasons: [text, ...d.reasons.filter((r) => !r.startsWith("Needs "))] } : d,
    ),
    alternatives: [],
    blockers: [{ rule: "out-of-memory", text }],
    repairs,
    risks: servingRisks(w, f.plan.serving),
    calibration: calibration(f, text, comparison, notes, { memory }),
  });
}

const VERDICT: Record<FitStatus, string> = {
  fits: "it fits",
  tight: "it ran, and memory is tight",
  "does-not-fit": "it does not fit at the planned length",
};

/** Under a new hash, with a notice that says when. The input hash covers what was measured. */
function finished(f: Frame, changed: Partial<Plan>): Calibrated {
  const { plan, measured, date } = f;
  const { calibration: _, ...before } = plan;
  const next = seal(
    {
      ...before,
      ...changed,
      today: date,
      inputHash: hashOf({ input: plan.calibration?.inputHash ?? plan.inputHash, measured, date }),
      notices: [
        ...plan.notices.filter((n) => !n.startsWith(NOTICE)),
        measured.status === "measured"
          ? `${NOTICE}${date} with a probe on ${measured.device}: memory, speed, time and cost rest on it; serving and the alternatives are estimates.`
          : `${NOTICE}${date} with a probe on ${measured.device}, which ran out of memory: the estimate was raised to at least what the card has.`,
      ],
    },
    f.catalog,
  );
  return { plan: next, comparison: next.calibration!.comparison, headline: next.calibration!.headline };
}

function calibration(
  f: Frame,
  headline: string,
  comparison: Comparison[],
  notes: string[],
  after: { memory: EstimateAnswer; hours?: Range; usd?: Range },
): Calibration {
  const { plan, measured, date, predicted } = f;
  const changes: Calibration["changes"] = [
    {
      name: "device memory per accelerator",
      unit: "GiB",
      before: predicted.perDevice.deviceGib,
      after: after.memory.perDevice.deviceGib,
    },
  ];
  const moved = (name: string, unit: "h" | "USD", now: Range | undefined, after: Range | undefined): void => {
    const before = plan.calibration?.changes.find((c) => c.name === name)?.before ?? now;
    if (before && after && after.expected > 0) changes.push({ name, unit, before, after });
  };
  moved("training time", "h", plan.time?.trainHours, after.hours);
  moved("training cost", "USD", plan.cost?.trainUsd, after.usd);
  const { device, longestTokens } = measured;
  const inputHash = plan.calibration?.inputHash ?? plan.inputHash;
  return { from: "measured", inputHash, date, device, longestTokens, headline, comparison, changes, notes };
}

const row = (name: string, unit: Comparison["unit"], predicted: Range, measured: number): Comparison => ({
  name,
  unit,
  predicted,
  measured,
  error: predicted.expected / measured - 1,
});

const percent = (share: number): string => `${share >= 0 ? "+" : "−"}${Math.round(Math.abs(share) * 100)} %`;

type Reading = Record<keyof DeviceMemory, number>;
const INSTRUMENTS = ["allocatedGib", "reservedGib", "deviceGib"] as const;

/** Readings at the probe's length, carried to the plan's: what was read plus the estimate's difference, trusted half. */
function carried(reading: Reading, probe: DeviceMemory, planned: DeviceMemory): DeviceMemory {
  const at = (instrument: keyof DeviceMemory): Range => {
    const beyond = planned[instrument].expected - probe[instrument].expected;
    const expected = Math.max(reading[instrument] + beyond, 0);
    const spread = expected * MEMORY_SPREAD + Math.abs(beyond) * EXTRAPOLATION_SHARE;
    return range(Math.max(expected - spread, 0), expected, expected + spread);
  };
  return Object.fromEntries(INSTRUMENTS.map((i) => [i, at(i)])) as unknown as DeviceMemory;
}

const pointwise = (r: Reading): DeviceMemory =>
  Object.fromEntries(INSTRUMENTS.map((i) => [i, range(r[i], r[i], r[i])])) as unknown as DeviceMemory;

/** What a run needs of the device: half of what the allocator caches could be given back before it fails. */
function neededGib({ allocatedGib, reservedGib, deviceGib }: DeviceMemory): Range {
  const at = (end: keyof Range): number =>
    Math.max(allocatedGib[end], deviceGib[end] - (reservedGib[end] - allocatedGib[end]) / 2);
  return range(at("low"), at("expected"), at("high"));
}

/** A twentieth stays free, as in the planner: two steps do not show what thousands of batches fragment. */
const verdict = (needs: Range, usable: number): FitStatus =>
  needs.high <= usable && needs.expected <= FITS_SHARE * usable
    ? "fits"
    : needs.low > usable
      ? "does-not-fit"
      : "tight";

/** The parts are not measured one by one: what differs is put on those that depend on the code path. */
function scaledParts(parts: readonly Part[], total: number): Part[] {
  const sum = parts.reduce((s, p) => s + p.gib, 0);
  const difference = total - sum;
  if (difference > 0) return [...parts, { name: "measured beyond the estimate", gib: difference }];
  const varies = (p: Part): boolean => isVarying(p.name);
  const varying = parts.reduce((s, p) => s + (varies(p) ? p.gib : 0), 0);
  if (varying > -difference)
    return parts.map((p) => (varies(p) ? { ...p, gib: p.gib * (1 + difference / varying) } : p));
  return parts.map((p) => ({ ...p, gib: p.gib * (total / sum) }));
}

/** No run does more useful work than the card's peak: such a number is a slip of units, or another machine's. */
function checkSpeed({ measured, atProbe }: Frame, faster: number): void {
  if (atProbe.setup.device.facts === undefined || atProbe.throughput.mfu * faster <= 1) return;
  throw new AdvisorError(
    "invalid-input",
    `${number(measured.tokensPerSecond!)} tokens/s is more than ${atProbe.setup.device.facts.name} can compute for this model (${number(atProbe.throughput.mfu * faster)} times its peak)`,
    "Check that the plan and the probe speak of the same model and card.",
  );
}

/** The plan's offer as the ranking reads a price. */
function priceOf({ hardware }: Planned, catalog: Catalog): Offered | undefined {
  const { offer, accelerator } = hardware;
  if (!offer) return undefined;
  const known = catalog.prices.find(
    (p) => p.platform === offer.platform && p.accelerator === accelerator.id && p.asOf === offer.asOf,
  );
  return {
    ...(known ?? ({ confidence: "vendor" } as Price)),
    ...offer,
    accelerator: accelerator.id,
    effortUsd: 0,
    strangersMachine: false,
  };
}

/** The measured candidate in its own estimate's place; other methods on the same card are as much faster or slower. */
function withMeasured(candidates: readonly Candidate[], chosen: Candidate, faster: number): Candidate[] {
  const key = candidateKey(chosen);
  const others = candidates
    .filter((c) => candidateKey(c) !== key)
    .map((c) => {
      if (c.hardware.accelerator.id !== chosen.hardware.accelerator.id) return c;
      const hours = mapRange(c.hours, (h) => h / faster);
      return { ...c, hours, usd: mapRange(hours, (h) => h * (c.price?.usdPerHour ?? 0)) };
    });
  return [chosen, ...others];
}

const tightRisk = (needs: Range, usable: number): Plan["risks"][number] => ({
  severity: "high",
  text: `Memory is tight: measured ${gib(needs.expected)} of need, up to ${gib(needs.high)} of ${gib(usable)}.`,
  mitigation: "A longer batch or another process may end the run: make the first change below before a long run.",
});
