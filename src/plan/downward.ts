import type { Catalog } from "../catalog/schema.ts";
import type { Repair } from "../estimate/answer.ts";
import { trainingRate } from "../estimate/compute.ts";
import { constant } from "../estimate/constants.ts";
import { type Device, deviceFrom } from "../estimate/device.ts";
import { type Quick, quickEstimate } from "../estimate/estimate.ts";
import type { EstimateRequest } from "../estimate/request.ts";
import { checkRules } from "../estimate/rules.ts";
import { setupWith } from "../estimate/setup.ts";
import { type Candidate, enumerate } from "./candidates.ts";
import { gib, hours, number, usd } from "./format.ts";
import { machineText } from "./names.ts";
import type { PlanRepair } from "./plan.ts";
import { failure } from "./rank.ts";
import { newTrials, type Trials } from "./trials.ts";
import type { Workload } from "./workload.ts";

/** Below this share of the card a plan fits easily, and the ladder points down. */
const EASY_SHARE = 0.6;
/** What a suggestion may take of a card: the room above is for what estimates miss. */
const FULL_SHARE = 0.85;
/** A saving below this is not worth another card. */
const LEAST_SAVING = 0.1;
const LONGEST_STEP = 8;

const share = (c: Candidate): number => c.quick.reading.memory.deviceGib.expected / c.quick.setup.device.usableGib;

/**
 * Where a plan fits, what would fit as well and give the person something: a cheaper card or a 16-bit base; and where it
 * fits easily, a smaller card, larger batches, longer samples. `correction` is measured over estimated memory, where a
 * run was measured; 1 otherwise.
 */
export function downward(
  w: Workload,
  catalog: Catalog,
  chosen: Candidate,
  correction = 1,
  trials = newTrials(),
): PlanRepair[] {
  if (chosen.quick.status !== "fits") return [];
  const tried = new Ladder(chosen, correction);
  const easily = share(chosen) < EASY_SHARE;
  return [
    cheaperCard(w, catalog, chosen, correction, trials),
    wholeBase(tried),
    ...(easily ? [smallerCard(w, catalog, chosen, tried), largerBatch(w, tried), longerSamples(w, tried)] : []),
  ].filter((r) => r !== undefined);
}

/** Changes of one plan's request, estimated. */
class Ladder {
  readonly chosen: Candidate;
  private readonly correction: number;

  constructor(chosen: Candidate, correction: number) {
    this.chosen = chosen;
    this.correction = correction;
  }

  /** The set-up after a change, where it fits with room. */
  after(change: Partial<EstimateRequest>, device: Device = this.chosen.device): Quick | undefined {
    const { setup } = this.chosen.quick;
    const s = setupWith({ ...this.chosen.request, ...change }, setup.shape, setup.model, setup.modelName, device);
    if (checkRules(s).refused.length > 0) return undefined;
    const quick = quickEstimate(s);
    return this.needs(quick) <= FULL_SHARE * device.usableGib ? quick : undefined;
  }

  needs(quick: Quick): number {
    return needsGib(quick) * this.correction;
  }

  /** Estimate against estimate, also where the plan's own rate was measured. */
  timeFactor(quick: Quick): number {
    const before = trainingRate(this.chosen.quick.setup).tokensPerSecondPerDevice.expected;
    return before / quick.throughput.tokensPerSecondPerDevice.expected;
  }

  repair(quick: Quick, change: Repair["change"], cost: string, summary: string): PlanRepair {
    return {
      change,
      deviceGib: this.needs(quick),
      timeFactor: this.timeFactor(quick),
      cost,
      status: "fits",
      summary,
    };
  }
}

/** What nvidia-smi would show, before it is capped at the card: allocated, half of what the allocator caches, the context. */
export const needsGib = (quick: Quick): number =>
  quick.reading.memory.allocatedGib.expected * (1 + constant.slackShare.value / 2) + constant.cudaContextGib.value;

/** A named card that is rented is the person's choice; what another card would save is worth a line. */
function cheaperCard(
  w: Workload,
  catalog: Catalog,
  chosen: Candidate,
  correction: number,
  trials: Trials,
): PlanRepair | undefined {
  if (chosen.hardware.owned || (w.hardware.accelerator === undefined && w.hardware.memoryGib === undefined))
    return undefined;
  const { accelerator: _a, memoryGib: _m, ...hardware } = w.hardware;
  const best = enumerate({ ...w, method: chosen.settings.method, hardware }, catalog, { trials })
    .filter((c) => c.hardware.accelerator.id !== chosen.hardware.accelerator.id)
    .filter((c) => failure(c, w) === undefined && c.quick.status === "fits")
    .filter((c) => needsGib(c.quick) * Math.max(1, correction) <= FULL_SHARE * c.device.usableGib)
    .reduce<Candidate | undefined>(
      (a, b) => (a === undefined || b.usd.expected < a.usd.expected - 1e-9 ? b : a),
      undefined,
    );
  if (!best || best.usd.expected > chosen.usd.expected * (1 - LEAST_SAVING)) return undefined;
  const { id, name } = best.hardware.accelerator;
  const deviceGib = needsGib(best.quick) * correction;
  return {
    change: { accelerator: id },
    deviceGib,
    timeFactor: best.hours.expected / chosen.hours.expected,
    cost: `time: ${hours(best.hours.expected)} instead of ${hours(chosen.hours.expected)}`,
    status: "fits",
    summary: `A cheaper card fits: ${machineText(best.hardware.acceleratorCount, name)} on ${best.hardware.offer!.platform} needs ${gib(deviceGib)} and takes about ${hours(best.hours.expected)} for ${usd(best.usd.expected)}, ${usd(chosen.usd.expected - best.usd.expected)} less.`,
  };
}

