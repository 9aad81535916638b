import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { catalog } from "../../src/catalog/catalog.ts";
import { bandOf } from "../../src/estimate/bands.ts";
import { estimate } from "../../src/estimate/estimate.ts";
import type { EstimateRequest } from "../../src/estimate/request.ts";
import { TRAINER_VERSION } from "../../src/plan/candidates.ts";
import { GIB } from "../../src/units.ts";

const train = (request: Partial<EstimateRequest>) =>
  estimate(
    {
      phase: "train",
      model: "mistralai/Mistral-7B-v0.1",
      accelerator: "a100-80gb-sxm",
      acceleratorCount: 1,
      dtype: "bf16",
      optimizer: "adamw",
      attention: "flash",
      sequenceLength: 512,
      microBatchSize: 1,
      gradientCheckpointing: true,
      ...request,
    },
    catalog,
  );
const allocated = (request: Partial<EstimateRequest>): number => train(request).perDevice.allocatedGib.expected;
const part = (request: Partial<EstimateRequest>, name: string): number =>
  train(request).parts.find((p) => p.name === name)?.gib ?? 0;

const BAICHUAN2_13B = {
  parameterCount: 13_896_668_160,
  hiddenSize: 5120,
  layers: 40,
  heads: 40,
  kvHeads: 40,
  intermediateSize: 13_696,
  vocabSize: 125_696,
  tieEmbeddings: false,
  gatedMlp: true,
};

// hiyouga/LlamaFactory#1158: 4 × A800, bf16, ZeRO-2: "Tried to allocate 12.94 GiB; 77.65 GiB already allocated". 12.94 GiB are
// fp32 gradients of a quarter of the weights; held are 2 + (4 masters + 8 moments + 2 gradients + 2 flat) / 4 = 6 bytes each.
test("a ZeRO-2 step on four devices needs 7 bytes a parameter: the 90.59 GiB that a 13.9B run died for", () => {
  const gib = allocated({
    model: BAICHUAN2_13B,
    acceleratorCount: 4,
    method: "full",
    dtype: "bf16-mixed",
    sharding: "zero-2",
    sequenceLength: 1536,
  });
  expect(gib / (77.65 + 12.94)).toBeCloseTo(1, 2);
});

test("transformers 5 steps with the fused AdamW: 8 bytes a parameter in bf16 where the multi-tensor step needs 10", () => {
  const bytes = (request: Partial<EstimateRequest>): number =>
    (allocated({ method: "full", ...request }) * GIB) / 7.2417e9;
  expect(bytes({ trainerVersion: "5.23" })).toBeCloseTo(8, 1);
  expect(bytes({ trainerVersion: "5.23", optimizerImplementation: "foreach" })).toBeCloseTo(10, 1);
  expect(bytes({ trainerVersion: "4.57" })).toBeCloseTo(10, 1);
  // Another trainer's version says nothing about transformers.
  expect(bytes({ trainer: "torchtune", trainerVersion: "5.0" })).toBeCloseTo(10, 1);
});

test("plans are estimated for the transformers that the template pins", () => {
  const pins = readFileSync(new URL("../../templates/transformers-sft/requirements.txt", import.meta.url), "utf8");
  expect(pins).toContain(`transformers==${TRAINER_VERSION}.`);
});

// Lightning-AI/litgpt resource tables: Llama 2 7B, q and v at rank 8, 1304 tokens, no checkpointing: 21.30 GB and 14.14 GB.
test("frozen 16-bit matrices keep no input, 4-bit ones did before bitsandbytes 0.43.2", () => {
  const litgpt: Partial<EstimateRequest> = {
    model: "meta-llama/Llama-2-7b-hf",
    trainer: "litgpt",
    loraRank: 8,
    loraTargets: "qv",
    sequenceLength: 1304,
    gradientCheckpointing: false,
    optimizer: "paged-adamw",
  };
  expect(allocated({ ...litgpt, method: "lora" }) / 19.84).toBeCloseTo(1, 1);
  expect(allocated({ ...litgpt, method: "qlora", baseQuantization: "nf4" }) / 13.17).toBeCloseTo(1, 1);
});

test("without dropout an adapter keeps less: no mask and no second copy of its inputs", () => {
  const lora: Partial<EstimateRequest> = { method: "lora", gradientCheckpointing: false, sequenceLength: 4096 };
  expect(allocated({ ...lora, loraDropout: 0 })).toBeLessThan(allocated(lora));
  expect(allocated({ ...lora, loraDropout: 0.1 })).toBe(allocated({ ...lora, loraDropout: 0.05 }));
});

// foundation-model-stack/fms-acceleration, Mistral-7B: 735 kB a token with the stock loss, 599 with the kernel, 541 linear.
test("a fused loss kernel lies between the stock loss and a fused linear loss: about 599 kB a token", () => {
  const slope = (fusedLoss: EstimateRequest["fusedLoss"]): number => {
    const at = (microBatchSize: number): number =>
      allocated({ method: "lora", loraTargets: "attention", sequenceLength: 4096, microBatchSize, fusedLoss });
    return ((at(8) - at(4)) * GIB) / (4 * 4096);
  };
  expect(slope("kernel") / 599e3).toBeCloseTo(1, 1);
  expect(slope(true)).toBeLessThan(slope("kernel"));
  expect(slope("kernel")).toBeLessThan(slope(false));
});

