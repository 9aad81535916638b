import fc from "fast-check";
import { catalog } from "../../src/catalog/catalog.ts";
import { estimate } from "../../src/estimate/estimate.ts";
import type { EstimateRequest } from "../../src/estimate/request.ts";

/** Requests over the whole catalog: every model of every modality, every accelerator, every method. */

const model = fc.constantFrom(...catalog.models.map((m) => m.id));
const decoder = fc.constantFrom(...catalog.models.filter((m) => m.modality === "llm").map((m) => m.id));
const accelerator = fc.constantFrom(...catalog.accelerators.map((a) => a.id));

const training = (models: fc.Arbitrary<string>): fc.Arbitrary<EstimateRequest> =>
  fc.record({
    phase: fc.constant("train" as const),
    model: models,
    accelerator,
    acceleratorCount: fc.constantFrom(1, 2, 4, 8),
    method: fc.constantFrom("full" as const, "lora" as const, "qlora" as const, "freeze" as const),
    dtype: fc.constantFrom("bf16" as const, "bf16-mixed" as const, "fp16-mixed" as const, "fp32" as const),
    optimizer: fc.constantFrom("adamw" as const, "adamw-8bit" as const, "sgd" as const, "adafactor" as const),
    sharding: fc.constantFrom(
      "none" as const,
      "fsdp" as const,
      "zero-1" as const,
      "zero-2" as const,
      "zero-3" as const,
    ),
    sequenceLength: fc.constantFrom(256, 1024, 4096),
    microBatchSize: fc.constantFrom(1, 2, 8),
    gradientAccumulationSteps: fc.constantFrom(1, 4),
    gradientCheckpointing: fc.boolean(),
    fusedLoss: fc.boolean(),
    loraRank: fc.constantFrom(8, 64),
  });

/** Training of anything in the catalog. */
export const anyTraining = training(model);
/** Training of a language model. */
export const anyLanguageTraining = training(decoder);

/** Serving of anything in the catalog, on any engine. */
export const anyServing: fc.Arbitrary<EstimateRequest> = fc.record({
  phase: fc.constant("serve" as const),
  model,
  accelerator,
  acceleratorCount: fc.constant(1),
  tensorParallel: fc.constant(1),
  engine: fc.constantFrom(
    "vllm" as const,
    "sglang" as const,
    "tgi" as const,
    "transformers" as const,
    "tensorrt-llm" as const,
    "onnxruntime" as const,
  ),
  dtype: fc.constantFrom("bf16" as const, "fp16" as const),
  baseQuantization: fc.constantFrom("none" as const, "fp8" as const, "awq-int4" as const, "nf4" as const),
  kvCacheDtype: fc.constantFrom("bf16" as const, "fp8" as const),
  contextLength: fc.constantFrom(512, 4096, 32_768),
  outputLength: fc.constantFrom(1, 128, 511),
  concurrentRequests: fc.constantFrom(1, 8, 100),
});

/** An architecture object, small enough to vary every dimension. */
export const anyArchitecture = fc.record({
  parameterCount: fc.constantFrom(1e9, 8e9, 70e9),
  hiddenSize: fc.constantFrom(2048, 4096),
  layers: fc.integer({ min: 4, max: 80 }),
  heads: fc.constant(32),
  kvHeads: fc.constantFrom(1, 8, 32),
  headDim: fc.constant(128),
  intermediateSize: fc.constantFrom(5632, 14_336),
  vocabSize: fc.constantFrom(32_000, 151_936),
});

/** Peak of one device, GiB. */
export const peakGib = (request: EstimateRequest): number => estimate(request, catalog).perDevice.allocatedGib.expected;

/** How often a property is tried; `npm run test:full` looks ten times as long. */
export const RUNS = process.env.ML_ARCHITECT_FULL ? 3000 : 300;
