import type { Activations } from "./activations.ts";
import { constant } from "./constants.ts";
import { outputEntries } from "./modality.ts";
import { modalityConstant } from "./modality-constants.ts";
import type { Setup } from "./setup.ts";

const MIB = 2 ** 20;

/** Families whose code has dropout in every layer while training. */
const DROPOUT = /bert|roberta|bart|t5|wav2vec|hubert|e5|bge|minilm|mpnet|snowflake|gte|mxbai|deberta|^$/;

interface Sample {
  /** Everything the backward pass reads, of one sample, in bytes. */
  all: number;
  /** What is kept of it with checkpointing. */
  kept: number;
  /** The largest recomputed piece, with its gradients. */
  recomputed: number;
  /** Gradients alive in the backward pass without checkpointing. */
  gradients: number;
  positions: number;
  /** Tokens that a vocabulary is predicted for. */
  words: number;
}

/** Bytes per head and pair of positions where attention is not fused. Only position biases keep today's code from fusing it. */
function eagerScoreBytes(s: Setup): number {
  const { shape, train: t } = s;
  // Scores, softmax, its dropout and the mask: 4 + 4 + 4 + 1 (Korthikanti et al. 2022, §4.1).
  if (/^(bert|distilbert|modernbert|whisper|wav2vec2|hubert)$/.test(shape.family)) return t.dtype === "fp32" ? 13 : 7;
  if (t.dtype.endsWith("mixed")) return modalityConstant.eagerScoreMixed.value;
  return t.dtype === "fp32" ? modalityConstant.eagerScoreFp32.value : modalityConstant.eagerScoreHalf.value;
}

/** Bytes per position of one transformer block, and of the gradients alive beside it. */
function block(s: Setup, length: number): { saved: number; gradients: number } {
  const { shape, train: t } = s;
  const mixed = t.dtype.endsWith("mixed");
  const b = t.dtype === "fp32" ? 4 : 2;
  const intermediate = shape.gatedMlp ? constant.savedIntermediateGated.value : constant.savedIntermediatePlain.value;
  const denoiser = shape.modality === "diffusion";
  // An embedding model with a gated MLP is a decoder with RMSNorm, which keeps fp32 copies.
  const plain =
    shape.modality === "embedding" && shape.gatedMlp
      ? constant.savedHiddenPerLayer.value
      : constant.savedHiddenPerLayerLayerNorm.value;
  const hidden = denoiser ? modalityConstant.imageBlockHidden.value : plain;
  const elements =
    hidden * shape.hiddenSize +
    constant.savedKvPerLayer.value * shape.kvDim +
    intermediate * shape.activeIntermediateSize;
  const scores = t.attention === "eager" ? shape.heads * length * eagerScoreBytes(s) : 0;
  const norms = mixed ? modalityConstant.autocastNormBytes.value * shape.hiddenSize : 0;
  const dropout =
    shape.modality !== "vision" &&
    !denoiser &&
    !shape.gatedMlp &&
    DROPOUT.test(shape.family) &&
    shape.kind !== "seq2seq"
      ? modalityConstant.dropoutBytes.value * shape.hiddenSize
      : 0;
  // Frozen matrices need no inputs: an adapter on the attention alone leaves most of the block out.
  const narrow =
    denoiser && t.method !== "full" && t.loraTargets !== "all-linear" ? modalityConstant.frozenBlockShare.value : 1;
  return {
    saved: elements * b * narrow + scores + norms + dropout,
    gradients:
      (constant.backwardHiddenPerLayer.value * shape.hiddenSize +
        (constant.backwardIntermediatePerLayer.value / 2) * shape.activeIntermediateSize) *
      b,
  };
}

/** MiB per GMAC/sqrt(million parameters) of a family of feature-map networks. */
function mapsOf(s: Setup): number {
  const name = `${s.shape.family} ${s.modelName}`.toLowerCase();
  if (/wide_resnet/.test(name)) return modalityConstant.mapsWide.value;
  if (/resnet(18|34)/.test(name)) return modalityConstant.mapsBasic.value;
  if (/resnext|regnet/.test(name)) return modalityConstant.mapsGrouped.value;
  if (/efficientnetv2/.test(name)) return modalityConstant.mapsFused.value;
  if (/mobilenetv4/.test(name)) return modalityConstant.mapsMobile4.value;
  if (/efficientnet|mobilenet/.test(name)) return modalityConstant.mapsInverted.value;
  if (/resnet/.test(name)) return modalityConstant.mapsBottleneck.value;
  if (/convnext/.test(name)) return modalityConstant.mapsConvNext.value;
  if (/swin|maxvit/.test(name)) return modalityConstant.mapsWindowed.value;
  return modalityConstant.mapsUnknown.value;
}

