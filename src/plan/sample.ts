import type { Brief, Ranged } from "../brief/brief.ts";
import type { Modality } from "../catalog/schema.ts";
import { imageTokens, modalityShape, sampleDefaults } from "../estimate/modality.ts";
import { isPreference } from "./recipe.ts";
import type { Assume } from "./resolve.ts";
import type { Workload, WorkloadModel } from "./workload.ts";

/** What one example costs the model. */
export interface Sample {
  /** Longest and typical example: tokens, or the positions that stand for them. */
  sequenceLength: number;
  averageTokens: number;
  imageSize?: number;
  audioSeconds?: number;
}

const high = (value: Ranged): number => (typeof value === "number" ? value : value.high);
const middle = (value: Ranged): number => (typeof value === "number" ? value : (value.low + value.high) / 2);

/** The kind of work: what was said, else what the model reads. Encoders of text are language models to a reader. */
export function modalityOf(brief: Brief, model: WorkloadModel): Modality {
  const own = model.architecture.modality;
  if (model.catalogued && own !== undefined) return own === "encoder" ? "llm" : own;
  return brief.modality?.value ?? (own === undefined || own === "encoder" ? "llm" : own);
}

/** Image sides that tasks are usually trained at, where the model does not fix one: DETR's and YOLO's detectors, and ADE20K's crops. */
const IMAGE_SIZES: Record<string, number> = { detection: 640, ocr: 640, segmentation: 512, classification: 224 };

/** Positions of an example: for text what was said or is usual; for images and sound what the model makes of them. */
export function resolveSample(
  brief: Brief,
  model: WorkloadModel,
  modality: Modality,
  task: string,
  assume: Assume,
): Sample {
  if (modality === "tabular") return { sequenceLength: 1, averageTokens: 1 };
  if (modality === "vision" || modality === "audio" || modality === "diffusion")
    return mediaSample(brief, model, modality, task, assume);
  const text = textSample(brief, model, modality, assume);
  if (modality !== "vlm") return text;
  const m = modalityShape(model.architecture);
  const request = { phase: "train", model: "", accelerator: "", sequenceLength: text.sequenceLength } as const;
  const imageSize = assume("imageSize", brief.imageSize?.value ?? 896, "a page or photo at a readable size");
  const whole = sampleDefaults({ ...request, imageSize }, m, model.architecture.parameterCount).sequenceLength!;
  return { ...text, imageSize, averageTokens: text.averageTokens + whole - text.sequenceLength };
}

/** Positions that a sample's picture takes in front of a language model; none for other models. */
export function imagePositions({ modality, model, imageSize }: Workload): number {
  return modality === "vlm" && imageSize !== undefined ? imageTokens(modalityShape(model.architecture), imageSize) : 0;
}

function mediaSample(brief: Brief, model: WorkloadModel, modality: Modality, task: string, assume: Assume): Sample {
  const { architecture } = model;
  const fixed = "inputSize" in architecture || modality === "diffusion";
  const usual =
    modality !== "vision" ? undefined : fixed && /dinov2/.test(model.id) ? 224 : fixed ? undefined : IMAGE_SIZES[task];
  const imageSize = brief.imageSize?.value ?? usual;
  const audioSeconds = brief.audioSeconds?.value;
  const request = {
    phase: "train",
    model: "",
    accelerator: "",
    ...(imageSize === undefined ? {} : { imageSize }),
    ...(audioSeconds === undefined ? {} : { audioSeconds }),
  } as const;
  const sample = sampleDefaults(request, modalityShape(architecture), architecture.parameterCount);
  const given = new Map(sample.assumptions.map((a) => [a.field, a]));
  const side = given.get("imageSize");
  const seconds = given.get("audioSeconds");
  if (side) assume("imageSize", side.value, side.why);
  else if (usual !== undefined && brief.imageSize === undefined) assume("imageSize", usual, `usual for ${task}`);
  if (seconds) assume("audioSeconds", seconds.value, seconds.why);
  const positions = Math.max(1, sample.sequenceLength ?? 1);
  return {
    sequenceLength: positions,
    averageTokens: positions,
    ...(modality === "audio" ? {} : { imageSize: imageSize ?? (side!.value as number) }),
    ...(modality === "audio" ? { audioSeconds: audioSeconds ?? (seconds!.value as number) } : {}),
  };
}

/** Lengths that texts of a kind usually have: what encoders and passages were trained with. */
function usualLength(model: WorkloadModel, modality: Modality): { tokens: number; why: string } {
  if (model.architecture.modality === "encoder") return { tokens: 512, why: "the length most encoders read" };
  if (modality === "embedding") return { tokens: 256, why: "a usual length of passages" };
  return { tokens: 2048, why: "a common length for instruction data; longer samples are cut" };
}

/** A typical text where only the longest is known. */
export const usualAverage = (sequenceLength: number): number =>
  Math.max(1, Math.round(Math.max(sequenceLength / 4, Math.min(sequenceLength / 2, 512))));

function textSample(brief: Brief, model: WorkloadModel, modality: Modality, assume: Assume): Sample {
  const stated = brief.sequenceLength?.value;
  const typical = brief.averageTokens?.value;
  const tokenCount = brief.tokenCount?.value;
  const exampleCount = brief.exampleCount?.value;
  const maximum = model.maxContextLength ?? Number.POSITIVE_INFINITY;
  const usual = usualLength(model, modality);
  const sequenceLength =
    stated === undefined
      ? assume(
          "sequenceLength",
          Math.min(typical === undefined ? usual.tokens : Math.max(64, Math.ceil(typical * 2)), maximum),
          typical === undefined ? usual.why : "twice the typical sample: the longest are rarely longer",
        )
      : typeof stated === "number" && typical !== undefined && stated <= typical
        ? assume(
            "sequenceLength",
            Math.min(Math.ceil(typical * 2), maximum),
            "you gave a typical length: twice that is planned for the longest",
          )
        : Math.round(high(stated));
  const averageTokens =
    typical ??
    (tokenCount !== undefined && exampleCount !== undefined
      ? Math.max(1, Math.round(tokenCount / exampleCount))
      : tokenCount !== undefined
        ? sequenceLength
        : stated !== undefined && typeof stated !== "number"
          ? Math.round(middle(stated))
          : assume(
              "averageTokens",
              usualAverage(sequenceLength),
              "typical samples are far shorter than the longest; measure yours with `make data`",
            ));
  return { sequenceLength, averageTokens: Math.max(1, Math.round(Math.min(averageTokens, sequenceLength))) };
}

/** Passes over the data that are usual for a kind of training. */
export function usualEpochs(
  modality: Modality,
  task: string,
  exampleCount: number,
  counted: boolean,
): { epochs: number; why: string } {
  if (modality === "vision") return { epochs: 10, why: "ten passes are usual for images, each seen with another crop" };
  if (modality === "diffusion")
    return exampleCount < 200
      ? { epochs: 100, why: "a hundred steps for each picture of a subject (DreamBooth's guide)" }
      : { epochs: 10, why: "ten passes are usual for a style" };
  if (modality === "audio") return { epochs: 5, why: "five passes are usual for adapting speech models" };
  if (counted || task === "pretrain") return { epochs: 1, why: "the tokens were counted: one pass over them" };
  if (isPreference(task)) return { epochs: 1, why: "one pass is usual for preferences: a second learns them by heart" };
  return exampleCount > 100_000
    ? { epochs: 1, why: "one pass over this many examples is usual" }
    : { epochs: 3, why: "three passes are usual for fine-tuning" };
}
