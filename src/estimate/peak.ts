import { GIB } from "../units.ts";
import type { Activations } from "./activations.ts";
import type { Moment, Part } from "./answer.ts";
import type { States } from "./states.ts";

/** The worst moment of one device, before the instruments look at it. */
export interface Peak {
  moment: Moment;
  /** Bytes by part at that moment. */
  bytes: number;
  parts: Part[];
  /** Of those, activations, logits and cache: what differs between versions of a trainer. */
  varying: number;
  /** Bytes freed between moments that the allocator may be unable to reuse. */
  passing: number;
  hostBytes: number;
  /** Of a training step: what the rate is counted from as well. */
  states?: States;
  activations?: Activations;
}

/** Parts that depend on the code path; the others are counts of parameters times a dtype's size. */
const VARYING = new Set(["activations", "one layer's recomputation", "logits", "KV cache", "dequantised layer"]);

/** Whether a part depends on the code path and not on a count of parameters. */
export const isVarying = (part: string): boolean => VARYING.has(part);

/** A moment's parts as an answer shows them, and how much of them varies. */
export class Inventory {
  readonly parts: Part[] = [];
  varying = 0;

  add(name: string, bytes: number): this {
    if (bytes <= 0) return this;
    if (isVarying(name)) this.varying += bytes;
    this.parts.push({ name, gib: bytes / GIB });
    return this;
  }
}
