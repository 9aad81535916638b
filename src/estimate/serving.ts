import { GIB, type Range, range } from "../units.ts";
import type { ServingEstimate } from "./answer.ts";
import { constant } from "./constants.ts";
import type { Setup } from "./setup.ts";
import { kvCacheElements } from "./shape.ts";
import { DTYPE_BYTES, heldQuantization, weightBytes } from "./states.ts";
import { describe, type Peak } from "./training.ts";

/** Bytes of KV cache for one request of `tokens`, on one device. */
function kvBytes(s: Setup, tokens: number): number {
  const t = s.train;
  // Latent caches are replicated over tensor-parallel ranks; head-wise caches are split as far as there are heads.
  const split = t.pipelineParallel * Math.min(t.tensorParallel, s.shape.kvHeads);
  return (kvCacheElements(s.shape, tokens) * DTYPE_BYTES[t.kvCacheDtype]) / split;
}

function servedWeightBytes(s: Setup): number {
  const t = s.train;
  return (
    weightBytes(s.shape, heldQuantization(s), t.dtype === "fp32" ? 4 : 2) / (t.tensorParallel * t.pipelineParallel)
  );
}

/** Peak while serving: weights, the KV cache of the asked concurrency, and prefill's activations. */
export function servingPeak(s: Setup): Peak {
  const { shape, train: t } = s;
  const prompt = Math.max(1, t.contextLength - t.outputLength);
  const weights = servedWeightBytes(s);
  const server = t.engine !== "transformers";
  const copies = server ? 1 : constant.concatenatedCacheCopies.value;
  const kv = kvBytes(s, t.contextLength) * t.concurrentRequests * copies;
  // A server prefills in chunks of at most 8192 tokens (vLLM's default max_num_batched_tokens on large cards); transformers takes the prompt whole.
  const prefillTokens = server ? Math.min(prompt, 8192) : prompt * t.concurrentRequests;
  const hidden =
    prefillTokens * (constant.prefillHiddenTensors.value * shape.hiddenSize + 2 * shape.activeIntermediateSize) * 2;
  const activations = hidden / t.tensorParallel;
  // Only the last position's logits are computed, in fp32 for sampling.
  const logits = t.concurrentRequests * shape.vocabSize * 6;
  // Dequantised copy of the largest matrix while it is multiplied.
  const dequantised = t.baseQuantization === "none" ? 0 : shape.largestLinearParameters * 2;
  const engine = server ? constant.engineOverheadGib.value * GIB : constant.generateWorkspaceGib.value * GIB;
  const parts: [string, number][] = [
    ["weights", weights],
    ["frozen companions", shape.companionParameterCount * 2],
    ["KV cache", kv],
    ["activations", activations],
    ["logits", logits],
    ["dequantised layer", dequantised],
    [server ? "engine" : "workspaces", engine],
  ];
  const bytes = parts.reduce((a, [, b]) => a + b, 0);
  return {
    moment: activations > kv * 0.5 ? "prefill" : "decode",
    bytes,
    ...describe(parts),
    passing: activations * constant.slackTransientShare.value,
    hostBytes: 4 * GIB + weights * 0.1,
  };
}

/** Rates of one replica at the asked lengths. Decoding is bound by memory bandwidth, prefill by compute (scaling-book, ch. 7). */
export function servingEstimate(s: Setup, budgetBytes: number): ServingEstimate {
  const { shape, train: t, device } = s;
  const prompt = Math.max(1, t.contextLength - t.outputLength);
  const devices = t.tensorParallel * t.pipelineParallel;
  const fixed = servingPeak({ ...s, train: { ...t, concurrentRequests: 1 } }).bytes - kvBytes(s, t.contextLength);
  const perRequest = Math.max(1, kvBytes(s, t.contextLength));
  const fit = Math.max(0, Math.floor((budgetBytes - fixed) / perRequest));
  const batch = Math.max(1, Math.min(fit, t.maxNumSeqs ?? 256));
  const bandwidth =
    (device.facts?.memoryBandwidthGBps ?? 300) * 1e9 * constant.memoryBandwidthShare.value * t.tensorParallel;
  const flops = (device.facts?.bf16Tflops ?? device.facts?.fp16Tflops ?? device.facts?.fp32Tflops ?? 30) * 1e12;
  // Every decoding step reads the weights once (a mixture: the experts its batch hits) and each request's cache.
  const activeShare = Math.min(1, (shape.activeParameterCount / shape.parameterCount) * Math.max(1, Math.sqrt(batch)));
  const weights = servedWeightBytes(s) * devices * activeShare;
  const stepSeconds = (n: number): number =>
    Math.max(
      (weights + n * kvBytes(s, prompt + t.outputLength / 2) * devices) / bandwidth,
      (2 * n * shape.activeParameterCount) / (flops * t.tensorParallel * constant.prefillUtilisation.value),
    ) + 0.002;
  const alone = stepSeconds(1);
  const full = stepSeconds(batch);
  const prefill =
    (2 * shape.activeParameterCount * prompt) / (flops * constant.prefillUtilisation.value * t.tensorParallel);
  // At saturation, a request occupies one of `batch` slots for its decoding, and the device for its prefill.
  const perRequestSeconds = prefill + (t.outputLength * full) / batch;
  const spread = (x: number, low: number, high: number): Range => range(x * low, x, x * high);
  return {
    concurrentRequestsThatFit: fit,
    timeToFirstTokenSeconds: spread(prefill + alone, 0.7, 2.5),
    timePerOutputTokenSeconds: range(alone * 0.9, (alone + full) / 2, full * 1.3),
    requestsPerSecondPerReplica: spread(1 / perRequestSeconds, 0.5, 1.3),
  };
}
