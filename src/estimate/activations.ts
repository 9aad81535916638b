import { constant } from "./constants.ts";
import { outputEntries } from "./modality.ts";
import { modalityActivations } from "./modality-activations.ts";
import type { Setup } from "./setup.ts";
import { preparesQuantisedBase } from "./states.ts";

/** What a micro batch leaves in memory, in bytes of one device. */
export interface Activations {
  /** Tokens of one micro batch on this device. */
  tokens: number;
  /** Kept from forward until their layer's backward: layer inputs with checkpointing, everything without. */
  saved: number;
  /** The same as the backward pass holds it. */
  savedInBackward: number;
  /** One layer's recomputed activations with the gradients alive beside them. */
  layerBackward: number;
  /** Logits, their copies and gradients at the loss. */
  loss: number;
  /** What of the logits outlives the loss: the model's output object keeps them. */
  logitsKept: number;
  /** Bytes per vocabulary entry and token behind `loss`. */
  lossBytesPerEntry: number;
  /** Vocabulary entries a token's loss looks at: 0 where nothing is written. */
  outputEntries: number;
  /** Tokens of the micro batch that a loss is computed for. */
  words: number;
  /** What one token leaves behind in one layer without checkpointing: also the measure of memory traffic. */
  perLayerBytes: number;
}

/** Bytes that one token saves in one layer, without checkpointing. */
function savedPerLayer(s: Setup, elementBytes: number): number {
  const { shape, train: t } = s;
  const intermediate = shape.gatedMlp ? constant.savedIntermediateGated.value : constant.savedIntermediatePlain.value;
  const hidden = shape.gatedMlp ? constant.savedHiddenPerLayer.value : constant.savedHiddenPerLayerLayerNorm.value;
  const linear =
    (hidden * shape.hiddenSize +
      constant.savedKvPerLayer.value * shape.kvDim +
      intermediate * shape.activeIntermediateSize) *
    elementBytes;
  // Eager attention keeps scores, softmax and dropout: 5 bytes per head and pair in 16 bits (Korthikanti et al. 2022, §4.1), 13 in fp32.
  const scores =
    t.attention === "eager" ? shape.heads * (t.sequenceLength / t.contextParallel) * (elementBytes === 4 ? 13 : 5) : 0;
  return (linear + scores) / t.tensorParallel;
}

/** Bytes per vocabulary entry and token that the loss holds at its worst moment. */
function lossBytesPerEntry(s: Setup): number {
  const t = s.train;
  if (t.fusedLoss) return constant.fusedLossBytes.value;
  if (t.trainer === "litgpt" || t.trainer === "unsloth") return constant.chunkedLossBytes.value;
  if (t.trainer === "torchtitan") return constant.compiledLossBytes.value;
  // Sharded full training without a named trainer is a pretraining stack, and those use a fused loss kernel.
  if (s.request.trainer === undefined && t.sharding === "fsdp" && t.method === "full")
    return constant.kernelLossBytes.value;
  // DeepSpeed runs fp16 without autocast; model code that leaves the logits alone then keeps the whole loss in 16 bits.
  if (t.sharding.startsWith("zero") && t.trainer !== "megatron" && t.dtype.startsWith("fp16"))
    return constant.engineLossBytes.value;
  if (t.dtype === "bf16" && !s.shape.gatedMlp && t.method === "full") return constant.noUpcastLossBytes.value;
  return constant.stockLossBytes.value;
}

const SEQUENCE_PARALLEL = new Set(["torchtitan", "nemo"]);
const KEEPS_LOGITS = new Set(["transformers", "fms-acceleration", "trl", "axolotl", "llama-factory"]);

export function activationsOf(s: Setup): Activations {
  const { shape, train: t } = s;
  if (shape.kind !== "decoder") return modalityActivations(s);
  // Preference pairs run the chosen and the rejected answer together.
  const pairs = t.task === "dpo" || t.task === "preference" ? 2 : 1;
  const tokens = (t.microBatchSize * pairs * t.sequenceLength) / t.contextParallel;
  const computeBytes = t.dtype === "fp32" ? 4 : 2;
  const layers = Math.ceil(shape.layers / t.pipelineParallel);
  const adapter = t.method === "lora" || t.method === "qlora";
  const perLayer = savedPerLayer(s, computeBytes);
  // The first stage of a pipeline holds the activations of every micro batch in flight.
  const inFlight = Math.min(t.pipelineParallel, t.gradientAccumulationSteps);
  // Layer inputs are fp32 after k-bit preparation.
  const boundaryBytes = preparesQuantisedBase(s) ? 4 : computeBytes;
  // Sequence parallelism, which newer trainers pair with tensor parallelism, splits the layer inputs too (Korthikanti et al. 2022, §4.2).
  const sequenceParallel = SEQUENCE_PARALLEL.has(t.trainer) ? t.tensorParallel : 1;
  const boundaries = t.activationOffload ? 0 : (layers * shape.hiddenSize * boundaryBytes) / sequenceParallel;
  // A mixture's experts run one after another: the gradients of one are alive at a time.
  const alive = shape.mixtureOfExperts ? shape.activeIntermediateSize / shape.experts : shape.activeIntermediateSize;
  const intermediate = constant.backwardIntermediatePerLayer.value * alive;
  const gradients =
    ((constant.backwardHiddenPerLayer.value * shape.hiddenSize + intermediate) * computeBytes) / t.tensorParallel;
  const saved =
    t.gradientCheckpointing === true
      ? boundaries
      : t.gradientCheckpointing === "selective"
        ? boundaries + layers * perLayer * constant.selectiveSavedShare.value
        : layers * perLayer;
  const copies =
    adapter && t.sharding === "fsdp" && t.gradientCheckpointing === true ? constant.fsdpAdapterBoundaries.value : 1;
  const entries = outputEntries(shape, shape.vocabSize, t.task) / t.tensorParallel;
  return {
    tokens,
    saved: tokens * saved * inFlight,
    savedInBackward: tokens * saved * inFlight * copies,
    layerBackward: tokens * (t.gradientCheckpointing === false ? gradients : perLayer + gradients),
    lossBytesPerEntry: lossBytesPerEntry(s),
    perLayerBytes: perLayer,
    outputEntries: entries,
    words: tokens,
    loss: tokens * entries * lossBytesPerEntry(s),
    logitsKept: tokens * entries * (t.fusedLoss || t.sharding === "fsdp" || !KEEPS_LOGITS.has(t.trainer) ? 0 : 2),
  };
}
