import type { Accelerator } from "../catalog/schema.ts";
import { constant } from "./constants.ts";
import type { Setup } from "./setup.ts";

/** What a card can do in one second, for the precision of a run. */
export interface DeviceRates {
  /** Dense 16-bit peak, or that of fp32 training, FLOP/s. */
  peak: number;
  /** Best matrix product, and that of a transformer of width 4096. */
  ceiling: number;
  products: number;
  /** Fused attention, forward and backward together. */
  attention: number;
  /** How much faster products run in the run's precision. */
  speedup: number;
  /** Dense peak of the run's precision: the denominator of MFU. */
  mfuPeak: number;
  /** B/s. */
  memory: number;
  /** Whether published runs on this kind of card stand behind the rates. */
  known: boolean;
}

const TERA = 1e12;

const isNvidia = (a: Accelerator): boolean => a.kind === "gpu" && a.computeCapability !== undefined;

/** Share of its 16-bit peak that a card's best matrix product reaches. */
function ceilingShare(a: Accelerator | undefined): number {
  const peak = a?.bf16Tflops ?? a?.fp16Tflops;
  if (a?.bf16MatmulCeilingTflops !== undefined && peak !== undefined) return a.bf16MatmulCeilingTflops / peak;
  if (!a) return constant.ceilingUnmeasured.value;
  if (!isNvidia(a)) return constant.ceilingOtherVendor.value;
  return a.computeCapability! >= 8 ? constant.ceilingUnmeasured.value : constant.ceilingOlder.value;
}

/** Peaks of the precisions below 16 bits, as the run asks for them. */
function lowPrecisionTflops(s: Setup): number | undefined {
  const a = s.device.facts;
  switch (s.train.computeDtype) {
    case "fp8":
    case "mxfp8":
      return a?.fp8Tflops;
    case "nvfp4":
      return a?.fp4Tflops ?? a?.fp8Tflops;
    default:
      return undefined;
  }
}

export function deviceRates(s: Setup): DeviceRates {
  const a = s.device.facts;
  const half = a?.bf16Tflops ?? a?.fp16Tflops ?? a?.fp32Tflops ?? constant.peakUnknownTflops.value;
  const peak = TERA * (s.train.dtype === "fp32" ? (a?.tf32Tflops ?? a?.fp32Tflops ?? half / 2) : half);
  const mfuPeak = Math.max(peak, (lowPrecisionTflops(s) ?? 0) * TERA);
  const ceiling = peak * ceilingShare(a);
  const low = constant.lowPrecisionShare.value;
  const newer = (a?.computeCapability ?? 8) >= 9;
  return {
    peak,
    ceiling,
    products: ceiling * constant.reachOfCeiling.value,
    attention: Math.min(
      ceiling,
      peak * constant.reachAttention.value * (newer ? constant.attentionAfterAmpere.value : 1),
    ),
    speedup: 1 / (1 - low + (low * peak) / mfuPeak),
    mfuPeak,
    memory: (a?.memoryBandwidthGBps ?? constant.bandwidthUnknownGBps.value) * 1e9 * constant.memoryBandwidthShare.value,
    known: a?.bf16MatmulCeilingTflops !== undefined && isNvidia(a),
  };
}
