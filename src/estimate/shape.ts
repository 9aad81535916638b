import type { Architecture, Model } from "../catalog/schema.ts";
import { completeArchitecture, type ModalityShape, modalityShape } from "./modality.ts";

/**
 * A model's dimensions with nothing missing, and the parameter counts that follow from them.
 * Counts are parameters; dimensions are elements. `layers` are a decoder's, or the only ones.
 */
export interface Shape extends ModalityShape {
  parameterCount: number;
  /** Parameters that work on each token. */
  activeParameterCount: number;
  hiddenSize: number;
  layers: number;
  heads: number;
  kvHeads: number;
  headDim: number;
  /** heads × headDim */
  queryDim: number;
  /** kvHeads × headDim */
  kvDim: number;
  /** Width of the MLP that one token passes through: for mixtures, the sum over its experts. */
  activeIntermediateSize: number;
  gatedMlp: boolean;
  vocabSize: number;
  tieEmbeddings: boolean;
  /** Token embeddings; 16-bit in every quantised format. */
  embeddingParameters: number;
  /** Output head; 0 where it shares the embeddings. */
  headParameters: number;
  /** Inside the decoder's linear layers: what quantisation and LoRA speak of. */
  linearParameters: number;
  /** Of one layer, and of the largest single matrix. */
  layerParameters: number;
  largestLinearParameters: number;
  /** Elements of KV cache per token, one layer; layers with a full cache, with a window, and the window. */
  kvElementsPerLayer: number;
  fullCacheLayers: number;
  windowLayers: number;
  window: number;
  mixtureOfExperts: boolean;
  /** Routed experts of a layer, and how many of them a token passes; 1 and 1 for a dense model. */
  experts: number;
  expertsPerToken: number;
  /** One latent for all heads is cached in place of keys and values: it cannot be split by heads. */
  latentCache: boolean;
}

/** A dense decoder of today for a size alone: widths grow as size^0.36, as from Llama 3.2 1B to Llama 3.1 405B. */
function typicalDimensions(parameterCount: number): Required<
  Pick<Architecture, "hiddenSize" | "layers" | "heads" | "kvHeads" | "headDim" | "vocabSize">
> & {
  tieEmbeddings: boolean;
} {
  const scale = parameterCount / 8.03e9;
  const headDim = parameterCount < 2e9 ? 64 : 128;
  const hiddenSize = Math.max(headDim, Math.round((4096 * scale ** 0.36) / headDim) * headDim);
  return {
    hiddenSize,
    layers: Math.max(2, Math.round(32 * scale ** 0.36)),
    heads: hiddenSize / headDim,
    kvHeads: Math.min(8, hiddenSize / headDim),
    headDim,
    // A small model with a large vocabulary would be all vocabulary.
    vocabSize: parameterCount < 2e8 ? 32_000 : 128_256,
    tieEmbeddings: parameterCount < 4e9,
  };
}

/** Completes an architecture: what is missing is taken from a typical dense decoder of that size. */
export function shapeOf(given: Architecture | Model): Shape {
  const modality = modalityShape(given);
  const a = completeArchitecture(given);
  const typical = typicalDimensions(a.parameterCount);
  const hiddenSize = a.hiddenSize ?? typical.hiddenSize;
  const layers = a.layers ?? typical.layers;
  const headDim = a.headDim ?? (a.heads ? hiddenSize / a.heads : typical.headDim);
  const heads = a.heads ?? Math.max(1, Math.round(hiddenSize / headDim));
  const kvHeads = a.kvHeads ?? (a.hiddenSize === undefined ? typical.kvHeads : heads);
  const vocabSize = a.vocabSize ?? typical.vocabSize;
  const tieEmbeddings = a.tieEmbeddings ?? typical.tieEmbeddings;
  const gatedMlp = a.gatedMlp ?? true;
  const queryDim = heads * headDim;
  const kvDim = kvHeads * headDim;
  const matrices = gatedMlp ? 3 : 2;

  const embeddingParameters = vocabSize * hiddenSize;
  const headParameters = tieEmbeddings ? 0 : embeddingParameters;
  const linearParameters = Math.max(a.parameterCount * 0.2, a.parameterCount - embeddingParameters - headParameters);
  const layerParameters = linearParameters / (layers + modality.encoderLayers);
  const attentionParameters = 2 * hiddenSize * (queryDim + kvDim);

  const experts = a.experts ?? 1;
  const mixtureOfExperts = experts > 1;
  const expertsPerToken = mixtureOfExperts ? Math.min(experts, a.expertsPerToken ?? 2) : 1;
  const expertIntermediate = a.moeIntermediateSize ?? a.intermediateSize ?? hiddenSize * 3.5;
  const solvedIntermediate = Math.max(hiddenSize, (layerParameters - attentionParameters) / (matrices * hiddenSize));
  const activeIntermediateSize = mixtureOfExperts
    ? expertIntermediate * (expertsPerToken + (a.sharedExperts ?? 0))
    : (a.intermediateSize ?? solvedIntermediate);
  const activeParameterCount =
    a.activeParameterCount ??
    (mixtureOfExperts
      ? embeddingParameters +
        headParameters +
        layers * (attentionParameters + matrices * hiddenSize * activeIntermediateSize)
      : a.parameterCount);

  const cacheLayers = ("kvCacheLayers" in a ? a.kvCacheLayers : undefined) ?? layers;
  const window = a.slidingWindow ?? Number.POSITIVE_INFINITY;
  const windowLayers =
    window === Number.POSITIVE_INFINITY
      ? 0
      : Math.min(
          cacheLayers,
          ("slidingLayers" in a ? a.slidingLayers : undefined) ??
            (a.globalAttentionEvery ? cacheLayers - Math.floor(cacheLayers / a.globalAttentionEvery) : cacheLayers),
        );
  const generates = modality.kind === "decoder" || modality.kind === "seq2seq";
  return {
    ...modality,
    parameterCount: a.parameterCount,
    activeParameterCount: Math.min(a.parameterCount, activeParameterCount),
    hiddenSize,
    layers,
    heads,
    kvHeads,
    headDim,
    queryDim,
    kvDim,
    activeIntermediateSize,
    gatedMlp,
    vocabSize,
    tieEmbeddings,
    embeddingParameters,
    headParameters,
    linearParameters,
    layerParameters,
    largestLinearParameters: hiddenSize * Math.max(queryDim, a.intermediateSize ?? expertIntermediate),
    // Multi-head latent attention caches one latent and one rotary key for all heads (DeepSeek-V2, §2.1).
    kvElementsPerLayer: !generates ? 0 : a.kvLoraRank ? a.kvLoraRank + (a.qkRopeHeadDim ?? 0) : 2 * kvDim,
    fullCacheLayers: cacheLayers - windowLayers,
    windowLayers,
    window,
    mixtureOfExperts,
    experts,
    expertsPerToken,
    latentCache: generates && a.kvLoraRank !== undefined,
  };
}

