import { expect, test } from "vitest";
import type { BriefValues } from "../../src/brief/brief.ts";
import { briefFromValues } from "../../src/brief/values.ts";
import { catalog } from "../../src/catalog/catalog.ts";
import { deviceFrom } from "../../src/estimate/device.ts";
import { advise } from "../../src/plan/advise.ts";
import { layoutsOnDevices, layoutsOnHost } from "../../src/plan/layout.ts";
import type { Plan } from "../../src/plan/plan.ts";
import { resolve } from "../../src/plan/resolve.ts";
import { search } from "../../src/plan/search.ts";
import { tryMachine } from "../../src/plan/trial.ts";

const today = "2026-11-22";
const brief = (values: BriefValues) => briefFromValues(values, "stated");
const plan = (values: BriefValues): Plan => advise({ brief: brief(values) }, catalog, { today });
const device = (id: string) => {
  const facts = catalog.accelerators.find((a) => a.id === id)!;
  return deviceFrom(facts, id, facts.memoryGib);
};

test("an 8B in full precision states is cut over eight H100, and the settings say how", () => {
  const p = plan({
    model: "Llama 3.1 8B",
    method: "full",
    accelerator: "h100-80gb-sxm",
    acceleratorCount: 8,
    owned: true,
  });
  // 8.03 B × 16 bytes (fp32 weights, gradients, two moments) are 120 GiB: one card of 80 cannot, an eighth of it can.
  expect(p.training).toMatchObject({ acceleratorCount: 8, nodeCount: 1, dtype: "bf16-mixed", optimizer: "adamw" });
  expect(p.training!.sharding).not.toBe("none");
  expect(p.memoryRequest!.sharding).toBe(p.training!.sharding);
  expect(p.memory!.status).toBe("fits");
});

test("adapters that fit one card are copied, not cut: only gradients travel", () => {
  const p = plan({ model: "Qwen3 8B", method: "lora", accelerator: "h100-80gb-sxm", acceleratorCount: 4, owned: true });
  expect(p.training!.sharding).toBe("none");
  expect(p.decisions.find((d) => d.name === "distributed")!.choice).toBe("ddp");
});

test("ZeRO-2 is tried beside full sharding only where every weight is trained", () => {
  const shardings = (method: "full" | "qlora") =>
    layoutsOnDevices(method, { count: 8, nodes: 1 }).map((l) => l.sharding);
  expect(shardings("full")).toEqual(["none", "fsdp", "zero-2"]);
  expect(shardings("qlora")).toEqual(["none", "fsdp"]);
});

test("states go to the host only where its memory is known", () => {
  const w = (hostMemoryGib?: number) =>
    resolve(
      brief({ model: "Qwen3 8B", accelerator: "rtx-3090", owned: true, ...(hostMemoryGib ? { hostMemoryGib } : {}) }),
      catalog,
    ).workload;
  expect(layoutsOnHost("full", { count: 1, nodes: 1 }, w())).toEqual([]);
  expect(layoutsOnHost("full", { count: 1, nodes: 1 }, w(256)).map((l) => l.offload)).toEqual([
    "optimizer",
    "optimizer+parameters",
  ]);
});

test("two machines cost twice the rent of one", () => {
  const p = plan({
    parameterCount: 70e9,
    method: "full",
    accelerator: "h100-80gb-sxm",
    acceleratorCount: 16,
    nodeCount: 2,
    exampleCount: 20_000,
    budgetUsd: 5000,
  });
  expect(p.hardware).toMatchObject({ acceleratorCount: 16, nodeCount: 2 });
  expect(p.cost!.trainUsd.expected).toBeCloseTo(2 * p.time!.trainHours.expected * p.hardware!.offer!.usdPerHour, 6);
  expect(p.cost!.formula).toMatch(/2 machines/);
});

test("several machines are not rented where nothing links them", () => {
  const { workload } = resolve(brief({ parameterCount: 70e9, method: "full", exampleCount: 20_000 }), catalog);
  const { candidates } = search({ ...workload, hardware: { ...workload.hardware, acceleratorCount: 16 } }, catalog);
  const kinds = candidates.map((c) => catalog.platforms.find((p) => p.id === c.hardware.offer!.platform)!.kind);
  expect(candidates.length).toBeGreaterThan(0);
  expect(new Set(kinds).has("serverless")).toBe(false);
  expect(new Set(kinds).has("marketplace")).toBe(false);
});

test("one accelerator where one does; more where memory or the deadline asks for them", () => {
  const base: BriefValues = { model: "Qwen3 8B", method: "lora", exampleCount: 2_000_000, averageTokens: 500 };
  const relaxed = plan({ ...base, exampleCount: 5000 });
  const hurried = plan({ ...base, deadlineHours: 8 });
  expect(relaxed.hardware!.acceleratorCount).toBe(1);
  expect(hurried.hardware!.acceleratorCount).toBeGreaterThan(1);
  expect(hurried.time!.trainHours.expected).toBeLessThan(8);
});

test("more devices never need more memory each", () => {
  const { workload: w } = resolve(brief({ model: "Llama 3.1 8B", method: "full" }), catalog);
  const needs = [1, 2, 4, 8].map((count) => {
    const tried = tryMachine({ ...w, microBatchSize: 1 }, device("h100-80gb-sxm"), { count, nodes: 1 }, "full");
    return tried.settings.sharding === "none" ? Number.POSITIVE_INFINITY : tried.quick.reading.neededGib.expected;
  });
  const sharded = needs.filter(Number.isFinite);
  expect(sharded.length).toBeGreaterThan(1);
  for (let i = 1; i < sharded.length; i++) expect(sharded[i]!).toBeLessThanOrEqual(sharded[i - 1]! * 1.001);
});

test("settings, request and hardware of a plan speak of the same machine", () => {
  for (const values of [
    { model: "Qwen3 8B", exampleCount: 5000 },
    { model: "Llama 3.1 70B", exampleCount: 20_000, budgetUsd: 500 },
  ] as BriefValues[]) {
    const p = plan(values);
    expect(p.training!.acceleratorCount).toBe(p.hardware!.acceleratorCount);
    expect(p.memoryRequest!.acceleratorCount).toBe(p.hardware!.acceleratorCount);
    expect(p.training!.nodeCount).toBe(p.hardware!.nodeCount);
  }
});
