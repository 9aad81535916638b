import type { Architecture, Modality, Model } from "../catalog/schema.ts";
import type { Assumption } from "./answer.ts";
import type { EstimateRequest } from "./request.ts";

/**
 * How a model turns a sample into activations. `decoder`: tokens and vocabulary logits. `encoder`: tokens, no logits
 * unless words are predicted. `seq2seq`: an encoder's positions and a decoder's tokens. `patches`: image patches or latents
 * as tokens. `maps`: feature maps whose size follows from multiply-accumulates (convolutions, windowed attention, UNets).
 */
type Kind = "decoder" | "encoder" | "seq2seq" | "patches" | "maps";

/** What of a model is not a decoder's dimensions. */
export interface ModalityShape {
  modality: Modality;
  kind: Kind;
  family: string;
  encoderLayers: number;
  /** Loaded beside the model and frozen: a vision tower, text encoders, a VAE. */
  companionParameterCount: number;
  /** Image side that `gmacs` was counted at, pixels. */
  inputSize: number;
  /** Forward multiply-accumulates of one image at `inputSize`; 0 where unknown. */
  macs: number;
  /** Side of one image token, pixels; 0 where images have a fixed number of tokens. */
  imageTokenSide: number;
  audio: boolean;
}

const UNETS = new Set(["sd1", "sd2", "sdxl"]);
const MAPS = /resne|efficientnet|mobilenet|regnet|convnext|swin|maxvit|yolo|detr|convolution/;

function kindOf(a: Architecture | Model, modality: Modality, family: string): Kind {
  if (modality === "diffusion") return UNETS.has(family) ? "maps" : "patches";
  if (modality === "vision") return MAPS.test(family) || ("id" in a && MAPS.test(a.id)) ? "maps" : "patches";
  if (modality === "audio") return a.encoderLayers ? "seq2seq" : "encoder";
  if (modality === "encoder" || modality === "embedding") return "encoder";
  return a.encoderLayers ? "seq2seq" : "decoder";
}

/** Side of one image token: patch × merge, from published configurations; Gemma pools every image to 256 tokens. */
function imageTokenSide(family: string): number {
  if (/gemma/.test(family)) return 0;
  return /qwen3/.test(family) ? 32 : 28;
}

export function modalityShape(a: Architecture | Model): ModalityShape {
  const modality = a.modality ?? "llm";
  const family = "family" in a ? a.family : "";
  const patch = "id" in a ? /patch(\d+)|[LHgG]-(\d+)/.exec(a.id) : null;
  return {
    modality,
    kind: kindOf(a, modality, family),
    family,
    encoderLayers: a.encoderLayers ?? 0,
    companionParameterCount: ("companionParameterCount" in a ? a.companionParameterCount : undefined) ?? 0,
    inputSize: ("inputSize" in a ? a.inputSize : undefined) ?? 224,
    macs: (("gmacs" in a ? a.gmacs : undefined) ?? 0) * 1e9,
    imageTokenSide:
      modality === "vlm"
        ? imageTokenSide(family)
        : modality === "diffusion"
          ? 16
          : Number(patch?.[1] ?? patch?.[2] ?? 16),
    audio: modality === "audio",
  };
}

/** Depth and width of a vision transformer by size: ViT-Ti to ViT-g (Dosovitskiy et al. 2021, table 1; Zhai et al. 2022, table 2). */
function visionTransformer(n: number): { layers: number; hiddenSize: number } {
  const layers = n < 2e8 ? 12 : n < 3.6e8 ? 24 : n < 5e8 ? 27 : n < 8e8 ? 32 : 40;
  return { layers, hiddenSize: Math.round(Math.sqrt(n / (12 * layers)) / 32) * 32 || 32 };
}

/** Depth and width of a diffusion transformer: SD3's width is 64 × depth; FLUX.1 has 19 double and 38 single blocks of 3072. */
function diffusionTransformer(n: number, family: string): { layers: number; hiddenSize: number } {
  if (family === "flux1") return { layers: 57, hiddenSize: 3072 };
  // UNets, by their attention blocks: 16 of 800 channels on average, 70 of nearly 1280.
  if (family === "sd1") return { layers: 16, hiddenSize: 800 };
  if (family === "sdxl") return { layers: 70, hiddenSize: 1280 };
  // FLUX.2 dev: 8 double and 48 single blocks of 48 heads × 128 (its transformer's config.json).
  if (family === "flux2") return { layers: 56, hiddenSize: 6144 };
  const layers = Math.max(2, Math.round(24 * (n / 2e9) ** (1 / 3)));
  return { layers, hiddenSize: 64 * layers };
}

