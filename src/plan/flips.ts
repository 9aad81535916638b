import type { Brief } from "../brief/brief.ts";
import type { Catalog } from "../catalog/schema.ts";
import { deviceFrom } from "../estimate/device.ts";
import { shapeFor } from "../estimate/facts.ts";
import { mapRange } from "../units.ts";
import { bestCandidate } from "./best.ts";
import type { Candidate } from "./candidates.ts";
import { hoursAt } from "./duration.ts";
import { count, gib, hours, usd } from "./format.ts";
import { machineOf } from "./layout.ts";
import { methodsFor } from "./methods.ts";
import { machineText } from "./names.ts";
import type { DecisionName, Flip } from "./plan.ts";
import { candidateKey, compareCandidates, failure } from "./rank.ts";
import { retimed, usdPerHourOf } from "./retimed.ts";
import { usualAverage, usualEpochs } from "./sample.ts";
import { nearbyDevices, search } from "./search.ts";
import { tryMachine } from "./trial.ts";
import type { Trials } from "./trials.ts";
import type { Workload } from "./workload.ts";

/** A flip and the decision that it changes. */
export interface Found {
  decision: DecisionName;
  flip: Flip;
}

/** How far a length or a card's memory is followed before the question is left. */
const FURTHEST = 8;
/** Below these nobody plans: a coffee, and a lunch. */
const LEAST_USD = 5;
const LEAST_HOURS = 1;
/** A flip's number is found to within three hundredths: estimates are no finer. */
const PRECISION = 1.03;
/** What wins beyond it is looked up this far on: right at the number two answers may be a dollar apart. */
const BEYOND = 1.05;

/** The numbers at which the plan would be another, each found by planning again on both sides of it. */
export function flipsOf(
  brief: Brief,
  w: Workload,
  catalog: Catalog,
  chosen: Candidate,
  candidates: readonly Candidate[],
  trials: Trials,
): Found[] {
  const again = planAgain(w, catalog, chosen, candidates, trials);
  return [
    dearer(w, chosen, candidates),
    cheaper(w, chosen, again),
    sooner(w, chosen, again),
    largerMemory(w, chosen),
    longerSamples(w, chosen, again, brief.averageTokens !== undefined),
    moreExamples(w, chosen, again),
  ].filter((f) => f !== undefined);
}

type Again = (changed: Workload) => Candidate | undefined;

/**
 * The planner for a changed workload. Where only money, time or the number of examples changed, memory did not, and what
 * was tried is looked at again with its new hours; only where nothing of it is left is the search made once more.
 */
function planAgain(
  w: Workload,
  catalog: Catalog,
  chosen: Candidate,
  candidates: readonly Candidate[],
  trials: Trials,
): Again {
  const devices = nearbyDevices(w, chosen, candidates);
  const shape = shapeFor(w.model.architecture);
  return (changed) => {
    const sameMemory = changed.sequenceLength === w.sequenceLength && sameMethods(w, changed);
    const tried =
      changed.exampleCount === w.exampleCount ? candidates : candidates.map((c) => retimed(c, changed, shape));
    const left = sameMemory ? bestCandidate(changed, tried) : undefined;
    // With the count fixed, everything there is was tried already.
    const fixed = w.hardware.owned || w.hardware.acceleratorCount !== undefined;
    if (left || (fixed && sameMemory)) return left;
    if (w.hardware.owned) return onSameMachine(changed, chosen);
    // Before "nothing" is said, every card is looked at.
    return search(changed, catalog, trials, devices).chosen ?? search(changed, catalog, trials).chosen;
  };
}

/** Whether the same methods are worth trying: much more data makes full training one of them. */
const sameMethods = (a: Workload, b: Workload): boolean => methodsFor(a).join() === methodsFor(b).join();

/** The best way of training on the chosen machine, at its price. */
function onSameMachine(w: Workload, chosen: Candidate, device = chosen.device): Candidate | undefined {
  const machine = machineOf(w, chosen.hardware.acceleratorCount);
  const shape = shapeFor(w.model.architecture);
  const tried = methodsFor(w).map((method): Candidate => {
    const one = tryMachine(w, device, machine, method, shape);
    const usd = mapRange(one.hours, (h) => h * usdPerHourOf(chosen));
    return { ...one, hardware: chosen.hardware, price: chosen.price, usd };
  });
  return bestCandidate(w, tried);
}