/**
 * Parameters that a pass of `tokens` tokens reads: each token takes `expertsPerToken` of a layer's experts, so the share
 * of experts that no token takes is (1 - k/E)^tokens where they are balanced (Fedus et al. 2021, §2.2).
 */
export function parametersReadByStep(shape: Shape, tokens: number): number {
  if (!shape.mixtureOfExperts || shape.experts <= shape.expertsPerToken) return shape.parameterCount;
  const { parameterCount: all, activeParameterCount: active, experts, expertsPerToken } = shape;
  const routed = Math.min(all, ((all - active) * experts) / (experts - expertsPerToken));
  return all - routed * (1 - expertsPerToken / experts) ** tokens;
}

/** Elements in the KV cache of one sequence. */
export function kvCacheElements(shape: Shape, contextLength: number): number {
  const windowed = Math.min(contextLength, shape.window);
  return (
    shape.kvElementsPerLayer *
    (shape.fullCacheLayers * contextLength + shape.windowLayers * (shape.windowLayers > 0 ? windowed : 0))
  );
}

const ATTENTION = new Set(["q_proj", "k_proj", "v_proj", "o_proj", "out_proj"]);

/** Trainable parameters of a LoRA adapter: rank × (inputs + outputs) of each adapted matrix. */
export function adapterParameters(
  shape: Shape,
  rank: number,
  targets: "attention" | "qv" | "all-linear" | readonly string[],
): number {
  const { hiddenSize: h, queryDim: q, kvDim: kv, activeIntermediateSize: i, layers } = shape;
  const widths: Record<string, number> = {
    q_proj: h + q,
    k_proj: h + kv,
    v_proj: h + kv,
    o_proj: q + h,
    gate_proj: shape.gatedMlp ? h + i : 0,
    up_proj: h + i,
    down_proj: i + h,
    c_attn: h + q + 2 * kv,
    qkv_proj: h + q + 2 * kv,
    query_key_value: h + q + 2 * kv,
    c_proj: q + h,
    out_proj: q + h,
    dense: q + h,
    gate_up_proj: h + 2 * i,
    fc1: h + i,
    fc2: i + h,
    w1: h + i,
    w2: h + i,
    w3: i + h,
  };
  const modules =
    targets === "attention"
      ? ["q_proj", "k_proj", "v_proj", "o_proj"]
      : targets === "qv"
        ? ["q_proj", "v_proj"]
        : targets === "all-linear"
          ? ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
          : targets;
  let sum = 0;
  for (const name of modules) sum += Object.hasOwn(widths, name) ? widths[name]! : 2 * h;
  // A decoder behind an encoder, and a UNet's block, attend twice.
  const twice = shape.kind === "seq2seq" || (shape.kind === "maps" && shape.modality === "diffusion");
  let cross = 0;
  if (twice) for (const name of modules) cross += ATTENTION.has(name) ? (widths[name] ?? 0) : 0;
  return rank * (sum * (layers + shape.encoderLayers) + cross * layers);
}
