import type { DeviceMemory, FitStatus, Part } from "../estimate/answer.ts";
import { isVarying } from "../estimate/peak.ts";
import { type Range, range } from "../units.ts";
import { FITS_SHARE } from "./measured-repairs.ts";

/** Two probes of one configuration agree this well: the allocator's choices and the driver's version differ. */
const MEMORY_SPREAD = 0.03;
/** Where a number was measured at another length than it is used for, the formula's part of it is trusted half. */
export const EXTRAPOLATION_SHARE = 0.5;

export type Reading = Record<keyof DeviceMemory, number>;
const INSTRUMENTS = ["allocatedGib", "reservedGib", "deviceGib"] as const;

/** Readings at the probe's length, carried to the plan's: what was read plus the estimate's difference, trusted half. */
export function carried(reading: Reading, probe: DeviceMemory, planned: DeviceMemory): DeviceMemory {
  const at = (instrument: keyof DeviceMemory): Range => {
    const beyond = planned[instrument].expected - probe[instrument].expected;
    const expected = Math.max(reading[instrument] + beyond, 0);
    const spread = expected * MEMORY_SPREAD + Math.abs(beyond) * EXTRAPOLATION_SHARE;
    return range(Math.max(expected - spread, 0), expected, expected + spread);
  };
  return Object.fromEntries(INSTRUMENTS.map((i) => [i, at(i)])) as unknown as DeviceMemory;
}

export const pointwise = (r: Reading): DeviceMemory =>
  Object.fromEntries(INSTRUMENTS.map((i) => [i, range(r[i], r[i], r[i])])) as unknown as DeviceMemory;

/** What a run needs of the device: half of what the allocator caches could be given back before it fails. */
export function neededGib({ allocatedGib, reservedGib, deviceGib }: DeviceMemory): Range {
  const at = (end: keyof Range): number =>
    Math.max(allocatedGib[end], deviceGib[end] - (reservedGib[end] - allocatedGib[end]) / 2);
  return range(at("low"), at("expected"), at("high"));
}

/** A twentieth stays free, as in the planner: two steps do not show what thousands of batches fragment. */
export const verdict = (needs: Range, usable: number): FitStatus =>
  needs.high <= usable && needs.expected <= FITS_SHARE * usable
    ? "fits"
    : needs.low > usable
      ? "does-not-fit"
      : "tight";

/** The parts are not measured one by one: what differs is put on those that depend on the code path. */
export function scaledParts(parts: readonly Part[], total: number): Part[] {
  const sum = parts.reduce((s, p) => s + p.gib, 0);
  const difference = total - sum;
  if (difference > 0) return [...parts, { name: "measured beyond the estimate", gib: difference }];
  const varies = (p: Part): boolean => isVarying(p.name);
  const varying = parts.reduce((s, p) => s + (varies(p) ? p.gib : 0), 0);
  if (varying > -difference)
    return parts.map((p) => (varies(p) ? { ...p, gib: p.gib * (1 + difference / varying) } : p));
  return parts.map((p) => ({ ...p, gib: p.gib * (total / sum) }));
}
