import type { Catalog } from "../catalog/schema.ts";
import type { Hardware, ServingPlan } from "./plan.ts";
import { planServing } from "./serve.ts";
import { choosesFromStock, stockWorkloads } from "./stock.ts";
import type { Trials } from "./trials.ts";
import type { Workload } from "./workload.ts";

/** The server for the load: on the machine at hand or the market; of what is owned, on the fewest cards that serve it. */
export function planServer(
  w: Workload,
  catalog: Catalog,
  trained: Hardware | undefined,
  trials: Trials,
): ServingPlan | undefined {
  const machines = choosesFromStock(w) ? stockWorkloads(w) : [w, ...stockWorkloads(w)];
  if (machines.length === 0) return undefined;
  return firstThat(
    (plan) => plan !== undefined,
    machines.map((x) => () => planServing(x, catalog, trained, trials)),
  );
}

/** The first of several answers that will do, made one after the other; the last where none does. */
export function firstThat<T>(does: (answer: T) => boolean, answers: readonly (() => T)[]): T {
  const last = answers.length - 1;
  for (const answer of answers.slice(0, last)) {
    const made = answer();
    if (does(made)) return made;
  }
  return answers[last]!();
}
