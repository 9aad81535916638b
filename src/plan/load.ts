import type { Brief } from "../brief/brief.ts";
import { imageTokens, modalityShape, READABLE_SIDE } from "../estimate/modality.ts";
import { number } from "./format.ts";
import type { Assume } from "./resolve.ts";
import type { Sample } from "./sample.ts";
import type { ServingWorkload, Workload, WorkloadModel } from "./workload.ts";

/** A page of text, tokens. */
const PAGE_TOKENS = 512;
/** 150 words a minute of speech and 4 tokens to 3 words are 3.3 a second; time stamps and other languages take the rest. */
const TRANSCRIPT_TOKENS_PER_SECOND = 4;

/** One or two people who ask twice a minute. */
const OWN_USE = 0.05;

/** Encoders, embedders, classifiers of images, sound or tables, and models that draw: nothing is written token by token, so no continuous batching. */
export function answersInOnePass({ model: { architecture: a } }: Pick<Workload, "model">): boolean {
  if (a.modality === "audio") return !a.encoderLayers;
  return ["encoder", "embedding", "vision", "tabular", "diffusion"].includes(a.modality ?? "llm");
}

/** What one request is, for people. */
export const requestText = ({ media, promptTokens, outputTokens }: ServingWorkload): string =>
  media !== undefined
    ? outputTokens > 0
      ? `${media} and a transcript of ${number(outputTokens)} tokens`
      : media
    : outputTokens > 0
      ? `${number(promptTokens)} tokens in and ${number(outputTokens)} out`
      : `${number(promptTokens)} tokens`;

/** What the finished model must bear. */
export function resolveServing(
  brief: Brief,
  model: WorkloadModel,
  sample: Sample,
  { owned, phase }: { owned: boolean; phase: Workload["phase"] },
  assume: Assume,
): ServingWorkload {
  const users = brief.concurrentUsers?.value;
  const request = requestOf(brief, model, sample, phase, assume);
  const tokens = brief.tokensPerSecond?.value;
  const requestsPerSecond =
    brief.requestsPerSecond?.value ??
    (tokens !== undefined
      ? (tokens * (users ?? 1)) / (request.outputTokens || request.promptTokens)
      : users !== undefined
        ? assume("requestsPerSecond", users / 30, "each user asks about twice a minute")
        : owned || brief.deploymentTarget?.value === "local"
          ? assume("requestsPerSecond", OWN_USE, "nothing was said about load: a person or two on your own machine")
          : assume("requestsPerSecond", 1, "nothing was said about load"));
  const format = servedFormat(brief);
  return {
    requestsPerSecond,
    ...request,
    ...(brief.latencyMs ? { latencyMs: brief.latencyMs.value } : {}),
    ...(users === undefined ? {} : { concurrentUsers: users }),
    ...(format === undefined ? {} : { quantization: format }),
  };
}

type Request = Pick<ServingWorkload, "promptTokens" | "outputTokens" | "media">;

/** Text is counted in tokens; of pictures and sound the positions count that the model makes of them. */
function requestOf(
  brief: Brief,
  model: WorkloadModel,
  sample: Sample,
  phase: Workload["phase"],
  assume: Assume,
): Request {
  const { imageSize: side, audioSeconds, sequenceLength: positions } = sample;
  const modality = model.architecture.modality;
  if (audioSeconds !== undefined)
    return {
      media: `a clip of ${number(audioSeconds)} s`,
      promptTokens: positions,
      outputTokens: answersInOnePass({ model })
        ? 0
        : Math.round(
            brief.outputTokens?.value ??
              assume("outputTokens", TRANSCRIPT_TOKENS_PER_SECOND * audioSeconds, "four tokens a second of speech"),
          ),
    };
  if (side !== undefined && modality !== "vlm")
    return { media: `an image of ${number(side)} pixels a side`, promptTokens: positions, outputTokens: 0 };
  if (modality === "tabular") return { media: "a row", promptTokens: 1, outputTokens: 0 };
  if (answersInOnePass({ model }))
    return {
      promptTokens: Math.round(
        brief.promptTokens?.value ??
          (brief.sequenceLength ? positions : assume("promptTokens", positions, "a usual length of texts")),
      ),
      outputTokens: 0,
    };
  const outputTokens = Math.round(brief.outputTokens?.value ?? assume("outputTokens", 256, "a typical answer"));
  return {
    promptTokens: Math.round(brief.promptTokens?.value ?? assumedPrompt(brief, model, phase, assume)),
    outputTokens,
  };
}

/**
 * A typical request: a page of text, and the tokens that its images become. A model that was tuned on images is asked
 * about one; one that is served as it is may answer text alone.
 */
function assumedPrompt(
  brief: Brief,
  { architecture }: WorkloadModel,
  phase: Workload["phase"],
  assume: Assume,
): number {
  const usual = phase === "serve" ? 0 : 1;
  const images = architecture.modality === "vlm" ? (brief.imagesPerPrompt?.value ?? usual) : 0;
  if (images === 0) return assume("promptTokens", PAGE_TOKENS, "a typical request");
  const side = brief.imageSize?.value ?? READABLE_SIDE;
  const each = imageTokens(modalityShape(architecture), side);
  const why = `${PAGE_TOKENS} of text and ${images} × ${each} of an image of ${side} pixels a side; other media are not counted`;
  return assume("promptTokens", PAGE_TOKENS + images * each, why);
}

/** The format that a server was asked for. Formats of training, such as nf4, say nothing of it. */
function servedFormat(brief: Brief): ServingWorkload["quantization"] {
  const { baseQuantization: said, dtype } = brief.current?.value ?? {};
  if (said === "awq-int4" || said === "gptq-int4" || said === "fp8" || said === "int8") return said;
  // A precision that is stated of a model that is served as it is means no other.
  return brief.phase?.value === "serve" && said === undefined && dtype !== undefined && dtype !== "fp32"
    ? "none"
    : undefined;
}
