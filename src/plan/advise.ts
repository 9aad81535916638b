import type { Catalog } from "../catalog/schema.ts";
import { ask } from "./ask.ts";
import type { Plan } from "./plan.ts";
import { type AdviseInput, planFor } from "./planner.ts";
import { seal } from "./seal.ts";
import { newTrials } from "./trials.ts";

/**
 * The answer to a brief: the best plan within the person's words, or what blocks it and what would work instead, with
 * the questions whose answers would change it. `today` is the UTC day, YYYY-MM-DD: the core has no clock.
 */
export function advise(input: AdviseInput, catalog: Catalog, options: { today: string }): Plan {
  const trials = newTrials();
  const plan = planFor(input, catalog, { ...options, trials });
  return seal({ ...plan, questions: ask(input.brief, catalog, { trials }) }, catalog);
}
