import { expect, test } from "vitest";
import { catalog } from "../../src/catalog/catalog.ts";
import { estimate } from "../../src/estimate/estimate.ts";
import type { EstimateRequest } from "../../src/estimate/request.ts";
import { kvBytes, requestsThatFit } from "../../src/estimate/serving.ts";
import { capacityWithin, latencySeconds, replicasFor } from "../../src/estimate/serving-load.ts";
import { loadAt, prefillSeconds, stepSeconds } from "../../src/estimate/serving-rates.ts";
import { type Setup, setup } from "../../src/estimate/setup.ts";
import { parametersReadByStep } from "../../src/estimate/shape.ts";
import { GIB } from "../../src/units.ts";

const serve = (request: Partial<EstimateRequest> = {}): EstimateRequest => ({
  phase: "serve",
  model: "meta-llama/Llama-2-7b-hf",
  accelerator: "a100-80gb-sxm",
  engine: "vllm",
  dtype: "fp16",
  contextLength: 256,
  outputLength: 128,
  concurrentRequests: 1,
  ...request,
});
const of = (request: Partial<EstimateRequest> = {}): Setup => setup(serve(request), catalog);
const answered = (request: Partial<EstimateRequest> = {}) => estimate(serve(request), catalog).serving!;

// 6.738e9 parameters less 131e6 of embeddings that are looked up, 2 bytes each: 13.2 GB. At 0.8 of 2039 GB/s that is
// 8.1 ms; 32 layers of captured kernels add 1.4. Measured by InternLM/lmdeploy on A100: 100 to 102 tokens per second.
test("one request decodes as fast as the weights can be read", () => {
  const step = stepSeconds(of(), 1);
  expect(step).toBeGreaterThan(13.2e9 / 2039e9);
  expect(1 / step / 101).toBeCloseTo(1, 1);
});

// 2 x 6.476e9 x 2048 FLOPs = 26.5e12, 85 ms at the A100's peak of 312e12. Measured: 133 ms (TensorRT-LLM), 139 ms (lmdeploy).
test("a prompt of 2048 tokens is bound by matrix products", () => {
  const prefill = prefillSeconds(of({ contextLength: 2176 }), 1);
  expect(prefill).toBeGreaterThan(0.085);
  expect(prefill / 0.136).toBeGreaterThan(0.85);
  expect(prefill / 0.136).toBeLessThan(1.15);
});

// Scores and values of a causal prompt: 2 x 80 layers x 8192 x T^2 FLOPs, 2.2e16 at T = 129024: more than the 1.8e16 of
// its matrix products. Measured by Qwen for Qwen2-72B on four A100: 11.7 tokens per second over 2048 generated.
test("attention to a very long prompt costs more than its matrix products", () => {
  const long = { model: "Qwen/Qwen2-72B", acceleratorCount: 4, tensorParallel: 4, outputLength: 2048 } as const;
  const at = (prompt: number): number => prefillSeconds(of({ ...long, contextLength: prompt + 2048 }), 1);
  expect(at(129_024) / at(32_256)).toBeGreaterThan(6);
  const load = loadAt(of({ ...long, contextLength: 129_024 + 2048, engineVersion: "0.4" }), 1);
  expect((load.requestsPerSecond * 2048) / 11.7).toBeGreaterThan(0.7);
  expect((load.requestsPerSecond * 2048) / 11.7).toBeLessThan(1.3);
});

// Mixtral: 2 of 8 experts. One token reads a quarter of them; of eight tokens' experts 1 - 0.75^8 = 0.9 are hit.
test("a batch reads the share of experts that any of its tokens takes", () => {
  const { shape } = of({ model: "mistralai/Mixtral-8x7B-v0.1" });
  const { parameterCount: all, activeParameterCount: active } = shape;
  expect(parametersReadByStep(shape, 1) / active).toBeCloseTo(1, 6);
  const routed = ((all - active) * 8) / 6;
  expect(parametersReadByStep(shape, 8)).toBeCloseTo(all - routed * 0.75 ** 8, -3);
  expect(parametersReadByStep(shape, 1000)).toBeCloseTo(all, -3);
});

test("grouped queries, 8-bit caches and windows shrink the cache; ranks beyond the heads do not", () => {
  const llama31 = { model: "meta-llama/Llama-3.1-8B", contextLength: 8192 } as const;
  // 2 x 32 layers x 8 heads x 128 x 2 bytes.
  expect(kvBytes(of(llama31), 1)).toBe(131_072);
  expect(kvBytes(of({ ...llama31, kvCacheDtype: "fp8" }), 1)).toBe(65_536);
  expect(kvBytes(of({ ...llama31, acceleratorCount: 16, tensorParallel: 16 }), 1)).toBe(131_072 / 8);
  const windowed = { parameterCount: 7.24e9, hiddenSize: 4096, layers: 32, heads: 32, kvHeads: 8, slidingWindow: 4096 };
  expect(kvBytes(of({ model: windowed }), 32_768)).toBe(131_072 * 4096);
});

// 61 layers x (512 + 64) x 2 bytes (DeepSeek-V3, §2.1).
test("every tensor-parallel rank holds a latent cache whole", () => {
  const model = { parameterCount: 671e9, layers: 61, hiddenSize: 7168, heads: 128, kvLoraRank: 512, qkRopeHeadDim: 64 };
  expect(kvBytes(of({ model }), 1)).toBe(70_272);
  expect(kvBytes(of({ model, acceleratorCount: 8, tensorParallel: 8 }), 1)).toBe(70_272);
});

