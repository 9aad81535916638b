import { constant } from "../estimate/constants.ts";
import type { Device } from "../estimate/device.ts";
import { type Quick, quickEstimate } from "../estimate/estimate.ts";
import { shapeFor } from "../estimate/facts.ts";
import type { EstimateRequest } from "../estimate/request.ts";
import { setupWith } from "../estimate/setup.ts";
import type { Shape } from "../estimate/shape.ts";
import { type Range, range } from "../units.ts";
import { assumed } from "./assumptions.ts";
import { hoursAt, rateAt } from "./duration.ts";
import { type Layout, layoutsOnDevices, layoutsOnHost, type Machine } from "./layout.ts";
import type { TrainingSettings } from "./plan.ts";
import { microBatchesFor, requestFor, settingsFor, suits, type Variant, variantsFor } from "./recipe.ts";
import type { Workload } from "./workload.ts";

/** One machine and method with the best settings found for them. */
export interface Tried {
  device: Device;
  settings: TrainingSettings;
  request: EstimateRequest;
  quick: Quick;
  /** Tokens per second of one device at the typical length. */
  rate: Range;
  hours: Range;
}

const COMFORTABLE = 3;

/** How well a set-up sits on its card: 3 with the whole band inside, 2 by the verdict, 1 tight, 0 not. */
function comfort(quick: Quick): number {
  if (quick.status === "does-not-fit") return 0;
  if (quick.status === "tight") return 1;
  const worst = quick.reading.memory.allocatedGib.high + constant.cudaContextGib.value;
  return worst <= quick.setup.device.usableGib * assumed.roomShare.value ? COMFORTABLE : 2;
}

const UNTIMED = range(0, 0, 0);

/** A set-up and how well it sits. */
interface Seated {
  level: number;
  tried: Tried;
}

/**
 * Settings and estimate for one machine and method: the largest micro batch with room to spare, in the fastest layout
 * that has it. Where only a smaller loss, leaner states or the host's memory leave that room, they are chosen before the
 * room is given up.
 */
class Trial {
  private readonly w: Workload;
  private readonly shape: Shape;
  private readonly device: Device;
  private readonly machine: Machine;
  private readonly method: TrainingSettings["method"];
  private readonly sizes: readonly number[];
  private best: Seated | undefined;

  constructor(w: Workload, shape: Shape, device: Device, machine: Machine, method: TrainingSettings["method"]) {
    this.w = w;
    this.shape = shape;
    this.device = device;
    this.machine = machine;
    this.method = method;
    this.sizes = microBatchesFor(w);
  }

  run(): Tried {
    const variants = variantsFor(this.w, this.method);
    const layouts = layoutsOnDevices(this.method, this.machine, this.device.facts);
    const onHost = layoutsOnHost(this.method, this.machine, this.w);
    if (layouts.length === 1) {
      const roomy = this.at(variants[0]!, layouts[0]!, this.sizes[0]!);
      if (roomy.level === COMFORTABLE) return this.timed(roomy.tried);
    }
    // Most machines are far too small: one look at the leanest set-up ends the search there.
    const smallest = (onHost.at(-1) ?? layouts[Math.min(1, layouts.length - 1)])!;
    const leanest = variants.findLast((variant) => suits(variant, smallest))!;
    const least = this.at(leanest, smallest, this.sizes.at(-1)!);
    if (least.level === 0) return this.timed(least.tried);
    // What leaves the result as it is comes first, in every layout; then leaner states; the host's memory last.
    const [exact, lean] = [variants.filter((v) => !v.lean), variants.filter((v) => v.lean)];
    if (this.stage(exact, layouts) || this.stage(lean, layouts)) return this.best!.tried;
    for (const layout of onHost) if (this.stage(variants, [layout])) return this.best!.tried;
    return this.best?.tried ?? this.timed(least.tried);
  }

  /** Each layout in its best variant, and of them the fastest of those that sit best; true where one sits comfortably. */
  private stage(variants: readonly Variant[], layouts: readonly Layout[]): boolean {
    let found: Seated | undefined;
    for (const layout of layouts) {
      const one = this.roomiest(variants, layout);
      if (!one || (found && one.level < found.level)) continue;
      const tried = this.timed(one.tried);
      const faster =
        !found ||
        one.level > found.level ||
        tried.hours.expected < found.tried.hours.expected * assumed.worthALayout.value;
      if (faster) found = { level: one.level, tried };
    }
    if (found && (!this.best || found.level > this.best.level)) this.best = found;
    return this.best?.level === COMFORTABLE;
  }

  /** The first variant that sits comfortably in a layout, or the one that sits best; undefined where none fits. */
  private roomiest(variants: readonly Variant[], layout: Layout): Seated | undefined {
    let best: Seated | undefined;
    for (const variant of variants) {
      if (!suits(variant, layout)) continue;
      const one = this.largest(variant, layout);
      if (one.level > (best?.level ?? 0)) best = one;
      if (best?.level === COMFORTABLE) break;
    }
    return best;
  }

  /** The largest micro batch that sits as well as the smallest does: memory only grows with it. */
  private largest(variant: Variant, layout: Layout): Seated {
    const least = this.at(variant, layout, this.sizes.at(-1)!);
    if (least.level < COMFORTABLE) return least;
    for (const size of this.sizes.slice(0, -1)) {
      const one = this.at(variant, layout, size);
      if (one.level === COMFORTABLE) return one;
    }
    return least;
  }

  private at(variant: Variant, layout: Layout, microBatchSize: number): Seated {
    const { w, shape, device, machine, method } = this;
    const settings = settingsFor(w, method, device.facts, microBatchSize, machine, layout, variant);
    const request = requestFor(w, shape, settings, device);
    const quick = quickEstimate(setupWith(request, shape, undefined, w.model.id, device));
    return { level: comfort(quick), tried: { device, settings, request, quick, rate: UNTIMED, hours: UNTIMED } };
  }

  private timed(tried: Tried): Tried {
    return timed(this.w, this.shape, tried, this.machine);
  }
}

/** A trial with what it takes for this amount of data. */
export function timed(w: Workload, shape: Shape, tried: Tried, machine: Machine): Tried {
  const rate = rateAt(tried.quick.setup, w.averageTokens);
  return { ...tried, rate, hours: hoursAt(w, shape, rate, machine.count) };
}

/** One machine and method, tried without a market around it. */
export const tryMachine = (
  w: Workload,
  device: Device,
  machine: Machine,
  method: TrainingSettings["method"],
  shape = shapeFor(w.model.architecture),
): Tried => new Trial(w, shape, device, machine, method).run();
