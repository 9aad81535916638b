import type { Brief, BriefValues } from "../brief/brief.ts";

/** A model to plan with where none was named, and why. */
export interface DefaultModel {
  id: string;
  why: string;
}

/** Labels below which features of a self-supervised backbone beat fine-tuning a smaller network (Oquab et al. 2023, DINOv2, §7). */
const FEW_IMAGES = 2000;

const TEXT_CLASSES = new Set(["classification", "token-classification"]);
const SMALL_TARGETS = new Set<BriefValues["deploymentTarget"]>(["mobile", "edge", "browser"]);

/** The model that most people would start from, for each kind of work: openly licensed, not gated, small enough for one common card. */
export function defaultModel(brief: Brief): DefaultModel {
  const task = brief.task?.value;
  const small = SMALL_TARGETS.has(brief.deploymentTarget?.value);
  switch (brief.modality?.value) {
    case "vision":
      return vision(task, small, brief.exampleCount?.value);
    case "audio":
      if (task !== undefined && task !== "transcription")
        return { id: "facebook/wav2vec2-base", why: "the usual start for classifying sound" };
      return small
        ? { id: "openai/whisper-base", why: "the largest Whisper that keeps up on a small device" }
        : { id: "openai/whisper-large-v3-turbo", why: "near the best Whisper at an eighth of its decoder" };
    case "embedding":
      return { id: "BAAI/bge-base-en-v1.5", why: "an openly licensed encoder that runs on a processor" };
    case "vlm":
      return { id: "Qwen/Qwen3-VL-8B-Instruct", why: "an open 8B that reads documents and fits one common card" };
    case "diffusion":
      return { id: "stabilityai/stable-diffusion-xl-base-1.0", why: "open weights that adapt on a 16 GB card" };
    default:
      if (!prefersEncoder(brief))
        return { id: "Qwen/Qwen3-8B", why: "an openly licensed 8B that fits one common card" };
      return {
        id: "answerdotai/ModernBERT-base",
        why: "classes need no text written: an encoder of 149M matches a language model here for a fiftieth of the cost",
      };
  }
}

/** Labels rather than text come out, nobody asked for an adapter, and the texts are no longer than encoders read. */
function prefersEncoder(brief: Brief): boolean {
  const length = brief.sequenceLength?.value ?? 0;
  const method = brief.method?.value;
  return (
    TEXT_CLASSES.has(brief.task?.value ?? "") &&
    method !== "lora" &&
    method !== "qlora" &&
    (typeof length === "number" ? length : length.high) <= 8192
  );
}

function vision(task: string | undefined, small: boolean, labels: number | undefined): DefaultModel {
  if (task === "detection" || task === "ocr")
    return small
      ? { id: "ultralytics/yolo11n", why: "the usual detector on small devices; its licence is AGPL-3.0" }
      : { id: "facebook/detr-resnet-50", why: "a detector with an Apache licence; YOLO is faster, under AGPL-3.0" };
  if (task === "segmentation") return { id: "timm/convnext_tiny", why: "a backbone for a segmentation head" };
  if (small) return { id: "timm/mobilenetv3_large_100", why: "made for phones: 5M parameters, 0.3 billion operations" };
  if (labels !== undefined && labels < FEW_IMAGES)
    return { id: "timm/vit_base_patch14_dinov2", why: "self-supervised features: the best start with few labels" };
  return { id: "timm/convnext_tiny", why: "29M parameters that train in hours on a consumer card" };
}

/** Lines of models that people name without a size, and the one most of them mean. */
const FAMILIES: readonly [RegExp, string][] = [
  [/whisper/i, "openai/whisper-large-v3-turbo"],
  [/wav2vec/i, "facebook/wav2vec2-base"],
  [/hubert/i, "facebook/hubert-base-ls960"],
  [/yolo/i, "ultralytics/yolo11m"],
  [/detr|r-?cnn|retinanet/i, "facebook/detr-resnet-50"],
  [/resnet/i, "timm/resnet50"],
  [/mobilenet/i, "timm/mobilenetv3_large_100"],
  [/efficient-?net/i, "timm/efficientnet_b0"],
  [/convnext/i, "timm/convnext_tiny"],
  [/swin/i, "timm/swin_tiny_patch4_window7_224"],
  [/dino/i, "timm/vit_base_patch14_dinov2"],
  [/siglip/i, "google/siglip-base-patch16-224"],
  [/clip/i, "openai/clip-vit-base-patch32"],
  [/\bvit\b|deit|beit/i, "timm/vit_base_patch16_224"],
  [/distil-?bert/i, "distilbert/distilbert-base-uncased"],
  [/modern-?bert/i, "answerdotai/ModernBERT-base"],
  [/xlm-?r/i, "FacebookAI/xlm-roberta-base"],
  [/roberta/i, "FacebookAI/roberta-base"],
  [/deberta/i, "microsoft/deberta-v3-base"],
  [/bert|electra/i, "google-bert/bert-base-uncased"],
  [/bge/i, "BAAI/bge-base-en-v1.5"],
  [/e5/i, "intfloat/e5-base-v2"],
  [/minilm|sbert|sentence/i, "sentence-transformers/all-MiniLM-L6-v2"],
  [/sdxl/i, "stabilityai/stable-diffusion-xl-base-1.0"],
  [/flux/i, "black-forest-labs/FLUX.1-dev"],
  [/stable ?diffusion|\bsd\b/i, "stable-diffusion-v1-5/stable-diffusion-v1-5"],
];

/** The usual member of a line that was named without a size. Lines of language models are not guessed at: their sizes differ a hundredfold. */
export function usualOf(name: string, modality: BriefValues["modality"]): string | undefined {
  const encoder = /bert|electra|roberta/i.test(name);
  if (/\d/.test(name.replace(/wav2vec ?2|r-?cnn|e5|dinov?\d/i, ""))) return undefined;
  return modality === undefined || modality === "llm"
    ? encoder
      ? FAMILIES.find(([p]) => p.test(name))?.[1]
      : undefined
    : FAMILIES.find(([p]) => p.test(name))?.[1];
}
