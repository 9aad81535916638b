import { constant } from "./constants.ts";
import type { Setup } from "./setup.ts";
import { heldQuantization, weightBytes } from "./states.ts";

/** Rates at which one device exchanges, B/s. */
interface Links {
  /** With devices of its own node. */
  local: number;
  /** Of the ring over the devices that share a copy of the weights: every adapter of a node carries a part of it. */
  ring: number;
  /** With devices anywhere, each on its own adapter. */
  own: number;
  /** Nodes that the ring passes. */
  nodes: number;
}

const GIGA = 1e9;

/** One direction of the link to the host. */
export function hostLink(s: Setup): number {
  const a = s.device.facts;
  if (/grace/i.test(a?.architecture ?? "")) return constant.graceLinkGBps.value * GIGA * constant.pcieShare.value;
  const lanes = 16;
  const doublings = (a?.pcieGeneration ?? 4) - 3;
  return constant.pcieLaneGBps.value * lanes * 2 ** doublings * GIGA * constant.pcieShare.value;
}

/** Groups of devices that a network joins: nodes, or racks where NVLink spans one. */
export function nodesOf(s: Setup): number {
  const { acceleratorCount } = s.train;
  if (s.request.nodeCount !== undefined) return s.request.nodeCount;
  if (acceleratorCount <= constant.devicesPerNode.value) return 1;
  const rack = /blackwell.*grace/i.test(s.device.facts?.architecture ?? "");
  return Math.ceil(acceleratorCount / (rack ? constant.devicesPerRack.value : constant.devicesPerNode.value));
}

function links(s: Setup): Links {
  const a = s.device.facts;
  const t = s.train;
  const nodes = nodesOf(s);
  // The catalog counts both directions of NVLink.
  const local = a?.nvlinkGBps ? (a.nvlinkGBps / 2) * GIGA * constant.collectiveShare.value : hostLink(s);
  if (nodes === 1) return { local, ring: local, own: local, nodes };
  const newer = (a?.computeCapability ?? 8) >= 9;
  const own =
    (newer ? constant.networkAfterAmpereGBps.value : constant.networkGBps.value) *
    GIGA *
    constant.collectiveShare.value;
  const perNode = Math.max(1, t.acceleratorCount / nodes / (t.tensorParallel * t.pipelineParallel));
  return { local, ring: Math.min(local, own * perNode), own: Math.min(local, own), nodes };
}

/** Seconds of one micro step that a device spends on what others hold. */
export interface Exchange {
  /** Sharded weights and gradients: fetched ahead where the trainer does so. */
  gather: number;
  /** Whether the fetch runs beside the products. */
  prefetched: boolean;
  /** Sums of each layer's output over tensor-parallel devices: nothing can run beside them. */
  tensor: number;
  /** Keys and values that pass around context-parallel devices, beside the attention. */
  context: number;
  /** Tokens on their way to their experts and back. */
  experts: number;
  /** Gradients of one optimizer step, beside the last backward pass. */
  reduce: number;
}

/** Bytes of one model-parallel rank's weights as they travel: 16 bits, or as quantised. */
export function travellingBytes(s: Setup): number {
  const width = s.train.dtype === "fp32" ? 4 : 2;
  return weightBytes(s.shape, heldQuantization(s), width) / (s.train.tensorParallel * s.train.pipelineParallel);
}

/**
 * `tokens` of a micro batch on one context-parallel rank; `passes` over the layers: forward and backward, and the forward
 * again where it is recomputed.
 */
export function exchangeOf(s: Setup, tokens: number, passes: number, trainable: number): Exchange {
  const { shape, train: t } = s;
  const none = { gather: 0, prefetched: true, tensor: 0, context: 0, experts: 0, reduce: 0 };
  if (t.acceleratorCount === 1) return none;
  const link = links(s);
  const layers = shape.layers / t.pipelineParallel;
  const sharded = t.sharding === "fsdp" || t.sharding === "zero-3";
  const latency = constant.collectiveLatency.value;
  const ringLatency = latency + constant.hopLatency.value * (link.nodes - 1);
  // FSDP gathers for the forward and once for the backward pass, DeepSpeed for each; full training also scatters gradients.
  const gathers = (t.sharding === "zero-3" ? passes : 2) + (t.method === "full" ? 1 : 0);
  const width = t.dtype === "fp32" ? 4 : 2;
  const others = (n: number): number => (n - 1) / n;
  const parallel = t.tensorParallel * t.pipelineParallel * t.contextParallel;
  const copies = Math.max(1, t.acceleratorCount / parallel) * t.contextParallel;
  return {
    gather:
      sharded && copies > 1 ? gathers * ((travellingBytes(s) * others(copies)) / link.ring + layers * ringLatency) : 0,
    // DeepSpeed fetches ahead only what fits stage3_prefetch_bucket_size, smaller than one matrix in usual configurations.
    prefetched: t.sharding !== "zero-3",
    // Two all-reduces of the layer's output a pass, ring: twice the data (Shoeybi et al. 2019).
    tensor:
      t.tensorParallel > 1
        ? passes *
          layers *
          2 *
          ((2 * others(t.tensorParallel) * tokens * shape.hiddenSize * width) / link.local + latency)
        : 0,
    // Forward passes keys and values on; backward passes them and their gradients (Liu et al. 2023, Ring Attention, §3).
    context:
      t.contextParallel > 1
        ? (passes + 1) *
          layers *
          (t.contextParallel - 1) *
          ((tokens * 2 * shape.kvDim * width) / t.tensorParallel / link.own + latency)
        : 0,
    // Dispatch and combine, forward and backward (Lepikhin et al. 2020, GShard, §3.2).
    experts:
      t.expertParallel > 1
        ? passes *
          layers *
          2 *
          ((others(t.expertParallel) * tokens * shape.expertsPerToken * shape.hiddenSize * width) / link.own + latency)
        : 0,
    reduce: sharded || copies === 1 ? 0 : (2 * others(copies) * trainable * width) / link.ring,
  };
}
