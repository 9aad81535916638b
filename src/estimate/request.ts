import { z } from "zod";
import { Architecture } from "../catalog/schema.ts";

const count = z.number().int().positive().max(1e9);
const positive = z.number().positive().finite();

export const BaseQuantization = z.enum([
  "none",
  "nf4",
  "nf4-dq",
  "int8",
  "gptq-int4",
  "gptq-int8",
  "awq-int4",
  "fp8",
  "mxfp4",
]);
export type BaseQuantization = z.infer<typeof BaseQuantization>;

export const Optimizer = z.enum([
  "adamw",
  "paged-adamw",
  "adamw-8bit",
  "paged-adamw-8bit",
  "adamw-4bit",
  "adamw-fp8",
  "lora-fa",
  "adafactor",
  "sgd",
  "lion",
  "muon",
  "galore",
]);
export type Optimizer = z.infer<typeof Optimizer>;

const TrainMethod = z.enum(["full", "lora", "qlora", "freeze"]);

/** How trainable parameters are held: a pure dtype, or 16-bit compute with fp32 master copies (`-mixed`). */
const TrainDtype = z.enum(["fp32", "bf16", "fp16", "bf16-mixed", "fp16-mixed"]);

const Sharding = z.enum(["none", "zero-1", "zero-2", "zero-3", "fsdp"]);

const Engine = z.enum(["vllm", "sglang", "tgi", "transformers", "tensorrt-llm", "onnxruntime"]);

/** A catalogued accelerator by name, a card known only by its memory, or an odd variant of a known one. */
const AcceleratorReference = z.union([
  z.string().min(1).max(100),
  z.strictObject({ id: z.string().min(1).max(100).optional(), memoryGib: positive.max(1e6) }),
]);

/** A catalogued model by name, a size such as "7B", or an architecture. */
const ModelReference = z.union([z.string().min(1).max(200), Architecture]);

/**
 * One line of `estimate`'s input, exactly as contracts.md gives it. Only phase, model and accelerator are required;
 * whatever else is left out is assumed, and the answer lists each assumption.
 */
export const EstimateRequest = z.strictObject({
  id: z.union([z.string(), z.number()]).optional(),
  phase: z.enum(["train", "serve"]),
  model: ModelReference,
  accelerator: AcceleratorReference,
  acceleratorCount: count.optional(),
  nodeCount: count.optional(),
  hostMemoryGib: positive.optional(),
  method: TrainMethod.optional(),
  baseQuantization: BaseQuantization.optional(),
  loraRank: count.optional(),
  loraTargets: z
    .union([z.enum(["attention", "qv", "all-linear"]), z.array(z.string().min(1)).min(1).max(64)])
    .optional(),
  loraDropout: z.number().min(0).max(1).optional(),
  trainableModules: z.array(z.string().min(1)).max(64).optional(),
  dtype: TrainDtype.optional(),
  computeDtype: z.enum(["bf16", "fp16", "fp32", "fp8", "mxfp8", "nvfp4"]).optional(),
  optimizer: Optimizer.optional(),
  /** How AdamW steps: one fused kernel, or multi-tensor operations with a temporary of every parameter's size. */
  optimizerImplementation: z.enum(["foreach", "fused"]).optional(),
  optimizerInBackward: z.boolean().optional(),
  task: z.string().min(1).max(60).optional(),
  evaluationBatchSize: count.optional(),
  /** Evaluation writes `outputLength` tokens a sample, as predict_with_generate does, and does not only compute the loss. */
  evaluationGenerates: z.boolean().optional(),
  sharding: Sharding.optional(),
  tensorParallel: count.optional(),
  pipelineParallel: count.optional(),
  contextParallel: count.optional(),
  expertParallel: count.optional(),
  activationOffload: z.boolean().optional(),
  offload: z.enum(["none", "optimizer", "optimizer+parameters"]).optional(),
  sequenceLength: count.optional(),
  microBatchSize: count.optional(),
  gradientAccumulationSteps: count.optional(),
  gradientCheckpointing: z.union([z.boolean(), z.literal("selective")]).optional(),
  attention: z.enum(["flash", "sdpa", "eager"]).optional(),
  /** true: fused with the output layer, logits never whole. "kernel": only the loss is one kernel, 16-bit logits stay. */
  fusedLoss: z.union([z.boolean(), z.literal("kernel")]).optional(),
  imageSize: count.optional(),
  imagesPerSample: count.optional(),
  audioSeconds: positive.optional(),
  trainer: z.string().min(1).max(60).optional(),
  /** Of transformers, where it is the trainer, such as "5.23". Left out: a release before 5, as in the measured rows. */
  trainerVersion: z.string().max(40).optional(),
  contextLength: count.optional(),
  outputLength: count.optional(),
  concurrentRequests: count.optional(),
  gpuMemoryUtilization: z.number().positive().max(1).optional(),
  maxNumSeqs: count.optional(),
  engineVersion: z.string().max(40).optional(),
  engine: Engine.optional(),
  kvCacheDtype: z.enum(["bf16", "fp16", "fp32", "fp8", "int8"]).optional(),
});
export type EstimateRequest = z.infer<typeof EstimateRequest>;