/** For a card that is owned, no money is saved; that a smaller one would do is worth knowing where cards are shared. */
function smallerCard(w: Workload, catalog: Catalog, chosen: Candidate, tried: Ladder): PlanRepair | undefined {
  if (!chosen.hardware.owned) return undefined;
  const smaller = catalog.accelerators
    .filter((a) => a.kind === "gpu" && (a.computeCapability ?? 0) >= 7.5 && a.memoryGib < chosen.device.memoryGib)
    .filter((a) => a.supportsBf16 === (chosen.device.facts?.supportsBf16 ?? true))
    .sort((a, b) => a.memoryGib - b.memoryGib || (a.id < b.id ? -1 : 1));
  for (const facts of smaller) {
    const device = deviceFrom(facts, facts.id, facts.memoryGib);
    const quick = tried.after({ accelerator: facts.id }, device);
    if (!quick) continue;
    const slower = tried.timeFactor(quick);
    return tried.repair(
      quick,
      { accelerator: facts.id },
      `time: about ${number(slower)} times as long`,
      `A smaller card would do: ${w.model.id} needs ${gib(tried.needs(quick))} of the ${gib(device.usableGib)} of ${facts.name}, in about ${number(slower)} times the training time.`,
    );
  }
  return undefined;
}

/** More sequences at a time, the optimizer step unchanged; only worth a line where it saves time. */
function largerBatch(w: Workload, tried: Ladder): PlanRepair | undefined {
  const { microBatchSize: now, gradientAccumulationSteps: steps } = tried.chosen.settings;
  let best: { size: number; quick: Quick } | undefined;
  for (let size = now * 2; size <= now * steps && (now * steps) % size === 0; size *= 2) {
    const quick = tried.after({
      microBatchSize: size,
      gradientAccumulationSteps: (now * steps) / size,
      evaluationBatchSize: size,
    });
    if (!quick) break;
    best = { size, quick };
  }
  if (!best) return undefined;
  const { size, quick } = best;
  const faster = 1 / tried.timeFactor(quick);
  const gain = faster > 1.02 ? `about ${Math.round((faster - 1) * 100)} % faster` : "no faster by our count";
  return tried.repair(
    quick,
    { microBatchSize: size, gradientAccumulationSteps: (now * steps) / size },
    "quality: none; same optimizer step",
    `Micro batch ${size} instead of ${now} fits: ${gib(tried.needs(quick))}, ${gain}.${w.microBatchSize === undefined ? "" : " You fixed the present one."}`,
  );
}

/** Four-bit weights are for cards that are too small. */
function wholeBase(tried: Ladder): PlanRepair | undefined {
  if (tried.chosen.settings.method !== "qlora") return undefined;
  const quick = tried.after({ method: "lora", baseQuantization: "none" });
  return (
    quick &&
    tried.repair(
      quick,
      { method: "lora", baseQuantization: "none" },
      "memory only",
      `A 16-bit base fits: LoRA needs ${gib(tried.needs(quick))}, trains faster and loses nothing to quantisation.`,
    )
  );
}

/** Samples whose length is the person's to choose: pixels and seconds of sound become a fixed number of positions. */
export const HAS_LENGTH: ReadonlySet<Workload["modality"]> = new Set(["llm", "vlm", "embedding"]);

/** The longest samples that the card takes, in doublings. */
function longerSamples(w: Workload, tried: Ladder): PlanRepair | undefined {
  if (!HAS_LENGTH.has(w.modality)) return undefined;
  const most = Math.min(w.model.maxContextLength ?? w.sequenceLength * LONGEST_STEP, w.sequenceLength * LONGEST_STEP);
  let best: { length: number; quick: Quick } | undefined;
  for (let length = w.sequenceLength * 2; length <= most; length *= 2) {
    const quick = tried.after({ sequenceLength: length });
    if (!quick) break;
    best = { length, quick };
  }
  return (
    best &&
    tried.repair(
      best.quick,
      { sequenceLength: best.length },
      "time: longer samples take longer",
      `Samples of ${best.length} tokens fit as well, instead of ${w.sequenceLength}: ${gib(tried.needs(best.quick))}.`,
    )
  );
}
