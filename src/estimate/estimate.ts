import type { Catalog } from "../catalog/schema.ts";
import { GIB, mapRange, range } from "../units.ts";
import type { EstimateAnswer, Throughput } from "./answer.ts";
import { trainingRate } from "./compute.ts";
import { type Reading, readInstruments } from "./instruments.ts";
import { repairLadder } from "./repair.ts";
import type { EstimateRequest } from "./request.ts";
import { checkRules } from "./rules.ts";
import { servingEstimate, servingPeak } from "./serving.ts";
import { type Setup, setup, setupWith } from "./setup.ts";
import { type Peak, trainingPeak } from "./training.ts";

/** Memory, verdict and rate of a set-up, without the ladder: the planner's inner loop. */
export interface Quick {
  setup: Setup;
  peak: Peak;
  reading: Reading;
  throughput: Throughput;
}

export function quickEstimate(s: Setup): Quick {
  const serve = s.request.phase === "serve";
  const peak = serve ? servingPeak(s) : trainingPeak(s);
  const reading = readInstruments(s, peak);
  return { setup: s, peak, reading, throughput: serve ? servingThroughput(s) : trainThroughput(s) };
}

function trainThroughput(s: Setup): Throughput {
  const { tokensPerSecondPerDevice, mfu } = trainingRate(s);
  return {
    tokensPerSecondPerDevice,
    samplesPerSecondPerDevice: mapRange(tokensPerSecondPerDevice, (x) => x / s.train.sequenceLength),
    mfu,
  };
}

function servingThroughput(s: Setup): Throughput {
  const e = servingEstimate(s, roomBytes(s));
  const perDevice = (x: number): number => x / (s.train.tensorParallel * s.train.pipelineParallel);
  const tokens = mapRange(e.requestsPerSecondPerReplica, (x) => perDevice(x * s.train.outputLength));
  const flops = (s.device.facts?.bf16Tflops ?? s.device.facts?.fp16Tflops ?? 60) * 1e12;
  return {
    tokensPerSecondPerDevice: tokens,
    samplesPerSecondPerDevice: mapRange(e.requestsPerSecondPerReplica, perDevice),
    mfu: (tokens.expected * 2 * s.shape.activeParameterCount) / flops,
  };
}

function roomBytes(s: Setup): number {
  return s.device.usableGib * (s.train.engine === "transformers" ? 0.95 : s.train.gpuMemoryUtilization) * GIB;
}

/** Answers one request: memory by moment and part as three instruments read it, verdict, rate, and what would help. */
export function estimate(request: EstimateRequest, catalog: Catalog): EstimateAnswer {
  const s = setup(request, catalog);
  const { warnings, refused } = checkRules(s);
  const quick = quickEstimate(s);
  const { peak, reading, throughput } = quick;
  const hostGib = range((peak.hostBytes / GIB) * 0.8, peak.hostBytes / GIB, (peak.hostBytes / GIB) * 1.4);
  const hostFails = request.hostMemoryGib !== undefined && hostGib.low > request.hostMemoryGib;
  if (hostFails)
    warnings.push({
      rule: "host-memory-exceeded",
      text: `Host memory: ${hostGib.expected.toFixed(0)} GiB needed, ${request.hostMemoryGib} GiB there.`,
    });
  const status = refused.length > 0 || hostFails ? "does-not-fit" : reading.status;
  const repairs =
    status === "fits"
      ? []
      : repairLadder(s, 1 / throughput.tokensPerSecondPerDevice.expected, (changed) => {
          const c = setupWith(changed, s.shape, s.model, s.modelName, s.device);
          const q = quickEstimate(c);
          const refusedNow = checkRules(c).refused.length > 0;
          return {
            status: refusedNow ? "does-not-fit" : q.reading.status,
            deviceGib: q.reading.memory.deviceGib.expected,
            secondsPerToken: 1 / q.throughput.tokensPerSecondPerDevice.expected,
          };
        });
  const largest = peak.parts.reduce((a, b) => (b.gib > a.gib ? b : a), { name: "weights", gib: 0 });
  return {
    ...(request.id === undefined ? {} : { id: request.id }),
    status,
    usableGib: s.device.usableGib,
    perDevice: reading.memory,
    parts: peak.parts,
    peakMoment: peak.moment,
    bindingTerm: largest.name,
    hostGib,
    throughput,
    ...(request.phase === "serve" ? { serving: servingEstimate(s, roomBytes(s)) } : {}),
    calibration: reading.calibration,
    assumptions: s.assumptions,
    repairs,
    warnings: [...refused, ...warnings],
  };
}
