import { BRIEF_FIELDS } from "../brief/fields.ts";

/** What a person may do next with a plan; a front end has words for those that it can do. */
export type Step = "whole" | "change" | "why" | "project";

/** How people say things where they read: the core knows what can be said, the front end how. */
export interface Phrasing {
  /** Fields of the brief stated together, as Markdown: "`--set epochs=3`" on a command line. */
  state(fields: Readonly<Record<string, unknown>>): string;
  steps: Partial<Record<Step, string>>;
}

const assignment = ([field, value]: [string, unknown]): string =>
  `${field}=${typeof value === "object" ? JSON.stringify(value) : String(value)}`;

/** "epochs=3", each field on its own: what every front end takes in some form. */
export const assignments = (fields: Readonly<Record<string, unknown>>): string[] =>
  Object.entries(fields).map(assignment);

/** Of a conversation, and of documents that nobody answers: what is said is the field and its value. */
export const SPOKEN: Phrasing = {
  state: (fields) => `say \`${assignments(fields).join(", ")}\``,
  steps: {
    whole: 'say "show the plan" for everything',
    change: '"what if two 4090s", "cheaper" or a correction in your own words',
    why: '"why" for the decisions, "why not QLoRA" for one of them',
  },
};

const FIELDS: ReadonlySet<string> = new Set(BRIEF_FIELDS);

/** More fields than these are no sentence: another machine is said in words. */
const MOST_FIELDS = 3;

/** The part of a repair's change that a person can state; settings of a trainer are no words of a brief. */
export function sayable(change: Readonly<Record<string, unknown>>): Record<string, unknown> {
  if (Object.keys(change).length > MOST_FIELDS) return {};
  return Object.fromEntries(
    Object.entries(change).filter(
      ([field, value]) => FIELDS.has(field) && (typeof value !== "object" || value === null),
    ),
  );
}
