import type { Catalog, Price } from "../catalog/schema.ts";
import { AdvisorError } from "../error.ts";
import type { EstimateAnswer, FitStatus } from "../estimate/answer.ts";
import { quickEstimate } from "../estimate/estimate.ts";
import { setup } from "../estimate/setup.ts";
import { mapRange, type Range, range } from "../units.ts";
import { alternativesTo } from "./alternatives.ts";
import { verdictOf } from "./asked-parts.ts";
import { type Calibrated, calibration, type Frame, finished, percent, row } from "./calibrated.ts";
import { type Candidate, enumerate } from "./candidates.ts";
import { downward, needsGib } from "./downward.ts";
import { hoursAt, rateAt, workOf } from "./duration.ts";
import { count, gib, hours, number, usd } from "./format.ts";
import type { Offered } from "./market.ts";
import { carried, EXTRAPOLATION_SHARE, neededGib, pointwise, scaledParts, verdict } from "./measured-memory.ts";
import { limitRepairs, measuredLadder } from "./measured-repairs.ts";
import { decideMethod } from "./method.ts";
import type { Blocker, Comparison, Plan, PlanRepair } from "./plan.ts";
import { costOf, headlineOf, timeOf } from "./planner.ts";
import { candidateKey, rejection } from "./rank.ts";
import { servingRisks, trainingRisks } from "./risks.ts";
import type { Planned } from "./same-run.ts";

/** One step's time against the mean of many. */
const RATE_SPREAD = 0.05;
const WIDEST_SPREAD = 0.5;

/** Below this share of the predicted speed something else is the matter. */
const FAR_SLOWER = 0.3;

const VERDICT: Record<FitStatus, string> = {
  fits: "it fits",
  tight: "it ran, and memory is tight",
  "does-not-fit": "it does not fit at the planned length",
};

/** The probe finished: every number of training is replaced. */
export function ran(f: Frame, notes: string[]): Calibrated {
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

  const { unit } = workOf(w);
  const each = unit === "tokens" ? 1 : training.sequenceLength;
  const comparison: Comparison[] = [
    row(
      "allocated (`torch.cuda.max_memory_allocated`)",
      "GiB",
      atProbe.reading.memory.allocatedGib,
      reading.allocatedGib,
    ),
    row("reserved (`torch.cuda.max_memory_reserved`)", "GiB", atProbe.reading.memory.reservedGib, reading.reservedGib),
    row("device (`nvidia-smi`)", "GiB", atProbe.reading.memory.deviceGib, reading.deviceGib),
    row(
      "speed",
      `${unit}/s`,
      mapRange(rateProbe, (x) => x / each),
      measured.tokensPerSecond! / each,
    ),
  ];
  const headline = [
    `Measured ${gib(reading.deviceGib)} of ${gib(predicted.usableGib)} on ${measured.device}, predicted ${gib(atProbe.reading.memory.deviceGib.expected)} (${percent(comparison[2]!.error)}): ${VERDICT[status]}.`,
    `${number(measured.tokensPerSecond! / each)} ${unit}/s, predicted ${number(rateProbe.expected / each)} (${percent(comparison[3]!.error)}): about ${hours(trainHours.expected)}${price ? ` and ${usd(chosen.usd.expected)}` : ""}.`,
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
