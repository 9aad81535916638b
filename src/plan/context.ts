import type { Catalog } from "../catalog/schema.ts";
import type { Candidate } from "./candidates.ts";
import type { Decision, ServingPlan } from "./plan.ts";
import type { Workload } from "./workload.ts";

/** What each decision looks at: the workload, the machine and method that won, and everything that was tried. */
export interface DecisionContext {
  workload: Workload;
  catalog: Catalog;
  chosen: Candidate;
  candidates: readonly Candidate[];
  serving: ServingPlan | undefined;
  /** Only choices are looked at: what would flip them need not be found. */
  draft?: boolean;
}

export type Decide = (context: DecisionContext) => Decision;
