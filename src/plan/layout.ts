import type { Accelerator } from "../catalog/schema.ts";
import type { Setup } from "../estimate/setup.ts";
import { statesOf } from "../estimate/states.ts";
import type { TrainingSettings } from "./plan.ts";
import type { Workload } from "./workload.ts";

/** Accelerators in all, and the machines they sit in. */
export interface Machine {
  count: number;
  nodes: number;
}

/** How states are spread over devices and host. */
export type Layout = Pick<TrainingSettings, "sharding" | "offload">;

/** Accelerators that one machine holds: what every large platform sells. */
export const PER_MACHINE = 8;

export function machineOf(w: Workload, count: number): Machine {
  const nodes = w.hardware.nodeCount ?? (count > PER_MACHINE ? Math.ceil(count / PER_MACHINE) : 1);
  return { count: Math.max(count, nodes), nodes };
}

const copies: Layout = { sharding: "none", offload: "none" };

/**
 * Layouts that keep everything on the devices, the one with the fewest parts first: copies, then PyTorch's own sharding,
 * then DeepSpeed's. ZeRO-2 keeps whole weights on each device, which saves the gathers of every layer on slow links.
 */
export function layoutsOnDevices(method: TrainingSettings["method"], machine: Machine, facts?: Accelerator): Layout[] {
  if (machine.count === 1) return [copies];
  // XLA shards arrays over its mesh; there is neither FSDP nor DeepSpeed. FSDP's arithmetic is the same.
  const fsdp: Layout = { sharding: "fsdp", offload: "none" };
  if (facts?.kind === "tpu" || method !== "full") return [copies, fsdp];
  return [copies, fsdp, { sharding: "zero-2", offload: "none" }];
}

/** Layouts that move states to the host, where its memory is known. Adapters have few states: only their base is worth moving. */
export function layoutsOnHost(method: TrainingSettings["method"], machine: Machine, w: Workload): Layout[] {
  if (w.hardware.hostMemoryGib === undefined || method === "freeze" || method === "qlora") return [];
  const all: Layout = { sharding: "zero-3", offload: "optimizer+parameters" };
  if (method === "lora") return [all];
  const optimizer: Layout = { sharding: machine.count > 1 ? "zero-3" : "zero-2", offload: "optimizer" };
  return [optimizer, all];
}

/** One direction of a PCIe x16 slot by generation, as copies reach it: four fifths of 16, 32 and 64 GB/s. */
const PCIE_BYTES_PER_SECOND: Record<number, number> = { 3: 12.8e9, 4: 25.6e9, 5: 51.2e9 };
/** Memory bandwidth of a server's processor for its optimizer step; desktops have about half. */
const HOST_BYTES_PER_SECOND = 100e9;

/**
 * Seconds that an optimizer step waits for the host: gradients go out and weights come back over PCIe, and the
 * processor reads and writes its states once (Ren et al. 2021, ZeRO-Offload §4); moved weights pass in every pass.
 */
export function offloadSeconds(s: Setup): number {
  const t = s.train;
  if (t.offload === "none") return 0;
  const link = PCIE_BYTES_PER_SECOND[s.device.facts?.pcieGeneration ?? 4] ?? 25.6e9;
  const perNode = t.acceleratorCount / t.nodeCount;
  const trainable = statesOf(s).trainableParameters;
  const moved = (trainable * 4) / perNode / link;
  // fp32 weights, two moments and the gradient: 16 bytes read, 12 written.
  const step = (trainable * 28) / t.nodeCount / HOST_BYTES_PER_SECOND;
  const passes = t.gradientCheckpointing === true ? 3 : 2;
  const weights =
    t.offload === "optimizer+parameters"
      ? (t.gradientAccumulationSteps * passes * s.shape.parameterCount * 2) / perNode / link
      : 0;
  return moved + step + weights;
}
