import type { Accelerator } from "../catalog/schema.ts";
import type { Device } from "../estimate/device.ts";
import type { EstimateRequest } from "../estimate/request.ts";
import type { Shape } from "../estimate/shape.ts";
import { assumed } from "./assumptions.ts";
import type { Layout, Machine } from "./layout.ts";
import type { TrainingSettings } from "./plan.ts";
import type { Workload } from "./workload.ts";

type Method = TrainingSettings["method"];

/** How a kind of model is usually trained. */
interface Recipe {
  /** Samples of one optimizer step, over all devices. */
  globalBatch: number;
  /** Micro batches to try, largest first. */
  microBatches: readonly number[];
  learningRate: { full: number; adapter: number };
  /** Whether recomputing activations is given up where memory allows: small models gain a quarter of their time. */
  checkpointing: readonly boolean[];
}

const LLM: Recipe = {
  globalBatch: assumed.globalBatch.value,
  microBatches: [8, 4, 2, 1],
  learningRate: { full: assumed.fullLearningRate.value, adapter: assumed.adapterLearningRate.value },
  checkpointing: [true],
};

/** Two answers are told apart, from a model that writes well already: small steps. */
const PREFERENCE: Recipe = {
  ...LLM,
  learningRate: {
    full: assumed.preferenceFullLearningRate.value,
    adapter: assumed.preferenceAdapterLearningRate.value,
  },
};

/** By modality: the values of Hugging Face's own task guides and of the papers that introduced the models. */
const RECIPES: Record<string, Recipe> = {
  llm: LLM,
  vlm: { ...LLM, learningRate: { full: 1e-5, adapter: 1e-4 } },
  // BERT, appendix A.3: batches of 16 or 32 and 2e-5 to 5e-5.
  encoder: {
    globalBatch: 32,
    microBatches: [32, 16, 8, 4, 2, 1],
    learningRate: { full: 3e-5, adapter: 2e-4 },
    checkpointing: [false, true],
  },
  vision: {
    globalBatch: 64,
    microBatches: [64, 32, 16, 8, 4, 2, 1],
    learningRate: { full: 5e-5, adapter: 5e-4 },
    checkpointing: [false, true],
  },
  // Whisper's fine-tuning guide: 1e-5, sixteen clips a step.
  audio: {
    globalBatch: 16,
    microBatches: [16, 8, 4, 2, 1],
    learningRate: { full: 1e-5, adapter: 1e-3 },
    checkpointing: [false, true],
  },
  // Negatives come from the batch: a large one is worth more than a large step.
  embedding: {
    globalBatch: 128,
    microBatches: [128, 64, 32, 16, 8, 4, 2, 1],
    learningRate: { full: 2e-5, adapter: 2e-4 },
    checkpointing: [false, true],
  },
  diffusion: {
    globalBatch: 4,
    microBatches: [4, 2, 1],
    learningRate: { full: 1e-5, adapter: 1e-4 },
    checkpointing: [true],
  },
};

/** Tokens of one step of pretraining: half a million, as GPT-3's smaller models (Brown et al. 2020, table 2.1). */
const PRETRAINING_STEP_TOKENS = 524_288;

export const isEncoder = (w: Workload): boolean => w.model.architecture.modality === "encoder";

/** Whether it learns from pairs of answers, one preferred to the other. */
export const isPreference = (task: string): boolean => task === "dpo" || task === "preference";

const recipeOf = (w: Workload): Recipe =>
  isPreference(w.task) ? PREFERENCE : (RECIPES[isEncoder(w) ? "encoder" : w.modality] ?? LLM);

/** Micro batches worth trying, largest first. */
export const microBatchesFor = (w: Workload): readonly number[] =>
  w.microBatchSize === undefined ? recipeOf(w).microBatches : [w.microBatchSize];

/** What is given up before a machine is given up. */
export interface Variant {
  gradientCheckpointing: boolean;
  /** Pure bf16 weights and 8-bit optimizer states. */
  lean: boolean;
  /** 8-bit states that are sharded, where FSDP cuts them: some trainers have them (torchtune, torchao). */
  shardedEightBit?: boolean;
  /** The loss over chunks of the vocabulary: same value, a little slower, far less memory with large vocabularies. */
  fusedLoss: boolean;
}

/** Variants from the most comfortable to the leanest. Only models that predict words have a loss worth fusing. */
export function variantsFor(w: Workload, method: Method): Variant[] {
  const predictsWords = !isEncoder(w) && (w.modality === "llm" || w.modality === "vlm");
  const out: Variant[] = recipeOf(w).checkpointing.map((gradientCheckpointing) => ({
    gradientCheckpointing,
    lean: false,
    fusedLoss: false,
  }));
  if (predictsWords) out.push({ gradientCheckpointing: true, lean: false, fusedLoss: true });
  const lean: Variant = { gradientCheckpointing: true, lean: true, fusedLoss: predictsWords };
  if (method === "full") out.push(lean, { ...lean, shardedEightBit: true });
  return out;
}

