import type { Question } from "../brief/brief.ts";
import type { Catalog } from "../catalog/schema.ts";
import { advise } from "../plan/advise.ts";
import { AT_A_TIME, ask } from "../plan/ask.ts";
import type { Plan } from "../plan/plan.ts";
import type { AdviseInput } from "../plan/planner.ts";
import { inputHashOf } from "../plan/seal.ts";

/** Plans of a few conversations: a turn looks at the plan before and the plan after, the next turn at the same again. */
const MOST_PLANS = 64;

interface Remembered {
  plan: Plan;
  /** Every question that matters, best first; made when it is needed. */
  ranked?: Question[];
}

const plans = new WeakMap<Catalog, Map<string, Remembered>>();

function remembered(input: AdviseInput, catalog: Catalog, today: string): Remembered {
  const known = plans.get(catalog) ?? new Map<string, Remembered>();
  plans.set(catalog, known);
  const key = inputHashOf(input.brief, catalog, today);
  const found = known.get(key) ?? { plan: advise(input, catalog, { today }) };
  // Last used, last forgotten.
  known.delete(key);
  known.set(key, found);
  for (const oldest of known.keys()) {
    if (known.size <= MOST_PLANS) break;
    known.delete(oldest);
  }
  return found;
}

/** `advise`, computed once for equal values. What was said beside the values is this caller's own. */
export function planned(input: AdviseInput, catalog: Catalog, today: string): Plan {
  const { plan } = remembered(input, catalog, today);
  return { ...plan, brief: input.brief, conflicts: input.conflicts ?? [], notices: input.notices ?? [] };
}

/** The questions of a plan, less those that were left to our judgement. */
export function openQuestions(
  input: AdviseInput,
  catalog: Catalog,
  today: string,
  settled: readonly string[],
): Question[] {
  const found = remembered(input, catalog, today);
  if (settled.length === 0) return found.plan.questions;
  found.ranked ??= ask(input.brief, catalog, { atATime: Number.POSITIVE_INFINITY });
  return found.ranked.filter((q) => !settled.includes(q.id)).slice(0, AT_A_TIME);
}