/** Where another plan differs from the chosen one, and what it is called there. */
function outcome(
  chosen: Candidate,
  other: Candidate | undefined,
  when: string,
  number: Pick<Flip, "field" | "below" | "above">,
): Found | undefined {
  if (!other) return { decision: "method", flip: { when, to: "infeasible", ...number } };
  const { hardware: h, settings } = other;
  const machine = `${machineText(h.acceleratorCount, h.accelerator.name)}${h.offer ? ` on ${h.offer.platform}, ${usd(other.usd.expected)}` : ""}, ${hours(other.hours.expected)}`;
  const flip = (to: string): Flip => ({ when: `${when} (${machine})`, to, ...number });
  if (settings.method !== chosen.settings.method) return { decision: "method", flip: flip(settings.method) };
  if (h.acceleratorCount !== chosen.hardware.acceleratorCount)
    return {
      decision: "distributed",
      flip: flip(h.acceleratorCount === 1 ? "single" : settings.sharding === "none" ? "ddp" : settings.sharding),
    };
  const same =
    h.accelerator.id === chosen.hardware.accelerator.id && h.offer?.platform === chosen.hardware.offer?.platform;
  return same ? undefined : { decision: "platform", flip: flip(h.offer?.platform ?? "local") };
}

/** A better plan that only the budget keeps out. */
function dearer(w: Workload, chosen: Candidate, candidates: readonly Candidate[]): Found | undefined {
  if (w.budgetUsd === undefined || w.budgetPeriod === "hour") return undefined;
  const better = candidates
    .filter((c) => failure(c, w) === "over-budget" && compareCandidates(c, chosen, w) < 0)
    .sort((a, b) => a.usd.expected - b.usd.expected || compareCandidates(a, b, w))[0];
  if (!better) return undefined;
  const above = better.usd.expected;
  return outcome(chosen, better, `the budget is above ${usd(above)}`, { field: "budgetUsd", above });
}

/** What is left when the budget falls below this plan's price. */
function cheaper(w: Workload, chosen: Candidate, again: Again): Found | undefined {
  if (!chosen.price || w.budgetPeriod === "hour" || chosen.usd.expected < LEAST_USD) return undefined;
  const below = chosen.usd.expected;
  const other = again({ ...w, budgetUsd: below / BEYOND });
  return outcome(chosen, other, `the budget is below ${usd(below)}`, { field: "budgetUsd", below });
}

/**
 * What a nearer deadline asks for: something else from where the high end of this run misses it too far, at the latest
 * where the expected one does. Where a deadline of any length already leads elsewhere, no number does.
 */
function sooner(w: Workload, chosen: Candidate, again: Again): Found | undefined {
  const { expected, high } = chosen.hours;
  if (expected < LEAST_HOURS) return undefined;
  const within = (deadlineHours: number): Candidate | undefined => again({ ...w, deadlineHours });
  const stays = (hours: number): boolean => {
    const best = within(hours);
    return best !== undefined && candidateKey(best) === candidateKey(chosen);
  };
  let [below, enough] = [expected, w.deadlineHours ?? Math.max(high, expected * BEYOND)];
  if (!stays(enough)) return undefined;
  while (enough / below > PRECISION) {
    const middle = Math.sqrt(below * enough);
    if (stays(middle)) enough = middle;
    else below = middle;
  }
  const other = within(below / BEYOND);
  return outcome(chosen, other, `it must be done in less than ${hours(below)}`, { field: "deadlineHours", below });
}

/** The smallest value above `from`, within `FURTHEST` times, where `differs` turns true: doubling, then bisection. */
function threshold(from: number, most: number, differs: (x: number) => boolean): number | undefined {
  let low = from;
  let high = from;
  do {
    low = high;
    high = Math.min(high * 2, most);
    if (high <= low) return undefined;
  } while (!differs(high));
  while (high / low > PRECISION) {
    const middle = Math.sqrt(low * high);
    if (differs(middle)) high = middle;
    else low = middle;
  }
  return high;
}

