import { GIB, type Range, range } from "../units.ts";
import type { Calibration, DeviceMemory, FitStatus } from "./answer.ts";
import { bandOf } from "./bands.ts";
import { constant } from "./constants.ts";
import { isSimulated } from "./modality-evidence.ts";
import type { Peak } from "./peak.ts";
import type { Setup } from "./setup.ts";

/** Ways to share a run's states over several devices that published measurements of memory exist for. */
const MEASURED_SHARDING: Record<Setup["train"]["method"], readonly Setup["train"]["sharding"][]> = {
  full: ["none", "fsdp", "zero-1"],
  lora: ["none", "fsdp", "zero-3"],
  qlora: ["none", "fsdp"],
  freeze: [],
};

const isDecoder = ({ shape }: Setup): boolean => shape.modality === "llm" && shape.kind === "decoder";
const isTextual = (s: Setup): boolean => isDecoder(s) || s.shape.modality === "encoder";

/** Optimizers with published measurements. */
const MEASURED_OPTIMIZERS = new Set(["adamw", "paged-adamw", "adamw-8bit", "paged-adamw-8bit", "adafactor"]);

/** Which kinds of run published measurements stand behind, and which simulated ones. */
function calibrationOf(s: Setup): Calibration {
  const t = s.train;
  const { modality, family } = s.shape;
  if (s.request.phase === "serve")
    return isTextual(s) && (t.engine === "transformers" || t.engine === "vllm") ? "measured" : "uncalibrated";
  if (
    t.offload !== "none" ||
    t.task === "grpo" ||
    t.evaluationGenerates ||
    t.method === "freeze" ||
    t.expertParallel > 1
  )
    return "uncalibrated";
  if (t.acceleratorCount > 1 && !MEASURED_SHARDING[t.method].includes(t.sharding)) return "uncalibrated";
  const alone = t.baseQuantization === "none" && t.sharding === "none";
  // Published encoder runs are full fine-tuning of BERT on one device.
  const measured = isDecoder(s)
    ? t.task !== "dpo"
    : modality === "encoder" && family === "bert" && t.method === "full" && alone;
  if (measured && MEASURED_OPTIMIZERS.has(t.optimizer)) return "measured";
  return alone && isSimulated(s.shape, t.method, t.optimizer, t.task) ? "simulated" : "uncalibrated";
}

/** Process groups with buffers of their own: one for each way in which devices work together. */
function communicators(t: Setup["train"]): number {
  const model = [t.tensorParallel, t.pipelineParallel, t.contextParallel, t.expertParallel];
  const replicas = t.acceleratorCount / (t.tensorParallel * t.pipelineParallel * t.contextParallel);
  return [...model, replicas].filter((devices) => devices > 1).length;
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
  const band = bandOf[calibration];
  const t = s.train;
  const allocated = peak.bytes / GIB;
  const context = constant.cudaContextGib.value + communicators(t) * constant.ncclGib.value;
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
  // Whatever shares or moves the states, activations and logits are those of the same run without it.
  const known = isTextual(s) && t.task !== "grpo" && t.task !== "dpo";
  const passing = known ? bandOf.measured.verdict.varying : band.verdict.varying;
  const rest = needed - varying;
  const need = range(
    rest * band.verdict.states.low + varying * passing.low,
    needed,
    rest * band.verdict.states.high + varying * passing.high,
  );
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
      ? capped(device, limit, Math.min(largestTensorGib(s, peak), (limit - need.expected) * 2))
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

/** What a step allocates at once: the loss over all words, or a 16-bit matrix of the widest layer or of the vocabulary. */
const largestTensorGib = ({ shape }: Setup, { activations }: Peak): number =>
  Math.max(activations?.loss ?? 0, 2 * Math.max(shape.largestLinearParameters, shape.embeddingParameters)) / GIB;

/**
 * A reading that would pass the card stops below it: the allocation that finds no room makes the allocator give its cache
 * back, so the largest reading lies anywhere within one such allocation of the card, half of it on average. `largest`: its GiB.
 */
function capped(r: Range, limit: number, largest: number): Range {
  if (r.expected < limit) return range(r.low, r.expected, Math.min(r.high, limit));
  const expected = limit - largest / 2;
  return range(Math.min(r.low, expected), expected, limit);
}

/** What PyTorch reserves is what the device shows, less the context that it does not see. */
function below(reserved: Range, device: Range, context: number): Range {
  const expected = Math.min(reserved.expected, device.expected - context);
  return range(
    Math.min(reserved.low, expected),
    expected,
    Math.max(expected, Math.min(reserved.high, device.high - context)),
  );
}
