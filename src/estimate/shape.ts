import type { Architecture, Model } from "../catalog/schema.ts";
import { remembered } from "../remembered.ts";
import { constant } from "./constants.ts";
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
  /** Inside the routed experts of all layers: what expert parallelism divides. */
  expertParameters: number;
  /** Heads are of the architecture, not taken from a typical model of that size. */
  headsKnown: boolean;
}

/** A dense decoder of today for a size alone: widths grow as size^0.36, as from Llama 3.2 1B to Llama 3.1 405B. */
function typicalDimensions(parameterCount: number): Required<
  Pick<Architecture, "hiddenSize" | "layers" | "heads" | "kvHeads" | "headDim" | "vocabSize">
> & {
  tieEmbeddings: boolean;
} {
  const scale = parameterCount / 8.03e9;
  const headDim = parameterCount < 2e9 ? 64 : 128;
  const hiddenSize = Math.max(headDim, Math.round((4096 * scale ** constant.sizeExponent.value) / headDim) * headDim);
  return {
    hiddenSize,
    layers: Math.max(2, Math.round(32 * scale ** constant.sizeExponent.value)),
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
  const linearParameters = Math.max(
    a.parameterCount * constant.leastLinearShare.value,
    a.parameterCount - embeddingParameters - headParameters,
  );
  const layerParameters = linearParameters / (layers + modality.encoderLayers);
  const attentionParameters = 2 * hiddenSize * (queryDim + kvDim);

  const experts = a.experts ?? 1;
  const mixtureOfExperts = experts > 1;
  const expertIntermediate = a.moeIntermediateSize ?? a.intermediateSize ?? hiddenSize * constant.typicalMlpRatio.value;
  const expertsPerToken = mixtureOfExperts ? Math.min(experts, a.expertsPerToken ?? 2) : 1;
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
    // Some mixtures start with dense layers: their experts cannot hold more than what is not attention.
    expertParameters: mixtureOfExperts
      ? Math.min(
          experts * matrices * hiddenSize * expertIntermediate * layers,
          Math.max(0, linearParameters - layers * attentionParameters),
        )
      : 0,
    headsKnown: given.heads !== undefined,
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

type LoraTargets = "attention" | "qv" | "all-linear" | readonly string[];

/** Inputs and outputs of a matrix by its module's name, elements. */
interface Matrix {
  inputs: number;
  outputs: number;
}

function matricesOf(shape: Shape): Record<string, Matrix> {
  const { hiddenSize: h, queryDim: q, kvDim: kv, activeIntermediateSize: i } = shape;
  const matrix = (inputs: number, outputs: number): Matrix => ({ inputs, outputs });
  const fused = matrix(h, q + 2 * kv);
  const back = matrix(q, h);
  const up = matrix(h, i);
  const down = matrix(i, h);
  return {
    q_proj: matrix(h, q),
    k_proj: matrix(h, kv),
    v_proj: matrix(h, kv),
    o_proj: back,
    gate_proj: shape.gatedMlp ? up : matrix(0, 0),
    up_proj: up,
    down_proj: down,
    c_attn: fused,
    qkv_proj: fused,
    query_key_value: fused,
    c_proj: back,
    out_proj: back,
    dense: back,
    gate_up_proj: matrix(h, 2 * i),
    fc1: up,
    fc2: down,
    w1: up,
    w2: up,
    w3: down,
  };
}

function modulesOf(targets: LoraTargets): readonly string[] {
  if (targets === "attention") return ["q_proj", "k_proj", "v_proj", "o_proj"];
  if (targets === "qv") return ["q_proj", "v_proj"];
  return targets === "all-linear"
    ? ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
    : targets;
}

/** What adapters on some modules of a model read and hold. */
interface Adapted {
  /** Inputs of all adapted matrices of one layer, elements. */
  elements: number;
  /** Which inputs that matrices share are among them. */
  attention: boolean;
  mlp: boolean;
  down: boolean;
  /** Trainable parameters of rank 1: inputs + outputs of each adapted matrix. */
  parametersPerRank: number;
}

export const adaptedInputs = remembered(adapt, (targets: LoraTargets) =>
  typeof targets === "string" ? targets : `[${targets.join()}]`,
);

function adapt(shape: Shape, targets: LoraTargets): Adapted {
  const matrices = matricesOf(shape);
  const modules = modulesOf(targets);
  const any = (...names: string[]): boolean => names.some((name) => modules.includes(name));
  let elements = 0;
  for (const name of modules) elements += Object.hasOwn(matrices, name) ? matrices[name]!.inputs : shape.hiddenSize;
  return {
    elements,
    attention: any("q_proj", "k_proj", "v_proj", "c_attn", "qkv_proj", "query_key_value"),
    mlp: any("gate_proj", "up_proj", "gate_up_proj", "fc1", "w1", "w2"),
    down: any("down_proj", "fc2", "w3"),
    parametersPerRank: parametersPerRank(shape, modules),
  };
}

/** Trainable parameters of a LoRA adapter: rank × (inputs + outputs) of each adapted matrix. */
export const adapterParameters = (shape: Shape, rank: number, targets: LoraTargets): number =>
  rank * adaptedInputs(shape, targets).parametersPerRank;

function parametersPerRank(shape: Shape, modules: readonly string[]): number {
  const matrices = matricesOf(shape);
  const width = (name: string): number =>
    Object.hasOwn(matrices, name) ? matrices[name]!.inputs + matrices[name]!.outputs : 2 * shape.hiddenSize;
  let sum = 0;
  for (const name of modules) sum += width(name);
  // A decoder behind an encoder, and a UNet's block, attend twice.
  const twice = shape.kind === "seq2seq" || (shape.kind === "maps" && shape.modality === "diffusion");
  let cross = 0;
  if (twice) for (const name of modules) cross += ATTENTION.has(name) ? width(name) : 0;
  return sum * (shape.layers + shape.encoderLayers) + cross * shape.layers;
}
