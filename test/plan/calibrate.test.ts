import { expect, test } from "vitest";
import type { BriefValues } from "../../src/brief/brief.ts";
import { briefFromValues } from "../../src/brief/values.ts";
import { catalog } from "../../src/catalog/catalog.ts";
import { advise } from "../../src/plan/advise.ts";
import { calibrate } from "../../src/plan/calibrate.ts";
import { explain } from "../../src/plan/explain.ts";
import type { Measured } from "../../src/plan/measured.ts";
import { parseMeasured, parsePlan } from "../../src/plan/parse.ts";
import type { Plan } from "../../src/plan/plan.ts";

const today = "2026-11-22";
const later = "2026-12-01";
const planned = (values: BriefValues): Plan => advise({ brief: briefFromValues(values, "stated") }, catalog, { today });

/** An 8B with adapters on one rented RTX 4090: 24 GiB, 23.95 of it usable. 10,000 × 2,048 tokens, once. */
const asked: BriefValues = {
  model: "Llama 3.1 8B",
  method: "lora",
  exampleCount: 10_000,
  tokenCount: 20_480_000,
  sequenceLength: 2048,
  accelerator: "rtx-4090",
  platform: "runpod",
};
const plan = planned(asked);
const probe = (changes: Partial<Measured> = {}): Measured => ({
  status: "measured",
  device: "NVIDIA GeForce RTX 4090",
  longestTokens: 2048,
  maxLength: 2048,
  deviceBeforeGib: 0.4,
  allocatedGib: 18,
  allocatedTrainingGib: 18,
  reservedGib: 19,
  deviceGib: 19.6,
  hostGib: 4,
  tokensPerSecond: 2000,
  examplesPerSecond: 1,
  ...changes,
});
const died = probe({
  status: "out-of-memory",
  allocatedGib: null,
  allocatedTrainingGib: null,
  reservedGib: null,
  deviceGib: null,
  hostGib: null,
  tokensPerSecond: null,
  message: "Out of memory while training: CUDA out of memory.",
});
const calibrated = (measured: Measured, from = plan) => calibrate(from, measured, catalog, { today: later });

test("measured memory takes the place of the estimate, three percent either way", () => {
  const { memory } = calibrated(probe()).plan;
  expect(memory!.perDevice.allocatedGib.expected).toBe(18);
  expect(memory!.perDevice.reservedGib.low).toBeCloseTo(19 * 0.97, 9);
  expect(memory!.perDevice.deviceGib.high).toBeCloseTo(19.6 * 1.03, 9);
  expect(memory!.calibration).toBe("measured");
  expect(memory!.status).toBe("fits");
  expect(memory!.parts.reduce((sum, p) => sum + p.gib, 0)).toBeCloseTo(18, 9);
});

test("time is work over the measured rate, and cost is time times the plan's price", () => {
  const { time, cost, hardware } = calibrated(probe()).plan;
  // 20.48 M tokens × 1.1 padding × 1.05 evaluation ÷ 2,000 per second = 3.2853 h; set-up 0.3 h;
  // download 8.03e9 × 2 bytes ÷ 200e6 bytes per second ≈ 0.0223 h.
  expect(time!.trainHours.expected).toBeCloseTo(3.2853 + 0.3 + 0.0223, 3);
  // Five percent either way at the length that was measured.
  expect(time!.trainHours.low).toBeCloseTo(3.2853 / 1.05 + 0.15 + 0.0223 / 2, 3);
  expect(cost!.trainUsd.expected).toBeCloseTo(time!.trainHours.expected * hardware!.offer!.usdPerHour, 9);
});

test("speed on other lengths than the probe's is carried by the ratio of two estimates, in a wider band", () => {
  const short = planned({ ...asked, tokenCount: 5_120_000 }); // 512 tokens a sample
  const { time, calibration } = calibrated(probe(), short).plan;
  const half = calibrated(probe({ tokensPerSecond: 1000 }), short).plan.time!.trainHours;
  // Set-up and download stay; what is left doubles when the rate halves.
  const fixed = 0.3 + (8.03e9 * 2) / 200e6 / 3600;
  expect(half.expected - fixed).toBeCloseTo(2 * (time!.trainHours.expected - fixed), 3);
  expect(calibration!.notes.join(" ")).toMatch(/samples of 2,048 tokens; time is counted at the average of 512/);
});

