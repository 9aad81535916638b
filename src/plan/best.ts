import type { Candidate } from "./candidates.ts";
import { compareCandidates, failure } from "./rank.ts";
import type { Workload } from "./workload.ts";

/** The best candidate within the person's words. */
export function bestCandidate(w: Workload, candidates: readonly Candidate[]): Candidate | undefined {
  let best: Candidate | undefined;
  for (const c of candidates) if (failure(c, w) === undefined && (!best || compareCandidates(c, best) < 0)) best = c;
  return best;
}
