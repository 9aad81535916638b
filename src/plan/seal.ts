import type { Brief } from "../brief/brief.ts";
import { bareValues } from "../brief/values.ts";
import { findAccelerator, findModel } from "../catalog/names.ts";
import type { Catalog } from "../catalog/schema.ts";
import { hashOf } from "../hash.ts";
import type { Plan } from "./plan.ts";

/** Changes whenever equal inputs may give another plan. */
export const PLANNER_VERSION = "0.1.0";

/** Bare values with one spelling each: names as catalog ids, lists as sorted sets. */
function canonicalValues(brief: Brief, catalog: Catalog): Record<string, unknown> {
  const values = bareValues(brief);
  const { model, accelerator } = values;
  if (typeof model === "string") values.model = findModel(catalog, model)?.id ?? model;
  if (typeof accelerator === "string") values.accelerator = findAccelerator(catalog, accelerator)?.id ?? accelerator;
  for (const field of ["constraints", "environments"]) {
    const list = values[field];
    if (Array.isArray(list)) values[field] = [...new Set(list)].sort();
  }
  return values;
}

export const inputHashOf = (brief: Brief, catalog: Catalog, today: string): string =>
  hashOf({ values: canonicalValues(brief, catalog), catalog: catalog.digest, planner: PLANNER_VERSION, today });

/**
 * The plan with its hash over the whole answer, questions included. Spans, origins, the words and what was noticed about
 * them stay out: equal values give equal hashes, whoever read them.
 */
export function seal(plan: Plan, catalog: Catalog): Plan {
  const { planHash: _, conflicts: _c, notices: _n, brief, ...answer } = plan;
  return { ...plan, planHash: hashOf({ ...answer, brief: canonicalValues(brief, catalog) }) };
}