test("the estimate of the probe's own run stands beside what was measured, with its error", () => {
  const { comparison, plan: after, headline } = calibrated(probe());
  const device = comparison.find((r) => r.name.startsWith("device"))!;
  expect(device.measured).toBe(19.6);
  expect(device.predicted.expected).toBeCloseTo(plan.memory!.perDevice.deviceGib.expected, 9);
  expect(device.error).toBeCloseTo(plan.memory!.perDevice.deviceGib.expected / 19.6 - 1, 9);
  expect(headline).toMatch(/^Measured 19\.6 GiB of 24\.0 GiB .*: it fits\. 2,000 tokens\/s/);
  const text = explain(after);
  expect(text).toContain("## Predicted beside measured");
  expect(text).toContain(headline);
  expect(text).toContain("a probe on NVIDIA GeForce RTX 4090, 2026-12-01");
});

test("a calibrated plan is another plan, dated, and the same whenever it is made again", () => {
  const first = calibrated(probe()).plan;
  expect(first.planHash).not.toBe(plan.planHash);
  expect(first.inputHash).not.toBe(plan.inputHash);
  expect(first.today).toBe(later);
  expect(first.notices.filter((n) => n.startsWith("Calibrated on 2026-12-01"))).toHaveLength(1);
  expect(calibrated(probe(), JSON.parse(JSON.stringify(plan)) as Plan).plan.planHash).toBe(first.planHash);
  expect(calibrated(probe(), first).plan.planHash).toBe(first.planHash);
});

test("a shorter longest sample is carried to the planned length by the estimate's difference, trusted half", () => {
  const { memory, calibration } = calibrated(probe({ longestTokens: 1024 })).plan;
  const allocated = memory!.perDevice.allocatedGib;
  const beyond = allocated.expected - 18;
  expect(beyond).toBeGreaterThan(0);
  expect(allocated.high - allocated.expected).toBeCloseTo(0.03 * allocated.expected + beyond / 2, 9);
  expect(calibration!.notes.join(" ")).toMatch(/1,024 tokens and the plan allows 2,048/);
});

test("a run within a twentieth of the card is tight: it ran, and the first change is named", () => {
  const p = calibrated(
    probe({ allocatedGib: 22.4, allocatedTrainingGib: 22.4, reservedGib: 23, deviceGib: 23.6 }),
  ).plan;
  // Needed: 23.6 less half of the 0.6 cached = 23.3, over 95 % of 23.95 = 22.75.
  expect(p.memory!.status).toBe("tight");
  expect(p.status).toBe("feasible");
  expect(p.headline).toMatch(/memory is tight/);
  expect(p.risks[0]!.text).toMatch(/23\.3 GiB/);
  expect(p.repairs[0]!.deviceGib).toBeLessThan(23.3);
});

test("9 GiB measured of 24: what the free memory could do", () => {
  const roomy = planned({
    ...asked,
    model: "Qwen3 0.6B",
    microBatchSize: 1,
    deploymentTarget: "local",
    platform: "local",
  });
  const p = calibrated(
    probe({ allocatedGib: 7.5, allocatedTrainingGib: 7.5, reservedGib: 8.2, deviceGib: 9, tokensPerSecond: 6000 }),
    roomy,
  ).plan;
  expect(p.memory!.status).toBe("fits");
  expect(p.repairs.some((r) => "microBatchSize" in r.change || "accelerator" in r.change)).toBe(true);
  expect(explain(p)).toContain("## Room to spare");
});

