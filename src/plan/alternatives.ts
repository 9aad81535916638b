import type { Catalog } from "../catalog/schema.ts";
import { type Candidate, enumerate } from "./candidates.ts";
import { hours, usd } from "./format.ts";
import { methodTitle } from "./method.ts";
import { machineText } from "./names.ts";
import type { Alternative } from "./plan.ts";
import { candidateKey, compareCandidates, effortOf, failure, orderFor, riskOf } from "./rank.ts";
import { nearbyDevices } from "./search.ts";
import { newTrials, type Trials } from "./trials.ts";
import type { Workload } from "./workload.ts";

/** Most plans beside the chosen one: more is a catalogue, not advice. */
const MOST = 5;
/** A saving below this is not worth a machine that may be taken away. */
const LEAST_SPOT_SAVING = 0.1;

export function asAlternative(name: string, c: Candidate, w: Workload): Alternative {
  const { offer, acceleratorCount, accelerator } = c.hardware;
  const where = offer ? `${offer.platform} (${offer.instanceType})` : "your own hardware";
  return {
    name,
    summary: `${methodTitle(c.settings.method, w)} on ${machineText(acceleratorCount, accelerator.name)}, ${where}: ${hours(c.hours.expected)}${offer ? `, ${usd(c.usd.expected)}` : ""}`,
    hardware: c.hardware,
    method: c.settings.method,
    trainHours: c.hours,
    trainUsd: c.usd,
    status: c.quick.status,
  };
}

/** How much there is to set up: accounts and machines, processes that must find each other. */
const stepsOf = (c: Candidate): number => effortOf(c) + (c.hardware.acceleratorCount > 1 ? 1 : 0);

/** What a plan is judged by, each less the better. */
const AXES: readonly ((c: Candidate) => number)[] = [(c) => c.usd.expected, (c) => c.hours.expected, riskOf, stepsOf];

/** Candidates that no other beats on every axis: found in one pass over them, cheapest first, against the front so far. */
export function paretoFront(candidates: readonly Candidate[], w: Workload): Candidate[] {
  const front: { c: Candidate; at: number[] }[] = [];
  for (const c of [...candidates].sort((a, b) => a.usd.expected - b.usd.expected || compareCandidates(a, b, w))) {
    const at = AXES.map((axis) => axis(c));
    const beaten = front.some((f) => f.at.every((x, i) => x <= at[i]! * (1 + 1e-9)));
    if (!beaten) front.push({ c, at });
  }
  return front.map((f) => f.c);
}

/** The same run on machines that may be taken away, where nobody spoke of them and they save money. */
function onSpot(
  chosen: Candidate,
  candidates: readonly Candidate[],
  w: Workload,
  catalog: Catalog,
  trials: Trials,
): Candidate | undefined {
  if (!chosen.price || w.constraints.includes("spot-ok") || w.constraints.includes("no-spot")) return undefined;
  return enumerate({ ...w, method: chosen.settings.method, constraints: [...w.constraints, "spot-ok"] }, catalog, {
    counts: [chosen.hardware.acceleratorCount],
    devices: nearbyDevices(w, chosen, candidates),
    trials,
  })
    .filter((c) => c.price?.pricing === "spot" && failure(c, w) === undefined && c.quick.status === "fits")
    .filter((c) => c.usd.expected < chosen.usd.expected * (1 - LEAST_SPOT_SAVING))
    .sort((a, b) => a.usd.expected - b.usd.expected || compareCandidates(a, b, w))[0];
}

/** Who else can look at the data: nobody, a certified provider, a provider, strangers. */
function exposure(c: Candidate, catalog: Catalog): number {
  const platform = c.hardware.offer?.platform;
  if (platform === undefined) return 0;
  if (c.price?.strangersMachine) return 3;
  const certificates = catalog.platforms.find((p) => p.id === platform)?.certifications ?? [];
  return certificates.some((x) => x.startsWith("HIPAA")) ? 1 : 2;
}

/**
 * Other plans worth a look: named points of the Pareto front over cost, time, risk and effort. More devices of the chosen
 * kind are on it: they cost about the same and take less time.
 */
export function alternativesTo(
  chosen: Candidate,
  candidates: readonly Candidate[],
  w: Workload,
  catalog: Catalog,
  trials = newTrials(),
): Alternative[] {
  const several =
    w.hardware.owned || w.hardware.acceleratorCount !== undefined || chosen.hardware.acceleratorCount > 1
      ? []
      : enumerate({ ...w, method: chosen.settings.method }, catalog, {
          counts: [2, 4, 8],
          devices: [chosen.device],
          trials,
        });
  const fine = [...candidates, ...several].filter(
    (c) => c !== chosen && failure(c, w) === undefined && c.quick.status === "fits",
  );
  const front = paretoFront(fine, w).sort(orderFor(w));
  const taken = new Set([candidateKey(chosen)]);
  const out: Alternative[] = [];
  const offer = (name: string, pick: Candidate | undefined): void => {
    if (!pick || taken.has(candidateKey(pick))) return;
    taken.add(candidateKey(pick));
    out.push(asAlternative(name, pick, w));
  };
  const by = (of: readonly Candidate[], key: (c: Candidate) => number): Candidate | undefined =>
    of.reduce<Candidate | undefined>(
      (best, c) => (best === undefined || key(c) < key(best) - 1e-9 ? c : best),
      undefined,
    );
  const cheapest = by(front, (c) => c.usd.expected);
  if (cheapest && cheapest.usd.expected < chosen.usd.expected * 0.98) offer("cheapest", cheapest);
  offer("on spot machines", onSpot(chosen, candidates, w, catalog, trials));
  const fastest = by(front, (c) => c.hours.expected);
  if (fastest && fastest.hours.expected < chosen.hours.expected * 0.9) offer("fastest", fastest);
  const simplest = by(front, stepsOf);
  if (simplest && stepsOf(simplest) < stepsOf(chosen)) offer("simplest", simplest);
  // Privacy is no axis of the front: it is looked for among all that fit.
  const private_ = by(fine.sort(orderFor(w)), (c) => exposure(c, catalog));
  if (private_ && exposure(private_, catalog) < exposure(chosen, catalog)) offer("most private", private_);
  if (chosen.settings.method === "qlora")
    offer(
      "16-bit base",
      fine.find((c) => c.settings.method === "lora"),
    );
  return out.slice(0, MOST);
}
