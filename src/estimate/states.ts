import { constant } from "./constants.ts";
import { optimizerBytes, stepTemporaryBytes, zeroStepTemporaries } from "./optimizer.ts";
import type { BaseQuantization } from "./request.ts";
import type { Setup } from "./setup.ts";
import { adapterParameters, type Shape } from "./shape.ts";
import { gathered, gatheredLayer, perDevice, shardsOf } from "./sharding.ts";

/** Bytes per parameter of a dtype. */
export const DTYPE_BYTES = { fp32: 4, bf16: 2, fp16: 2, fp8: 1, int8: 1, mxfp8: 1, nvfp4: 0.5 } as const;

const QUANTISED_BYTES: Record<Exclude<BaseQuantization, "none">, number> = {
  nf4: constant.nf4BytesPerParameter.value,
  "nf4-dq": constant.nf4DoubleQuantBytesPerParameter.value,
  int8: constant.int8BytesPerParameter.value,
  "gptq-int4": constant.gptq4BytesPerParameter.value,
  "gptq-int8": constant.int8BytesPerParameter.value,
  "awq-int4": constant.gptq4BytesPerParameter.value,
  fp8: DTYPE_BYTES.fp8,
  mxfp4: constant.mxfp4BytesPerParameter.value,
};

/** Bytes of one weight of a linear layer, as held. */
export const linearBytesPerParameter = (quantization: BaseQuantization, denseBytes: number): number =>
  quantization === "none" ? denseBytes : QUANTISED_BYTES[quantization];

/** Bytes of weights as loaded: quantised linear layers, and embeddings, head and norms in `otherBytes` each. */
export function weightBytes(
  shape: Shape,
  quantization: BaseQuantization,
  denseBytes: number,
  otherBytes = denseBytes,
): number {
  if (quantization === "none") return shape.parameterCount * denseBytes;
  return (
    shape.linearParameters * linearBytesPerParameter(quantization, denseBytes) +
    (shape.parameterCount - shape.linearParameters) * otherBytes
  );
}

/** Training states of one device, in bytes. */
export interface States {
  /** Frozen base and trainable weights as the forward pass reads them. */
  weights: number;
  /** The same while the model is loaded. */
  loadedWeights: number;
  /** fp32 copies beside 16-bit weights. */
  masterWeights: number;
  gradients: number;
  optimizer: number;
  /** Temporaries of the optimizer step. */
  stepTemporaries: number;
  /** Whole tensors that sharding gathers: FSDP's root unit from the forward to the end of the backward pass. */
  gatheredRoot: number;
  /** Gathered layers in forward and backward: FSDP's current and next, those that ZeRO-3 keeps. */
  gatheredLayers: number;
  /** 16-bit copy of the largest quantised matrix while it is multiplied. */
  dequantised: number;
  /** Buckets that gradients are reduced in: in the backward pass, and held throughout by ZeRO-3. */
  reduceBuckets: number;
  trainableParameters: number;
  /** States moved to host memory. */
  host: number;
  /** 16-bit copies that autocast keeps alive during forward and backward. */
  autocastCopies: number;
}

/** Modules trained in full beside an adapter, in parameters. */
function extraTrainable(shape: Shape, modules: readonly string[]): number {
  let sum = 0;
  for (const name of modules) {
    if (/embed|wte|tok/i.test(name)) sum += shape.embeddingParameters;
    else if (/head|output/i.test(name)) sum += shape.headParameters || shape.embeddingParameters;
    else sum += shape.hiddenSize * shape.hiddenSize * shape.layers;
  }
  return sum;
}

/** States at rest and at the step, per device. See docs/how-numbers-are-made.md for the tables behind it. */
export function statesOf(s: Setup): States {
  return s.train.method === "full" || s.train.method === "freeze" ? fullStates(s) : adapterStates(s);
}

function fullStates(s: Setup): States {
  const { shape, train: t } = s;
  const by = shardsOf(s);
  const zero = t.sharding.startsWith("zero");
  const mixed = t.dtype.endsWith("mixed");
  const pureBytes = t.dtype === "fp32" ? 4 : 2;
  const share = (bytes: number, shards: number): number => perDevice(bytes, shards, by, t.expertParallel);
  // The worst pipeline stage holds the embeddings (or the head) beside its share of the layers.
  const n =
    (shape.linearParameters / t.pipelineParallel +
      Math.max(shape.embeddingParameters, shape.headParameters) +
      (t.pipelineParallel === 1 && !shape.tieEmbeddings ? shape.headParameters : 0)) /
    t.tensorParallel;
  const trainable = t.method === "full" ? n : n * constant.frozenLayersShare.value;
  // DeepSpeed and Megatron keep 16-bit weights and fp32 masters; autocast and FSDP keep fp32 weights alone.
  const separateMasters = mixed && (zero || t.trainer === "megatron" || t.trainer === "deepspeed");
  const held = mixed && !separateMasters ? 4 : mixed ? 2 : pureBytes;
  const momentBytes = mixed ? 4 : pureBytes;
  const gradientBytes = t.trainer === "megatron" && t.dtype === "bf16-mixed" ? 4 : held;
  const computeBytes = mixed ? 2 : pureBytes;
  const layer = gatheredLayer(s) * computeBytes;
  const offloaded = t.offload !== "none";
  // bitsandbytes' paged states are managed memory: outside PyTorch's allocator, evicted to the host when room is short.
  const away = offloaded || t.optimizer.startsWith("paged");
  const optimizer = share(trainable * optimizerBytes(t.optimizer, momentBytes), by.optimizer);
  const master = separateMasters ? share(trainable * 4, by.optimizer) : 0;
  const inBackward = t.optimizerInBackward === true;
  const gradients = inBackward ? layer : share(trainable * gradientBytes, by.gradients);
  const stepTemporaries = inBackward
    ? layer
    : zero
      ? zeroStepTemporaries(s, share(trainable, by.optimizer))
      : share(stepTemporaryBytes(s, trainable, momentBytes, mixed || pureBytes === 4), by.optimizer);
  const whole = by.weights > 1 ? gathered(s, computeBytes) : { root: 0, layers: 0 };
  const weights = t.offload === "optimizer+parameters" ? 2 * layer : share(n * held, by.weights);
  return {
    weights,
    loadedWeights: weights,
    masterWeights: offloaded ? 0 : master,
    gradients: offloaded ? layer : gradients,
    optimizer: away ? 0 : optimizer,
    stepTemporaries: offloaded ? 0 : stepTemporaries,
    gatheredRoot: whole.root,
    gatheredLayers: whole.layers,
    dequantised: 0,
    reduceBuckets: zero ? Math.min(constant.zeroBucketBytes.value, n * 2) : 0,
    trainableParameters: trainable,
    host:
      (away ? optimizer * t.acceleratorCount : 0) +
      (offloaded ? (master + gradients) * t.acceleratorCount : 0) +
      (t.offload === "optimizer+parameters" ? n * 2 : 0),
    autocastCopies: mixed && !separateMasters && by.weights === 1 ? share(n * 2, 1) : 0,
  };
}

