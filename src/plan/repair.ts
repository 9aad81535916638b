import type { Brief, BriefValues } from "../brief/brief.ts";
import type { Catalog } from "../catalog/schema.ts";
import type { Candidate } from "./candidates.ts";
import { changed } from "./changed.ts";
import { shortfall } from "./demand.ts";
import { HAS_LENGTH } from "./downward.ts";
import { count, gib, hours, usd, usdRange } from "./format.ts";
import { machineText, methodName } from "./names.ts";
import type { PlanRepair } from "./plan.ts";
import { compareCandidates, failure } from "./rank.ts";
import { bestFor, search } from "./search.ts";
import { SIZES, sizedModel } from "./smaller.ts";
import { planServer } from "./stock-serving.ts";
import type { Trials } from "./trials.ts";
import type { Workload } from "./workload.ts";

/** More ways out than this are a catalogue. */
const MOST = 5;

const fits = (c: Candidate): boolean => c.quick.status === "fits";
const on = (c: Candidate): string => machineText(c.hardware.acceleratorCount, c.hardware.accelerator.name);

/**
 * When nothing fits within the person's words: the smallest change of each kind that would make it possible. Each change
 * is planned again before it is offered, so what stands here works.
 */
export function repairsFor(
  brief: Brief,
  w: Workload,
  catalog: Catalog,
  candidates: readonly Candidate[],
  trials: Trials,
): PlanRepair[] {
  const out: PlanRepair[] = [];
  const offer = offerTo(out, brief, catalog, trials);

  for (const microBatchSize of [4, 2, 1].filter((n) => n < (w.microBatchSize ?? 1))) {
    const text = (c: Candidate): string =>
      `Take micro batch ${microBatchSize} instead of ${w.microBatchSize}: ${how(c)} then needs ${memoryOf(c)} on ${on(c)}.`;
    if (offer({ microBatchSize }, "quality: none with as many more accumulation steps", text)) break;
  }
  const shorter = HAS_LENGTH.has(w.modality) ? [1024, 512].filter((n) => n < w.sequenceLength) : [];
  for (const sequenceLength of shorter) {
    const text = (c: Candidate): string =>
      `Cut samples at ${count(sequenceLength)} tokens: ${how(c)} then needs ${memoryOf(c)} on ${on(c)}.`;
    if (offer({ sequenceLength }, "data: longer samples are cut", text)) break;
  }
  otherMethod(w, shorter, offer);
  rent(w, catalog, trials, offer);
  for (const parameterCount of SIZES.filter((n) => n < w.model.architecture.parameterCount * 0.8)) {
    const text = (c: Candidate): string =>
      `Train ${sizedModel(parameterCount)} instead: ${how(c)} needs ${memoryOf(c)} on ${on(c)} and takes about ${hours(c.hours.expected)}${c.price ? ` and ${usd(c.usd.expected)}` : ""}.`;
    if (offer({ parameterCount }, "quality: a smaller model", text)) break;
  }
  const nearest = (rule: string, key: (c: Candidate) => number): Candidate | undefined =>
    candidates
      .filter((c) => fits(c) && failure(c, w) === rule)
      .sort((a, b) => key(a) - key(b) || compareCandidates(a, b, w))[0];
  const late = nearest("past-deadline", (c) => c.hours.expected);
  if (late) {
    const deadlineHours = Math.ceil(late.hours.high);
    offer(
      { deadlineHours },
      "time: a later deadline",
      (c) => `Allow ${hours(deadlineHours)}: ${how(c)} on ${on(c)} takes about ${hours(c.hours.expected)}.`,
    );
  }
  const dear = nearest("over-budget", (c) => c.usd.expected);
  if (dear && w.budgetPeriod !== "hour") {
    const budgetUsd = Math.ceil(dear.usd.high);
    offer(
      { budgetUsd },
      "money: a larger budget",
      (c) => `Allow ${usd(budgetUsd)}: ${how(c)} on ${on(c)} costs about ${usd(c.usd.expected)}.`,
    );
  }
  return out.slice(0, MOST);
}

/** Where the machine or the method itself is the obstacle: a rented one, another one. */
export function aroundLimit(brief: Brief, w: Workload, catalog: Catalog, trials: Trials): PlanRepair[] {
  const out: PlanRepair[] = [];
  const offer = offerTo(out, brief, catalog, trials);
  otherMethod(w, [], offer);
  rent(w, catalog, trials, offer);
  return out;
}