/** Feature maps of one image: convolutions, windowed attention, UNets. */
function maps(s: Setup): Sample {
  const { shape, train: t } = s;
  const wide = t.dtype === "fp32" ? 2 : 1;
  const positions = t.sequenceLength;
  // Positions are multiply-accumulates over parameters.
  const gmacs = (positions * shape.parameterCount) / 1e9;
  const unet = shape.modality === "diffusion";
  const size = s.request.imageSize ?? (shape.family === "sdxl" ? 1024 : 512);
  const all = !unet
    ? ((mapsOf(s) * gmacs) / Math.sqrt(shape.parameterCount / 1e6)) * MIB * wide
    : shape.family === "sdxl"
      ? modalityConstant.unetBytesLarge.value * (size / 1024) ** 2 * wide
      : modalityConstant.unetBytesSmall.value * (size / 512) ** 2 * wide;
  const share = unet ? modalityConstant.unetCheckpointed.value : modalityConstant.mapsCheckpointed.value;
  return { all, kept: all * share * 0.5, recomputed: all * share * 0.5, gradients: all * 0.03, positions, words: 0 };
}

/** An encoder's positions, or image patches and latents. */
function positions(s: Setup): Sample {
  const { shape, train: t } = s;
  const length = t.sequenceLength / t.contextParallel;
  const b = t.dtype === "fp32" ? 4 : 2;
  const one = block(s, length);
  const residual = t.dtype === "bf16" || t.dtype === "fp16" || t.method !== "full" ? 2 : 4;
  const stem =
    shape.audio && shape.modality === "audio"
      ? (t.sequenceLength / 50) *
        modalityConstant.speechStemBytes.value *
        b *
        (t.dtype.endsWith("mixed") ? modalityConstant.speechStemAutocast.value : 1)
      : length * modalityConstant.boundaryHidden.value * shape.hiddenSize * b;
  return {
    all: shape.layers * length * one.saved + stem,
    kept: shape.layers * length * shape.hiddenSize * residual + stem,
    recomputed: length * (one.saved + one.gradients),
    gradients: length * one.gradients,
    positions: length,
    words: length,
  };
}

/** An encoder's positions read by a decoder. */
function encoderDecoder(s: Setup): Sample {
  const { shape, train: t } = s;
  const b = t.dtype === "fp32" ? 4 : 2;
  const read = t.sequenceLength;
  const written = t.outputLength;
  const encoder = block(s, read);
  const decoder = block(s, written);
  const cross =
    modalityConstant.crossAttentionHidden.value * shape.hiddenSize * b +
    (t.attention === "eager" ? shape.heads * read * eagerScoreBytes(s) : 0);
  // Keys and values of the encoder's output, in every decoder layer.
  const memory = read * 2 * shape.kvDim * b;
  const residual = t.dtype === "bf16" || t.dtype === "fp16" || t.method !== "full" ? 2 : 4;
  // Two convolutions over the mel frames, twice as many as positions, each with its activation.
  const stem = shape.audio ? read * 6 * shape.hiddenSize * b : 0;
  const largest = Math.max(
    read * (encoder.saved + encoder.gradients),
    written * (decoder.saved + decoder.gradients + cross) + memory,
  );
  return {
    all:
      shape.encoderLayers * read * encoder.saved + shape.layers * (written * (decoder.saved + cross) + memory) + stem,
    kept: (shape.encoderLayers * read + shape.layers * written) * shape.hiddenSize * residual + stem,
    recomputed: largest,
    gradients: read * encoder.gradients,
    positions: read,
    words: written,
  };
}

/** What a micro batch of another modality than decoders leaves in memory. */
export function modalityActivations(s: Setup): Activations {
  const { shape, train: t } = s;
  const sample = shape.kind === "maps" ? maps(s) : shape.kind === "seq2seq" ? encoderDecoder(s) : positions(s);
  // Contrastive training encodes the query and the passage of every pair.
  const samples = t.microBatchSize * (shape.modality === "embedding" ? 2 : 1);
  const split = t.tensorParallel;
  const checkpointed = t.gradientCheckpointing !== false;
  const entries = outputEntries(shape, shape.vocabSize, t.task) / split;
  const words = samples * sample.words;
  const lossBytes = t.fusedLoss ? constant.fusedLossBytes.value : modalityConstant.sequenceLossBytes.value;
  const saved = (samples * (checkpointed ? Math.min(sample.all, sample.kept) : sample.all)) / split;
  return {
    tokens: samples * sample.positions,
    saved,
    savedInBackward: saved,
    lastLayer: checkpointed ? 0 : (samples * Math.max(0, sample.recomputed - sample.gradients)) / split,
    layerBackward: (samples * (checkpointed ? sample.recomputed : sample.gradients)) / split,
    loss: words * entries * lossBytes,
    logitsKept: words * entries * (t.fusedLoss ? 0 : 2),
    lossBytesPerEntry: lossBytes,
    outputEntries: entries,
    words,
    perLayerBytes: sample.all / sample.positions / shape.layers / split,
  };
}