/** Fills in what an architecture of another modality leaves out, so that nothing is taken from a decoder of its size. */
export function completeArchitecture(a: Architecture | Model): Architecture | Model {
  const { modality, kind, family } = modalityShape(a);
  if (modality === "llm" || modality === "vlm") return a;
  const n = a.parameterCount;
  const plain = { gatedMlp: a.gatedMlp ?? false, tieEmbeddings: a.tieEmbeddings ?? true };
  if (modality === "diffusion" || modality === "vision") {
    const known = modality === "diffusion" ? diffusionTransformer(n, family) : visionTransformer(n);
    const hiddenSize = a.hiddenSize ?? known.hiddenSize;
    const heads = a.heads ?? Math.max(1, Math.round(hiddenSize / (a.headDim ?? 64)));
    return {
      ...a,
      ...plain,
      // FLUX.2's MLP is gated and three widths wide.
      ...(family === "flux2" ? { gatedMlp: true } : {}),
      hiddenSize,
      layers: a.layers ?? known.layers,
      heads,
      kvHeads: a.kvHeads ?? heads,
      intermediateSize: a.intermediateSize ?? (family === "flux2" ? 3 : 4) * hiddenSize,
      // No vocabulary: one entry, so that nothing divides by zero.
      vocabSize: 1,
      modality,
    };
  }
  const embedding = "embeddingParameterCount" in a ? a.embeddingParameterCount : undefined;
  const dimension = "embeddingDimension" in a ? a.embeddingDimension : undefined;
  const hiddenSize = a.hiddenSize ?? dimension ?? Math.max(64, Math.round(Math.sqrt(n / 200) / 64) * 64);
  const vocabSize =
    a.vocabSize ??
    (kind === "seq2seq" ? 51_866 : modality === "audio" ? 32 : Math.round((embedding ?? n * 0.25) / hiddenSize));
  const linear = Math.max(n * 0.02, n - vocabSize * hiddenSize);
  const heads = a.heads ?? Math.max(1, Math.round(hiddenSize / (a.headDim ?? 64)));
  return {
    ...a,
    ...plain,
    hiddenSize,
    // A layer of width h has 12 h² parameters: four projections and an MLP of 4 h.
    layers: a.layers ?? Math.max(1, Math.round(linear / (12 * hiddenSize * hiddenSize))),
    heads,
    kvHeads: a.kvHeads ?? heads,
    intermediateSize: a.intermediateSize ?? 4 * hiddenSize,
    vocabSize,
    modality,
  };
}

/** What one sample looks like to the model, and what had to be assumed. */
export interface SampleDefaults {
  /** Positions of the encoder, of the denoiser or of the whole sequence. */
  sequenceLength: number | undefined;
  microBatchSize: number | undefined;
  /** Tokens that a decoder behind an encoder writes. */
  answerLength: number | undefined;
  assumptions: Assumption[];
}

export const WHISPER_SECONDS = 30;
const WHISPER_POSITIONS = 1500;
const WHISPER_ANSWER = 448;
/** wav2vec2 and HuBERT: seven strides of 320 samples together at 16 kHz (Baevski et al. 2020, §2). */
const SPEECH_FRAMES_PER_SECOND = 50;
/** Text tokens beside the image's: T5 at 512 for FLUX, 77 + 256 for Stable Diffusion 3. */
const prompt = (family: string): number => (family.startsWith("flux") ? 512 : 333);

/** Side of a page or a photo whose small print can be read, pixels. */
export const READABLE_SIDE = 896;

/** Tokens of one image in front of a language model. */
export function imageTokens(m: ModalityShape, imageSize: number): number {
  return m.imageTokenSide === 0 ? 256 : Math.max(1, Math.round(imageSize / m.imageTokenSide) ** 2);
}

