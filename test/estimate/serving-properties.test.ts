import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { catalog } from "../../src/catalog/catalog.ts";
import { constant } from "../../src/estimate/constants.ts";
import { estimate } from "../../src/estimate/estimate.ts";
import type { EstimateRequest } from "../../src/estimate/request.ts";
import { latencySeconds } from "../../src/estimate/serving-load.ts";
import { loadAt } from "../../src/estimate/serving-rates.ts";
import { setup } from "../../src/estimate/setup.ts";
import { anyArchitecture, anyServing, peakGib, RUNS } from "./requests.ts";

const holds = (property: (r: EstimateRequest) => void): void =>
  fc.assert(fc.property(anyServing, property), { numRuns: RUNS });
const atMost = (smaller: number, larger: number): void => expect(smaller).toBeLessThanOrEqual(larger * (1 + 1e-9));

// The long run looks ten times as long.
vi.setConfig({ testTimeout: 300_000 });

describe("serving, over the whole catalog", () => {
  test("parts sum to the allocated peak, and every band is finite and ordered", () => {
    holds((r) => {
      const answer = estimate(r, catalog);
      const { allocatedGib, reservedGib, deviceGib } = answer.perDevice;
      expect(answer.parts.reduce((sum, p) => sum + p.gib, 0)).toBeCloseTo(allocatedGib.expected, 6);
      const s = answer.serving!;
      for (const b of [
        allocatedGib,
        reservedGib,
        deviceGib,
        answer.hostGib,
        s.timeToFirstTokenSeconds,
        s.timePerOutputTokenSeconds,
        s.requestsPerSecond,
        s.requestsPerSecondPerReplica,
      ]) {
        expect(Number.isFinite(b.high)).toBe(true);
        expect(b.low).toBeGreaterThan(0);
        atMost(b.low, b.expected);
        atMost(b.expected, b.high);
      }
    });
  });

  test("memory never falls as the context or the number of requests grows", () => {
    holds((r) => {
      atMost(peakGib(r), peakGib({ ...r, contextLength: r.contextLength! * 2 }));
      atMost(peakGib(r), peakGib({ ...r, concurrentRequests: r.concurrentRequests! * 2 }));
    });
  });

  test("memory never falls as layers are added, and a window never costs more than none", () => {
    fc.assert(
      fc.property(anyServing, anyArchitecture, (r, a) => {
        const deeper = { ...a, layers: a.layers * 2, parameterCount: a.parameterCount * 2 };
        atMost(peakGib({ ...r, model: a }), peakGib({ ...r, model: deeper }));
        const windowed = { ...a, slidingWindow: 1024 };
        atMost(peakGib({ ...r, model: windowed }), peakGib({ ...r, model: a }));
        atMost(peakGib({ ...r, model: { ...windowed, globalAttentionEvery: 4 } }), peakGib({ ...r, model: a }));
      }),
      { numRuns: RUNS },
    );
  });

  test("more ranks or stages never cost a device more, and smaller weights or caches never cost more", () => {
    holds((r) => {
      const whole = peakGib(r);
      for (const field of ["tensorParallel", "pipelineParallel"] as const)
        for (const n of [2, 8]) atMost(peakGib({ ...r, [field]: n, acceleratorCount: n }), whole);
      for (const baseQuantization of ["int8", "fp8", "gptq-int4", "nf4", "nf4-dq", "mxfp4"] as const)
        atMost(peakGib({ ...r, baseQuantization }), peakGib({ ...r, baseQuantization: "none" }));
      atMost(peakGib({ ...r, kvCacheDtype: "fp8" }), peakGib({ ...r, kvCacheDtype: "bf16" }));
    });
  });

  test("as many requests are said to fit as the room holds, and no more", () => {
    holds((r) => {
      const answer = estimate(r, catalog);
      const fit = answer.serving!.concurrentRequestsThatFit;
      const context = constant.cudaContextGib.value;
      const share = r.engine === "transformers" ? 1 - constant.slackShare.value : 1;
      if (fit > 0) atMost(peakGib({ ...r, concurrentRequests: fit }) + context, answer.usableGib * share);
      atMost(answer.usableGib * share, peakGib({ ...r, concurrentRequests: fit + 1 }) + context);
    });
  });

  test("more requests at once mean more per second, and each is served no sooner", () => {
    holds((r) => {
      const s = setup(r, catalog);
      let before = loadAt(s, 1);
      for (const n of [2, 5, 16, 64, 256]) {
        const load = loadAt(s, n);
        atMost(before.requestsPerSecond, load.requestsPerSecond);
        atMost(latencySeconds(s, before), latencySeconds(s, load));
        before = load;
      }
    });
  });

  test("no prompt is read faster than the card multiplies, no token written faster than the weights are read", () => {
    holds((r) => {
      const s = setup({ ...r, baseQuantization: "none", concurrentRequests: 1 }, catalog);
      const { facts } = s.device;
      const peak = (facts?.bf16Tflops ?? facts?.fp16Tflops ?? facts?.fp32Tflops ?? Number.POSITIVE_INFINITY) * 1e12;
      const load = loadAt(s, 1);
      const { shape } = s;
      const vocabulary = shape.embeddingParameters + shape.headParameters;
      const flops = 2 * (shape.activeParameterCount - vocabulary) * (s.train.contextLength - s.train.outputLength);
      expect(load.timeToFirstToken).toBeGreaterThan(flops / peak);
      const read = 2 * (shape.activeParameterCount - shape.embeddingParameters);
      if (facts?.memoryBandwidthGBps)
        expect(load.timePerOutputToken).toBeGreaterThan(read / (facts.memoryBandwidthGBps * 1e9));
    });
  });
});
