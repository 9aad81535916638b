import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { catalog } from "../../src/catalog/catalog.ts";
import { findAccelerator, findModel } from "../../src/catalog/names.ts";
import { estimate } from "../../src/estimate/estimate.ts";
import { attendedKeys, flopsPerToken } from "../../src/estimate/flops.ts";
import type { EstimateRequest } from "../../src/estimate/request.ts";
import { setup } from "../../src/estimate/setup.ts";
import { shapeOf } from "../../src/estimate/shape.ts";

const MISTRAL: EstimateRequest = {
  phase: "train",
  model: "mistralai/Mistral-7B-v0.1",
  accelerator: "a100-80gb-sxm",
  acceleratorCount: 1,
  method: "full",
  dtype: "bf16",
  sequenceLength: 4096,
  microBatchSize: 4,
  attention: "flash",
};

const rate = (change: Partial<EstimateRequest>): number =>
  estimate({ ...MISTRAL, ...change }, catalog).throughput.tokensPerSecondPerDevice.expected;
/** Seconds of one optimizer step with one micro batch. */
const stepSeconds = (change: Partial<EstimateRequest>): number =>
  ((change.microBatchSize ?? MISTRAL.microBatchSize!) * (change.sequenceLength ?? MISTRAL.sequenceLength!)) /
  rate(change);

describe("FLOPs of a token", () => {
  test("a layer that slides attends to its window, and only that layer", () => {
    // Gemma 3: five layers in six slide over 1024 tokens. 8192 tokens: 1 × 4096 + 5 × (1024 - 1024² / 16384) = 4096 + 4800.
    const shape = shapeOf({
      parameterCount: 1e9,
      hiddenSize: 1024,
      layers: 6,
      heads: 8,
      slidingWindow: 1024,
      globalAttentionEvery: 6,
    });
    expect(attendedKeys(shape, 8192, false)).toBe(8896);
    expect(attendedKeys(shape, 512, false)).toBe(6 * 256);
    expect(attendedKeys(shape, 8192, true)).toBe(6 * 8192);
  });

  test("full training of Llama 2 7B at length 4096 takes 6 × 6.607e9 and 3.2e9 FLOPs of attention", () => {
    const s = setup({ ...MISTRAL, model: "meta-llama/Llama-2-7b-hf" }, catalog);
    const f = flopsPerToken(s);
    // 6.738e9 parameters less 32,000 × 4096 embeddings that are only looked up.
    expect((f.layers + f.head) / (6 * 6.607e9)).toBeCloseTo(1, 3);
    // 12 × 32 layers × 4096 wide × 2048 keys.
    expect(f.attention).toBe(12 * 32 * 4096 * 2048);
  });
});

describe("experts", () => {
  const mixture = (experts: number, expertsPerToken: number): number =>
    rate({
      model: {
        parameterCount: 30e9,
        activeParameterCount: 3e9,
        hiddenSize: 2048,
        layers: 48,
        heads: 32,
        kvHeads: 4,
        headDim: 128,
        moeIntermediateSize: 768,
        experts,
        expertsPerToken,
      },
      accelerator: "h100-80gb-sxm",
      trainer: "megatron",
      microBatchSize: 1,
    });

  test("more experts for the same tokens leave each fewer, and the products slower", () => {
    expect(mixture(128, 8)).toBeLessThan(0.9 * mixture(32, 8));
  });

  test("expert parallelism pays an exchange of tokens, between nodes more than inside one", () => {
    const moe = (change: Partial<EstimateRequest>): number =>
      rate({
        model: "mistralai/Mixtral-8x7B-v0.1",
        accelerator: "h100-80gb-sxm",
        trainer: "megatron",
        acceleratorCount: 64,
        sharding: "zero-1",
        microBatchSize: 16,
        ...change,
      });
    expect(moe({ expertParallel: 8, nodeCount: 8 })).toBeLessThan(moe({ nodeCount: 8 }));
  });
});

describe("what passes between devices", () => {
  test("ZeRO-3 waits for every gather of a 72B base: 1.2 s on four A100 at least", () => {
    // 72.3e9 × 2 bytes × 3/4 from others × 3 passes at 300 GB/s of NVLink is 1.08 s; QwenLM/Qwen reads 2.2 s a micro step.
    const step = stepSeconds({
      model: {
        parameterCount: 72.3e9,
        hiddenSize: 8192,
        layers: 80,
        heads: 64,
        vocabSize: 152064,
        tieEmbeddings: false,
      },
      method: "lora",
      sharding: "zero-3",
      acceleratorCount: 4,
      sequenceLength: 256,
      microBatchSize: 1,
      trainer: "transformers",
    });
    expect(step).toBeGreaterThan(1.5);
    expect(step).toBeLessThan(3);
  });

  test("context parallelism pays for keys and values that pass around", () => {
    const long: Partial<EstimateRequest> = {
      accelerator: "h100-80gb-sxm",
      sequenceLength: 16384,
      microBatchSize: 1,
      trainer: "torchtitan",
      acceleratorCount: 8,
      sharding: "fsdp",
    };
    // Eight ranks of one node hold an eighth of the tokens each: a token costs a device no less than before.
    expect(rate({ ...long, contextParallel: 8 })).toBeLessThan(rate(long));
  });
});