/** Positions per sample, for models that do not read `sequenceLength` tokens. Undefined for those that do. */
export function sampleDefaults(request: EstimateRequest, m: ModalityShape, parameterCount: number): SampleDefaults {
  const assumptions: Assumption[] = [];
  const assume = (field: string, given: number | undefined, value: number, why: string): number => {
    if (given !== undefined) return given;
    assumptions.push({ field, value, why });
    return value;
  };
  const train = request.phase === "train";
  const none = { sequenceLength: undefined, microBatchSize: undefined, answerLength: undefined, assumptions };
  switch (m.modality) {
    case "vision": {
      const size = assume("imageSize", request.imageSize, m.inputSize, "the size its cost was published at");
      const scale = (size / m.inputSize) ** 2;
      // Positions such that 2 FLOPs per parameter and position are the published cost.
      const positions =
        m.macs > 0 && m.kind === "maps"
          ? (m.macs / parameterCount) * scale
          : (size / Math.max(1, m.imageTokenSide)) ** 2 + 1;
      return {
        ...none,
        sequenceLength: Math.max(1, Math.round(m.macs > 0 || m.kind === "patches" ? positions : 300 * scale)),
        microBatchSize: train
          ? assume("microBatchSize", request.microBatchSize, 32, "a usual batch of images")
          : undefined,
      };
    }
    case "diffusion": {
      const size = assume(
        "imageSize",
        request.imageSize,
        m.family === "sd1" ? 512 : 1024,
        "the size it was trained at",
      );
      return {
        ...none,
        sequenceLength:
          m.kind === "maps"
            ? // UNets: 340 GMACs for SD 1.5 at 512, 2990 for SDXL at 1024, over their parameters.
              Math.max(1, Math.round(m.family === "sdxl" ? 1150 * (size / 1024) ** 2 : 395 * (size / 512) ** 2))
            : Math.round(size / 16) ** 2 + prompt(m.family),
        microBatchSize: train ? assume("microBatchSize", request.microBatchSize, 1, "one image at a time") : undefined,
      };
    }
    case "audio": {
      const seconds = assume(
        "audioSeconds",
        request.audioSeconds,
        m.kind === "seq2seq" ? WHISPER_SECONDS : 15,
        m.kind === "seq2seq" ? "it pads every clip to 30 s" : "a usual length of training clips",
      );
      const batch = train ? assume("microBatchSize", request.microBatchSize, 8, "a usual batch of clips") : undefined;
      if (m.kind !== "seq2seq")
        return {
          ...none,
          sequenceLength: Math.max(1, Math.round(seconds * SPEECH_FRAMES_PER_SECOND)),
          microBatchSize: batch,
        };
      const said = request.outputLength ?? request.sequenceLength;
      const answer = Math.min(
        WHISPER_ANSWER,
        assume("outputLength", said, WHISPER_ANSWER, "the longest transcript of one clip"),
      );
      return {
        ...none,
        sequenceLength: Math.ceil(seconds / WHISPER_SECONDS) * WHISPER_POSITIONS,
        microBatchSize: batch,
        answerLength: answer,
      };
    }
    case "vlm": {
      const size = assume("imageSize", request.imageSize, READABLE_SIDE, "a page or photo at a readable size");
      const images = assume("imagesPerSample", request.imagesPerSample, 1, "one image a sample");
      const words = train ? assume("sequenceLength", request.sequenceLength, 1024, "the words beside the image") : 0;
      return {
        ...none,
        sequenceLength: train ? words + images * imageTokens(m, size) : undefined,
      };
    }
    case "embedding":
      return {
        ...none,
        sequenceLength: train
          ? assume("sequenceLength", request.sequenceLength, 256, "a usual length of passages")
          : request.sequenceLength,
        microBatchSize: train
          ? assume("microBatchSize", request.microBatchSize, 32, "pairs; the others of the batch are the negatives")
          : undefined,
      };
    case "encoder":
      return train
        ? {
            ...none,
            sequenceLength: assume("sequenceLength", request.sequenceLength, 512, "the length most encoders read"),
            microBatchSize: assume("microBatchSize", request.microBatchSize, 16, "a usual batch for classification"),
          }
        : none;
    default:
      if (m.kind !== "seq2seq") return none;
      return {
        ...none,
        sequenceLength: train
          ? assume("sequenceLength", request.sequenceLength, 512, "the text that is read")
          : undefined,
        answerLength: assume("outputLength", request.outputLength, 128, "the text that is written"),
      };
  }
}

/** Vocabulary entries that a token's loss looks at. */
export function outputEntries(m: ModalityShape, vocabSize: number, task: string): number {
  if (m.modality === "vision" || m.modality === "diffusion" || m.modality === "embedding") return 0;
  if (task === "classification" || task === "token-classification") return 0;
  if (m.modality === "encoder" && !/mlm|mask|pretrain/i.test(task)) return 0;
  return vocabSize;
}

/** An embedding model made of a decoder, with RMSNorm: a gated MLP and grouped queries tell it from an encoder. */
export const isDecoderEmbedder = (m: ModalityShape & { gatedMlp: boolean; heads: number; kvHeads: number }): boolean =>
  m.modality === "embedding" && m.gatedMlp && m.kvHeads < m.heads;
