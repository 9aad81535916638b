import { assignments, type Phrasing } from "../../src/index.ts";

/** In a notebook everything that is said stands behind the magic. */
export const MAGIC: Phrasing = {
  state: (fields) => `\`%architect set ${assignments(fields).join(" ")}\``,
  steps: {
    project: "`%architect project FOLDER` writes the project",
    change: "`%architect what if two 4090s` tries something else",
    why: "`%architect why` gives the decisions",
    whole: "`%architect show the plan` shows everything",
  },
};
