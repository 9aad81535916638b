import type { Catalog } from "../catalog/schema.ts";
import { GIB, mapRange, type Range, range } from "../units.ts";
import type { EstimateAnswer, FitStatus, ServingEstimate, Throughput, Warning } from "./answer.ts";
import { trainingRate } from "./compute.ts";
import { constant } from "./constants.ts";
import { type Reading, readInstruments } from "./instruments.ts";
import type { Peak } from "./peak.ts";
import { repairLadder } from "./repair.ts";
import type { EstimateRequest } from "./request.ts";
import { checkRules } from "./rules.ts";
import { servingPeak } from "./serving.ts";
import { servingEstimate } from "./serving-rates.ts";
import { type Setup, setup, setupWith } from "./setup.ts";
import { trainingPeak } from "./training.ts";

/** Memory, verdict and rate of a set-up, without the ladder: the planner's inner loop. */
export interface Quick {
  setup: Setup;
  peak: Peak;
  reading: Reading;
  hostGib: Range;
  throughput: Throughput;
  /** Of a server only. */
  serving: ServingEstimate | undefined;
  /** Rules that make the set-up impossible. */
  refused: Warning[];
  warnings: Warning[];
  /** Of the device, the host and the rules together. */
  status: FitStatus;
}

/** The rate is worked out when somebody looks: the planner discards most set-ups by their memory alone. */
class Estimated implements Quick {
  readonly setup: Setup;
  readonly peak: Peak;
  readonly reading: Reading;
  readonly hostGib: Range;
  readonly serving: ServingEstimate | undefined;
  readonly refused: Warning[];
  readonly warnings: Warning[];
  readonly status: FitStatus;
  private rate: Throughput | undefined;

  constructor(
    s: Setup,
    peak: Peak,
    reading: Reading,
    hostGib: Range,
    serving: ServingEstimate | undefined,
    { refused, warnings }: Pick<Quick, "refused" | "warnings">,
  ) {
    this.setup = s;
    this.peak = peak;
    this.reading = reading;
    this.hostGib = hostGib;
    this.serving = serving;
    this.refused = refused;
    this.warnings = warnings;
    this.status = refused.length > 0 ? "does-not-fit" : reading.status;
    this.rate = undefined;
  }

  get throughput(): Throughput {
    this.rate ??= this.serving ? servingThroughput(this.setup, this.serving) : trainThroughput(this.setup, this.peak);
    return this.rate;
  }
}

export function quickEstimate(s: Setup): Quick {
  const serving = s.request.phase === "serve" ? servingEstimate(s, roomBytes(s)) : undefined;
  const peak = serving ? servingPeak(s) : trainingPeak(s);
  const reading = readInstruments(s, peak);
  const broken = checkRules(s);
  const host = peak.hostBytes / GIB;
  const hostGib = range(host * constant.hostLow.value, host, host * constant.hostHigh.value);
  const there = s.request.hostMemoryGib;
  if (there !== undefined && hostGib.low > there)
    broken.refused.push({
      rule: "host-memory-exceeded",
      text: `Host memory: ${host.toFixed(0)} GiB needed (at best ${hostGib.low.toFixed(0)}), ${there} GiB there.`,
    });
  return new Estimated(s, peak, reading, hostGib, serving, broken);
}

function trainThroughput(s: Setup, peak: Peak): Throughput {
  const { tokensPerSecondPerDevice, mfu } = trainingRate(s, peak.states, peak.activations);
  return {
    tokensPerSecondPerDevice,
    samplesPerSecondPerDevice: mapRange(tokensPerSecondPerDevice, (x) => x / s.train.sequenceLength),
    mfu,
  };
}

function servingThroughput(s: Setup, e: ServingEstimate): Throughput {
  const perDevice = (x: number): number => x / (s.train.tensorParallel * s.train.pipelineParallel);
  const tokens = mapRange(e.requestsPerSecond, (x) => perDevice(x * s.train.outputLength));
  const flops = (s.device.facts?.bf16Tflops ?? s.device.facts?.fp16Tflops ?? constant.unknownCardTflops.value) * 1e12;
  return {
    tokensPerSecondPerDevice: tokens,
    samplesPerSecondPerDevice: mapRange(e.requestsPerSecond, perDevice),
    mfu: (tokens.expected * 2 * s.shape.activeParameterCount) / flops,
  };
}

function roomBytes(s: Setup): number {
  return (
    s.device.usableGib *
    (s.train.engine === "transformers" ? 1 - constant.slackShare.value : s.train.gpuMemoryUtilization) *
    GIB
  );
}

/** Answers one request: memory by moment and part as three instruments read it, verdict, rate, and what would help. */
export function estimate(request: EstimateRequest, catalog: Catalog): EstimateAnswer {
  const s = setup(request, catalog);
  const quick = quickEstimate(s);
  const { peak, reading, throughput, status } = quick;
  const repairs =
    status === "fits"
      ? []
      : repairLadder(s, quick.peak.bytes, secondsPerToken(quick), (changed) => {
          const q = quickEstimate(setupWith(changed, s.shape, s.model, s.modelName, s.device));
          return {
            status: q.status,
            bytes: q.peak.bytes,
            deviceGib: q.reading.memory.deviceGib.expected,
            secondsPerToken: secondsPerToken(q),
          };
        });
  const largest = peak.parts.reduce((a, b) => (b.gib > a.gib ? b : a), { name: "weights", gib: 0 });
  return {
    ...(request.id === undefined ? {} : { id: request.id }),
    status,
    usableGib: reading.roomGib,
    neededGib: reading.neededGib,
    perDevice: reading.memory,
    parts: peak.parts,
    peakMoment: peak.moment,
    bindingTerm: largest.name,
    hostGib: quick.hostGib,
    throughput,
    ...(quick.serving ? { serving: quick.serving } : {}),
    calibration: reading.calibration,
    assumptions: s.assumptions,
    repairs,
    warnings: [...quick.refused, ...quick.warnings],
  };
}

/** Over all devices: more devices take the same work to an end sooner. */
const secondsPerToken = (q: Quick): number =>
  1 / (q.throughput.tokensPerSecondPerDevice.expected * q.setup.train.acceleratorCount);
