import { planOf, type Revision } from "../../src/consult.ts";
import type { Catalog, Plan } from "../../src/index.ts";
import { fileCountOf } from "./project.ts";

/** The plan of a revision, for what is shown beside an answer. A second of a processor where nobody asked for it lately. */
export interface Planner {
  planOf(revision: Revision): Promise<Plan>;
  /** How many files an effect on it would write; undefined where no project can be made of it. */
  fileCountOf(revision: Revision): Promise<number | undefined>;
}

/** In this thread: for tests, and for the threads that plan. */
export const plannerHere = (catalog: Catalog): Planner => ({
  planOf: async (revision) => planOf(revision, { catalog }),
  fileCountOf: async (revision) => fileCountOf(planOf(revision, { catalog })),
});
