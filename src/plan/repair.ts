import type { Catalog } from "../catalog/schema.ts";
import { shapeOf } from "../estimate/shape.ts";
import { type Candidate, devicesFor, enumerate, tryMachine } from "./candidates.ts";
import { gib, hours, usd } from "./format.ts";
import type { PlanRepair } from "./plan.ts";
import { compareCandidates, rejection } from "./rank.ts";
import type { Workload } from "./workload.ts";

/** Sizes that open models come in, to say what would fit instead. */
const SIZES = [32e9, 14e9, 8e9, 4e9, 1.7e9, 0.6e9];

const fits = (c: Candidate): boolean => c.quick.reading.status === "fits" && !c.refused;

function repairOf(c: Candidate, change: Record<string, unknown>, cost: string, summary: string): PlanRepair {
  return {
    change,
    deviceGib: c.quick.reading.memory.deviceGib.expected,
    timeFactor: 1,
    cost,
    status: c.quick.reading.status,
    summary,
  };
}

/**
 * When nothing fits within the person's words: the smallest change of each kind that would make it possible.
 * Other settings on the same card, another card, more money, more time, a smaller model; each says what it would take.
 */
export function repairsFor(w: Workload, catalog: Catalog, candidates: readonly Candidate[]): PlanRepair[] {
  const out: PlanRepair[] = [];

  // The same hardware and method with a shorter sequence.
  for (const sequenceLength of [1024, 512].filter((n) => n < w.sequenceLength)) {
    const shorter = enumerate(
      { ...w, sequenceLength, averageTokens: Math.min(w.averageTokens, sequenceLength) },
      catalog,
    )
      .filter((c) => rejection(c, w) === undefined && fits(c))
      .sort(compareCandidates)[0];
    if (shorter) {
      out.push(
        repairOf(
          shorter,
          { sequenceLength },
          "data: longer samples are cut",
          `Cut samples at ${sequenceLength} tokens: ${shorter.settings.method} then needs ${gib(shorter.quick.reading.memory.deviceGib.expected)} on ${shorter.hardware.accelerator.name}.`,
        ),
      );
      break;
    }
  }

  // Another method on the same hardware, where one was insisted on.
  if (w.method === "full" || w.method === "lora") {
    const { method: _, ...free } = w;
    const other = enumerate(free, catalog)
      .filter((c) => rejection(c, w) === undefined && fits(c))
      .sort(compareCandidates)[0];
    if (other)
      out.push(
        repairOf(
          other,
          { method: other.settings.method },
          "quality: small on most tasks",
          `Use ${other.settings.method} instead of ${w.method}: ${gib(other.quick.reading.memory.deviceGib.expected)} on ${other.hardware.accelerator.name}, ${usd(other.usd.expected)}.`,
        ),
      );
  }

  // Rent something that fits, within the words about place.
  const rented = rentable(w, catalog);
  if (rented) {
    const overBudget = w.budgetUsd !== undefined && rented.usd.expected > w.budgetUsd;
    const late = w.deadlineHours !== undefined && rented.hours.expected > w.deadlineHours;
    const change: Record<string, unknown> = {
      accelerator: rented.hardware.accelerator.id,
      acceleratorCount: rented.hardware.acceleratorCount,
    };
    if (overBudget) change.budgetUsd = Math.ceil(rented.usd.high);
    if (late) change.deadlineHours = Math.ceil(rented.hours.high);
    out.push(
      repairOf(
        rented,
        change,
        overBudget ? `money: ${usd(rented.usd.expected)} instead of ${usd(w.budgetUsd!)}` : "money: rent",
        `Rent ${rented.hardware.acceleratorCount} × ${rented.hardware.accelerator.name} on ${rented.hardware.offer!.platform}: ${rented.settings.method}, about ${hours(rented.hours.expected)} and ${usd(rented.usd.expected)} (${usd(rented.usd.low)} to ${usd(rented.usd.high)})${overBudget ? `, over the ${usd(w.budgetUsd!)} budget` : ""}${late ? ", past the deadline" : ""}.`,
      ),
    );
  }

  // The largest smaller model that the same hardware trains, in time and in budget where possible.
  const smaller = smallerModel(w, catalog);
  if (smaller) out.push(smaller);

  // Same hardware, fewer passes over the data.
  const late = candidates
    .filter((c) => fits(c) && rejection(c, w)?.rule === "past-deadline")
    .sort((a, b) => a.hours.expected - b.hours.expected)[0];
  if (late)
    out.push(
      repairOf(
        late,
        { deadlineHours: Math.ceil(late.hours.high) },
        "time: a later deadline",
        `Allow ${hours(late.hours.high)}: ${late.settings.method} on ${late.hardware.accelerator.name} takes about ${hours(late.hours.expected)}.`,
      ),
    );
  const dear = candidates
    .filter((c) => fits(c) && rejection(c, w)?.rule === "over-budget")
    .sort((a, b) => a.usd.expected - b.usd.expected)[0];
  if (dear && !out.some((r) => "budgetUsd" in r.change))
    out.push(
      repairOf(
        dear,
        { budgetUsd: Math.ceil(dear.usd.high) },
        "money: a larger budget",
        `Allow ${usd(dear.usd.high)}: ${dear.settings.method} on ${dear.hardware.accelerator.name} costs about ${usd(dear.usd.expected)}.`,
      ),
    );
  return out.slice(0, 5);
}

/** The best rented machine, whatever hardware, budget or deadline was named. */
function rentable(w: Workload, catalog: Catalog): Candidate | undefined {
  const { accelerator: _a, memoryGib: _m, acceleratorCount: _c, ...rest } = w.hardware;
  const free: Workload = { ...w, hardware: { ...rest, owned: false } };
  for (const counts of [[1], [2, 4, 8]]) {
    const found = enumerate(free, catalog, { anything: true, counts }).filter(fits).sort(compareCandidates)[0];
    if (found) return found;
  }
  return undefined;
}

function smallerModel(w: Workload, catalog: Catalog): PlanRepair | undefined {
  for (const size of SIZES.filter((n) => n < w.model.architecture.parameterCount * 0.8)) {
    const { method: _, ...rest } = w;
    const small: Workload = {
      ...rest,
      model: { id: `${size / 1e9}B`, architecture: { parameterCount: size }, catalogued: false },
    };
    const shape = shapeOf(small.model.architecture);
    for (const device of devicesFor(small, catalog).slice(0, 12)) {
      for (const method of ["lora", "qlora"] as const) {
        const tried = tryMachine(small, shape, device, small.hardware.acceleratorCount ?? 1, method);
        if (tried.quick.reading.status !== "fits" || tried.refused) continue;
        if (w.deadlineHours !== undefined && tried.hours.expected > w.deadlineHours) continue;
        return {
          change: { parameterCount: size },
          deviceGib: tried.quick.reading.memory.deviceGib.expected,
          timeFactor: 1,
          cost: "quality: a smaller model",
          status: "fits",
          summary: `Train a ${size / 1e9}B model instead: ${method} needs ${gib(tried.quick.reading.memory.deviceGib.expected)} on ${device.facts?.name ?? `the ${device.memoryGib} GiB card`} and takes about ${hours(tried.hours.expected)}.`,
        };
      }
    }
  }
  return undefined;
}
