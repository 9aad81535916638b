import { constant } from "./constants.ts";
import type { BaseQuantization, Optimizer } from "./request.ts";
import type { Setup } from "./setup.ts";
import { adapterParameters, type Shape } from "./shape.ts";

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

/** Optimizer state bytes per trainable parameter, given the bytes its moments are held in. */
function optimizerBytes(optimizer: Optimizer, momentBytes: number): number {
  switch (optimizer) {
    case "adamw":
    case "paged-adamw":
    case "lora-fa":
      return 2 * momentBytes;
    case "adamw-8bit":
    case "paged-adamw-8bit":
      // Two 8-bit moments, one fp32 scale per block of 256 each (Dettmers et al. 2021).
      return 2 * (1 + 4 / 256);
    case "adamw-fp8":
      return 2;
    case "adamw-4bit":
      // Two 4-bit moments with a scale per block of 128 (Li et al. 2023).
      return 1.06;
    case "adafactor":
      // Row and column sums only (Shazeer & Stern 2018).
      return 0.02;
    case "sgd":
    case "lion":
    case "muon":
      return momentBytes;
    case "galore":
      // Moments of a rank-r projection, about a quarter of the weights (Zhao et al. 2024).
      return 0.5 * momentBytes;
    default:
      return optimizer satisfies never;
  }
}

/** Temporaries of an unsharded step, in bytes, each read off simulated runs (bench/simulate). */
function stepTemporaryBytes(s: Setup, trainable: number, momentBytes: number, fp32: boolean): number {
  const largest = Math.min(trainable, Math.max(s.shape.embeddingParameters, s.shape.largestLinearParameters));
  switch (s.train.optimizer) {
    case "adamw":
      // The multi-tensor step; the fused one has none.
      return trainable * momentBytes * constant.foreachTemporaryShare.value;
    case "sgd":
      return 0;
    case "lion":
      return largest * momentBytes;
    case "muon":
      return trainable * momentBytes * 0.35;
    case "adafactor":
      // transformers' Adafactor works in fp32 on one parameter at a time: two copies, four where it casts 16-bit ones.
      return largest * (fp32 ? 8 : 16);
    default:
      return trainable * momentBytes * 0.1;
  }
}

