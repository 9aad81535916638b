import type { Brief } from "../brief/brief.ts";
import type { Catalog } from "../catalog/schema.ts";
import { type Candidate, enumerate } from "./candidates.ts";
import { outsideThisVersion } from "./limits.ts";
import { compareCandidates, rejection } from "./rank.ts";
import { resolve } from "./resolve.ts";
import type { Workload } from "./workload.ts";

/** The best candidate within the person's words. */
export function bestCandidate(w: Workload, candidates: readonly Candidate[]): Candidate | undefined {
  let best: Candidate | undefined;
  for (const c of candidates) if (rejection(c, w) === undefined && (!best || compareCandidates(c, best) < 0)) best = c;
  return best;
}

/** What a brief would be trained on, without the report around it: cheap enough to try many changes of one brief. */
export function bestFor(brief: Brief, catalog: Catalog): { workload: Workload; candidate: Candidate | undefined } {
  const { workload } = resolve(brief, catalog);
  if (outsideThisVersion(workload) || workload.phase === "serve") return { workload, candidate: undefined };
  return { workload, candidate: bestCandidate(workload, enumerate(workload, catalog)) };
}
