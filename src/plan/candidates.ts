import { offersFor } from "../catalog/prices.ts";
import type { Accelerator, Catalog, Price } from "../catalog/schema.ts";
import { trainingRate } from "../estimate/compute.ts";
import { constant } from "../estimate/constants.ts";
import { type Device, deviceFrom } from "../estimate/device.ts";
import { type Quick, quickEstimate } from "../estimate/estimate.ts";
import type { EstimateRequest } from "../estimate/request.ts";
import { type Setup, setupWith } from "../estimate/setup.ts";
import { type Shape, shapeOf } from "../estimate/shape.ts";
import { weightBytes } from "../estimate/states.ts";
import { canonicalJson } from "../hash.ts";
import { type Range, range } from "../units.ts";
import { assumed } from "./assumptions.ts";
import { lockRunsOn } from "./limits.ts";
import { marketOf, marketOffers, offerOf } from "./market.ts";
import type { Hardware, TrainingSettings } from "./plan.ts";
import type { Workload } from "./workload.ts";

/** A possible plan: one machine, one way of training, and what it would take. */
export interface Candidate {
  device: Device;
  hardware: Hardware;
  price: Price | undefined;
  settings: TrainingSettings;
  request: EstimateRequest;
  quick: Quick;
  hours: Range;
  usd: Range;
}

const MICRO_BATCHES = [8, 4, 2, 1];

/** Methods worth trying: the one that was asked for, or adapters, and full training where models are small. */
function methodsFor(w: Workload): TrainingSettings["method"][] {
  if (w.method === "full" || w.method === "freeze" || w.task === "pretrain") return ["full"];
  if (w.method === "lora" || w.method === "qlora") return [w.method];
  return w.model.architecture.parameterCount <= assumed.smallModelParameters.value
    ? ["lora", "qlora", "full"]
    : ["lora", "qlora"];
}

/** What is given up before a machine is given up. */
interface Variant {
  /** Pure bf16 weights and 8-bit optimizer states. */
  lean: boolean;
  /** The loss over chunks of the vocabulary: same value, a little slower, far less memory with large vocabularies. */
  fusedLoss: boolean;
}
const ADAPTER_VARIANTS: Variant[] = [
  { lean: false, fusedLoss: false },
  { lean: false, fusedLoss: true },
];
const FULL_VARIANTS: Variant[] = [...ADAPTER_VARIANTS, { lean: true, fusedLoss: true }];

function settingsFor(
  w: Workload,
  method: TrainingSettings["method"],
  facts: Accelerator | undefined,
  microBatchSize: number,
  count: number,
  variant: Variant,
): TrainingSettings {
  const bf16 = facts?.supportsBf16 ?? true;
  const full = method === "full";
  return {
    method,
    baseQuantization: method === "qlora" ? "nf4" : "none",
    ...(full
      ? {}
      : {
          loraRank: assumed.loraRank.value,
          loraAlpha: 2 * assumed.loraRank.value,
          loraTargets: "all-linear" as const,
        }),
    dtype: bf16 ? (full && variant.lean ? "bf16" : "bf16-mixed") : "fp16-mixed",
    optimizer: full && variant.lean ? "adamw-8bit" : "adamw",
    // Full fine-tuning moves every weight and needs small steps; adapters start at zero and need large ones (QLoRA paper, table 9).
    learningRate: full
      ? w.task === "pretrain"
        ? assumed.pretrainLearningRate.value
        : assumed.fullLearningRate.value
      : assumed.adapterLearningRate.value,
    sequenceLength: w.sequenceLength,
    microBatchSize,
    gradientAccumulationSteps: Math.max(1, Math.round(assumed.globalBatch.value / (microBatchSize * count))),
    gradientCheckpointing: true,
    attention: "sdpa",
    fusedLoss: variant.fusedLoss,
    epochs: w.epochs,
    seed: 42,
  };
}

/** What the template pins: a test compares it with its requirements. */
export const TRAINER_VERSION = "5.23";

