import { GIB, type Range, range } from "../units.ts";
import type { Calibration, DeviceMemory, FitStatus } from "./answer.ts";
import { constant } from "./constants.ts";
import { isSimulated } from "./modality-evidence.ts";
import type { Setup } from "./setup.ts";
import type { Peak } from "./training.ts";

interface Spread {
  low: number;
  high: number;
}

/**
 * Bands, as shares of the expected value. States are counts of parameters and known well; activations and logits differ
 * between versions of one trainer by a fifth; what the allocator caches differs most. Chosen so that nearly nine in ten
 * published measurements lie inside (docs/accuracy.md); wider where no measurement stands behind the answer.
 */
const BAND: Record<Calibration, { states: Spread; varying: Spread; cached: Spread; verdict: Spread }> = {
  measured: {
    states: { low: 0.91, high: 1.12 },
    varying: { low: 0.84, high: 1.2 },
    cached: { low: 0.5, high: 1.7 },
    // Near the limit a person needs an answer: the verdict is decided on the inner part of the band.
    verdict: { low: 0.915, high: 1.09 },
  },
  simulated: {
    states: { low: 0.9, high: 1.12 },
    varying: { low: 0.75, high: 1.3 },
    cached: { low: 0.4, high: 2 },
    verdict: { low: 0.88, high: 1.14 },
  },
  uncalibrated: {
    states: { low: 0.85, high: 1.25 },
    varying: { low: 0.5, high: 1.8 },
    cached: { low: 0.3, high: 2.5 },
    verdict: { low: 0.85, high: 1.2 },
  },
};

/** Optimizers with published measurements. */
const MEASURED_OPTIMIZERS = new Set(["adamw", "paged-adamw", "adamw-8bit", "paged-adamw-8bit", "adafactor"]);

/** Which kinds of run published measurements stand behind, and which simulated ones. */
function calibrationOf(s: Setup): Calibration {
  const t = s.train;
  const { modality, kind, family } = s.shape;
  const decoder = modality === "llm" && kind === "decoder";
  if (s.request.phase === "serve")
    return (decoder || modality === "encoder") && (t.engine === "transformers" || t.engine === "vllm")
      ? "measured"
      : "uncalibrated";
  if (t.offload !== "none" || t.task === "grpo" || t.method === "freeze" || t.expertParallel > 1) return "uncalibrated";
  const alone = t.baseQuantization === "none" && t.sharding === "none";
  // Published encoder runs are full fine-tuning of BERT on one device.
  const measured = decoder
    ? t.task !== "dpo"
    : modality === "encoder" && family === "bert" && t.method === "full" && alone;
  if (measured && MEASURED_OPTIMIZERS.has(t.optimizer)) return "measured";
  return alone && isSimulated(s.shape, t.method, t.optimizer, t.task) ? "simulated" : "uncalibrated";
}

export interface Reading {
  memory: DeviceMemory;
  /** What the run cannot do without: allocated, rounding and the context, without what is only cached. */
  neededGib: Range;
  /** What the run may use of the card: a server only its share. */
  roomGib: number;
  status: FitStatus;
  calibration: Calibration;
}

/**
 * What three instruments would read for a peak, and whether it fits.
 * The allocator's cache is given back before a run fails, so the verdict looks at what is needed, not at what is cached,
 * and a reading that fits never exceeds the device.
 */
export function readInstruments(s: Setup, peak: Peak): Reading {
  const calibration = calibrationOf(s);
  const band = BAND[calibration];
  const t = s.train;
  const allocated = peak.bytes / GIB;
  const context = constant.cudaContextGib.value + (t.acceleratorCount > 1 ? constant.ncclGib.value : 0);
  const slack = allocated * constant.slackShare.value + peak.passing / GIB;
  const varying = peak.varying / GIB;
  const allocatedBand = range(
    (allocated - varying) * band.states.low + varying * band.varying.low,
    allocated,
    (allocated - varying) * band.states.high + varying * band.varying.high,
  );
  const above = (cached: number): Range =>
    range(
      allocatedBand.low + cached * band.cached.low,
      allocated + cached,
      allocatedBand.high + cached * band.cached.high,
    );
  const usable = s.device.usableGib;
  const server = s.request.phase === "serve" && t.engine !== "transformers";
  const room = server ? usable * t.gpuMemoryUtilization : usable;

  const needed = allocated * (1 + constant.slackShare.value / 2) + context;
  const need = range(needed * band.verdict.low, needed, needed * band.verdict.high);
  const status: FitStatus = need.high <= room ? "fits" : need.low > room ? "does-not-fit" : "tight";
  // A server takes what it may for its cache, whatever it needs.
  const cached = server ? Math.max(slack, room - context - allocated) : slack;
  const reserved = above(cached);
  const device = range(
    reserved.low + context * band.cached.low,
    reserved.expected + context,
    reserved.high + context * band.cached.high,
  );
  const limit = Math.max(need.expected, usable);
  const deviceGib =
    status === "fits"
      ? capped(device, limit)
      : status === "tight"
        ? device
        : { ...device, low: Math.max(device.low, need.low) };
  return {
    calibration,
    status,
    neededGib: range(
      allocatedBand.low + context * band.cached.low,
      needed,
      Math.max(needed, allocatedBand.high + context),
    ),
    roomGib: room,
    memory: { allocatedGib: allocatedBand, reservedGib: below(reserved, deviceGib, context), deviceGib },
  };
}

const capped = (r: Range, limit: number): Range =>
  range(Math.min(r.low, limit), Math.min(r.expected, limit), Math.min(r.high, limit));

/** What PyTorch reserves is what the device shows, less the context that it does not see. */
function below(reserved: Range, device: Range, context: number): Range {
  const expected = Math.min(reserved.expected, device.expected - context);
  return range(
    Math.min(reserved.low, expected),
    expected,
    Math.max(expected, Math.min(reserved.high, device.high - context)),
  );
}