test("a round of n requests takes n prefills and the decoding, however they are scheduled", () => {
  const s = of({ contextLength: 2176 });
  for (const n of [1, 4, 32]) {
    const load = loadAt(s, n);
    const round = prefillSeconds(s, n) + 128 * stepSeconds(s, n);
    expect(n / load.requestsPerSecond).toBeCloseTo(round, 9);
    // The server's own time per request is not the machine's.
    const waited = load.timeToFirstToken - (loadAt(s, 1).timeToFirstToken - prefillSeconds(s, 1));
    expect(waited + 128 * load.timePerOutputToken).toBeCloseTo(round, 9);
    expect(load.burst).toBeGreaterThanOrEqual(load.timeToFirstToken);
  }
});

test("times and rates are those of the asked concurrency, and requests beyond the slots wait", () => {
  const [one, many] = [answered(), answered({ concurrentRequests: 64 })];
  expect(many.timePerOutputTokenSeconds.expected).toBeGreaterThan(one.timePerOutputTokenSeconds.expected);
  expect(many.requestsPerSecond.expected).toBeGreaterThan(10 * one.requestsPerSecond.expected);
  expect(many.requestsPerSecondPerReplica).toEqual(one.requestsPerSecondPerReplica);
  const queued = answered({ concurrentRequests: 64, maxNumSeqs: 16 });
  const wait = (64 - 16) / queued.requestsPerSecond.expected;
  expect(queued.timeToFirstTokenSeconds.expected).toBeGreaterThan(wait);
});

// 80 GiB card: 0.9 of what it reports, less 12.6 GiB of weights; a request of 4096 tokens takes 2 GiB of cache.
test("what fits beside the weights is the cache's room by the request", () => {
  const s = of({ contextLength: 4096, outputLength: 512 });
  const fit = requestsThatFit(s, 72 * GIB);
  expect(fit).toBeGreaterThanOrEqual(27);
  expect(fit).toBeLessThanOrEqual(29);
  expect(requestsThatFit(s, 12 * GIB)).toBe(0);
});

test("tensor parallelism shortens a step by less than its ranks: all-reduces and launches stay", () => {
  const at = (tensorParallel: number): number =>
    stepSeconds(of({ model: "meta-llama/Llama-2-70b-hf", acceleratorCount: tensorParallel, tensorParallel }), 1);
  expect(at(4)).toBeLessThan(at(2));
  expect(at(4)).toBeGreaterThan(at(1) / 4);
  // Measured on four A100: 29 ms (InternLM/lmdeploy).
  expect(at(4) / 0.029).toBeGreaterThan(0.85);
  expect(at(4) / 0.029).toBeLessThan(1.2);
});

test("stages of a pipeline raise the rate of many requests, not the speed of one", () => {
  const at = (pipelineParallel: number, n: number): number =>
    loadAt(of({ acceleratorCount: pipelineParallel, pipelineParallel, contextLength: 2176 }), n).requestsPerSecond;
  expect(at(2, 1)).toBeLessThanOrEqual(at(1, 1));
  expect(at(2, 64)).toBeGreaterThan(1.2 * at(1, 64));
});

test("a tighter latency leaves fewer requests at once, and takes more replicas", () => {
  const s = of({ contextLength: 2176, maxNumSeqs: 64 });
  const alone = latencySeconds(s, loadAt(s, 1));
  expect(capacityWithin(s, 64, alone * 0.99)).toBeUndefined();
  expect(capacityWithin(s, 0, 1e9)).toBeUndefined();
  const [tight, loose] = [capacityWithin(s, 64, alone * 2)!, capacityWithin(s, 64, 1e9)!];
  expect(loose.requestsPerSecond).toBe(loadAt(s, 64).requestsPerSecond);
  expect(latencySeconds(s, tight)).toBeLessThanOrEqual(alone * 2);
  expect(tight.requestsPerSecond).toBeLessThan(loose.requestsPerSecond);
  // Seven tenths of 10 requests a second are 7 a replica: 70 take ten.
  expect(replicasFor(70, 10)).toBe(10);
  expect(replicasFor(71, 10)).toBe(11);
});

test("an engine or card without published rows has a wider band and says so", () => {
  const width = (request: Partial<EstimateRequest>): number => {
    const { low, high, expected } = answered(request).timePerOutputTokenSeconds;
    return (high - low) / expected;
  };
  expect(answered().calibration).toBe("measured");
  expect(answered({ engine: "tgi" }).calibration).toBe("uncalibrated");
  expect(answered({ accelerator: { memoryGib: 80 } }).calibration).toBe("uncalibrated");
  expect(width({ engine: "tgi" })).toBeGreaterThan(width({}));
});

test("where a long answer does not fit, no context is offered that cannot hold it", () => {
  const tooLong = serve({ accelerator: "t4", contextLength: 4224, outputLength: 4096, concurrentRequests: 8 });
  const { status, repairs } = estimate(tooLong, catalog);
  expect(status).toBe("does-not-fit");
  for (const { change } of repairs) if ("contextLength" in change) expect(change.contextLength).toBeGreaterThan(4096);
});