/** The estimate request that a set of training settings amounts to. */
function requestFor(w: Workload, settings: TrainingSettings, device: Device, count: number): EstimateRequest {
  return {
    phase: "train",
    model: w.model.catalogued ? w.model.id : w.model.architecture,
    accelerator:
      device.facts === undefined
        ? { memoryGib: device.memoryGib }
        : device.memoryGib === device.facts.memoryGib
          ? device.id
          : { id: device.id, memoryGib: device.memoryGib },
    acceleratorCount: count,
    method: settings.method,
    baseQuantization: settings.baseQuantization,
    ...(settings.loraRank === undefined ? {} : { loraRank: settings.loraRank, loraTargets: settings.loraTargets! }),
    dtype: settings.dtype,
    optimizer: settings.optimizer,
    task: w.task,
    sharding: count > 1 ? "fsdp" : "none",
    sequenceLength: settings.sequenceLength,
    microBatchSize: settings.microBatchSize,
    gradientAccumulationSteps: settings.gradientAccumulationSteps,
    gradientCheckpointing: settings.gradientCheckpointing,
    attention: settings.attention,
    fusedLoss: settings.fusedLoss,
    evaluationBatchSize: settings.microBatchSize,
    trainer: "transformers",
    trainerVersion: TRAINER_VERSION,
    ...(w.hardware.hostMemoryGib === undefined ? {} : { hostMemoryGib: w.hardware.hostMemoryGib }),
  };
}

const tokensOf = (w: Workload): number => w.exampleCount * w.averageTokens * w.epochs;

/** Tokens per second of one device on samples of a length: a run's time is counted at its typical one. */
export const rateAt = (s: Setup, tokens: number): Range =>
  trainingRate({ ...s, train: { ...s.train, sequenceLength: tokens } }).tokensPerSecondPerDevice;

/** Wall time of a run at a rate per device: samples at their typical length, evaluation, set-up and the download of the weights. */
export function hoursAt(w: Workload, shape: Shape, rate: Range, count: number): Range {
  const tokens = tokensOf(w) * assumed.paddingFactor.value * (1 + assumed.evaluationShare.value);
  const download = weightBytes(shape, "none", 2) / assumed.downloadBytesPerSecond.value / 3600;
  const train = (tokensPerSecond: number): number => tokens / (tokensPerSecond * count) / 3600;
  return range(
    train(rate.high) + assumed.setUpHoursLow.value + download / 2,
    train(rate.expected) + assumed.setUpHours.value + download,
    train(rate.low) + assumed.setUpHoursHigh.value + download * 3,
  );
}

const hoursFor = (w: Workload, shape: Shape, quick: Quick, count: number): Range =>
  hoursAt(w, shape, rateAt(quick.setup, w.averageTokens), count);

type Tried = Omit<Candidate, "hardware" | "price" | "usd">;

/** What was tried before, so that variants of one brief do not try it again. */
export type Trials = Map<string, Tried>;

/** What a trial depends on: not the money, the market, the load or the amount of data, which only takes time. */
function trialKey(w: Workload): string {
  const { model, task, method, sequenceLength, microBatchSize, epochs, hardware } = w;
  return canonicalJson([model, task, method, sequenceLength, microBatchSize, epochs, hardware.hostMemoryGib]);
}

/** How well a set-up sits on its card: 3 with the whole band inside, 2 by the verdict, 1 tight, 0 not. */
function comfort(quick: Quick): number {
  if (quick.status === "does-not-fit") return 0;
  if (quick.status === "tight") return 1;
  const worst = quick.reading.memory.allocatedGib.high + constant.cudaContextGib.value;
  return worst <= quick.setup.device.usableGib * assumed.roomShare.value ? 3 : 2;
}

/**
 * Settings and estimate for one machine and method: the largest micro batch with room to spare. Where only a smaller
 * loss or leaner states leave that room, they are chosen before the room is given up.
 */
function tryMachine(
  w: Workload,
  shape: Shape,
  device: Device,
  count: number,
  method: TrainingSettings["method"],
): Tried {
  let best: Tried | undefined;
  let most = -1;
  const sizes = w.microBatchSize === undefined ? MICRO_BATCHES : [w.microBatchSize];
  for (const variant of method === "full" ? FULL_VARIANTS : ADAPTER_VARIANTS) {
    for (const microBatchSize of sizes) {
      const settings = settingsFor(w, method, device.facts, microBatchSize, count, variant);
      const request = requestFor(w, settings, device, count);
      const setup = setupWith(request, shape, undefined, w.model.id, device);
      const quick = quickEstimate(setup);
      const level = comfort(quick);
      if (level > most || (level === 0 && most === 0)) {
        most = level;
        best = { device, settings, request, quick, hours: range(0, 0, 0) };
      }
      if (level === 3) return { ...best!, hours: hoursFor(w, shape, quick, count) };
    }
  }
  return { ...best!, hours: hoursFor(w, shape, best!.quick, count) };
}

