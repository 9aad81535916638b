import type { Brief, BriefValues } from "../brief/brief.ts";
import type { Catalog } from "../catalog/schema.ts";
import type { Candidate } from "./candidates.ts";
import { gib, hours, usd } from "./format.ts";
import type { PlanRepair } from "./plan.ts";
import { compareCandidates, failure } from "./rank.ts";
import { formatSize } from "./resolve.ts";
import { bestFor, search } from "./search.ts";
import { SIZES } from "./smaller.ts";
import type { Trials } from "./trials.ts";
import type { Workload } from "./workload.ts";

const fits = (c: Candidate): boolean => c.quick.status === "fits";
const on = (c: Candidate): string => c.hardware.accelerator.name;

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

  for (const sequenceLength of [1024, 512].filter((n) => n < w.sequenceLength)) {
    const text = (c: Candidate): string =>
      `Cut samples at ${sequenceLength} tokens: ${c.settings.method} then needs ${memoryOf(c)} on ${on(c)}.`;
    if (offer({ sequenceLength }, "data: longer samples are cut", text)) break;
  }
  if (w.method === "full" || w.method === "lora") {
    for (const method of (["lora", "qlora"] as const).filter((m) => m !== w.method)) {
      const text = (c: Candidate): string =>
        `Use ${method} instead of ${w.method}: ${memoryOf(c)} on ${on(c)}, about ${hours(c.hours.expected)}${c.price ? ` and ${usd(c.usd.expected)}` : ""}.`;
      if (offer({ method }, "quality: small on most tasks", text)) break;
    }
  }
  rent(w, catalog, trials, offer);
  for (const parameterCount of SIZES.filter((n) => n < w.model.architecture.parameterCount * 0.8)) {
    const text = (c: Candidate): string =>
      `Train a ${formatSize(parameterCount)} model instead: ${c.settings.method} needs ${memoryOf(c)} on ${on(c)} and takes about ${hours(c.hours.expected)}${c.price ? ` and ${usd(c.usd.expected)}` : ""}.`;
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
      (c) => `Allow ${hours(deadlineHours)}: ${c.settings.method} on ${on(c)} takes about ${hours(c.hours.expected)}.`,
    );
  }
  const dear = nearest("over-budget", (c) => c.usd.expected);
  if (dear && w.budgetPeriod !== "hour") {
    const budgetUsd = Math.ceil(dear.usd.high);
    offer(
      { budgetUsd },
      "money: a larger budget",
      (c) => `Allow ${usd(budgetUsd)}: ${c.settings.method} on ${on(c)} costs about ${usd(c.usd.expected)}.`,
    );
  }
  return out.slice(0, 5);
}

/** Where the machine itself is the obstacle: a rented one. */
export function rentedInstead(brief: Brief, w: Workload, catalog: Catalog, trials: Trials): PlanRepair[] {
  const out: PlanRepair[] = [];
  rent(w, catalog, trials, offerTo(out, brief, catalog, trials));
  return out;
}

/** Adds a change to the list where a plan stands on it. */
function offerTo(out: PlanRepair[], brief: Brief, catalog: Catalog, trials: Trials): Offer {
  return (change, cost, summary) => {
    const { candidate } = bestFor(changed(brief, change), catalog, trials);
    if (!candidate) return false;
    out.push({
      change: { ...change },
      deviceGib: candidate.quick.reading.memory.deviceGib.expected,
      timeFactor: 1,
      cost,
      status: candidate.quick.status,
      summary: summary(candidate),
    });
    return true;
  };
}

const memoryOf = (c: Candidate): string => gib(c.quick.reading.memory.deviceGib.expected);

type Offer = (change: BriefValues, cost: string, summary: (c: Candidate) => string) => boolean;

/** The best rented machine, whatever hardware, budget or deadline was named; nothing where renting is ruled out. */
function rent(w: Workload, catalog: Catalog, trials: Trials, offer: Offer): void {
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
      `Rent ${c.hardware.acceleratorCount} × ${on(c)} on ${c.hardware.offer!.platform}: ${c.settings.method}, about ${hours(c.hours.expected)} and ${usd(c.usd.expected)} (${usd(c.usd.low)} to ${usd(c.usd.high)})${against}.`;
    const cost = overBudget ? `money: ${usd(rented.usd.expected)} instead of ${usd(w.budgetUsd!)}` : "money: rent";
    if (offer(change, cost, text)) return;
  }
}

/** The brief as if the person had said the change: a size replaces a model's name, a place a platform. */
function changed(brief: Brief, change: BriefValues): Brief {
  const out: Record<string, unknown> = { ...brief };
  if (change.parameterCount !== undefined) delete out.model;
  if (change.acceleratorCount !== undefined) delete out.nodeCount;
  if (change.deploymentTarget === "cloud") {
    if (brief.platform?.value === "local") delete out.platform;
    delete out.hostMemoryGib;
  }
  for (const [field, value] of Object.entries(change)) out[field] = { value, from: "stated" };
  return out as Brief;
}
