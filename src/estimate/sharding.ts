import { constant } from "./constants.ts";
import type { Setup } from "./setup.ts";

/** How many devices share each kind of state, and what is divided by expert parallelism. */
interface Shards {
  weights: number;
  gradients: number;
  optimizer: number;
  /** Of a device's parameters, the part inside routed experts. */
  expertShare: number;
}

export function shardsOf(s: Setup): Shards {
  const t = s.train;
  // Context-parallel ranks hold the same parameters, so full sharding divides over them too.
  const all = Math.max(1, t.acceleratorCount / (t.tensorParallel * t.pipelineParallel));
  const expertShare = s.shape.expertParameters / s.shape.parameterCount;
  switch (t.sharding) {
    case "none":
      return { weights: 1, gradients: 1, optimizer: 1, expertShare };
    case "zero-1":
      return { weights: 1, gradients: 1, optimizer: all, expertShare };
    case "zero-2":
      return { weights: 1, gradients: all, optimizer: all, expertShare };
    case "zero-3":
    case "fsdp":
      return { weights: all, gradients: all, optimizer: all, expertShare };
    default:
      return t.sharding satisfies never;
  }
}

/**
 * What remains on one device of states that `shards` devices share. Expert parallelism runs inside the data-parallel
 * group (Megatron-LM, DeepSpeed-MoE): it divides experts by itself, and what shards them further are the replicas left.
 */
export const perDevice = (bytes: number, shards: number, by: Shards, expertParallel: number): number =>
  bytes * ((1 - by.expertShare) / shards + by.expertShare / Math.max(shards, expertParallel));

/** Parameters of one layer as a gather holds them: a device's own experts only. */
export function gatheredLayer(s: Setup): number {
  const { shape, train: t } = s;
  const experts = shape.expertParameters / (shape.layers + shape.encoderLayers);
  return (shape.layerParameters - experts + experts / t.expertParallel) / t.tensorParallel;
}

/** Whole tensors beside the shards, in elements; `elementBytes` each. */
export function gathered(s: Setup, elementBytes: number): { root: number; layers: number } {
  const { shape, train: t } = s;
  const ends = (shape.embeddingParameters + shape.headParameters) / (t.tensorParallel * t.pipelineParallel);
  if (t.sharding === "fsdp") return { root: ends * elementBytes, layers: 2 * gatheredLayer(s) * elementBytes };
  // ZeRO-3 keeps what it will need again within a billion parameters: at the turn from forward to backward, the last
  // layers. Embeddings and head are larger than its buckets and stay with them.
  const layers = (gatheredLayer(s) * shape.layers) / t.pipelineParallel;
  return { root: ends * elementBytes, layers: Math.min(constant.zero3LiveParameters.value, layers) * elementBytes };
}
