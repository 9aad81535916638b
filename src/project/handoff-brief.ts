import type { ProjectContext } from "./context.ts";
import { code, sentence } from "./markdown.ts";

/** What a specialist is handed. */
export interface Brief {
  role: string;
  goal: string;
  facts: string[][];
  work: string[];
  questions: string[];
  acceptance: string[];
  files: string[];
}

/** The planner's questions whose id or words belong to a specialist. */
export const questionsAbout = (context: ProjectContext, subject: RegExp): string[] =>
  context.plan.questions
    .filter((q) => subject.test(q.id))
    .map((q) => `${sentence(q.text)} Taken for now: ${code(q.default)} (${sentence(q.why)}).`);

/** Guesses that stand in the plan for want of an answer. */
export const assumed = (context: ProjectContext, fields: RegExp): string[] =>
  context.plan.assumptions
    .filter((a) => fields.test(a.field))
    .map(
      (a) =>
        `Assumed ${code(a.field)} = ${code(typeof a.value === "object" ? JSON.stringify(a.value) : a.value)}: ${sentence(a.why)}. Is it so?`,
    );
