import { constant } from "./constants.ts";
import { outputEntries } from "./modality.ts";
import { modalityActivations } from "./modality-activations.ts";
import type { Setup } from "./setup.ts";
import { adaptedInputs } from "./shape.ts";
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

/**
 * Whether frozen matrices keep their input although nobody asks for their gradient: bitsandbytes' 8-bit product does
 * (`ctx.tensors` in MatMul8bitLt), its 4-bit product did until 0.43.2 (bitsandbytes#1270). litgpt's table is of 2023.
 */
function keepsInputs(s: Setup): boolean {
  const { baseQuantization, trainer } = s.train;
  return baseQuantization === "int8" || (baseQuantization.startsWith("nf4") && trainer === "litgpt");
}

/**
 * What an adapter run saves in one layer beside or instead of a full one, bytes per token. A frozen matrix keeps no input;
 * an adapted one keeps the copy that its adapter works on.
 */
function adapterDifference(s: Setup, elementBytes: number): number {
  const { shape, train: t } = s;
  const { hiddenSize: h, activeIntermediateSize: i } = shape;
  const adapted = adaptedInputs(shape, t.loraTargets);
  // Behind dropout an adapter keeps dropout's output and not the input itself.
  const reads = (adapts: boolean): boolean => keepsInputs(s) || (adapts && t.loraDropout === 0);
  const copies =
    t.loraDropout > 0
      ? constant.adapterDropoutBytes.value
      : t.dtype.endsWith("mixed")
        ? constant.adapterCastBytes.value
        : 0;
  // The two norms' outputs feed query, key and value, and gate and up; the MLP's product feeds down. Frozen norms do not
  // keep what their weights would be multiplied with.
  const spared =
    2 * h + (reads(adapted.attention) ? 0 : h) + (reads(adapted.mlp) ? 0 : h) + (reads(adapted.down) ? 0 : i);
  return adapted.elements * copies - spared * elementBytes;
}

/** Bytes that one token saves in one layer, without checkpointing. */
function savedPerLayer(s: Setup, elementBytes: number): number {
  const { shape, train: t } = s;
  const intermediate = shape.gatedMlp ? constant.savedIntermediateGated.value : constant.savedIntermediatePlain.value;
  const hidden = shape.gatedMlp ? constant.savedHiddenPerLayer.value : constant.savedHiddenPerLayerLayerNorm.value;
  const routed = shape.mixtureOfExperts ? constant.routedHiddenPerExpert.value * shape.expertsPerToken : 0;
  const linear =
    ((hidden + routed) * shape.hiddenSize +
      constant.savedKvPerLayer.value * shape.kvDim +
      intermediate * shape.activeIntermediateSize) *
    elementBytes;
  const pair = elementBytes === 4 ? constant.eagerPairBytesFp32.value : constant.eagerPairBytes16.value;
  const scores = t.attention === "eager" ? shape.heads * (t.sequenceLength / t.contextParallel) * pair : 0;
  return (linear + scores) / t.tensorParallel;
}

/** A window narrower than the sequence is a mask of all pairs, one for the batch, through forward and backward. */
function maskBytes(s: Setup, sequences: number): number {
  const { shape, train: t } = s;
  if (t.attention !== "sdpa" || shape.windowLayers === 0 || t.sequenceLength <= shape.window) return 0;
  return sequences * (t.sequenceLength ** 2 / t.contextParallel) * constant.attentionMaskBytes.value;
}

/** Bytes per vocabulary entry and token that the loss holds at its worst moment. */
function lossBytesPerEntry(s: Setup): number {
  const t = s.train;
  if (t.fusedLoss) return constant.fusedLossBytes.value;
  if (t.lossKernel) return constant.kernelLossBytes.value;
  if (t.trainer === "litgpt") return constant.chunkedLossBytes.value;
  // Its cross-entropy is one kernel that writes the gradient over the 16-bit logits (unsloth/kernels/cross_entropy_loss.py).
  if (t.trainer === "unsloth") return constant.kernelLossBytes.value;
  if (t.trainer === "torchtitan") return constant.compiledLossBytes.value;
  // Sharded full training without a named trainer is a pretraining stack, and those use a fused loss kernel.
  if (s.request.trainer === undefined && t.sharding === "fsdp" && t.method === "full")
    return constant.kernelLossBytes.value;
  // DeepSpeed runs fp16 without autocast; model code that leaves the logits alone then keeps the whole loss in 16 bits.
  if (t.sharding.startsWith("zero") && t.trainer !== "megatron" && t.dtype.startsWith("fp16"))
    return constant.engineLossBytes.value;
  if (t.currentTrainer) return constant.stockLossBytesSince5.value;
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
  const traffic = savedPerLayer(s, computeBytes);
  const perLayer = traffic + (adapter ? adapterDifference(s, computeBytes) / t.tensorParallel : 0);
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
  const mask = maskBytes(s, t.microBatchSize * pairs);
  // Of one layer at a time: keys and values of all context-parallel ranks, and their gradients.
  const exchanged =
    t.contextParallel > 1
      ? (constant.contextParallelCopies.value * tokens * t.contextParallel * shape.kvDim * computeBytes) /
        t.tensorParallel
      : 0;
  return {
    tokens,
    saved: tokens * saved * inFlight + mask,
    savedInBackward: tokens * saved * inFlight * copies + mask,
    layerBackward: tokens * (t.gradientCheckpointing === false ? gradients : perLayer + gradients) + exchanged,
    lossBytesPerEntry: lossBytesPerEntry(s),
    perLayerBytes: traffic,
    outputEntries: entries,
    words: tokens,
    loss: tokens * entries * lossBytesPerEntry(s),
    logitsKept: tokens * entries * (t.fusedLoss || t.sharding === "fsdp" || !KEEPS_LOGITS.has(t.trainer) ? 0 : 2),
  };
}
