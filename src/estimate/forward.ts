import type { Architecture, Model } from "../catalog/schema.ts";
import { type Range, range } from "../units.ts";

/**
 * Peak fp32 rate of one vCPU (half a core), FLOP/s: two AVX-512 FMA units of 16 lanes, two operations each, at 2.0 GHz
 * (Intel Xeon Platinum 8480 "Sapphire Rapids", base frequency; c7i, Inference Endpoints' intel-spr).
 */
const VCPU_FP32_FLOPS = (2 * 16 * 2 * 2.0e9) / 2;
/** Share of it that a transformer's matrices reach at batch 1. A judgement with a wide band: measure with the load test. */
const CPU_SHARE = { low: 0.25, expected: 0.45, high: 0.7 };
/** int8 (VNNI) against fp32: four times the peak, about half of it in whole models (ONNX Runtime, "Quantize ONNX models"). */
const INT8_SPEED = 2;
/** Tokens that a fixed-size input becomes: 224-pixel images in patches of 16 and a class token; 30 s of audio in Whisper's encoder. */
const IMAGE_TOKENS = 197;
const AUDIO_TOKENS = 1500;

/** FLOPs of one answer of a model that answers in one pass: 2 per weight and position (Kaplan et al. 2020, §2.1). */
export function forwardFlops(a: Architecture & Partial<Model>, tokens: number): number {
  if (a.gmacs !== undefined) return 2e9 * a.gmacs;
  const weights = (a.activeParameterCount ?? a.parameterCount) - (a.embeddingParameterCount ?? embeddings(a));
  switch (a.modality) {
    case "vision":
      return 2 * weights * IMAGE_TOKENS;
    case "audio":
      return 2 * weights * AUDIO_TOKENS;
    case "tabular":
      return 2 * weights;
    default:
      return 2 * weights * tokens;
  }
}

const embeddings = (a: Architecture): number =>
  Math.min((a.vocabSize ?? 0) * (a.hiddenSize ?? 0), a.parameterCount / 2);

/** Seconds of one pass on a machine without accelerator. */
export function cpuSeconds(flops: number, vcpus: number, precision: "fp32" | "int8"): Range {
  const peak = vcpus * VCPU_FP32_FLOPS * (precision === "int8" ? INT8_SPEED : 1);
  return range(flops / (peak * CPU_SHARE.high), flops / (peak * CPU_SHARE.expected), flops / (peak * CPU_SHARE.low));
}

/** Share of a card's 16-bit peak that one-pass models reach with small batches: PyTorch as it stands, and a compiled engine. Judgements. */
const CARD_SHARE = {
  fp16: { low: 0.1, expected: 0.2, high: 0.35 },
  engine: { low: 0.18, expected: 0.35, high: 0.55 },
} as const;
/** Launching kernels and copying an input to the card, seconds. */
const CARD_OVERHEAD_SECONDS = 0.003;

/** Seconds of one pass on a card. */
export function cardSeconds(flops: number, peakFlops: number, precision: keyof typeof CARD_SHARE): Range {
  const share = CARD_SHARE[precision];
  const at = (x: number): number => flops / (peakFlops * x) + CARD_OVERHEAD_SECONDS;
  return range(at(share.high), at(share.expected), at(share.low));
}