/** Training states of one device, in bytes. */
export interface States {
  /** Frozen base and trainable weights as the forward pass reads them. */
  weights: number;
  /** fp32 copies beside 16-bit weights. */
  masterWeights: number;
  gradients: number;
  optimizer: number;
  /** Temporaries of the optimizer step. */
  stepTemporaries: number;
  /** Present at every moment: communication buckets, a gathered layer. */
  buffers: number;
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

/** How many devices share each kind of state. */
export function shards(s: Setup): { weights: number; gradients: number; optimizer: number; dataParallel: number } {
  const t = s.train;
  const dataParallel = Math.max(1, t.acceleratorCount / (t.tensorParallel * t.pipelineParallel * t.contextParallel));
  // Context-parallel ranks hold the same parameters, so full sharding divides over them too.
  const all = dataParallel * t.contextParallel;
  switch (t.sharding) {
    case "none":
      return { weights: 1, gradients: 1, optimizer: 1, dataParallel };
    case "zero-1":
      return { weights: 1, gradients: 1, optimizer: all, dataParallel };
    case "zero-2":
      return { weights: 1, gradients: all, optimizer: all, dataParallel };
    case "zero-3":
    case "fsdp":
      return { weights: all, gradients: all, optimizer: all, dataParallel };
    default:
      return t.sharding satisfies never;
  }
}

/** States at rest and at the step, per device. See docs/how-numbers-are-made.md for the tables behind it. */
export function statesOf(s: Setup): States {
  const { shape, train: t } = s;
  const model = t.tensorParallel * t.pipelineParallel;
  const by = shards(s);
  const zero = t.sharding.startsWith("zero");
  const mixed = t.dtype.endsWith("mixed");
  const pureBytes = t.dtype === "fp32" ? 4 : 2;

  if (t.method === "full" || t.method === "freeze") {
    // The worst pipeline stage holds the embeddings (or the head) beside its share of the layers.
    const n =
      (shape.linearParameters / t.pipelineParallel +
        Math.max(shape.embeddingParameters, shape.headParameters) +
        (t.pipelineParallel === 1 && !shape.tieEmbeddings ? shape.headParameters : 0)) /
      t.tensorParallel;
    // freeze trains the head and the last quarter of the layers.
    const trainable = t.method === "full" ? n : n * 0.25;
    // DeepSpeed and Megatron keep 16-bit weights and fp32 masters; autocast and FSDP keep fp32 weights alone.
    const separateMasters = mixed && (zero || t.trainer === "megatron" || t.trainer === "deepspeed");
    const held = mixed && !separateMasters ? 4 : mixed ? 2 : pureBytes;
    const momentBytes = mixed ? 4 : pureBytes;
    const gradientBytes = t.trainer === "megatron" && t.dtype === "bf16-mixed" ? 4 : held;
    const sharded = by.weights > 1;
    const layer = (shape.layerParameters / t.tensorParallel) * (mixed ? 2 : pureBytes);
    const offloaded = t.offload !== "none";
    // bitsandbytes' paged states are managed memory: outside PyTorch's allocator, evicted to the host when room is short.
    const away = offloaded || t.optimizer.startsWith("paged");
    const optimizer = (trainable * optimizerBytes(t.optimizer, momentBytes)) / by.optimizer;
    const master = separateMasters ? (trainable * 4) / by.optimizer : 0;
    const weights = (n * held) / by.weights;
    const inBackward = t.optimizerInBackward === true;
    const gradients = inBackward ? layer : (trainable * gradientBytes) / by.gradients;
    const stepTemporaries = inBackward
      ? layer
      : zero
        ? Math.min(
            (trainable * 4) / by.gradients + (t.sharding === "zero-3" ? constant.zero3SubGroupBytes.value : 0),
            (trainable * 8) / by.gradients,
          )
        : stepTemporaryBytes(s, trainable, momentBytes, mixed || pureBytes === 4) / by.optimizer;
    return {
      weights: t.offload === "optimizer+parameters" ? 2 * layer : weights,
      masterWeights: offloaded ? 0 : master,
      gradients: offloaded ? layer : gradients,
      optimizer: away ? 0 : optimizer,
      stepTemporaries: offloaded ? 0 : stepTemporaries,
      // The gathered layer and the one prefetched; embeddings and head sit in the root unit and stay gathered.
      buffers:
        (sharded
          ? 2 * layer + ((shape.embeddingParameters + shape.headParameters) / model) * (mixed ? 2 : pureBytes)
          : 0) + (zero ? Math.min(constant.zeroBucketBytes.value, n * 2) : 0),
      trainableParameters: trainable,
      host:
        (away ? optimizer * t.acceleratorCount : 0) +
        (offloaded ? (master + gradients) * t.acceleratorCount : 0) +
        (t.offload === "optimizer+parameters" ? n * 2 : 0),
      autocastCopies: mixed && !separateMasters && by.weights === 1 ? n * 2 : 0,
    };
  }

  // Adapters: a frozen base, 16-bit or quantised, and small trainables.
  const adapter = adapterParameters(shape, t.loraRank, t.loraTargets) / model;
  const extra = extraTrainable(shape, t.trainableModules) / model;
  const litgptFp32Base = t.trainer === "litgpt" && mixed;
  const baseBytes = t.dtype === "fp32" || litgptFp32Base ? 4 : 2;
  // PEFT's k-bit preparation turns every parameter that is not quantised into fp32, except where an engine casts it back.
  const prepared = preparesQuantisedBase(s);
  const base = weightBytes(shape, heldQuantization(s), baseBytes, prepared ? 4 : baseBytes) / model / by.weights;
  // PEFT upcasts adapters to fp32 under mixed precision; modules trained in full keep the base's dtype.
  const adapterWeight = mixed ? 4 : pureBytes;
  const extraWeight = prepared ? 4 : 2;
  const layer =
    (weightBytes(shape, heldQuantization(s), baseBytes) * (shape.layerParameters / shape.parameterCount)) /
    t.tensorParallel;
  const optimizer =
    (adapter * optimizerBytes(t.optimizer, adapterWeight) + extra * optimizerBytes(t.optimizer, extraWeight)) /
    by.optimizer;
  const dequantised = t.baseQuantization === "none" ? 0 : shape.largestLinearParameters * 2;
  const trainableBytes = adapter * adapterWeight + extra * extraWeight;
  const away = t.offload !== "none" || t.optimizer.startsWith("paged");
  const parametersAway = t.offload === "optimizer+parameters";
  return {
    weights: (parametersAway ? Math.min(base, 2 * layer) : base) + trainableBytes / by.weights,
    masterWeights: zero && !away ? ((adapter + extra) * 4) / by.optimizer : 0,
    gradients: trainableBytes / by.gradients,
    optimizer: away ? 0 : optimizer,
    stepTemporaries: trainableBytes / by.optimizer,
    buffers:
      dequantised +
      (by.weights > 1 ? 2 * layer + ((shape.embeddingParameters + shape.headParameters) * baseBytes) / model : 0) +
      (zero ? Math.min(constant.zeroBucketBytes.value, (adapter + extra) * 4) : 0),
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
