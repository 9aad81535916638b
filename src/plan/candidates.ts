import { offersFor } from "../catalog/prices.ts";
import type { Catalog, Price } from "../catalog/schema.ts";
import { type Device, deviceFrom } from "../estimate/device.ts";
import { quickEstimate } from "../estimate/estimate.ts";
import { shapeFor } from "../estimate/facts.ts";
import { setupWith } from "../estimate/setup.ts";
import { GIB, type Range, range } from "../units.ts";
import { clusterOffers } from "./cluster.ts";
import { hoursAt } from "./duration.ts";
import { layoutsOnDevices, type Machine, machineOf } from "./layout.ts";
import { lockRunsOn, trainsOn } from "./limits.ts";
import { type Market, marketOf, type Offered, offerOf } from "./market.ts";
import { fromScratch, methodsFor } from "./methods.ts";
import { unnamedCard } from "./names.ts";
import type { Hardware, TrainingSettings } from "./plan.ts";
import { isEncoder, requestFor, settingsFor, variantsFor } from "./recipe.ts";
import { type Tried, timed, tryMachine } from "./trial.ts";
import { newTrials, type Trials, trialKey } from "./trials.ts";
import type { Workload } from "./workload.ts";

/** A possible plan: one machine, one way of training, and what it would take. */
export interface Candidate extends Tried {
  hardware: Hardware;
  price: Offered | undefined;
  usd: Range;
}

function hardwareOf(
  device: Device,
  machine: Machine,
  owned: boolean,
  price: Price | undefined,
  hostMemoryGib: number | undefined,
): Hardware {
  const host = price?.hostMemoryGib ?? hostMemoryGib;
  return {
    accelerator: {
      id: device.id,
      name: device.facts?.name ?? unnamedCard(device.memoryGib),
      memoryGib: device.memoryGib,
    },
    acceleratorCount: machine.count,
    nodeCount: machine.nodes,
    ...(host === undefined ? {} : { hostMemoryGib: host }),
    owned,
    ...(price === undefined ? {} : { offer: offerOf(price) }),
  };
}

/**
 * Whether the card that was named is the one to serve on. Beside training it is the card that trains, and the server may
 * be another.
 */
export const asksForCard = ({ phase, hardware: h }: Workload): boolean =>
  phase === "serve" && (h.accelerator !== undefined || h.memoryGib !== undefined);

/** Cards that the person's words allow: the named one, those of the named size, or every card on offer. */
export function devicesFor(w: Workload, catalog: Catalog, anything = false): Device[] {
  const h = w.hardware;
  if (!anything && h.accelerator)
    return [deviceFrom(h.accelerator, h.accelerator.id, h.memoryGib ?? h.accelerator.memoryGib)];
  if (!anything && h.memoryGib !== undefined && h.owned)
    return [deviceFrom(undefined, `${h.memoryGib} GiB card`, h.memoryGib)];
  const wanted = anything ? undefined : h.memoryGib;
  const kind = w.constraints.includes("tpu") ? (a: Catalog["accelerators"][number]) => trainsOn(a, w) : lockRunsOn;
  return catalog.accelerators
    .filter(kind)
    .filter((a) => offersFor(catalog, a.id).length > 0 && (wanted === undefined || Math.abs(a.memoryGib - wanted) < 1))
    .map((a) => deviceFrom(a, a.id, a.memoryGib));
}

/** What of the market to look at: `anything` beside the named card, in these counts of accelerators. */
export interface Scope {
  anything?: boolean;
  counts?: readonly number[];
  devices?: readonly Device[];
  /** Whether machines that cannot even hold the weights are estimated too, to say by how much they miss. */
  hopeless?: boolean;
  trials?: Trials | undefined;
}

/** Least bytes per parameter that a method holds, sharded over all devices: 4-bit and 16-bit weights, and weights with gradients and 8-bit states. */
const LEAST_BYTES: Record<TrainingSettings["method"], number> = { qlora: 0.5, lora: 2, freeze: 2, full: 6 };

const holdsWeights = (w: Workload, device: Device, count: number, method: TrainingSettings["method"]): boolean =>
  (w.model.architecture.parameterCount * LEAST_BYTES[method]) / count / GIB < device.usableGib;

/** A machine and who sells it; nobody sells one's own. */
interface Sold {
  machine: Machine;
  offers: readonly (Offered | undefined)[];
}