test("expert parallelism divides the experts of a mixture and nothing else", () => {
  const mixtral: Partial<EstimateRequest> = {
    model: "mistralai/Mixtral-8x7B-v0.1",
    acceleratorCount: 8,
    method: "full",
    expertParallel: 8,
  };
  // 8 experts × 3 × 4096 × 14,336 × 32 layers = 45.10e9 of 46.70e9: 2 × (1.61 + 45.10 / 8) bytes.
  expect(part(mixtral, "weights") * GIB).toBeCloseTo(2 * (46.703e9 - 45.097e9 + 45.097e9 / 8), -8);
  // Shards over all eight devices already: nothing is left to divide.
  const sharded = { ...mixtral, sharding: "fsdp" } as const;
  expect(part(sharded, "weights")).toBeCloseTo(part({ ...sharded, expertParallel: 1 }, "weights"), 6);
});

// transformers, get_init_context(): zero.Init only `if is_deepspeed_zero3_enabled() and not is_quantized`.
test("a quantised base is whole on every device while it loads under ZeRO-3", () => {
  const answer = train({
    model: "meta-llama/Llama-2-70b-hf",
    accelerator: "t4",
    acceleratorCount: 8,
    method: "qlora",
    baseQuantization: "nf4",
    dtype: "fp16-mixed",
    sharding: "zero-3",
    attention: "sdpa",
  });
  expect(answer.peakMoment).toBe("load");
  // 68.45e9 quantised parameters × 0.5625 and 0.52e9 in 16 bits.
  expect((answer.parts.find((p) => p.name === "weights")!.gib * GIB) / (68.45e9 * 0.5625 + 0.524e9 * 2)).toBeCloseTo(
    1,
    2,
  );
  expect(answer.status).toBe("does-not-fit");
});

test("what FSDP gathers is gone at the optimizer step", () => {
  const sharded = train({ method: "full", acceleratorCount: 2, sharding: "fsdp" });
  expect(sharded.peakMoment).toBe("optimizer-step");
  // 33.74 GiB measured, exactly half of one device's 67.46 (foundation-model-stack/fms-acceleration).
  expect(sharded.perDevice.allocatedGib.expected / 33.74).toBeCloseTo(1, 1);
  expect(sharded.parts.map((p) => p.name)).not.toContain("gathered layers and buffers");
});

// foundation-model-stack/fms-acceleration, Mistral-7B, fp32 copies on four devices, fused loss: 52.51 GiB at micro batch 16.
test("without accumulation the backward pass under FSDP begins without gradients", () => {
  const run: Partial<EstimateRequest> = {
    method: "full",
    dtype: "bf16-mixed",
    acceleratorCount: 4,
    sharding: "fsdp",
    sequenceLength: 4096,
    microBatchSize: 16,
    fusedLoss: true,
    trainer: "fms-acceleration",
  };
  expect(allocated(run) / 52.51).toBeGreaterThan(0.93);
  expect(allocated(run) / 52.51).toBeLessThan(1.07);
  // 7.24e9 fp32 gradients over four devices.
  const accumulated = allocated({ ...run, gradientAccumulationSteps: 4 });
  expect((accumulated - allocated(run)) * GIB).toBeCloseTo(7.2417e9, -8);
});

test("a window narrower than the sequence costs SDPA a mask of all pairs, and FlashAttention none", () => {
  const model = { parameterCount: 7.2417e9, hiddenSize: 4096, layers: 32, vocabSize: 32_000, slidingWindow: 4096 };
  const run: Partial<EstimateRequest> = { model, method: "lora", sequenceLength: 8192, fusedLoss: true };
  // 8192² pairs × 3 bytes.
  expect((allocated({ ...run, attention: "sdpa" }) - allocated(run)) * GIB).toBeCloseTo(8192 ** 2 * 3, -3);
  const short = { ...run, sequenceLength: 4096 };
  expect(allocated({ ...short, attention: "sdpa" })).toBe(allocated(short));
});

test("each way in which devices work together has a communicator of its own", () => {
  const gap = (request: Partial<EstimateRequest>): number => {
    const { deviceGib, reservedGib } = train({
      model: "meta-llama/Llama-3.2-1B",
      method: "full",
      ...request,
    }).perDevice;
    return deviceGib.expected - reservedGib.expected;
  };
  const alone = gap({});
  const data = gap({ acceleratorCount: 8, sharding: "fsdp" });
  const three = gap({ acceleratorCount: 8, tensorParallel: 2, pipelineParallel: 2, sharding: "zero-1" });
  expect(three - alone).toBeCloseTo(3 * (data - alone), 6);
});

test("weights alone that exceed a card are a certain no, whatever is not calibrated", () => {
  // vllm-project/vllm#16749: 78.4B in bf16 are 157 GB of weights on 4 × 40 GB at 90 %.
  const answer = estimate(
    {
      phase: "serve",
      model: { parameterCount: 78.4e9, hiddenSize: 8192, layers: 80, heads: 64, kvHeads: 8, modality: "vlm" },
      accelerator: "a100-40gb-sxm",
      acceleratorCount: 4,
      tensorParallel: 4,
      contextLength: 4096,
      outputLength: 256,
      concurrentRequests: 2,
      engine: "vllm",
    },
    catalog,
  );
  expect(answer.calibration).toBe("uncalibrated");
  expect(answer.status).toBe("does-not-fit");
});

test("bands hold the expected value and widen with what is not known", () => {
  const { measured, simulated, uncalibrated } = bandOf;
  for (const name of ["states", "varying", "cached"] as const) {
    for (const band of [measured, simulated, uncalibrated]) {
      expect(band[name].low).toBeLessThan(1);
      expect(band[name].high).toBeGreaterThan(1);
    }
    const width = (band: typeof measured): number => band[name].high - band[name].low;
    expect(width(uncalibrated)).toBeGreaterThanOrEqual(width(simulated));
    expect(width(simulated)).toBeGreaterThanOrEqual(width(measured));
  }
});
