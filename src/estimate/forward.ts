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

/** FLOPs of one answer of a model that writes no tokens: 2 per weight and position (Kaplan et al. 2020, §2.1), for each pass. */
export function forwardFlops(a: Architecture & Partial<Model>, positions: number): number {
  const weights = (a.activeParameterCount ?? a.parameterCount) - (a.embeddingParameterCount ?? embeddings(a));
  return 2 * weights * positions * passesOf(a);
}

/** Steps that pictures are usually drawn in, and passes a step: two where guidance compares with an empty prompt. */
const DENOISING: readonly [family: RegExp, steps: number, passes: number][] = [
  // Distilled to four (model card of FLUX.1-schnell).
  [/schnell/i, 4, 1],
  // Guidance is distilled into one pass; 28 is the default of diffusers' FluxPipeline.
  [/flux/i, 28, 1],
  [/stable-diffusion-3/i, 28, 2],
];
/** Stable Diffusion 1.5 and XL: the steps that diffusers' guide to faster inference measures with. */
const USUAL_DENOISING = [30, 2] as const;

/** Steps of drawing one picture and passes of the denoiser in each; undefined for models that do not draw. */
export function denoising(a: Architecture & Partial<Model>): { steps: number; passes: number } | undefined {
  if (a.modality !== "diffusion") return undefined;
  const [, steps, passes] = DENOISING.find(([name]) => name.test(a.id ?? "")) ?? [undefined, ...USUAL_DENOISING];
  return { steps, passes };
}

function passesOf(a: Architecture & Partial<Model>): number {
  const drawn = denoising(a);
  return drawn ? drawn.steps * drawn.passes : 1;
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
/**
 * A denoiser's thousands of positions fill a card. SDXL, 1024 pixels, 60 passes on an A100 (312 TFLOP/s): 359 TFLOP in 3.31 s
 * as it stands and 2.54 s compiled are 0.35 and 0.45 (diffusers, "Accelerate inference of text-to-image diffusion models");
 * FLUX.1-dev, 512 pixels, 50 passes on an L40S (362): 1,843 TFLOP in 8.71 s are 0.58 (pruna.ai, 2025-02-17).
 */
const DENOISER_SHARE = {
  fp16: { low: 0.25, expected: 0.4, high: 0.6 },
  engine: { low: 0.35, expected: 0.5, high: 0.7 },
} as const;
/** Launching kernels and copying an input to the card, seconds. */
const CARD_OVERHEAD_SECONDS = 0.003;

/** Seconds of one answer on a card. */
export function cardSeconds(
  flops: number,
  peakFlops: number,
  precision: keyof typeof CARD_SHARE,
  draws = false,
): Range {
  const share = (draws ? DENOISER_SHARE : CARD_SHARE)[precision];
  const at = (x: number): number => flops / (peakFlops * x) + CARD_OVERHEAD_SECONDS;
  return range(at(share.high), at(share.expected), at(share.low));
}
