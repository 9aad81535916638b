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

/** Whether the size of the model is still to be chosen: models that write come in all sizes, the others in their usual one. */
export function sizeIsOpen(brief: Brief): boolean {
  const modality = brief.modality?.value;
  return (
    !brief.model &&
    !brief.parameterCount &&
    (modality === undefined || modality === "llm" || modality === "vlm") &&
    !prefersEncoder(brief)
  );
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
