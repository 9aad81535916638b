import type { BriefField, BriefValues } from "./fields.ts";

export type { BriefField, BriefValues, Constraint, Ranged } from "./fields.ts";

/** Where a value came from, strongest first: what a person states overrules everything else. */
export type Origin = "stated" | "inferred" | "measured" | "project" | "team" | "model" | "assumed";

/** A value with where it came from. `span` is [start, end) in UTF-16 code units of the text that was read. */
export interface Said<T> {
  value: T;
  from: Origin;
  span?: [number, number];
}

/** What a person said: every field optional, each with where it came from. */
export type Brief = { [K in BriefField]?: Said<NonNullable<BriefValues[K]>> };

/** Two statements that cannot both hold; shown to the person, never resolved in silence. */
export interface Conflict {
  fields: BriefField[];
  text: string;
}

/** A question that earned its place: its answers lead to different plans. */
export interface Question {
  id: string;
  text: string;
  /** `leadsTo`: what the plan would then be, in a few words. */
  options: { value: string | number | boolean; label: string; leadsTo?: string }[];
  default: string | number | boolean;
  why: string;
}

/** The answer of `read`. */
export interface ReadAnswer {
  brief: Brief;
  conflicts: Conflict[];
  questions: Question[];
  /** Things the person should know about their own text, such as a key that must be rotated. */
  notices: string[];
}
