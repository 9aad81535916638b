import type { Catalog } from "../catalog/schema.ts";
import { constant } from "../estimate/constants.ts";
import type { Device } from "../estimate/device.ts";
import { quickEstimate } from "../estimate/estimate.ts";
import { shapeFor } from "../estimate/facts.ts";
import type { EstimateRequest } from "../estimate/request.ts";
import { requestsThatFit } from "../estimate/serving.ts";
import { capacityWithin } from "../estimate/serving-load.ts";
import { type Load, loadAt } from "../estimate/serving-rates.ts";
import { type Setup, setupWith } from "../estimate/setup.ts";
import type { Shape } from "../estimate/shape.ts";
import { GIB } from "../units.ts";
import { assumed } from "./assumptions.ts";
import { devicesFor } from "./candidates.ts";
import { PER_MACHINE } from "./layout.ts";
import type { Trials } from "./trials.ts";
import type { ServedFormat, ServingWorkload, Workload } from "./workload.ts";

/** Devices of one machine that a replica may be cut over; the rules refuse a count that does not divide the heads. */
const CUTS = [1, 2, 4, 8];

/** One copy of the model that answers: on these devices, in this precision, at these rates. */
export interface Replica {
  device: Device;
  devices: number;
  quantization: ServedFormat;
  setup: Setup;
  /** Requests at once that surely find room; an engine with less cache than expected lets the others wait. */
  sure: number;
  /** One request at a time. */
  alone: Load;
  /** The same in a plain loop of Transformers, without an engine: what the FastAPI server runs. */
  plain: Load;
  /** The most that it does within the asked latency. */
  capacity: Load;
  /** Requests per second that it is planned for. */
  plannedRate: number;
}

function requestFor(
  w: Workload,
  device: Device,
  devices: number,
  quantization: ServedFormat,
  load: ServingWorkload,
): EstimateRequest {
  return {
    phase: "serve",
    model: w.model.catalogued ? w.model.id : w.model.architecture,
    accelerator: device.facts === undefined ? { memoryGib: device.memoryGib } : device.id,
    acceleratorCount: devices,
    ...(devices > 1 ? { tensorParallel: devices } : {}),
    engine: "vllm",
    dtype: "bf16",
    baseQuantization: quantization,
    contextLength: load.promptTokens + load.outputTokens,
    outputLength: load.outputTokens,
    concurrentRequests: 1,
    maxNumSeqs: assumed.mostSequences.value,
    gpuMemoryUtilization: assumed.memoryUtilisation.value,
    kvCacheDtype: "bf16",
  };
}

/** The request of a server without an engine: one at a time, kernel by kernel. */
export const plainRequest = (request: EstimateRequest): EstimateRequest => ({
  ...request,
  engine: "transformers",
  concurrentRequests: 1,
});

/** What the planned server may use of a card. */
export const roomBytes = (device: Device): number => device.usableGib * assumed.memoryUtilisation.value * GIB;

/** Requests at once that surely fit, not as many as may: memory only grows with them, so the number is halved towards. */
function requestsThatSurelyFit(setup: Setup, device: Device): number {
  const holds = (concurrentRequests: number): boolean =>
    quickEstimate(setupWith({ ...setup.request, concurrentRequests }, setup.shape, undefined, setup.modelName, device))
      .status === "fits";
  let [low, high] = [1, Math.min(requestsThatFit(setup, roomBytes(device)), assumed.mostSequences.value)];
  if (high < low) return 0;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (holds(middle)) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** What stands against 16-bit weights on the same devices: memory, or the time that reading them takes. */
export function whyQuantised(r: Replica, load: ServingWorkload, w: Workload): string {
  const whole = requestFor(w, r.device, r.devices, "none", load);
  const setup = setupWith(whole, r.setup.shape, undefined, w.model.id, r.device);
  const held =
    quickEstimate(setup).status === "fits" && requestsThatSurelyFit(setup, r.device) >= assumed.leastRequests.value;
  return held && load.latencyMs !== undefined
    ? `16-bit weights fit and take too long to read for ${load.latencyMs / 1000} s an answer`
    : "16-bit weights would take more devices a replica";
}

function replicaOn(
  w: Workload,
  shape: Shape,
  device: Device,
  devices: number,
  quantization: ServedFormat,
  load: ServingWorkload,
): Replica | undefined {
  const setup = setupWith(requestFor(w, device, devices, quantization, load), shape, undefined, w.model.id, device);
  if (quickEstimate(setup).status !== "fits") return undefined;
  const sure = requestsThatSurelyFit(setup, device);
  if (sure < assumed.leastRequests.value) return undefined;
  // An engine that finds less room for its cache holds fewer requests at once and lets the others wait: nothing dies.
  const fit = requestsThatFit(setup, roomBytes(device));
  const capacity = capacityWithin(
    setup,
    fit,
    load.latencyMs === undefined ? Number.POSITIVE_INFINITY : load.latencyMs / 1000,
  );
  if (!capacity) return undefined;
  const plannedRate = capacity.requestsPerSecond * constant.plannedUtilisation.value;
  const plain = loadAt(setupWith(plainRequest(setup.request), shape, undefined, w.model.id, device), 1);
  return { device, devices, quantization, setup, sure, alone: loadAt(setup, 1), plain, capacity, plannedRate };
}

/** `replicasIn`, tried once for requests of this shape: their number only decides how many replicas there are. */
export function replicasOf(
  w: Workload,
  catalog: Catalog,
  load: ServingWorkload,
  anything: boolean,
  { replicas }: Trials,
): readonly Replica[] {
  const { model, hardware, constraints } = w;
  const { promptTokens, outputTokens, latencyMs, quantization } = load;
  const where = anything ? constraints : [hardware, constraints];
  const key = JSON.stringify([model, promptTokens, outputTokens, latencyMs, quantization, anything, where]);
  let known = replicas.get(key);
  if (!known) {
    known = replicasIn(w, catalog, load, anything);
    replicas.set(key, known);
  }
  return known;
}

/** The format that was asked for; else whole weights, and the quantised ones that the card is made for. */
function formatsFor({ facts }: Device, { quantization }: ServingWorkload): readonly ServedFormat[] {
  if (quantization !== undefined) return [quantization];
  return facts?.supportsFp8 ? ["none", "fp8", "awq-int4"] : ["none", "awq-int4"];
}

/**
 * Ways to hold one replica on each allowed card: 16-bit on the fewest devices, and quantised where that takes fewer:
 * fp8 where the card multiplies it, else 4-bit AWQ. Where a format was asked for, that one.
 */
function replicasIn(w: Workload, catalog: Catalog, load: ServingWorkload, anything: boolean): Replica[] {
  const shape = shapeFor(w.model.architecture);
  // Of rented cards as many as one machine holds, whatever number was named: the market has more.
  const most = anything || !w.hardware.owned ? PER_MACHINE : (w.hardware.acceleratorCount ?? 1);
  const out: Replica[] = [];
  for (const device of devicesFor(w, catalog, anything)) {
    let fewest = Number.POSITIVE_INFINITY;
    for (const quantization of formatsFor(device, load)) {
      for (const devices of CUTS) {
        if (devices > most || devices >= fewest) break;
        const replica = replicaOn(w, shape, device, devices, quantization, load);
        if (!replica) continue;
        out.push(replica);
        fewest = devices;
        break;
      }
    }
  }
  return out;
}