/** The memory from which this card would train another way. */
function largerMemory(w: Workload, chosen: Candidate): Found | undefined {
  const { device, settings } = chosen;
  if (methodsFor(w).length === 1) return undefined;
  const at = (memoryGib: number): Candidate | undefined =>
    onSameMachine(w, chosen, deviceFrom(device.facts, device.id, memoryGib));
  const differs = (memoryGib: number): boolean => {
    const best = at(memoryGib);
    return best !== undefined && best.settings.method !== settings.method;
  };
  const above = threshold(device.memoryGib, device.memoryGib * FURTHEST, differs);
  if (above === undefined) return undefined;
  return {
    decision: "method",
    flip: {
      when: `the card has ${gib(above)} or more`,
      to: at(above)!.settings.method,
      field: "acceleratorMemoryGib",
      above,
    },
  };
}

/** The length from which this machine and method no longer do. */
function longerSamples(w: Workload, chosen: Candidate, again: Again, averageIsSaid: boolean): Found | undefined {
  if (w.modality !== "llm" && w.modality !== "vlm") return undefined;
  const most = Math.min(w.model.maxContextLength ?? Number.POSITIVE_INFINITY, w.sequenceLength * FURTHEST);
  // A typical sample that was assumed grows with the longest; one that was said stays.
  const grows = !averageIsSaid && w.modality === "llm" && w.averageTokens === usualAverage(w.sequenceLength);
  const longer = (n: number): Workload => {
    const sequenceLength = Math.round(n);
    return { ...w, sequenceLength, averageTokens: grows ? usualAverage(sequenceLength) : w.averageTokens };
  };
  const found = threshold(w.sequenceLength, most, (x) => {
    const best = onSameMachine(longer(x), chosen);
    return best === undefined || best.settings.method !== chosen.settings.method;
  });
  if (found === undefined) return undefined;
  const above = Math.ceil(found / 16) * 16;
  const other = again(longer(above * BEYOND));
  return outcome(chosen, other, `samples are longer than about ${count(above)} tokens`, {
    field: "sequenceLength",
    above,
  });
}

/** The number of examples from which the budget or the deadline is broken. */
function moreExamples(w: Workload, chosen: Candidate, again: Again): Found | undefined {
  if (w.budgetPeriod === "hour" || (w.budgetUsd === undefined && w.deadlineHours === undefined)) return undefined;
  const shape = shapeFor(w.model.architecture);
  // Passes that are usual for the present count are those usual for the larger one there.
  const usual = (n: number): number => usualEpochs(w.modality, w.task, n, false).epochs;
  const more = (n: number): Workload => {
    const exampleCount = Math.round(n);
    return { ...w, exampleCount, epochs: w.epochs === usual(w.exampleCount) ? usual(exampleCount) : w.epochs };
  };
  const found = threshold(w.exampleCount, w.exampleCount * 1000, (x) => {
    const time = hoursAt(more(x), shape, chosen.rate, chosen.hardware.acceleratorCount).expected;
    return (
      !sameMethods(w, more(x)) ||
      time > (w.deadlineHours ?? Number.POSITIVE_INFINITY) ||
      (chosen.price !== undefined && time * usdPerHourOf(chosen) > (w.budgetUsd ?? Number.POSITIVE_INFINITY))
    );
  });
  if (found === undefined) return undefined;
  const above = Math.round(found);
  return outcome(chosen, again(more(above * BEYOND)), `there are more than about ${count(above)} examples`, {
    field: "exampleCount",
    above,
  });
}

/** Decisions with the numbers that would change them in front of what words would. */
export function withFlips<T extends { name: DecisionName; flips: Flip[] }>(
  decisions: T[],
  found: readonly Found[],
): T[] {
  return decisions.map((d) => ({
    ...d,
    flips: [...found.filter((f) => f.decision === d.name).map((f) => f.flip), ...d.flips],
  }));
}
