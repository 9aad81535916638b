import type { Model } from "../catalog/schema.ts";
import { AdvisorError } from "../error.ts";
import type { Assumption } from "./answer.ts";
import { constant } from "./constants.ts";
import type { Device } from "./device.ts";
import { type SampleDefaults, sampleDefaults } from "./modality.ts";
import type { EstimateRequest } from "./request.ts";
import type { Shape } from "./shape.ts";

/** Fields of a request that every formula may read: filled in. */
type Filled =
  | "acceleratorCount"
  | "nodeCount"
  | "method"
  | "baseQuantization"
  | "loraRank"
  | "loraTargets"
  | "loraDropout"
  | "trainableModules"
  | "dtype"
  | "optimizer"
  | "task"
  | "sharding"
  | "tensorParallel"
  | "pipelineParallel"
  | "contextParallel"
  | "expertParallel"
  | "offload"
  | "sequenceLength"
  | "microBatchSize"
  | "gradientAccumulationSteps"
  | "gradientCheckpointing"
  | "attention"
  | "fusedLoss"
  | "trainer"
  | "contextLength"
  | "outputLength"
  | "concurrentRequests"
  | "gpuMemoryUtilization"
  | "engine"
  | "kvCacheDtype";
/** Fields whose absence means something. */
type Optional =
  | "computeDtype"
  | "optimizerImplementation"
  | "optimizerInBackward"
  | "evaluationBatchSize"
  | "evaluationGenerates"
  | "activationOffload"
  | "maxNumSeqs";

/** The run's settings with nothing missing. */
export type Settings = { [K in Exclude<Filled, "fusedLoss">]: NonNullable<EstimateRequest[K]> } & {
  [K in Optional]: EstimateRequest[K];
} & {
  /** Logits are never whole. */
  fusedLoss: boolean;
  /** Only the loss itself is one kernel. */
  lossKernel: boolean;
  /** The trainer's library is transformers 5 or later. */
  currentTrainer: boolean;
};

/** Positions that one request occupies, and the one that leaves. */
const contextOf = (sample: SampleDefaults): number => (sample.sequenceLength ?? 512) + (sample.answerLength ?? 1);

type Assume = <T>(field: string, given: T | undefined, value: NonNullable<T>, why: string) => NonNullable<T>;

/** Tokens that a training run writes: completions to learn from, or answers of its evaluation. */
function writtenLength(
  { task, evaluationGenerates, outputLength, sequenceLength = constant.usualSampleTokens.value }: EstimateRequest,
  assume: Assume,
) {
  if (task === "grpo") {
    const half = Math.max(1, Math.floor(sequenceLength / 2));
    return assume(
      "outputLength",
      outputLength,
      Math.min(constant.usualCompletionTokens.value, half),
      "a completion: TRL's max_completion_length",
    );
  }
  if (evaluationGenerates)
    return assume("outputLength", outputLength, constant.usualAnswerTokens.value, "a typical answer");
  return outputLength ?? constant.usualAnswerTokens.value;
}

/** Trainers whose own configurations recompute attention only. */
const LARGE_SCALE = new Set(["megatron", "nemo", "torchtitan"]);

