import { GIB, type Range, range } from "../units.ts";
import type { Calibration, DeviceMemory, FitStatus } from "./answer.ts";
import { constant } from "./constants.ts";
import type { Setup } from "./setup.ts";
import type { Peak } from "./training.ts";

/** Band around the expected value, as shares of it, by what stands behind the answer. */
const BAND: Record<Calibration, { low: number; high: number }> = {
  measured: { low: 0.87, high: 1.16 },
  simulated: { low: 0.8, high: 1.25 },
  uncalibrated: { low: 0.65, high: 1.5 },
};

/** Which kinds of run published measurements stand behind. */
export function calibrationOf(s: Setup): Calibration {
  const t = s.train;
  const modality =
    s.model?.modality ?? (typeof s.request.model === "object" ? s.request.model.modality : undefined) ?? "llm";
  if (modality !== "llm" && modality !== "encoder") return "uncalibrated";
  if (s.request.phase === "serve")
    return t.engine === "transformers" || t.engine === "vllm" ? "measured" : "uncalibrated";
  if (t.offload !== "none" || t.task === "grpo" || t.task === "dpo" || t.method === "freeze" || t.expertParallel > 1)
    return "uncalibrated";
  return ["adamw", "paged-adamw", "adamw-8bit", "paged-adamw-8bit", "adafactor"].includes(t.optimizer)
    ? "measured"
    : "uncalibrated";
}

export interface Reading {
  memory: DeviceMemory;
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
  // States are known to a per cent; what varies is the rest. Bands are therefore never wider than the share that varies.
  const spread = (x: number): Range => range(x * band.low, x, x * band.high);
  const usable = s.device.usableGib;
  const server = s.request.phase === "serve" && t.engine !== "transformers";
  const room = server ? usable * t.gpuMemoryUtilization : usable;

  const need = spread(allocated * (1 + constant.slackShare.value / 2) + context);
  const status: FitStatus = need.high <= room ? "fits" : need.low > room ? "does-not-fit" : "tight";
  const allocatedBand = spread(allocated);
  const reserved = spread(server ? Math.max(allocated + slack, room - context) : allocated + slack);
  const device = spread(reserved.expected + context);
  const cap = (r: Range, limit: number): Range =>
    range(Math.min(r.low, limit), Math.min(r.expected, limit), Math.min(r.high, limit));
  const limit = Math.max(need.expected, usable);
  return {
    calibration,
    status,
    memory:
      status === "does-not-fit"
        ? {
            allocatedGib: allocatedBand,
            reservedGib: reserved,
            deviceGib: { ...device, low: Math.max(device.low, Math.min(need.low, device.expected)) },
          }
        : {
            allocatedGib: allocatedBand,
            reservedGib: cap(reserved, Math.max(limit - context, allocatedBand.high)),
            deviceGib: status === "fits" ? cap(device, limit) : device,
          },
  };
}