function hardwareOf(
  device: Device,
  count: number,
  owned: boolean,
  price: Price | undefined,
  hostMemoryGib: number | undefined,
): Hardware {
  const host = price?.hostMemoryGib ?? hostMemoryGib;
  return {
    accelerator: {
      id: device.id,
      name: device.facts?.name ?? `a card with ${device.memoryGib} GiB`,
      memoryGib: device.memoryGib,
    },
    acceleratorCount: count,
    nodeCount: 1,
    ...(host === undefined ? {} : { hostMemoryGib: host }),
    owned,
    ...(price === undefined ? {} : { offer: offerOf(price) }),
  };
}

/** Cards that the person's words allow: the named one, those of the named size, or every card on offer. */
export function devicesFor(w: Workload, catalog: Catalog, anything = false): Device[] {
  const h = w.hardware;
  if (!anything && h.accelerator)
    return [deviceFrom(h.accelerator, h.accelerator.id, h.memoryGib ?? h.accelerator.memoryGib)];
  if (!anything && h.memoryGib !== undefined && h.owned)
    return [deviceFrom(undefined, `${h.memoryGib} GiB card`, h.memoryGib)];
  const wanted = anything ? undefined : h.memoryGib;
  return catalog.accelerators
    .filter(lockRunsOn)
    .filter((a) => offersFor(catalog, a.id).length > 0 && (wanted === undefined || Math.abs(a.memoryGib - wanted) < 1))
    .map((a) => deviceFrom(a, a.id, a.memoryGib));
}

/** Every combination of machine and method within the person's words, estimated. */
export function enumerate(
  w: Workload,
  catalog: Catalog,
  options: { anything?: boolean; counts?: readonly number[]; trials?: Trials } = {},
): Candidate[] {
  const shape = shapeOf(w.model.architecture);
  const market = marketOf(w, catalog);
  const owned = w.hardware.owned && !options.anything;
  const counts = options.counts ?? [w.hardware.acceleratorCount ?? 1];
  const out: Candidate[] = [];
  const same = options.trials ? trialKey(w) : "";
  const tryOnce = (device: Device, count: number, method: TrainingSettings["method"]): Tried => {
    const key = `${same}|${device.id}|${device.memoryGib}|${count}|${method}`;
    const known = options.trials?.get(key);
    if (known) return { ...known, hours: hoursFor(w, shape, known.quick, count) };
    const tried = tryMachine(w, shape, device, count, method);
    options.trials?.set(key, tried);
    return tried;
  };
  for (const device of devicesFor(w, catalog, options.anything)) {
    for (const count of counts) {
      const offers = owned ? [undefined] : market ? marketOffers(catalog, market, device.id, count) : [];
      if (offers.length === 0) continue;
      for (const method of methodsFor(w)) {
        const tried = tryOnce(device, count, method);
        for (const price of offers) {
          const usd = price ? price.usdPerHour : 0;
          out.push({
            ...tried,
            price,
            hardware: hardwareOf(device, count, owned, price, w.hardware.hostMemoryGib),
            usd: range(tried.hours.low * usd, tried.hours.expected * usd, tried.hours.high * usd),
          });
        }
      }
    }
  }
  return out;
}

export const trainTokens = tokensOf;

/** The least memory of each method on this card, whatever the plan chose. */
export function memoryFloors(w: Workload, device: Device): { method: TrainingSettings["method"]; neededGib: Range }[] {
  const shape = shapeOf(w.model.architecture);
  return (["qlora", "lora", "full"] as const).map((method) => {
    const settings = settingsFor(w, method, device.facts, 1, 1, { lean: true, fusedLoss: true });
    const setup = setupWith(requestFor(w, settings, device, 1), shape, undefined, w.model.id, device);
    return { method, neededGib: quickEstimate(setup).reading.neededGib };
  });
}
