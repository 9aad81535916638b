import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { catalog } from "../../src/catalog/catalog.ts";
import { constant } from "../../src/estimate/constants.ts";
import { estimate } from "../../src/estimate/estimate.ts";
import type { EstimateRequest } from "../../src/estimate/request.ts";

const llms = catalog.models.filter((m) => m.modality === "llm");
const gpus = catalog.accelerators.filter((a) => a.kind === "gpu");

const anyRequest: fc.Arbitrary<EstimateRequest> = fc.record({
  phase: fc.constant("train" as const),
  model: fc.constantFrom(...llms.map((m) => m.id)),
  accelerator: fc.constantFrom(...gpus.map((a) => a.id)),
  acceleratorCount: fc.constantFrom(1, 2, 4, 8),
  method: fc.constantFrom("full" as const, "lora" as const, "qlora" as const),
  dtype: fc.constantFrom("bf16" as const, "bf16-mixed" as const, "fp16-mixed" as const),
  sharding: fc.constantFrom("none" as const, "fsdp" as const, "zero-2" as const),
  sequenceLength: fc.constantFrom(256, 1024, 4096),
  microBatchSize: fc.constantFrom(1, 2, 8),
  gradientCheckpointing: fc.boolean(),
  fusedLoss: fc.boolean(),
  loraRank: fc.constantFrom(8, 64),
});

const peak = (request: EstimateRequest): number => estimate(request, catalog).perDevice.allocatedGib.expected;
const grows = (smaller: EstimateRequest, larger: EstimateRequest): void =>
  expect(peak(larger)).toBeGreaterThanOrEqual(peak(smaller) * (1 - 1e-9));

describe("over the whole catalog", () => {
  test("parts sum to the allocated peak, bands are ordered, instruments are nested", () => {
    fc.assert(
      fc.property(anyRequest, (request) => {
        const answer = estimate(request, catalog);
        const { allocatedGib, reservedGib, deviceGib } = answer.perDevice;
        expect(answer.parts.reduce((a, p) => a + p.gib, 0)).toBeCloseTo(allocatedGib.expected, 6);
        for (const r of [
          allocatedGib,
          reservedGib,
          deviceGib,
          answer.throughput.tokensPerSecondPerDevice,
          answer.hostGib,
        ]) {
          expect(r.low).toBeGreaterThan(0);
          expect(r.low).toBeLessThanOrEqual(r.expected);
          expect(r.expected).toBeLessThanOrEqual(r.high);
        }
        expect(deviceGib.expected).toBeGreaterThanOrEqual(reservedGib.expected * 0.999);
      }),
      { numRuns: 300 },
    );
  });

  test("memory never falls as length, batch, rank or layers grow", () => {
    fc.assert(
      fc.property(anyRequest, (r) => {
        grows(r, { ...r, sequenceLength: r.sequenceLength! * 2 });
        grows(r, { ...r, microBatchSize: r.microBatchSize! * 2 });
        if (r.method !== "full") grows(r, { ...r, loraRank: r.loraRank! * 2 });
      }),
      { numRuns: 200 },
    );
  });

  test("sharding over more devices never costs a device more, and quantising never costs more", () => {
    fc.assert(
      fc.property(anyRequest, (r) => {
        const sharded: EstimateRequest = { ...r, sharding: "fsdp", acceleratorCount: 2 };
        grows({ ...sharded, acceleratorCount: 8 }, sharded);
        if (r.method === "qlora") grows({ ...r, baseQuantization: "nf4-dq" }, { ...r, baseQuantization: "nf4" });
      }),
      { numRuns: 200 },
    );
  });

  test("checkpointing and a fused loss never cost memory", () => {
    fc.assert(
      fc.property(anyRequest, (r) => {
        grows({ ...r, gradientCheckpointing: true }, { ...r, gradientCheckpointing: false });
        grows({ ...r, fusedLoss: true }, { ...r, fusedLoss: false });
      }),
      { numRuns: 200 },
    );
  });

  test("the verdict follows from the band", () => {
    fc.assert(
      fc.property(anyRequest, (r) => {
        const a = estimate(r, catalog);
        if (a.status === "fits") expect(a.perDevice.deviceGib.high).toBeLessThanOrEqual(a.usableGib * 1.0001);
        if (a.status === "does-not-fit" && !a.warnings.some((w) => /needs|cannot|divide/.test(w.rule + w.text)))
          expect(a.perDevice.deviceGib.low).toBeGreaterThan(a.usableGib * 0.999);
      }),
      { numRuns: 300 },
    );
  });
});

test("every constant of the estimator has a unit, a source and a reason", () => {
  for (const [name, c] of Object.entries(constant)) {
    expect(c.unit, name).not.toBe("");
    expect(c.source.length, name).toBeGreaterThan(8);
    expect(c.reason.length, name).toBeGreaterThan(15);
    expect(Number.isFinite(c.value) && c.value > 0, name).toBe(true);
  }
});
