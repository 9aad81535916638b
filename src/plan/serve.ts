import type { Catalog, Price } from "../catalog/schema.ts";
import { constant } from "../estimate/constants.ts";
import type { Device } from "../estimate/device.ts";
import { estimate, quickEstimate } from "../estimate/estimate.ts";
import type { EstimateRequest } from "../estimate/request.ts";
import { requestsThatFit } from "../estimate/serving.ts";
import { capacityWithin, replicasFor } from "../estimate/serving-load.ts";
import { type Load, servingEstimate } from "../estimate/serving-rates.ts";
import { type Setup, setupWith } from "../estimate/setup.ts";
import { type Shape, shapeOf } from "../estimate/shape.ts";
import { weightBytes } from "../estimate/states.ts";
import { GIB, range } from "../units.ts";
import { assumed } from "./assumptions.ts";
import { devicesFor } from "./candidates.ts";
import { type Market, marketOf, marketOffers, offerOf } from "./market.ts";
import type { Hardware, ServingPlan } from "./plan.ts";
import type { ServingWorkload, Workload } from "./workload.ts";

interface Option {
  device: Device;
  price: Price | undefined;
  quantization: "none" | "awq-int4";
  replicas: number;
  usdPerHour: number;
  /** What one replica does within the latency. */
  capacity: Load;
}

function serveRequest(
  w: Workload,
  device: Device,
  quantization: Option["quantization"],
  load: ServingWorkload,
): EstimateRequest {
  return {
    phase: "serve",
    model: w.model.catalogued ? w.model.id : w.model.architecture,
    accelerator: device.facts === undefined ? { memoryGib: device.memoryGib } : device.id,
    acceleratorCount: 1,
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

const roomBytes = (device: Device): number => device.usableGib * assumed.memoryUtilisation.value * GIB;

function optionFor(
  w: Workload,
  shape: Shape,
  device: Device,
  price: Price | undefined,
  load: ServingWorkload,
): Option | undefined {
  for (const quantization of ["none", "awq-int4"] as const) {
    const setup = setupWith(serveRequest(w, device, quantization, load), shape, undefined, w.model.id, device);
    if (quickEstimate(setup).reading.status !== "fits") continue;
    const fit = requestsThatFit(setup, roomBytes(device));
    if (fit < assumed.leastRequests.value) continue;
    const withinSeconds = load.latencyMs === undefined ? Number.POSITIVE_INFINITY : load.latencyMs / 1000;
    const capacity = capacityWithin(setup, fit, withinSeconds);
    if (!capacity) continue;
    const replicas = replicasFor(load.requestsPerSecond, capacity);
    return { device, price, quantization, replicas, usdPerHour: (price?.usdPerHour ?? 0) * replicas, capacity };
  }
  return undefined;
}

/** The cheapest way to serve the asked rate: on the training hardware where it is owned, else on the market. */
export function planServing(w: Workload, catalog: Catalog, trainedOn: Hardware | undefined): ServingPlan | undefined {
  const load = w.serving;
  if (!load) return undefined;
  const shape = shapeOf(w.model.architecture);
  const market: Market | undefined = marketOf(w, catalog);
  const options: Option[] = [];
  const owned = w.hardware.owned ? devicesFor(w, catalog) : [];
  for (const device of owned) {
    const option = optionFor(w, shape, device, undefined, load);
    if (option && option.replicas <= (w.hardware.acceleratorCount ?? 1)) options.push(option);
  }
  // What must stay in the house is never answered with a rented fleet.
  const home = w.deploymentTarget === "on-premises" || w.deploymentTarget === "local";
  if (options.length === 0 && market && !home) {
    const cards = devicesFor(w, catalog, true);
    for (const device of cards) {
      const price = marketOffers(catalog, market, device.id, 1, true)[0];
      const option = price && optionFor(w, shape, device, price, load);
      if (option) options.push(option);
    }
  }
  // Cheapest; equal prices: fewer replicas, then 16-bit before quantised weights, then by id.
  options.sort(
    (a, b) =>
      a.usdPerHour - b.usdPerHour ||
      a.replicas - b.replicas ||
      Number(a.quantization !== "none") - Number(b.quantization !== "none") ||
      (a.device.id < b.device.id ? -1 : a.device.id > b.device.id ? 1 : 0),
  );
  const sameCard = trainedOn && options.find((o) => o.device.id === trainedOn.accelerator.id);
  const best =
    sameCard && options[0] && sameCard.usdPerHour <= options[0].usdPerHour * assumed.sameCardPremium.value
      ? sameCard
      : options[0];
  if (!best) return undefined;
  const setup = setupWith(
    serveRequest(w, best.device, best.quantization, load),
    shape,
    undefined,
    w.model.id,
    best.device,
  );
  const underLoad = (concurrentRequests: number): Setup =>
    setupWith({ ...setup.request, concurrentRequests }, shape, undefined, w.model.id, best.device);
  const fitsWith = (concurrentRequests: number): boolean =>
    quickEstimate(underLoad(concurrentRequests)).status === "fits";
  // As many slots as surely fit, not as many as may.
  let maxConcurrentRequests = best.capacity.concurrentRequests;
  while (maxConcurrentRequests > 1 && !fitsWith(maxConcurrentRequests))
    maxConcurrentRequests = Math.max(1, Math.floor(maxConcurrentRequests * assumed.slotStep.value));
  // Memory and rates are shown as they are under load, with every slot taken.
  const rates = servingEstimate(underLoad(maxConcurrentRequests), roomBytes(best.device));
  const answer = estimate({ ...setup.request, concurrentRequests: maxConcurrentRequests }, catalog);
  const weights = weightBytes(shape, best.quantization, 2);
  const start = (seconds: number, share: number): number =>
    seconds + ((assumed.imageBytes.value + weights) / assumed.readBytesPerSecond.value) * share;
  return {
    engine: "vllm",
    accelerator: {
      id: best.device.id,
      name: best.device.facts?.name ?? `a card with ${best.device.memoryGib} GiB`,
      memoryGib: best.device.memoryGib,
    },
    acceleratorCountPerReplica: 1,
    replicas: best.replicas,
    contextLength: load.promptTokens + load.outputTokens,
    maxConcurrentRequests,
    baseQuantization: best.quantization,
    timeToFirstTokenSeconds: rates.timeToFirstTokenSeconds,
    timePerOutputTokenSeconds: rates.timePerOutputTokenSeconds,
    requestsPerSecondPerReplica: rates.requestsPerSecond,
    coldStartSeconds: range(
      start(assumed.engineStartSecondsLow.value, assumed.readFactorLow.value),
      start(assumed.engineStartSeconds.value, 1),
      start(assumed.engineStartSecondsHigh.value, assumed.readFactorHigh.value),
    ),
    owned: best.price === undefined,
    ...(best.price === undefined ? {} : { usdPerHourPerReplica: best.price.usdPerHour, offer: offerOf(best.price) }),
    estimate: answer,
    notes: [
      `Planned at ${Math.round(constant.plannedUtilisation.value * 100)} % of the estimated rate, for requests of ${load.promptTokens} tokens in and ${load.outputTokens} out.`,
      ...(best.quantization === "none"
        ? []
        : [
            "16-bit weights do not leave room for enough requests on this card: 4-bit AWQ weights are planned; measure quality before and after.",
          ]),
    ],
  };
}
