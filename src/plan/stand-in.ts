import type { Brief, BriefValues } from "../brief/brief.ts";
import { nearestNames, unknownName } from "../catalog/names.ts";
import type { Catalog, Model } from "../catalog/schema.ts";
import { type DefaultModel, defaultModel } from "./defaults.ts";

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

/** The usual member of a line. Lines of language models are not listed: their sizes differ a hundredfold. */
function usualOf(name: string, modality: BriefValues["modality"]): string | undefined {
  const text = modality === undefined || modality === "llm";
  if (text && !/bert|electra|roberta/i.test(name)) return undefined;
  return FAMILIES.find(([p]) => p.test(name))?.[1];
}

/** Lower-case letters and digits of a name, without its organisation. */
const squash = (name: string): string =>
  name
    .toLowerCase()
    .replace(/^.*\//, "")
    .replace(/^meta-/, "")
    .replace(/[^a-z0-9]+/g, "");
/** Digits that belong to a line's name and give neither version nor size. */
const bare = (name: string): string => name.replace(/wav2vec ?2|r-?cnn|\be5\b/gi, "");

/** Parameters of the language model that most people mean by a line: what fits one common card. */
const USUAL_PARAMETERS = 8e9;

/** Of a line's members: for text the one nearest to the usual size, else the one in the middle. */
function typical(line: readonly Model[], modality: BriefValues["modality"]): Model | undefined {
  const bySize = [...line].sort((a, b) => a.parameterCount - b.parameterCount || (a.id < b.id ? -1 : 1));
  if (line.every((m) => m.modality !== "llm" && m.modality !== "vlm"))
    return bySize[Math.floor((bySize.length - 1) / 2)];
  // A model that also sees counts as twice as far off where text was meant.
  const off = (m: Model) =>
    Math.abs(Math.log(m.parameterCount / USUAL_PARAMETERS)) +
    (m.modality === "vlm" && modality !== "vlm" ? Math.LN2 : 0);
  return bySize.reduce<Model | undefined>(
    (best, m) => (best === undefined || off(m) < off(best) - 1e-9 ? m : best),
    undefined,
  );
}

/** A published model that is named down to its size: another size is another answer. */
const PUBLISHED = /\/|[-_ ](?:xxs|xs|tiny|mini|small|base|medium|large|huge|giant|xl|xxl)(?![a-z])/i;

/**
 * What is planned where the catalog does not know a name and no size was given: the usual member of its line
 * ("yolov8", "llama 3.1", "resnet"), else the default for the kind of work. Never in silence: `why` says so, with near names.
 * Only where hardware was named beside a published model of another size is the size asked for: whether a model fits a
 * person's own card cannot be answered with a smaller one.
 */
export function standIn(name: string, brief: Brief, catalog: Catalog): DefaultModel {
  const modality = brief.modality?.value;
  const stem = squash(name);
  const versioned = /\d/.test(bare(name));
  const usual = usualOf(name, modality);
  if (usual && !versioned) return { id: usual, why: `"${name}" was named without a size: its usual one` };
  const of = (start: string): Model | undefined =>
    start.length < 3
      ? undefined
      : typical(
          catalog.models.filter((m) => squash(m.id).startsWith(start) && fits(m, modality)),
          modality,
        );
  const member = of(stem);
  if (member) return { id: member.id, why: `"${name}" was named without a size: planned with this one of its line` };
  const near = nearestNames(
    name,
    catalog.models.map((m) => m.id),
    2,
  );
  const unknown = `"${name}" is not in the catalog${near.length > 0 ? ` (did you mean ${near.join(" or ")}?)` : ""}`;
  if (PUBLISHED.test(name) && (brief.accelerator || brief.acceleratorMemoryGib))
    throw unknownName(
      "model",
      name,
      catalog.models,
      'Its size decides whether it fits: give it, such as "an 11B model".',
    );
  const relative = usual ?? of(/^[a-z]+/.exec(stem)?.[0] ?? "")?.id;
  if (relative)
    return {
      id: relative,
      why: `${unknown}: planned with a relative; give its size for another, such as parameterCount=7e9`,
    };
  const other = defaultModel(brief);
  return { id: other.id, why: `${unknown}: ${other.why}; give its size for another, such as parameterCount=7e9` };
}

/** An encoder is a language model to a person who describes a workload, and so is one that also sees. */
const fits = (m: Model, modality: BriefValues["modality"]): boolean =>
  modality === undefined || m.modality === modality || (modality === "llm" && /^(?:encoder|vlm)$/.test(m.modality));