/** Fills in what a request left out, as the trainers and servers would, and lists every assumption that matters. */
export function settingsOf(
  request: EstimateRequest,
  shape: Shape,
  model: Model | undefined,
  device: Device,
): { train: Settings; assumptions: Assumption[] } {
  const assumptions: Assumption[] = [];
  const serve = request.phase === "serve";
  if (serve && request.outputLength !== undefined && request.outputLength > (request.contextLength ?? 4096))
    throw new AdvisorError(
      "invalid-input",
      `outputLength ${request.outputLength} leaves no room for a prompt in contextLength ${request.contextLength ?? 4096}`,
      "contextLength is prompt and answer together: make it larger than outputLength.",
    );
  const assume: Assume = (field, given, value, why) => {
    if (given !== undefined && given !== null) return given;
    assumptions.push({ field, value, why });
    return value;
  };

  const quantization = request.baseQuantization ?? (request.method === "qlora" ? "nf4" : "none");
  const method = serve
    ? "full"
    : assume(
        "method",
        request.method,
        quantization === "none" ? "lora" : "qlora",
        "what fits most people's hardware; say full for every weight",
      );
  const adapter = method === "lora" || method === "qlora";
  const acceleratorCount = assume(
    "acceleratorCount",
    request.acceleratorCount,
    (request.tensorParallel ?? 1) * (request.pipelineParallel ?? 1) * (request.contextParallel ?? 1),
    "one accelerator unless told otherwise",
  );
  const modern = device.facts?.supportsBf16 ?? true;
  const currentTrainer =
    (request.trainer ?? "transformers") === "transformers" && Number.parseInt(request.trainerVersion ?? "", 10) >= 5;
  const sample = sampleDefaults(request, shape, shape.parameterCount);
  assumptions.push(...sample.assumptions);
  const textual =
    shape.kind === "decoder" || (shape.kind === "seq2seq" && !shape.audio) || shape.modality === "encoder";
  // Written out field by field: the planner does this hundreds of times for one plan, and a spread is ten times slower.
  const train: Settings = {
    computeDtype: request.computeDtype,
    // transformers 5 steps with torch's fused kernel unless told otherwise (TrainingArguments.optim).
    optimizerImplementation: request.optimizerImplementation ?? (currentTrainer ? "fused" : "foreach"),
    // torchtune's single-device recipe for full fine-tuning pairs paged states with the step inside backward.
    optimizerInBackward:
      request.trainer === "torchtune" &&
      method === "full" &&
      acceleratorCount === 1 &&
      request.optimizer?.startsWith("paged")
        ? assume("optimizerInBackward", request.optimizerInBackward, true, "torchtune's low-memory recipe")
        : request.optimizerInBackward,
    evaluationBatchSize: request.evaluationBatchSize,
    evaluationGenerates: request.evaluationGenerates,
    activationOffload: request.activationOffload,
    maxNumSeqs: request.maxNumSeqs,
    acceleratorCount,
    nodeCount: request.nodeCount ?? 1,
    method,
    baseQuantization:
      request.baseQuantization === undefined && quantization !== "none"
        ? assume("baseQuantization", request.baseQuantization, quantization, "QLoRA's usual base")
        : quantization,
    loraRank: adapter ? assume("loraRank", request.loraRank, 16, "the usual rank") : (request.loraRank ?? 16),
    loraTargets: adapter
      ? assume(
          "loraTargets",
          request.loraTargets,
          "all-linear",
          "adapters on every linear layer learn best (QLoRA paper, §4)",
        )
      : (request.loraTargets ?? "all-linear"),
    loraDropout: request.loraDropout ?? constant.usualLoraDropout.value,
    trainableModules: request.trainableModules ?? [],
    dtype: serve
      ? (request.dtype ?? "bf16")
      : assume(
          "dtype",
          request.dtype,
          modern ? (adapter ? "bf16" : "bf16-mixed") : "fp16-mixed",
          modern
            ? adapter
              ? "16-bit base, as PEFT loads it"
              : "fp32 master weights with bf16 compute"
            : "this card has no bf16",
        ),
    optimizer: serve
      ? (request.optimizer ?? "adamw")
      : assume("optimizer", request.optimizer, "adamw", "the trainers' default"),
    task: request.task ?? "sft",
    sharding: request.sharding ?? "none",
    tensorParallel:
      serve && request.tensorParallel === undefined && request.pipelineParallel === undefined && acceleratorCount > 1
        ? assume(
            "tensorParallel",
            request.tensorParallel,
            acceleratorCount,
            "a server splits each layer over its devices",
          )
        : (request.tensorParallel ?? 1),
    pipelineParallel: request.pipelineParallel ?? 1,
    contextParallel: request.contextParallel ?? 1,
    expertParallel: request.expertParallel ?? 1,
    offload: request.offload ?? "none",
    sequenceLength:
      sample.sequenceLength !== undefined
        ? sample.sequenceLength
        : serve
          ? (request.sequenceLength ?? constant.usualSampleTokens.value)
          : assume(
              "sequenceLength",
              request.sequenceLength,
              Math.min(constant.usualSampleTokens.value, model?.maxContextLength ?? Number.POSITIVE_INFINITY),
              "a common length for instruction data",
            ),
    microBatchSize:
      sample.microBatchSize !== undefined
        ? sample.microBatchSize
        : serve
          ? (request.microBatchSize ?? 1)
          : assume("microBatchSize", request.microBatchSize, 1, "one sequence per device at a time"),
    gradientAccumulationSteps: request.gradientAccumulationSteps ?? 1,
    gradientCheckpointing: serve
      ? (request.gradientCheckpointing ?? false)
      : assume(
          "gradientCheckpointing",
          request.gradientCheckpointing,
          LARGE_SCALE.has(request.trainer ?? "") ? "selective" : true,
          LARGE_SCALE.has(request.trainer ?? "")
            ? "this trainer's default at scale"
            : "the usual choice when memory is short",
        ),
    attention: request.attention ?? "sdpa",
    fusedLoss: request.fusedLoss === true,
    lossKernel: request.fusedLoss === "kernel",
    currentTrainer,
    trainer: serve
      ? (request.trainer ?? "transformers")
      : assume("trainer", request.trainer, "transformers", "the most common trainer"),
    contextLength: !textual
      ? contextOf(sample)
      : serve
        ? assume("contextLength", request.contextLength, 4096, "prompt and answer of one request")
        : (request.contextLength ?? 4096),
    outputLength:
      sample.answerLength !== undefined
        ? sample.answerLength
        : !textual
          ? 1
          : serve
            ? assume(
                "outputLength",
                request.outputLength,
                Math.max(
                  1,
                  Math.min(constant.usualAnswerTokens.value, Math.floor((request.contextLength ?? 4096) / 2)),
                ),
                "a typical answer",
              )
            : writtenLength(request, assume),
    concurrentRequests: serve
      ? assume("concurrentRequests", request.concurrentRequests, 1, "one request at a time")
      : (request.concurrentRequests ?? 1),
    gpuMemoryUtilization: request.gpuMemoryUtilization ?? constant.serverMemoryShare.value,
    engine: !serve
      ? (request.engine ?? "vllm")
      : textual || shape.modality === "embedding" || shape.audio
        ? assume("engine", request.engine, "vllm", "the most common server for language models")
        : assume(
            "engine",
            request.engine,
            "transformers",
            "PyTorch as it is: engines for language models do not serve this",
          ),
    kvCacheDtype: request.kvCacheDtype ?? "bf16",
  };
  return { train, assumptions };
}
