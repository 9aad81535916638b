import { describe, expect, test } from "vitest";
import { readText } from "../../src/brief/read.ts";
import { catalog } from "../../src/catalog/catalog.ts";
import { estimate } from "../../src/estimate/estimate.ts";
import type { EstimateRequest } from "../../src/estimate/request.ts";
import { planFor } from "../../src/plan/planner.ts";

const GIB = 2 ** 30;
const today = "2026-11-22";
const planOf = (words: string) => planFor({ brief: readText(words, catalog, { today }).brief }, catalog, { today });

const lora: EstimateRequest = {
  phase: "train",
  model: "meta-llama/Llama-3.1-8B",
  accelerator: "h100-80gb-sxm",
  method: "lora",
  sequenceLength: 1024,
  microBatchSize: 2,
  gradientAccumulationSteps: 8,
  trainer: "transformers",
  trainerVersion: "5.23",
};
const secondsAStep = (request: EstimateRequest, end: "low" | "expected" | "high" = "expected"): number =>
  (1024 * 16) / estimate(request, catalog).throughput.tokensPerSecondPerDevice[end];

describe("reinforcement learning writes what it learns from", () => {
  const written = secondsAStep({ ...lora, task: "grpo", outputLength: 512 }) - secondsAStep(lora);

  test("a step takes longer by a loop of decoding steps: each reads all weights, and launches every layer", () => {
    // 512 × 16.06e9 B ÷ 3.35e12 B/s = 2.5 s at the card's nominal bandwidth; 32 layers launched from Python take longer.
    expect(written).toBeGreaterThan(2.5);
    // A plain loop writes 20 to 60 tokens a second of one sequence (Transformers on an 8B): 512 of them in 9 to 26 s.
    expect(written).toBeGreaterThan(8);
    expect(written).toBeLessThan(40);
  });

  test("twice the completion takes about twice as long, and sixteen at once little more than one", () => {
    const half = secondsAStep({ ...lora, task: "grpo", outputLength: 256 }) - secondsAStep(lora);
    expect(written / half).toBeGreaterThan(1.8);
    expect(written / half).toBeLessThan(2.2);
    const alone = { ...lora, microBatchSize: 1, gradientAccumulationSteps: 1 };
    const rate = (r: EstimateRequest): number => estimate(r, catalog).throughput.tokensPerSecondPerDevice.expected;
    const one = 1024 / rate({ ...alone, task: "grpo", outputLength: 512 }) - 1024 / rate(alone);
    expect(written / one).toBeLessThan(2);
  });

  test("the band is wider than that of learning alone: nobody measured rollouts in a trainer", () => {
    const width = (r: EstimateRequest): number => secondsAStep(r, "low") / secondsAStep(r, "high");
    expect(width({ ...lora, task: "grpo", outputLength: 512 })).toBeGreaterThan(width(lora) * 1.3);
  });

  test("completions that are left out are 256 tokens, as TRL writes them, and the answer says so", () => {
    const { assumptions } = estimate({ ...lora, task: "grpo" }, catalog);
    expect(assumptions).toContainEqual({
      field: "outputLength",
      value: 256,
      why: "a completion: TRL's max_completion_length",
    });
  });

  test("sharded weights are gathered whole to write with, beside the cache of all completions", () => {
    const whole = estimate(
      { ...lora, task: "grpo", acceleratorCount: 8, sharding: "zero-3", microBatchSize: 1, sequenceLength: 256 },
      catalog,
    );
    // 8.03e9 × 2 B = 15.0 GiB beside the eighth of it that stays.
    expect(whole.peakMoment).toBe("decode");
    expect(whole.parts.find((p) => p.name === "gathered layers and buffers")!.gib).toBeCloseTo((8.03e9 * 2) / GIB, 1);
    // 32 layers × 2 × 8 heads × 128 × 2 B = 128 KiB a token, for 8 × 256 of them: 0.25 GiB, and the copy of appending.
    const cache = whole.parts.find((p) => p.name === "KV cache")!.gib;
    expect(cache).toBeGreaterThan(0.25);
    expect(cache).toBeLessThan(0.75);
  });

  test("a plan counts eight completions a prompt, and says so", () => {
    const grpo = planOf("GRPO on Qwen3 8B with 5k prompts, one H100 of ours, LoRA");
    const sft = planOf("fine-tune Qwen3 8B with 5k prompts, one H100 of ours, LoRA");
    expect(grpo.time!.tokens).toBe(sft.time!.tokens * 8);
    expect(grpo.time!.optimizerSteps).toBe(Math.ceil((5000 * 8 * grpo.workload!.epochs) / 16));
    expect(grpo.time!.formula).toMatch(/8 completions a prompt, each written and then learned from/);
    // Eight times the tokens, and each of them written first.
    expect(grpo.time!.trainHours.expected).toBeGreaterThan(sft.time!.trainHours.expected * 8);
  });
});

describe("evaluation that writes answers", () => {
  const set: EstimateRequest = {
    phase: "train",
    model: "meta-llama/Llama-2-7b-hf",
    accelerator: "rtx-3090",
    method: "lora",
    sequenceLength: 2048,
    microBatchSize: 1,
    evaluationBatchSize: 8,
    trainer: "transformers",
  };

  test("holds a cache for each sample of its batch: eight of a model without grouped queries do not fit beside a 7B", () => {
    const plain = estimate(set, catalog);
    const writes = estimate({ ...set, evaluationGenerates: true, outputLength: 512 }, catalog);
    expect(plain.status).toBe("fits");
    expect(writes.status).toBe("does-not-fit");
    expect(writes.peakMoment).toBe("evaluation");
    // 32 layers × 2 × 4096 × 2 B = 0.5 MiB a token; 8 × 2560 tokens: 10 GiB, and as much again while it grows.
    const cache = writes.parts.find((p) => p.name === "KV cache")!.gib;
    expect(cache / 10).toBeGreaterThan(1.5);
    expect(cache / 10).toBeLessThan(2.5);
  });

  test("is repaired by a smaller evaluation batch, at no cost to the training", () => {
    const { repairs } = estimate({ ...set, evaluationGenerates: true, outputLength: 512 }, catalog);
    expect(repairs[0]).toMatchObject({ change: { evaluationBatchSize: 1 }, status: "fits" });
  });

  test("is understood from words, and its repair comes first", () => {
    const plan = planOf("eval with generate of llama2 7b lora on 3090, eval bs 8");
    expect(plan.described!.status).toBe("does-not-fit");
    expect(plan.repairs[0]!.change).toEqual({ evaluationBatchSize: 1 });
  });
});