/** DeepSpeed keeps fp32 weights beside the 16-bit ones, whatever it is given: there is no leaner ZeRO. */
export const suits = (variant: Variant, layout: Layout): boolean =>
  (!variant.lean || !layout.sharding.startsWith("zero")) && (!variant.shardedEightBit || layout.sharding === "fsdp");

function globalBatchOf(w: Workload): number {
  if (w.kept?.samplesPerStep !== undefined) return w.kept.samplesPerStep;
  const usual = recipeOf(w).globalBatch;
  return w.task === "pretrain" && w.modality === "llm"
    ? Math.max(usual, Math.round(PRETRAINING_STEP_TOKENS / w.averageTokens))
    : usual;
}

export function settingsFor(
  w: Workload,
  method: Method,
  facts: Accelerator | undefined,
  microBatchSize: number,
  machine: Machine,
  layout: Layout,
  variant: Variant,
): TrainingSettings {
  const bf16 = facts?.supportsBf16 ?? true;
  const whole = method === "full" || method === "freeze";
  const recipe = recipeOf(w);
  return {
    method,
    baseQuantization: method === "qlora" ? "nf4" : "none",
    ...(whole
      ? {}
      : {
          loraRank: w.kept?.loraRank ?? assumed.loraRank.value,
          loraAlpha: w.kept?.loraAlpha ?? 2 * (w.kept?.loraRank ?? assumed.loraRank.value),
          loraTargets: w.kept?.loraTargets ?? ("all-linear" as const),
        }),
    dtype: bf16 ? (whole && variant.lean ? "bf16" : "bf16-mixed") : "fp16-mixed",
    optimizer: whole && variant.lean ? leanOptimizer(facts, layout, variant) : "adamw",
    learningRate:
      w.kept?.learningRate ??
      (whole
        ? w.task === "pretrain"
          ? assumed.pretrainLearningRate.value
          : recipe.learningRate.full
        : recipe.learningRate.adapter),
    sequenceLength: w.sequenceLength,
    microBatchSize,
    gradientAccumulationSteps: Math.max(1, Math.round(globalBatchOf(w) / (microBatchSize * machine.count))),
    gradientCheckpointing: variant.gradientCheckpointing,
    attention: "sdpa",
    fusedLoss: variant.fusedLoss,
    epochs: w.epochs,
    seed: 42,
    acceleratorCount: machine.count,
    nodeCount: machine.nodes,
    ...layout,
  };
}

/** bitsandbytes is CUDA, and its states are whole tensors that FSDP does not cut; Adafactor is what TPUs trained T5 with. */
const leanOptimizer = (
  facts: Accelerator | undefined,
  layout: Layout,
  { shardedEightBit }: Variant,
): TrainingSettings["optimizer"] =>
  facts?.kind === "tpu" ? "adafactor" : layout.sharding === "fsdp" && !shardedEightBit ? "adamw" : "adamw-8bit";

/** Models that read images or sound have positions of their own; the others read `sequenceLength` tokens. */
const READS_TOKENS = new Set(["llm", "vlm", "encoder", "embedding"]);

/** What the template pins: a test compares it with its requirements. */
export const TRAINER_VERSION = "5.23";

/** The estimate request that a set of training settings amounts to. */
export function requestFor(w: Workload, shape: Shape, settings: TrainingSettings, device: Device): EstimateRequest {
  return {
    phase: "train",
    model: w.model.catalogued ? w.model.id : w.model.architecture,
    accelerator:
      device.facts === undefined
        ? { memoryGib: device.memoryGib }
        : device.memoryGib === device.facts.memoryGib
          ? device.id
          : { id: device.id, memoryGib: device.memoryGib },
    acceleratorCount: settings.acceleratorCount,
    ...(settings.nodeCount > 1 ? { nodeCount: settings.nodeCount } : {}),
    method: settings.method,
    baseQuantization: settings.baseQuantization,
    ...(settings.loraRank === undefined ? {} : { loraRank: settings.loraRank, loraTargets: settings.loraTargets! }),
    dtype: settings.dtype,
    optimizer: settings.optimizer,
    task: w.task,
    sharding: settings.sharding,
    ...(settings.offload === "none" ? {} : { offload: settings.offload }),
    ...(READS_TOKENS.has(shape.modality) ? { sequenceLength: settings.sequenceLength } : {}),
    ...(w.imageSize === undefined ? {} : { imageSize: w.imageSize }),
    ...(w.audioSeconds === undefined ? {} : { audioSeconds: w.audioSeconds }),
    microBatchSize: settings.microBatchSize,
    gradientAccumulationSteps: settings.gradientAccumulationSteps,
    gradientCheckpointing: settings.gradientCheckpointing,
    attention: settings.attention,
    fusedLoss: settings.fusedLoss,
    evaluationBatchSize: settings.microBatchSize,
    trainer: "transformers",
    trainerVersion: TRAINER_VERSION,
    ...(w.hardware.hostMemoryGib === undefined ? {} : { hostMemoryGib: w.hardware.hostMemoryGib }),
  };
}
