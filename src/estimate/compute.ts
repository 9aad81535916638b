import { type Range, range } from "../units.ts";
import { activationsOf } from "./activations.ts";
import { constant } from "./constants.ts";
import type { Setup } from "./setup.ts";
import { adapterParameters } from "./shape.ts";
import { statesOf } from "./states.ts";

/** FLOPs of one trained token, by what they run on. */
interface TokenFlops {
  /** Matrix products with weights: 6N for full training, 4N for adapters. */
  linear: number;
  /** Attention scores and values, which run in 16 bits whatever the weights do. */
  attention: number;
}

/**
 * What the model needs: 6 FLOPs per active parameter and token, 2 forward and 4 backward (Kaplan et al. 2020, §2.1);
 * adapters skip the frozen weights' gradients, 2 of the 4. Attention adds 12 × layers × queryDim × length per token,
 * half of it where the kernel skips the causal upper triangle.
 */
function flopsPerToken(s: Setup): TokenFlops {
  const { shape, train: t } = s;
  const n = shape.activeParameterCount - (shape.tieEmbeddings ? 0 : shape.embeddingParameters);
  const context = Math.min(t.sequenceLength, shape.window);
  return {
    linear: (t.method === "full" ? 6 : 4) * n,
    attention: 12 * shape.layers * shape.queryDim * context * (t.attention === "eager" ? 1 : 0.5),
  };
}

/** What the device executes on top: recomputation repeats the forward pass, 2 of the 6 or 4 and a third of attention. */
function recomputed(s: Setup, flops: TokenFlops): TokenFlops {
  const t = s.train;
  if (t.gradientCheckpointing === true)
    return { linear: flops.linear * (t.method === "full" ? 1 / 3 : 1 / 2), attention: flops.attention / 3 };
  return { linear: 0, attention: 0 };
}

interface Reach {
  /** Share of the dense peak that large matrix products reach, width 4096. */
  matmul: number;
  /** Share of the 16-bit peak that fused attention reaches, forward and backward together. */
  attention: number;
  /** Whether published runs on this kind of card stand behind it. */
  known: boolean;
}

/** By architecture; rates and sources in constants.ts. */
function reachOf(s: Setup): Reach {
  const a = s.device.facts;
  if (!a) return { matmul: constant.reachUnknown.value, attention: constant.reachAttention.value, known: false };
  const hbm = (a.memoryBandwidthGBps ?? 0) >= 1200;
  const at = (matmul: number, known: boolean, attention = constant.reachAttention.value): Reach => ({
    matmul,
    attention,
    known,
  });
  if (/ampere/i.test(a.architecture) && hbm) return at(constant.reachAmpere.value, true);
  if (/hopper/i.test(a.architecture)) return at(constant.reachHopper.value, true, constant.reachAttentionHopper.value);
  if (/blackwell/i.test(a.architecture) && hbm)
    return at(constant.reachBlackwell.value, true, constant.reachAttentionHopper.value);
  if (/volta|turing|pascal/i.test(a.architecture)) return at(constant.reachOlder.value, false);
  if (/cdna/i.test(a.architecture)) return at(constant.reachCdna.value, false);
  return at(constant.reachConsumer.value, false);
}

/** Dense 16-bit peak, FLOP/s, and a guess where the catalog has no rate. */
function peak16(s: Setup): number {
  const a = s.device.facts;
  if (s.train.dtype === "fp32") return (a?.tf32Tflops ?? a?.fp32Tflops ?? 20) * 1e12;
  return (a?.bf16Tflops ?? a?.fp16Tflops ?? a?.fp32Tflops ?? 60) * 1e12;
}

/** How much faster matrix products run than in 16 bits. Small formats reach less of their peak than 16 bits do of theirs. */
function computeSpeedup(s: Setup): number {
  switch (s.train.computeDtype) {
    case "fp8":
      return constant.fp8Speedup.value;
    case "mxfp8":
      return constant.mxfp8Speedup.value;
    case "nvfp4":
      return constant.nvfp4Speedup.value;
    default:
      return 1;
  }
}

/** Dense peak in the precision that the matrix products run in: the denominator of MFU. */
function peakFlops(s: Setup): number {
  const a = s.device.facts;
  const c = s.train.computeDtype;
  if (c === "fp8" || c === "mxfp8") return (a?.fp8Tflops ?? 0) * 1e12 || peak16(s);
  if (c === "nvfp4") return (a?.fp4Tflops ?? a?.fp8Tflops ?? 0) * 1e12 || peak16(s);
  return peak16(s);
}

/** Seconds that the host needs to launch one layer's kernels, one pass. */
function launchSeconds(s: Setup): number {
  const t = s.train;
  if (t.trainer === "megatron" || t.trainer === "nemo" || t.trainer === "torchtitan") return constant.launchFused.value;
  const adapted =
    t.method === "full"
      ? 0
      : t.loraTargets === "qv"
        ? 2
        : t.loraTargets === "attention"
          ? 4
          : t.loraTargets === "all-linear"
            ? 7
            : t.loraTargets.length;
  return (
    constant.launchLayer.value +
    adapted * constant.launchAdapter.value +
    (t.sharding === "zero-3" ? constant.launchGather.value : 0)
  );
}

/** Bytes moved per quantised parameter and pass. AutoGPTQ, which stock transformers calls, unpacks through int32 intermediates. */
function dequantiseTraffic(s: Setup): number {
  const unpacks = s.train.baseQuantization.startsWith("gptq") && s.train.trainer === "transformers";
  return unpacks ? constant.dequantiseGptqBytes.value : constant.dequantiseBytes.value;
}

