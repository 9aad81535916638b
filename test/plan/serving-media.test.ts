import { expect, test } from "vitest";
import { readText } from "../../src/brief/read.ts";
import { catalog } from "../../src/catalog/catalog.ts";
import { cardSeconds, forwardFlops } from "../../src/estimate/forward.ts";
import { advise } from "../../src/plan/advise.ts";
import type { Plan } from "../../src/plan/plan.ts";

const today = "2026-11-22";
const planOf = (text: string): Plan => advise(readText(text, catalog, { today }), catalog, { today });
const model = (id: string) => catalog.models.find((m) => m.id === id)!;
const assumedFields = (plan: Plan): string[] => plan.assumptions.map((a) => a.field);

test("SDXL draws 1024 pixels in 60 passes of its 2.6B UNet at 1,150 positions: 359 TFLOP", () => {
  // 2 × 2.6e9 × 1150 × 30 steps × 2 (guidance) = 3.588e14
  expect(forwardFlops(model("stabilityai/stable-diffusion-xl-base-1.0"), 1150) / 1e12).toBeCloseTo(358.8, 1);
});

test.each([
  // diffusers, "Accelerate inference of text-to-image diffusion models": A100 80GB, 312 TFLOP/s, bf16 with SDPA, and compiled.
  [358.8e12, 312e12, "fp16", 3.31],
  [358.8e12, 312e12, "engine", 2.54],
  // pruna.ai, 2025-02-17: FLUX.1-dev, 512 pixels (1,024 + 512 positions), 50 steps on an L40S (362 TFLOP/s).
  [2 * 12e9 * 1536 * 50, 362e12, "fp16", 8.71],
] as const)("%d FLOP at %d FLOP/s, %s: the measured %d s lie in the range", (flops, peak, precision, seconds) => {
  const { low, high } = cardSeconds(flops, peak, precision, true);
  expect(seconds).toBeGreaterThan(low);
  expect(seconds).toBeLessThan(high);
});

test("a model that draws is never served by an engine of tokens, nor on a processor", () => {
  const { serving, workload, decisions } = planOf("host sdxl, 2 images per second");
  expect(serving!.deployment).not.toBe("vllm");
  expect(serving!.accelerator.id).not.toBe("cpu");
  expect(workload!.serving).toMatchObject({ media: "an image of 1,024 pixels a side", outputTokens: 0 });
  expect(decisions.find((d) => d.name === "deployment")!.refused.find((r) => r.option === "vllm")!.why).toMatch(
    /models that write text/,
  );
});

test("FLUX.1 and its text encoders, 31.5 GiB in 16 bits, are never put on a card of 24", () => {
  const plan = planOf("serve FLUX.1-dev, 1 image per minute");
  expect(plan.serving!.accelerator.memoryGib).toBeGreaterThanOrEqual(40);
});

test("Whisper is served clips of 30 s, 1,500 positions each, and writes four tokens a second", () => {
  const plan = planOf("serve whisper large v3, 20 requests per second");
  expect(plan.workload!.serving).toMatchObject({ promptTokens: 1500, outputTokens: 120, media: "a clip of 30 s" });
  expect(assumedFields(plan)).not.toContain("promptTokens");
  expect(plan.cost!.usdPerMillionTokens).toBeUndefined();
  // 20 requests a second are 20 × 3600 × 730 = 52.56 million a month.
  const { cost } = plan;
  expect(cost!.usdPerThousandRequests!.expected).toBeCloseTo((cost!.servingUsdPerMonth!.expected / 52.56e6) * 1000, 6);
});

test("a speech encoder writes nothing: it answers a clip in one pass", () => {
  const plan = planOf("serve a wav2vec2 classifier, 10 requests per second");
  expect(plan.serving!.deployment).not.toBe("vllm");
  // 15 s at 50 frames a second
  expect(plan.workload!.serving).toMatchObject({ promptTokens: 750, outputTokens: 0 });
});

test("an embedder reads texts of a usual length and nothing is asked of its answers", () => {
  const plan = planOf("serve bge-m3, 200 texts per second, p95 100ms");
  expect(plan.workload!.serving).toMatchObject({ requestsPerSecond: 200, promptTokens: 256, outputTokens: 0 });
  expect(assumedFields(plan)).not.toContain("outputTokens");
});

test("an image classifier has neither prompts nor answers to assume", () => {
  const plan = planOf("serve resnet50 at 100 images/s");
  expect(assumedFields(plan).filter((f) => /Tokens/.test(f))).toEqual([]);
});

test("recordings that are worked through once are told in hours of one replica beside the month", () => {
  const plan = planOf("transcribe 300 hours of calls with whisper");
  // 300 h are 36,000 clips of 30 s.
  expect(plan.headline).toMatch(/once \(36,000 requests\): about .* of one replica, \$/);
  expect(planOf("serve qwen3 8b for questions over 20k wiki pages").headline).not.toContain("once");
  expect(planOf("transcribe calls with whisper, 2 requests per second").headline).not.toContain("once");
});

test("of cards that are compared to serve on, each is planned on itself", () => {
  const { compared } = planOf("A10G or L4 for serving Llama 3.1 8B at 5 requests/s");
  expect(compared!.sides.map((s) => s.headline)).toEqual([
    expect.stringMatching(/NVIDIA A10G/),
    expect.stringMatching(/NVIDIA L4 /),
  ]);
});

test("a rented card that is named to serve on is served on, in as many as the load needs", () => {
  const { serving, headline } = planOf("serve llama 3.1 8B on one rented L4, 5 requests/s");
  expect(headline).toContain("NVIDIA L4");
  expect(serving!.replicas).toBeGreaterThan(1);
  expect(serving!.notes.join(" ")).toContain(`1 × NVIDIA L4 was named, and this load needs ${serving!.replicas}.`);
});

test("what is trained on a named card may be served on another", () => {
  const { serving } = planOf("fine-tune llama 3.1 8B on one rented H100, then serve 0.5 requests/s");
  expect(serving!.accelerator.id).not.toBe("h100-80gb-sxm");
});

test("a load that nobody stated is no reason why one's own card would not do", () => {
  const plan = planOf("can I run qwen3 8b on my RTX 3060 12GB?");
  expect(plan.status).toBe("feasible");
  expect(plan.assumptions.find((a) => a.field === "requestsPerSecond")!.value).toBe(0.05);
});

test("of a laptop that nobody described its memory is asked for, and what the weights take is told", () => {
  const { headline } = planOf("run a small llm on my laptop");
  // Qwen3-8B: 8.19e9 × 2 ÷ 2^30
  expect(headline).toMatch(/Nothing is known of your own machine.*15\.3 GiB in 16 bits.*name its GPU/);
});