test("a probe that ran out of memory: not possible, with the smallest change first and a card that is large enough last", () => {
  const { plan: p, comparison } = calibrated(died);
  expect(p.status).toBe("infeasible");
  expect(p.memory!.status).toBe("does-not-fit");
  expect(p.memory!.perDevice.deviceGib.low).toBeGreaterThanOrEqual(p.memory!.usableGib);
  expect(comparison[0]).toMatchObject({ atLeast: true, measured: p.memory!.usableGib });
  expect(p.blockers[0]!.rule).toBe("out-of-memory");
  // The plan has the stock loss: the fused one changes nothing of the result.
  expect(p.repairs[0]!.change).toEqual({ fusedLoss: true });
  expect(p.repairs[0]!.summary).toMatch(/training\.fused_loss/);
  const card = p.repairs.at(-1)!.change.accelerator;
  expect(catalog.accelerators.find((a) => a.id === card)!.memoryGib).toBeGreaterThan(24);
  expect(p.repairs.every((r) => r.deviceGib > 0)).toBe(true);
});

test("running out in the evaluation is answered with the evaluation's batch", () => {
  // Short samples: the plan takes several at a time.
  const short = planned({ ...asked, sequenceLength: 512, tokenCount: 5_120_000 });
  expect(short.training!.microBatchSize).toBeGreaterThan(1);
  const message = "Out of memory while evaluating: CUDA out of memory.";
  const p = calibrated({ ...died, longestTokens: 512, maxLength: 512, message }, short).plan;
  expect(p.memory!.peakMoment).toBe("evaluation");
  expect(p.repairs.map((r) => r.change)).toContainEqual({ evaluationBatchSize: 1 });
});

test("an evaluation that needs more than training is the peak, and is said to be", () => {
  const p = calibrated(probe({ allocatedTrainingGib: 16 })).plan;
  expect(p.memory!.peakMoment).toBe("evaluation");
  expect(p.calibration!.notes.join(" ")).toMatch(/evaluation\.batch_size/);
});

test("a measured speed that breaks the budget or the deadline makes the plan impossible, and says what would do", () => {
  const dear = calibrated(probe({ tokensPerSecond: 60 }), planned({ ...asked, budgetUsd: 20, epochs: 3 })).plan;
  expect(dear.status).toBe("infeasible");
  expect(dear.blockers[0]!.rule).toBe("over-budget");
  expect(dear.repairs.map((r) => Object.keys(r.change)[0])).toContain("budgetUsd");
  const late = calibrated(probe({ tokensPerSecond: 60 }), planned({ ...asked, deadlineHours: 24 })).plan;
  expect(late.blockers[0]!.rule).toBe("past-deadline");
  expect(late.calibration!.notes.join(" ")).toMatch(/far slower/);
});

test.each<[string, Partial<Measured>, RegExp]>([
  [
    "a processor",
    { device: "cpu (x86_64)", allocatedGib: null, reservedGib: null, deviceGib: null },
    /ran on a processor/,
  ],
  ["another card", { device: "NVIDIA A100-SXM4-80GB" }, /A100.*plan is for NVIDIA GeForce RTX 4090/],
  ["null numbers", { allocatedGib: null }, /no allocatedGib/],
  ["more memory than the card has", { reservedGib: 30, deviceGib: 31 }, /31 GiB on a card of 24 GiB/],
  ["another length", { maxLength: 4096 }, /model\.max_length is 4096 there and 2048 in the plan/],
  ["a rate above the card's peak", { tokensPerSecond: 1e6 }, /more than NVIDIA GeForce RTX 4090 can compute/],
  [
    "another micro batch",
    { config: { training: { micro_batch_size: 64 }, model: { id: "meta-llama/Llama-3.1-8B" } } },
    /training\.micro_batch_size is 64 there/,
  ],
  ["another model", { config: { model: { id: "Qwen/Qwen3-8B" } } }, /model\.id is "Qwen\/Qwen3-8B" there/],
])("a probe of %s is refused", (_, changes, message) => {
  expect(() => calibrated(probe(changes))).toThrow(message);
});

test("a card that is busy, and a probe without its configuration, are said", () => {
  const notes = calibrated(probe({ deviceBeforeGib: 5 })).plan.calibration!.notes.join(" ");
  expect(notes).toMatch(/held 5\.0 GiB already/);
  expect(notes).toMatch(/does not carry its configuration/);
});

test("a plan without training cannot be calibrated", () => {
  expect(() => calibrated(probe(), planned({ model: "Qwen3 8B", phase: "serve", requestsPerSecond: 1 }))).toThrow(
    /no training/,
  );
});