/** Adapters: a frozen base, 16-bit or quantised, and small trainables. */
function adapterStates(s: Setup): States {
  const { shape, train: t } = s;
  const model = t.tensorParallel * t.pipelineParallel;
  const by = shardsOf(s);
  const zero = t.sharding.startsWith("zero");
  const mixed = t.dtype.endsWith("mixed");
  const pureBytes = t.dtype === "fp32" ? 4 : 2;
  const adapter = adapterParameters(shape, t.loraRank, t.loraTargets) / model;
  const extra = extraTrainable(shape, t.trainableModules) / model;
  const litgptFp32Base = t.trainer === "litgpt" && mixed;
  const baseBytes = t.dtype === "fp32" || litgptFp32Base ? 4 : 2;
  const quantization = heldQuantization(s);
  // PEFT's k-bit preparation turns every parameter that is not quantised into fp32, except where an engine casts it back.
  const prepared = preparesQuantisedBase(s);
  const base = perDevice(
    weightBytes(shape, quantization, baseBytes, prepared ? 4 : baseBytes) / model,
    by.weights,
    by,
    t.expertParallel,
  );
  // PEFT upcasts adapters to fp32 under mixed precision; modules trained in full keep the base's dtype.
  const adapterWeight = mixed ? 4 : pureBytes;
  const extraWeight = prepared ? 4 : 2;
  /** Bytes of an average element of the base as it is held and gathered. */
  const heldBytes = weightBytes(shape, quantization, baseBytes) / shape.parameterCount;
  const optimizer =
    (adapter * optimizerBytes(t.optimizer, adapterWeight) + extra * optimizerBytes(t.optimizer, extraWeight)) /
    by.optimizer;
  const trainableBytes = adapter * adapterWeight + extra * extraWeight;
  const away = t.offload !== "none" || t.optimizer.startsWith("paged");
  const parametersAway = t.offload === "optimizer+parameters";
  const whole = by.weights > 1 ? gathered(s, heldBytes) : { root: 0, layers: 0 };
  const ends = (shape.embeddingParameters + shape.headParameters) / model;
  const weights =
    (parametersAway ? Math.min(base, 2 * gatheredLayer(s) * heldBytes) : base) + trainableBytes / by.weights;
  return {
    weights,
    // transformers loads a quantised model outside `zero.Init`: whole on every device, before ZeRO-3 divides it.
    loadedWeights:
      t.sharding === "zero-3" && quantization !== "none"
        ? Math.max(weights, weightBytes(shape, quantization, baseBytes) / model)
        : weights,
    masterWeights: zero && !away ? ((adapter + extra) * 4) / by.optimizer : 0,
    gradients: trainableBytes / by.gradients,
    optimizer: away ? 0 : optimizer,
    stepTemporaries: t.optimizerImplementation === "fused" ? 0 : trainableBytes / by.optimizer,
    // Embeddings and head are not quantised: they are gathered as they are.
    gatheredRoot: whole.root > 0 ? ends * baseBytes : 0,
    gatheredLayers: whole.layers,
    dequantised: t.baseQuantization === "none" ? 0 : shape.largestLinearParameters * 2,
    reduceBuckets: zero ? Math.min(constant.zeroBucketBytes.value, (adapter + extra) * 4) : 0,
    trainableParameters: adapter + extra,
    host: (away ? optimizer * t.acceleratorCount : 0) + (parametersAway ? base * by.weights : 0),
    autocastCopies: 0,
  };
}

/**
 * The quantisation that really holds the weights. MXFP4 kernels run inference on Hopper and later; training, and older
 * cards, dequantise to 16 bits at load (transformers' Mxfp4Config).
 */
export function heldQuantization(s: Setup): BaseQuantization {
  const t = s.train;
  const kernels = (s.device.facts?.computeCapability ?? 9) >= 9;
  return t.baseQuantization === "mxfp4" && (s.request.phase === "train" || !kernels) ? "none" : t.baseQuantization;
}

/** Whether PEFT's prepare_model_for_kbit_training ran and its fp32 copies survive (identity 6 of the measured rows). */
export function preparesQuantisedBase(s: Setup): boolean {
  const t = s.train;
  return (
    t.baseQuantization !== "none" &&
    t.method === "qlora" &&
    t.trainer === "transformers" &&
    t.dtype !== "fp16" &&
    !t.sharding.startsWith("zero") &&
    t.sharding !== "fsdp"
  );
}
