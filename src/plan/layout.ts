import type { Accelerator } from "../catalog/schema.ts";
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
