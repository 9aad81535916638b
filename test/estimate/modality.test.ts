import { describe, expect, test } from "vitest";
import { catalog } from "../../src/catalog/catalog.ts";
import { estimate } from "../../src/estimate/estimate.ts";
import { modalityConstant } from "../../src/estimate/modality-constants.ts";
import type { EstimateRequest } from "../../src/estimate/request.ts";
import { setup } from "../../src/estimate/setup.ts";
import { GIB } from "../../src/units.ts";

const base = { phase: "train", accelerator: "a100-80gb-sxm", acceleratorCount: 1, method: "full" } as const;
const settings = (request: Partial<EstimateRequest>) => setup({ ...base, ...request } as EstimateRequest, catalog);
const part = (request: Partial<EstimateRequest>, name: string): number =>
  (estimate({ ...base, ...request } as EstimateRequest, catalog).parts.find((p) => p.name === name)?.gib ?? 0) * GIB;

describe("what a sample looks like to the model", () => {
  test("whisper turns 30 s of sound into 1500 positions and writes at most 448 tokens", () => {
    const { train } = settings({ model: "openai/whisper-large-v3", sequenceLength: 2048 });
    expect(train.sequenceLength).toBe(1500);
    expect(train.outputLength).toBe(448);
    // A minute is two windows of 30 s.
    expect(settings({ model: "openai/whisper-large-v3", audioSeconds: 60 }).train.sequenceLength).toBe(3000);
  });

  test("wav2vec2 makes 50 frames of a second", () => {
    // Strides 5 × 2 × 2 × 2 × 2 × 2 × 2 = 320 samples, 16,000 / 320 = 50.
    expect(settings({ model: "facebook/wav2vec2-base", audioSeconds: 10 }).train.sequenceLength).toBe(500);
  });

  test("ViT-B/16 sees 14 × 14 patches and a class token at 224 pixels, 28 × 28 at 448", () => {
    expect(settings({ model: "timm/vit_base_patch16_224" }).train.sequenceLength).toBe(197);
    expect(settings({ model: "timm/vit_base_patch16_224", imageSize: 448 }).train.sequenceLength).toBe(785);
  });

  test("Qwen2.5-VL adds one token for 28 × 28 pixels, Gemma 256 for any image", () => {
    const tokens = (model: string, imageSize: number): number =>
      settings({ model, imageSize, sequenceLength: 1000 }).train.sequenceLength;
    // 896 / 28 = 32, 32² = 1024.
    expect(tokens("Qwen/Qwen2.5-VL-7B-Instruct", 896)).toBe(2024);
    expect(tokens("google/gemma-3-4b-it", 1792)).toBe(1256);
  });

  test("FLUX at 1024 pixels denoises 64 × 64 latent patches beside 512 text tokens", () => {
    expect(settings({ model: "black-forest-labs/FLUX.1-dev" }).train.sequenceLength).toBe(4096 + 512);
  });

  test("every assumption about a sample is listed", () => {
    const fields = settings({ model: "timm/resnet50" }).assumptions.map((a) => a.field);
    expect(fields).toContain("imageSize");
    expect(fields).toContain("microBatchSize");
  });
});

