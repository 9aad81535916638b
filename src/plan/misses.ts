import type { Brief } from "../brief/brief.ts";
import type { Catalog } from "../catalog/schema.ts";
import { servingPart, verdictOf } from "./asked-parts.ts";
import type { Candidate } from "./candidates.ts";
import { shortfall } from "./demand.ts";
import type { Blocker, Plan } from "./plan.ts";
import { compareCandidates, rejection } from "./rank.ts";
import { repairsFor } from "./repair.ts";
import { search } from "./search.ts";
import { shutOut } from "./shut-out.ts";
import { planServer } from "./stock-serving.ts";
import type { Trials } from "./trials.ts";
import type { Workload } from "./workload.ts";

type Answer = Partial<Plan> & Pick<Plan, "status" | "headline">;

/** More reasons than this say the same again. */
const MOST = 4;

/** What a candidate misses by, on the scale of what it fails on: the least is the nearest miss. */
const MISSED: Record<string, (c: Candidate) => number> = {
  "over-budget": (c) => c.usd.expected,
  "past-deadline": (c) => c.hours.expected,
};
const ofMemory = (c: Candidate): number => c.quick.reading.neededGib.expected / c.device.usableGib;

/** Why nothing stands: the nearest miss of each method on each rule. */
function nearestMisses(candidates: readonly Candidate[], w: Workload): Blocker[] {
  const missed = candidates.map((c) => ({ c, why: rejection(c, w)! }));
  // Where some machine has the memory, money or time stands in the way, and what lacks memory is beside the point.
  const limits = missed.filter(({ why }) => why.rule in MISSED);
  const by = ({ c, why }: (typeof missed)[number]): number => (MISSED[why.rule] ?? ofMemory)(c);
  const nearest = (limits.length > 0 ? limits : missed).sort((a, b) => by(a) - by(b) || compareCandidates(a.c, b.c, w));
  const seen = new Set<string>();
  return nearest
    .filter(({ c, why }) => {
      const key = `${why.rule}|${c.settings.method}`;
      return !seen.has(key) && seen.add(key);
    })
    .map(({ why }) => why)
    .slice(0, MOST);
}

/** No candidate survived: what blocks, and what would be possible instead. */
export function nothingFits(
  brief: Brief,
  w: Workload,
  catalog: Catalog,
  candidates: readonly Candidate[],
  trials: Trials,
): Answer {
  const blockers = candidates.length === 0 ? [shutOut(w, brief, catalog)] : nearestMisses(candidates, w);
  const repairs = repairsFor(brief, w, catalog, candidates, trials);
  blockers.push(...leanerToo(w, catalog, trials, repairs));
  const serving = planServer(w, catalog, undefined, trials);
  const missing = shortfall(w, serving, catalog, trials);
  const text = `${blockers[0]!.text}${repairs[0] ? ` ${repairs.length} ${repairs.length === 1 ? "change" : "changes"} would make it possible.` : ""}`;
  return {
    status: "infeasible",
    ...verdictOf({ part: "training", met: false, text }, servingPart(w, serving, missing)),
    blockers: missing ? [...blockers, missing] : blockers,
    repairs,
  };
}

/** Where adapters on a 4-bit base are no way out either, how near they come. */
function leanerToo(w: Workload, catalog: Catalog, trials: Trials, repairs: Plan["repairs"]): Plan["blockers"] {
  if (w.method === undefined || w.method === "qlora" || w.method === "freeze") return [];
  if (w.task === "pretrain" || repairs.some((r) => r.change.method !== undefined)) return [];
  const leaner: Workload = { ...w, method: "qlora" };
  const missed = search(leaner, catalog, trials).candidates.filter((c) => rejection(c, leaner) !== undefined);
  return missed.length === 0 ? [] : nearestMisses(missed, leaner).slice(0, 1);
}
