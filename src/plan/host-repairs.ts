import { constant } from "../estimate/constants.ts";
import { type Quick, quickEstimate } from "../estimate/estimate.ts";
import type { EstimateRequest } from "../estimate/request.ts";
import { setupWith } from "../estimate/setup.ts";
import { weightBytes } from "../estimate/states.ts";
import { GIB, type Range, range } from "../units.ts";
import { needsGib } from "./downward.ts";
import { gib, number } from "./format.ts";
import type { PlanRepair } from "./plan.ts";
import { changeInWords } from "./repair-words.ts";

/** Changes that take states off the host, smallest loss first. */
const CHANGES: { change: Partial<EstimateRequest>; cost: string }[] = [
  { change: { offload: "none" }, cost: "none: the step is faster on the devices" },
  { change: { offload: "none", sharding: "fsdp" }, cost: "none: the step is faster on the devices" },
  { change: { offload: "optimizer" }, cost: "none: parameters stay on the devices" },
  { change: { offload: "none", method: "lora" }, cost: "quality: small on most tasks; trains an adapter" },
  {
    change: { offload: "none", method: "qlora", baseQuantization: "nf4" },
    cost: "quality: small on most tasks; trains an adapter on a 4-bit base",
  },
];

/**
 * After the host killed a run: what leaves the host alone and still fits on the devices. Every process of a launcher
 * loads a copy of the checkpoint unless told to load once, in 32 bits unless told otherwise: that peak comes first.
 */
export function hostRepairs(
  quick: Quick,
  thereGib: number | undefined,
): { repairs: PlanRepair[]; notes: string[]; neededGib: Range } {
  const s = quick.setup;
  const processes = s.train.acceleratorCount / s.train.nodeCount;
  const copy = weightBytes(s.shape, "none", 4) / GIB;
  const loading = processes * (copy + constant.hostProcessGib.value);
  const steady = quick.hostGib;
  const neededGib = range(steady.low, Math.max(steady.expected, loading), Math.max(steady.high, loading));
  const repairs: PlanRepair[] = [];
  if (loading > steady.expected)
    repairs.push({
      change: { loadOnce: true },
      deviceGib: needsGib(quick),
      timeFactor: 1,
      cost: "none",
      status: thereGib === undefined || steady.expected <= thereGib ? "fits" : "tight",
      of: "your run",
      summary: `Load the checkpoint once and in 16 bits (\`low_cpu_mem_usage\`, \`zero.Init\`, FSDP's \`cpu_ram_efficient_loading\`): ${number(processes)} processes that each load 32-bit weights take ${gib(loading)} of host memory, one needs ${gib(copy / 2)}.`,
    });
  for (const { change, cost } of CHANGES) {
    const changed = { ...s.request, ...change };
    if (JSON.stringify(changed) === JSON.stringify(s.request)) continue;
    const q = quickEstimate(setupWith(changed, s.shape, s.model, s.modelName, s.device));
    if (q.status === "does-not-fit" || q.hostGib.expected >= steady.expected * 0.9) continue;
    const before = quick.throughput.tokensPerSecondPerDevice.expected;
    repairs.push({
      change,
      deviceGib: needsGib(q),
      timeFactor: before / q.throughput.tokensPerSecondPerDevice.expected,
      cost,
      status: q.status,
      of: "your run",
      summary: `Set ${changeInWords(change)}: ${gib(q.hostGib.expected)} of host memory and ${gib(needsGib(q))} on each device (${cost}).`,
    });
  }
  const notes = [
    `Host memory: ${number(processes)} processes that load ${gib(copy)} of 32-bit weights each take ${gib(loading)}; the run itself about ${gib(steady.expected)}.`,
  ];
  return { repairs: repairs.slice(0, 4), notes, neededGib };
}
