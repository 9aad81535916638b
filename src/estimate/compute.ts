import { type Range, range } from "../units.ts";
import { constant } from "./constants.ts";
import type { Setup } from "./setup.ts";
import { statesOf } from "./states.ts";

/** FLOPs of one trained token. */
export interface TokenFlops {
  /** What the model needs: 6N for full training, 4N for adapters, and attention. The numerator of MFU. */
  model: number;
  /** What the device executes: recomputation included. */
  hardware: number;
}

/**
 * 6 FLOPs per active parameter and token: 2 forward, 4 backward (Kaplan et al. 2020, §2.1); adapters skip the frozen
 * weights' gradients, 2 of the 4. Attention adds 12 × layers × queryDim × length per token, half of it where the kernel
 * skips the causal upper triangle. Checkpointing repeats the forward pass.
 */
export function flopsPerToken(s: Setup): TokenFlops {
  const { shape, train: t } = s;
  const n = shape.activeParameterCount - (shape.tieEmbeddings ? 0 : shape.embeddingParameters);
  const context = Math.min(t.sequenceLength, shape.window);
  const attention = 12 * shape.layers * shape.queryDim * context * (t.attention === "eager" ? 1 : 0.5);
  const adapter = t.method !== "full";
  const model = (adapter ? 4 : 6) * n + attention;
  const recomputed = t.gradientCheckpointing === true ? 2 * n + attention / 3 : t.gradientCheckpointing === "selective" ? attention / 3 : 0;
  return { model, hardware: model + recomputed };
}

/** What a device reaches of its dense peak on large matrix products, before launch and bandwidth take their share. */
const UTILISATION = {
  // stas00/ml-engineering 2026-08 and mosaicml/llm-foundry: A100 0.60-0.64 without recomputation, H100 0.38-0.46, Blackwell fp8 0.38-0.49.
  ampereDatacenter: 0.62,
  hopper: 0.48,
  blackwell: 0.42,
  // No published MFU for consumer and workstation cards: taken between the two above.
  consumer: 0.55,
  // Volta and Turing tensor cores in fp16: bigscience and BERT rows, 0.3-0.4.
  older: 0.38,
  amd: 0.36,
  unknown: 0.4,
} as const;

function utilisation(s: Setup): { value: number; known: boolean } {
  const a = s.device.facts;
  if (!a) return { value: UTILISATION.unknown, known: false };
  const hbm = (a.memoryBandwidthGBps ?? 0) >= 1200;
  if (/ampere/i.test(a.architecture) && hbm) return { value: UTILISATION.ampereDatacenter, known: true };
  if (/hopper/i.test(a.architecture)) return { value: UTILISATION.hopper, known: true };
  if (/blackwell/i.test(a.architecture) && hbm) return { value: UTILISATION.blackwell, known: true };
  if (/volta|turing|pascal/i.test(a.architecture)) return { value: UTILISATION.older, known: true };
  if (/cdna/i.test(a.architecture)) return { value: UTILISATION.amd, known: false };
  return { value: UTILISATION.consumer, known: false };
}

/** Dense peak in the precision that the matrix products run in, FLOP/s; and a guess where the catalog has no rate. */
function peakFlops(s: Setup): number {
  const a = s.device.facts;
  const t = s.train;
  if (t.computeDtype === "fp8" || t.computeDtype === "mxfp8") return (a?.fp8Tflops ?? a?.bf16Tflops ?? 60) * 1e12;
  if (t.computeDtype === "nvfp4") return (a?.fp4Tflops ?? a?.fp8Tflops ?? a?.bf16Tflops ?? 60) * 1e12;
  if (t.dtype === "fp32") return (a?.tf32Tflops ?? a?.fp32Tflops ?? 20) * 1e12;
  return (a?.bf16Tflops ?? a?.fp16Tflops ?? a?.fp32Tflops ?? 60) * 1e12;
}

export interface TrainingRate {
  tokensPerSecondPerDevice: Range;
  mfu: number;
}

/**
 * Seconds of one optimizer step: matrix products at the reachable rate, weights read (and dequantised) once a pass,
 * kernel launches, the optimizer's pass over its states, and communication; then tokens over that.
 */
export function trainingRate(s: Setup): TrainingRate {
  const { shape, train: t } = s;
  const st = statesOf(s);
  const flops = flopsPerToken(s);
  const devices = t.acceleratorCount;
  const modelParallel = t.tensorParallel * t.pipelineParallel * t.contextParallel;
  const tokensPerMicroStep = t.microBatchSize * t.sequenceLength;
  const reach = utilisation(s);
  const bandwidth = (s.device.facts?.memoryBandwidthGBps ?? 500) * 1e9 * constant.memoryBandwidthShare.value;
  const peak = peakFlops(s);
  // Matrices narrower than about 4096 do not fill the device.
  const width = Math.min(1, (shape.hiddenSize / 4096) ** 0.25);
  const mixture = shape.mixtureOfExperts ? 0.45 : 1;
  const multiply = (tokensPerMicroStep * flops.hardware) / modelParallel / (peak * reach.value * width * mixture);
  const passes = t.gradientCheckpointing === true ? 3 : 2;
  const quantised = t.baseQuantization !== "none";
  // Each pass writes and reads a 16-bit copy of every quantised weight.
  const read = (passes * (st.weights + (quantised ? shape.linearParameters * 4 : 0))) / bandwidth;
  // About 40 kernels a layer and pass at 6 µs each when the device waits for the host.
  const launch = (passes * 40 * 6e-6 * shape.layers) / t.pipelineParallel;
  const microStep = Math.max(multiply + (quantised ? read : 0), read, launch) + 0.15 * Math.min(multiply, launch);
  const update = (3 * (st.optimizer + st.gradients + st.weights * (t.method === "full" ? 1 : 0))) / bandwidth;
  const link = (t.nodeCount > 1 ? 25 : (s.device.facts?.nvlinkGBps ?? 50) / 2) * 1e9;
  const gathered = t.sharding === "fsdp" || t.sharding === "zero-3" ? 3 : 0;
  const communication =
    devices > 1 ? ((gathered * t.gradientAccumulationSteps * shape.parameterCount * 2 + st.trainableParameters * 4) / t.tensorParallel / link) * 0.4 : 0;
  const bubble = (t.pipelineParallel - 1) / Math.max(1, t.gradientAccumulationSteps);
  const step = t.gradientAccumulationSteps * microStep * (1 + bubble) + update + communication;
  const expected = (tokensPerMicroStep * t.gradientAccumulationSteps) / step / modelParallel;
  const ceiling = ((s.device.facts?.bf16MatmulCeilingTflops ?? Number.POSITIVE_INFINITY) * 1e12) / flops.hardware;
  const width_ = reach.known ? 0.7 : 0.5;
  const capped = Math.min(expected, ceiling);
  return {
    tokensPerSecondPerDevice: range(capped * width_, capped, Math.min(Math.max(capped, ceiling), capped * (reach.known ? 1.35 : 1.7))),
    mfu: (capped * flops.model) / peak,
  };
}
