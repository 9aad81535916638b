import type { Shape } from "../estimate/shape.ts";
import { mapRange } from "../units.ts";
import type { Candidate } from "./candidates.ts";
import { hoursAt } from "./duration.ts";
import type { Workload } from "./workload.ts";

/** What an hour of a candidate costs, USD: all its machines together. */
export const usdPerHourOf = (c: Candidate): number => (c.price ? c.price.usdPerHour * c.hardware.nodeCount : 0);

/** A candidate with another amount of data: memory and rate stay, time and money are counted again. */
export function retimed(c: Candidate, changed: Workload, shape: Shape): Candidate {
  const hours = hoursAt(changed, shape, c.rate, c.hardware.acceleratorCount);
  return { ...c, hours, usd: mapRange(hours, (h) => h * usdPerHourOf(c)) };
}