/** Times that a layer's saved tensors are read or written in one pass beside the matrix products. */
function elementwiseTraffic(s: Setup): number {
  return s.train.trainer === "nemo" ? constant.elementwiseTrafficFused.value : constant.elementwiseTraffic.value;
}

export interface TrainingRate {
  tokensPerSecondPerDevice: Range;
  mfu: number;
}

/**
 * Seconds of one optimizer step: matrix products, attention, memory-bound operations and the loss, or kernel launches
 * where those take longer; then the optimizer's pass over its states, communication and the pipeline's bubble.
 */
export function trainingRate(s: Setup): TrainingRate {
  const { shape, train: t } = s;
  const st = statesOf(s);
  const needed = flopsPerToken(s);
  const extra = recomputed(s, needed);
  const devices = t.acceleratorCount;
  const modelParallel = t.tensorParallel * t.pipelineParallel * t.contextParallel;
  const tokens = (t.microBatchSize * t.sequenceLength) / modelParallel;
  const reach = reachOf(s);
  const bandwidth = (s.device.facts?.memoryBandwidthGBps ?? 500) * 1e9 * constant.memoryBandwidthShare.value;
  const peak = peak16(s);
  const passes = t.gradientCheckpointing === true ? 3 : 2;
  // Narrow matrices, or slices of them, do not fill the device; wide ones come closer to the measured ceiling.
  const ceiling = ((s.device.facts?.bf16MatmulCeilingTflops ?? 0) * 1e12) / peak || 0.85;
  const width = Math.min(ceiling, reach.matmul * (shape.hiddenSize / Math.sqrt(t.tensorParallel) / 4096) ** 0.25);
  // A mixture's experts see a share of the tokens each: small products waste the device.
  const perExpert =
    (t.microBatchSize * t.sequenceLength * (shape.activeParameterCount / shape.parameterCount) * shape.experts * 0.5) /
    shape.experts;
  const mixture = shape.mixtureOfExperts ? perExpert / (perExpert + constant.expertTokensForHalfRate.value) : 1;
  const products = (tokens * (needed.linear + extra.linear)) / (peak * computeSpeedup(s) * width * mixture);
  const attention = (tokens * (needed.attention + extra.attention)) / (peak * reach.attention);
  const act = activationsOf(s);
  // `perLayerBytes` is one tensor-parallel rank's share already.
  const elementwise =
    (tokens * t.tensorParallel * passes * (shape.layers * act.perLayerBytes * elementwiseTraffic(s))) / bandwidth;
  // Input and output of every adapted matrix pass through dropout, scaling, addition and casts once more.
  const adapters =
    t.method === "lora" || t.method === "qlora"
      ? (tokens * passes * adapterParameters(shape, 1, t.loraTargets) * 2 * constant.adapterTraffic.value) / bandwidth
      : 0;
  const loss = (act.loss * 2) / t.pipelineParallel / bandwidth;
  // Each pass writes and reads a 16-bit copy of every quantised weight.
  const dequantise =
    t.baseQuantization === "none"
      ? 0
      : (passes * shape.linearParameters * dequantiseTraffic(s)) / modelParallel / bandwidth;
  const device = Math.max(
    products + attention + elementwise + adapters + loss + dequantise,
    (passes * st.weights) / bandwidth,
  );
  const launch = (passes * launchSeconds(s) * shape.layers) / t.pipelineParallel;
  const link = (t.nodeCount > 1 ? 25 : (s.device.facts?.nvlinkGBps ?? 40) / 2) * 1e9;
  // Two all-reduces of the layer's output a pass, ring: twice the data (Shoeybi et al. 2019).
  const tensorParallel =
    t.tensorParallel > 1
      ? (tokens * modelParallel * passes * (shape.layers / t.pipelineParallel) * 2 * 2 * shape.hiddenSize * 2) /
        ((s.device.facts?.nvlinkGBps ?? 40) * 0.5e9)
      : 0;
  const microStep = Math.max(device, launch) + 0.15 * Math.min(device, launch) + tensorParallel / t.contextParallel;
  const update =
    (3 * (st.optimizer + st.gradients + st.masterWeights + (t.method === "full" ? st.weights : 0))) / bandwidth;
  // Gathers hide behind the micro step as far as it is long enough; what exceeds it is waited for.
  const gathers = t.sharding === "fsdp" || t.sharding === "zero-3" ? 3 : 0;
  const gather = devices > 1 ? (gathers * shape.parameterCount * 2) / t.tensorParallel / link : 0;
  const exposed = constant.communicationExposed.value;
  const gatheredStep = Math.max(microStep, gather) + exposed * Math.min(microStep, gather);
  const communication = devices > 1 ? (st.trainableParameters * 4 * exposed) / t.tensorParallel / link : 0;
  const bubble = (t.pipelineParallel - 1) / Math.max(1, t.gradientAccumulationSteps);
  const step = t.gradientAccumulationSteps * gatheredStep * (1 + bubble) + update + communication;
  const expected = (tokens * t.gradientAccumulationSteps) / step;
  const most = (ceiling * peak * Math.max(1, computeSpeedup(s))) / (needed.linear + needed.attention);
  const capped = Math.min(expected, most);
  const [low, high] = reach.known
    ? [constant.rateLow.value, constant.rateHigh.value]
    : [constant.rateLow.value * 0.75, constant.rateHigh.value * 1.25];
  return {
    tokensPerSecondPerDevice: range(capped * low, capped, Math.max(capped, Math.min(most, capped * high))),
    mfu: (capped * (needed.linear + needed.attention)) / peakFlops(s),
  };
}