test("pictures come in one size: their probe counts images, and time follows from images a second", () => {
  const vision: BriefValues = {
    model: "timm/vit_base_patch16_224",
    task: "classification",
    modality: "vision",
    exampleCount: 20_000,
    epochs: 10,
    accelerator: "rtx-4090",
    platform: "runpod",
  };
  const before = planned(vision);
  const images = { longestTokens: null, maxLength: null, tokensPerSecond: null, examplesPerSecond: 250 };
  const gib = { allocatedGib: 9, allocatedTrainingGib: 9, reservedGib: 9.5, deviceGib: 10 };
  const { plan: after } = calibrated(probe({ ...images, ...gib }), before);
  expect(after.calibration?.comparison.find((row) => row.name === "speed")).toMatchObject({
    unit: "images/s",
    measured: 250,
  });
  expect(after.memory?.perDevice.allocatedGib.expected).toBeCloseTo(9, 6);
  expect(after.memory?.throughput.samplesPerSecondPerDevice.expected).toBeCloseTo(250, 6);
  // 200,000 images at 250 a second are 800 s; padding, evaluation, set-up and download come on top.
  expect(after.time!.trainHours.expected).toBeGreaterThan(800 / 3600);
  const slower = calibrated(probe({ ...images, ...gib, examplesPerSecond: 125 }), before).plan;
  const seconds = (p: Plan): number => p.time!.trainHours.expected * 3600;
  expect(seconds(slower) - seconds(after)).toBeGreaterThanOrEqual(800);
});

test("a probe of other pictures than the plan's is refused, and one without tokens for a plan in tokens", () => {
  const vision = planned({
    model: "timm/vit_base_patch16_224",
    task: "classification",
    modality: "vision",
    exampleCount: 20_000,
    accelerator: "rtx-4090",
    platform: "runpod",
  });
  const config = { model: { image_size: 384 } };
  const images = { longestTokens: null, maxLength: null, tokensPerSecond: null, config };
  expect(() => calibrated(probe(images), vision)).toThrow(/model.image_size is 384 there and 224 in the plan/);
  expect(() => calibrated(probe({ longestTokens: null }))).toThrow(/counts no tokens/);
});

test("untrusted values are checked: a plan is not a probe, nor a probe a plan, and numbers must be possible", () => {
  const file = {
    status: "measured",
    device: "NVIDIA GeForce RTX 4090",
    longest_tokens: 2048,
    max_length: 2048,
    config_hash: "0123456789abcdef",
    allocated_gib: 18,
    reserved_gib: 19,
    device_gib: 19.6,
    tokens_per_second: 2000,
  };
  expect(parseMeasured(file).allocatedGib).toBe(18);
  expect(parsePlan(JSON.parse(JSON.stringify(plan))).planHash).toBe(plan.planHash);
  expect(() => parseMeasured(plan)).toThrow(/is a plan, not a probe/);
  expect(() => parsePlan(file)).toThrow(/is a probe's result, not a plan/);
  expect(() => parseMeasured({ ...file, allocated_gib: -1 })).toThrow(/allocated_gib/);
  expect(() => parseMeasured({ ...file, allocated_gib: 18e9 })).toThrow(/allocated_gib/);
  expect(() => parseMeasured({ ...file, allocated_gib: 20 })).toThrow(/20 GiB allocated of 19 GiB reserved/);
  expect(() => parseMeasured({ ...file, longest_tokens: 4096 })).toThrow(/4096 tokens and max_length is 2048/);
  const images = { ...file, longest_tokens: null, max_length: null, tokens_per_second: null, examples_per_second: 9 };
  expect(parseMeasured(images)).toMatchObject({ longestTokens: null, tokensPerSecond: null, examplesPerSecond: 9 });
  expect(() => parseMeasured({ status: "fine" })).toThrow(/status/);
  expect(() => parsePlan({ ...plan, schemaVersion: 2 })).toThrow(/schemaVersion/);
  expect(() => parsePlan([])).toThrow(/not a plan/);
});