describe("what is in memory", () => {
  test("a classifier has no vocabulary logits, masked words have", () => {
    const bert: Partial<EstimateRequest> = {
      model: "google-bert/bert-base-uncased",
      dtype: "bf16-mixed",
      microBatchSize: 32,
      sequenceLength: 512,
      gradientCheckpointing: true,
    };
    expect(part({ ...bert, task: "classification" }, "logits")).toBe(0);
    // 32 × 512 tokens × 30,522 entries × 12 bytes at the loss.
    expect(part({ ...bert, task: "mlm" }, "logits")).toBeCloseTo(32 * 512 * 30_522 * 12, -3);
  });

  test("the text encoders and VAE of a diffusion model stay in 16 bits beside it", () => {
    // 4.9e9 companions × 2 bytes.
    expect(part({ model: "black-forest-labs/FLUX.1-dev", method: "lora" }, "frozen companions")).toBeCloseTo(9.8e9, -3);
  });

  test("a network of feature maps grows with the image's area", () => {
    const activations = (imageSize: number): number =>
      part({ model: "timm/resnet50", imageSize, microBatchSize: 32, gradientCheckpointing: false }, "activations");
    expect(activations(448) / activations(224)).toBeCloseTo(4, 1);
  });

  test("ResNet-50 keeps about 44 MiB of 16-bit maps for an image of 224 pixels", () => {
    // Simulated with 32 images: 1.656 GiB less 25.56e6 × 12 bytes of weights and moments is 1.370 GiB, 43.8 MiB an image.
    const one = part(
      { model: "timm/resnet50", imageSize: 224, microBatchSize: 64, gradientCheckpointing: false, dtype: "bf16-mixed" },
      "activations",
    );
    expect(Math.abs(one / 64 / 2 ** 20 / 43.8 - 1)).toBeLessThan(0.1);
  });

  test("contrastive training encodes two passages of every pair", () => {
    const activations = (microBatchSize: number): number =>
      part(
        { model: "BAAI/bge-base-en-v1.5", microBatchSize, sequenceLength: 256, gradientCheckpointing: false },
        "activations",
      );
    expect(activations(128) / activations(64)).toBeCloseTo(2, 6);
    const s = settings({ model: "BAAI/bge-base-en-v1.5" });
    // (109.0e6 - 23.4e6) / (12 × 768²) = 12.1 layers.
    expect(s.shape.layers).toBe(12);
  });
});

describe("over every catalogued model", () => {
  test.each(["train", "serve"] as const)("%s: finite, ordered numbers", (phase) => {
    for (const model of catalog.models) {
      const answer = estimate({ phase, model: model.id, accelerator: "h100-80gb-sxm" }, catalog);
      const { allocatedGib, reservedGib, deviceGib } = answer.perDevice;
      for (const r of [
        allocatedGib,
        reservedGib,
        deviceGib,
        answer.throughput.tokensPerSecondPerDevice,
        answer.hostGib,
      ]) {
        for (const x of [r.low, r.expected, r.high]) expect(Number.isFinite(x), `${phase} ${model.id}`).toBe(true);
        expect(r.low, model.id).toBeGreaterThan(0);
        expect(r.low, model.id).toBeLessThanOrEqual(r.expected);
        expect(r.expected, model.id).toBeLessThanOrEqual(r.high);
      }
      expect(deviceGib.expected, model.id).toBeGreaterThanOrEqual(allocatedGib.expected * 0.999);
      expect(answer.parts.reduce((a, p) => a + p.gib, 0)).toBeCloseTo(allocatedGib.expected, 6);
    }
  });

  test("a larger batch or image never needs less, and checkpointing never more", () => {
    const peak = (request: Partial<EstimateRequest>): number =>
      estimate({ ...base, ...request } as EstimateRequest, catalog).perDevice.allocatedGib.expected;
    for (const { id: model, modality } of catalog.models.filter((m) => m.modality !== "llm")) {
      const one = peak({ model, microBatchSize: 4, gradientCheckpointing: false });
      expect(peak({ model, microBatchSize: 8, gradientCheckpointing: false }), model).toBeGreaterThanOrEqual(one);
      expect(peak({ model, microBatchSize: 4, gradientCheckpointing: true }), model).toBeLessThanOrEqual(one * 1.0001);
      if (modality === "vision" || modality === "vlm" || modality === "diffusion")
        expect(peak({ model, microBatchSize: 4, imageSize: 1792 }), model).toBeGreaterThanOrEqual(
          peak({ model, microBatchSize: 4, imageSize: 448 }),
        );
    }
  });
});

test("every constant of another modality has a unit, a source and a reason", () => {
  for (const [name, c] of Object.entries(modalityConstant)) {
    expect(c.unit, name).not.toBe("");
    expect(c.source.length, name).toBeGreaterThan(8);
    expect(c.reason.length, name).toBeGreaterThan(15);
    expect(Number.isFinite(c.value) && c.value > 0, name).toBe(true);
  }
});