/** A leaner method than the one that was asked for; where that alone is not enough, with shorter samples. */
function otherMethod(w: Workload, shorter: readonly number[], offer: Offer): void {
  const asked = w.method;
  if (asked === undefined || asked === "qlora") return;
  const text = (c: Candidate): string =>
    `Use ${how(c)} instead of ${methodName(asked)}: ${memoryOf(c)} on ${on(c)}, about ${hours(c.hours.expected)}${c.price ? ` and ${usd(c.usd.expected)}` : ""}.`;
  for (const method of (["lora", "qlora"] as const).filter((m) => m !== asked))
    if (offer({ method }, "quality: small on most tasks", text)) return;
  for (const sequenceLength of shorter) {
    const both = (c: Candidate): string => text(c).replace(":", ` and cut samples at ${count(sequenceLength)} tokens:`);
    if (offer({ method: "qlora", sequenceLength }, "quality: small on most tasks; data: longer samples are cut", both))
      return;
  }
}

/** Adds a change to the list where a plan stands on it. */
function offerTo(out: PlanRepair[], brief: Brief, catalog: Catalog, trials: Trials): Offer {
  /** What makes the training possible and leaves the load unserved is no way out; a rented server beside it may be. */
  const solved = (change: BriefValues): { candidate: Candidate; change: BriefValues; served: string } | undefined => {
    for (const also of change.deploymentTarget === undefined ? [{}, RENTED_SERVER] : [{}]) {
      const all = { ...change, ...also };
      const { candidate, workload } = bestFor(changed(brief, all), catalog, trials);
      if (!candidate) return undefined;
      if (!shortfall(workload, planServer(workload, catalog, undefined, trials), catalog, trials))
        return { candidate, change: all, served: "deploymentTarget" in also ? ", with a rented server" : "" };
    }
    return undefined;
  };
  return (change, cost, summary) => {
    const found = solved(change);
    if (!found) return false;
    const { candidate, served } = found;
    out.push({
      change: { ...found.change },
      deviceGib: candidate.quick.reading.memory.deviceGib.expected,
      timeFactor: 1,
      cost,
      status: candidate.quick.status,
      summary: summary(candidate).replace(/\.$/, `${served}.`),
    });
    return true;
  };
}

const RENTED_SERVER: BriefValues = { deploymentTarget: "cloud" };

const how = (c: Candidate): string => methodName(c.settings.method);
const memoryOf = (c: Candidate): string =>
  `${gib(c.quick.reading.neededGib.expected)}${c.quick.status === "tight" ? " (tight)" : ""}`;

type Offer = (change: BriefValues, cost: string, summary: (c: Candidate) => string) => boolean;

/** The best rented machine, whatever hardware, budget or deadline was named; nothing where renting is ruled out. */
function rent(w: Workload, catalog: Catalog, trials: Trials, offer: Offer): void {
  const { owned, accelerator, memoryGib, acceleratorCount } = w.hardware;
  // Who named no machine was offered the whole market already.
  if (!owned && (accelerator ?? memoryGib ?? acceleratorCount) === undefined) return;
  const {
    accelerator: _a,
    memoryGib: _m,
    acceleratorCount: _c,
    nodeCount: _n,
    hostMemoryGib: _h,
    stock: _s,
    ...rest
  } = w.hardware;
  const free: Workload = { ...w, hardware: { ...rest, owned: false } };
  const { budgetUsd: _b, deadlineHours: _d, ...unlimited } = free;
  // Within the limits where more devices reach that, else whatever is least over them.
  for (const within of [free, unlimited]) {
    const rented = search(within, catalog, trials).chosen;
    if (!rented || !fits(rented)) continue;
    const overBudget = w.budgetUsd !== undefined && rented.usd.expected > w.budgetUsd;
    const late = w.deadlineHours !== undefined && rented.hours.expected > w.deadlineHours;
    const change: BriefValues = {
      accelerator: rented.hardware.accelerator.id,
      acceleratorMemoryGib: rented.hardware.accelerator.memoryGib,
      acceleratorCount: rented.hardware.acceleratorCount,
      deploymentTarget: "cloud",
      owned: false,
      ...(overBudget ? { budgetUsd: Math.ceil(rented.usd.high), budgetPeriod: "total" as const } : {}),
      ...(late ? { deadlineHours: Math.ceil(rented.hours.high) } : {}),
    };
    const against = `${overBudget ? `, over the ${usd(w.budgetUsd!)} budget` : ""}${late ? ", past the deadline" : ""}`;
    const text = (c: Candidate): string =>
      `Rent ${on(c)} on ${c.hardware.offer!.platform}: ${how(c)}, about ${hours(c.hours.expected)} and ${usdRange(c.usd)}${against}.`;
    const cost = overBudget ? `money: ${usd(rented.usd.expected)} instead of ${usd(w.budgetUsd!)}` : "money: rent";
    if (offer(change, cost, text)) return;
  }
}
