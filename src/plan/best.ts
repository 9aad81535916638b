import type { Candidate } from "./candidates.ts";
import { compareCandidates, failure } from "./rank.ts";
import type { Workload } from "./workload.ts";

/** The first in the planner's order. */
export function firstOf(w: Workload, candidates: readonly Candidate[]): Candidate | undefined {
  let first = candidates[0];
  for (const c of candidates) if (compareCandidates(c, first!, w) < 0) first = c;
  return first;
}

/** The best candidate within the person's words. */
export const bestCandidate = (w: Workload, candidates: readonly Candidate[]): Candidate | undefined =>
  firstOf(
    w,
    candidates.filter((c) => failure(c, w) === undefined),
  );