describe("offload", () => {
  const offloaded = (change: Partial<EstimateRequest>): number => stepSeconds(change) - stepSeconds({});

  test("never makes a step faster", () => {
    expect(offloaded({ offload: "optimizer", trainer: "deepspeed" })).toBeGreaterThan(0);
    expect(rate({ offload: "optimizer+parameters" })).toBeLessThan(rate({ offload: "optimizer" }));
    expect(rate({ activationOffload: true })).toBeLessThan(rate({}));
  });

  test("of a 7B optimizer waits 1.9 s for DeepSpeed's Adam and ten for PyTorch's", () => {
    // Ren et al. 2021, table 4: 2.57 s and 14.76 s for 1e10 parameters; 7.24e9 here, and 14.5 GB of weights over PCIe 4.
    const weights = (7.2417e9 * 2) / (15.76e9 * 2 * 0.8);
    const engine = offloaded({ offload: "optimizer", trainer: "deepspeed" });
    expect(engine).toBeGreaterThan(1.86 - 0.1);
    expect(engine).toBeLessThan(1.86 + 2 * weights + 0.1);
    const torch = offloaded({ offload: "optimizer" });
    expect(torch - engine).toBeGreaterThan(8.5);
    expect(torch - engine).toBeLessThan(9.1);
  });

  test("an older bus takes longer", () => {
    const on = (accelerator: string): number =>
      stepSeconds({ accelerator, offload: "optimizer+parameters", sequenceLength: 128, microBatchSize: 1 });
    // Weights thrice over the bus, 43 GB: 3.4 s on generation 3, less on 5.
    expect(on("v100-32gb-sxm")).toBeGreaterThan(on("h100-80gb-sxm") + 2);
  });
});

test("an int8 base trains two to three times slower than a 16-bit one, at short and long samples", () => {
  // bitsandbytes issue 465: LoRA on an RTX A5000.
  const lora: Partial<EstimateRequest> = { method: "lora", accelerator: "rtx-a5000", microBatchSize: 1 };
  for (const sequenceLength of [256, 2048]) {
    const slower = rate({ ...lora, sequenceLength }) / rate({ ...lora, sequenceLength, baseQuantization: "int8" });
    expect(slower).toBeGreaterThan(1.5);
    expect(slower).toBeLessThan(3);
  }
});

const accelerators = catalog.accelerators.filter((a) => a.bf16Tflops !== undefined || a.fp16Tflops !== undefined);

const anyRun: fc.Arbitrary<EstimateRequest> = fc.record({
  phase: fc.constant("train" as const),
  model: fc.constantFrom(...catalog.models.filter((m) => m.modality === "llm").map((m) => m.id)),
  accelerator: fc.constantFrom(...accelerators.map((a) => a.id)),
  acceleratorCount: fc.constantFrom(1, 2, 8, 64),
  method: fc.constantFrom("full" as const, "lora" as const, "qlora" as const),
  dtype: fc.constantFrom("bf16" as const, "bf16-mixed" as const, "fp16-mixed" as const, "fp32" as const),
  computeDtype: fc.constantFrom("bf16" as const, "fp8" as const, "mxfp8" as const, "nvfp4" as const),
  sharding: fc.constantFrom("none" as const, "fsdp" as const, "zero-1" as const, "zero-3" as const),
  attention: fc.constantFrom("flash" as const, "eager" as const),
  trainer: fc.constantFrom("transformers", "megatron", "torchtitan"),
  sequenceLength: fc.constantFrom(256, 4096, 65536),
  microBatchSize: fc.constantFrom(1, 8, 64),
  gradientAccumulationSteps: fc.constantFrom(1, 64),
  gradientCheckpointing: fc.constantFrom(true, false, "selective" as const),
});

describe("over the whole catalog", () => {
  test("no rate exceeds the measured matmul ceiling, in any precision", () => {
    fc.assert(
      fc.property(anyRun, (r) => {
        const a = findAccelerator(catalog, r.accelerator as string)!;
        const model = findModel(catalog, r.model as string)!;
        const half = a.bf16Tflops ?? a.fp16Tflops!;
        const lower = { fp8: a.fp8Tflops, mxfp8: a.fp8Tflops, nvfp4: a.fp4Tflops ?? a.fp8Tflops };
        const gain = Math.max(1, (lower[r.computeDtype as keyof typeof lower] ?? 0) / half);
        const ceiling = a.bf16MatmulCeilingTflops ?? half;
        // At least 2 FLOPs forward and 2 backward per active parameter that is not an embedding.
        const shape = shapeOf(model);
        const least = 4 * (shape.activeParameterCount - (shape.tieEmbeddings ? 0 : shape.embeddingParameters));
        const { tokensPerSecondPerDevice: t, mfu } = estimate(r, catalog).throughput;
        expect(t.high * least).toBeLessThanOrEqual(ceiling * gain * 1e12 * (1 + 1e-9));
        expect(mfu).toBeLessThanOrEqual(ceiling / half + 1e-9);
        expect(t.low).toBeLessThanOrEqual(t.expected);
        expect(t.expected).toBeLessThanOrEqual(t.high);
      }),
      { numRuns: 1000 },
    );
  });

  test("more nodes and offload never make training faster", () => {
    fc.assert(
      fc.property(anyRun, (r) => {
        const expected = (change: Partial<EstimateRequest>): number =>
          estimate({ ...r, ...change }, catalog).throughput.tokensPerSecondPerDevice.expected;
        const base = expected({}) * (1 + 1e-9);
        expect(expected({ nodeCount: r.acceleratorCount! })).toBeLessThanOrEqual(
          expected({ nodeCount: 1 }) * (1 + 1e-9),
        );
        expect(expected({ offload: "optimizer+parameters" })).toBeLessThanOrEqual(base);
        expect(expected({ activationOffload: true })).toBeLessThanOrEqual(base);
      }),
      { numRuns: 300 },
    );
  });
});