const ownMachines = (w: Workload, counts: readonly number[]): Sold[] =>
  counts.map((count) => ({ machine: machineOf(w, count), offers: [undefined] }));

/**
 * Machines of a card on the market. A platform that sells only larger machines than were looked for is paid for the
 * whole one: all of it is used, unless the number of accelerators is the person's.
 */
function soldMachines(w: Workload, market: Market | undefined, device: Device, counts: readonly number[]): Sold[] {
  const sold = new Map<number, { machine: Machine; offers: Offered[] }>();
  for (const count of market ? counts : []) {
    const machine = machineOf(w, count);
    for (const offer of clusterOffers(market!, device.id, machine)) {
      const whole = w.hardware.acceleratorCount === undefined && machine.nodes === 1;
      const used = whole ? { count: Math.max(count, offer.acceleratorCount), nodes: 1 } : machine;
      const known = sold.get(used.count);
      if (!known) sold.set(used.count, { machine: used, offers: [offer] });
      else if (!known.offers.some((o) => o.platform === offer.platform)) known.offers.push(offer);
    }
  }
  return [...sold.values()];
}

/** Every combination of machine and method within the person's words, estimated. */
export function enumerate(w: Workload, catalog: Catalog, scope: Scope = {}): Candidate[] {
  const shape = shapeFor(w.model.architecture);
  const market = marketOf(w, catalog);
  const owned = w.hardware.owned && !scope.anything;
  const counts = scope.counts ?? [w.hardware.acceleratorCount ?? 1];
  const out: Candidate[] = [];
  const { machines } = scope.trials ?? newTrials();
  const same = trialKey(w);
  const tryOnce = (device: Device, machine: Machine, method: TrainingSettings["method"]): Tried => {
    // Several devices are laid out by time, which the amount of data decides.
    const data = machine.count > 1 ? `${w.exampleCount}|${w.averageTokens}` : "";
    const key = `${same}|${data}|${device.id}|${device.memoryGib}|${machine.count}|${machine.nodes}|${method}`;
    const known = machines.get(key);
    if (known?.averageTokens === w.averageTokens)
      return { ...known.tried, hours: hoursAt(w, shape, known.tried.rate, machine.count) };
    const tried = known ? timed(w, shape, known.tried, machine) : tryMachine(w, device, machine, method, shape);
    machines.set(key, { tried, averageTokens: w.averageTokens });
    return tried;
  };
  for (const device of scope.devices ?? devicesFor(w, catalog, scope.anything)) {
    for (const { machine, offers } of owned ? ownMachines(w, counts) : soldMachines(w, market, device, counts)) {
      for (const method of methodsFor(w)) {
        if (scope.hopeless === false && !holdsWeights(w, device, machine.count, method)) continue;
        const tried = tryOnce(device, machine, method);
        for (const price of offers) {
          const usd = price ? price.usdPerHour * machine.nodes : 0;
          out.push({
            ...tried,
            price,
            hardware: hardwareOf(device, machine, owned, price, w.hardware.hostMemoryGib),
            usd: range(tried.hours.low * usd, tried.hours.expected * usd, tried.hours.high * usd),
          });
        }
      }
    }
  }
  return out;
}

/** Models that people train adapters of. */
const ADAPTED: ReadonlySet<Workload["modality"]> = new Set(["llm", "vlm", "diffusion"]);

/** The least memory of each method on this card, whatever the plan chose. */
export function memoryFloors(w: Workload, device: Device): { method: TrainingSettings["method"]; neededGib: Range }[] {
  const shape = shapeFor(w.model.architecture);
  const adapters = ADAPTED.has(w.modality) && !isEncoder(w) && !fromScratch(w);
  const methods = adapters ? (["qlora", "lora", "full"] as const) : (["full"] as const);
  return methods.map((method) => {
    const leanest = variantsFor(w, method).at(-1)!;
    const one = layoutsOnDevices(method, { count: 1, nodes: 1 })[0]!;
    const settings = settingsFor(w, method, device.facts, 1, { count: 1, nodes: 1 }, one, leanest);
    const setup = setupWith(requestFor(w, shape, settings, device), shape, undefined, w.model.id, device);
    return { method, neededGib: quickEstimate(setup).reading.neededGib };
  });
}
