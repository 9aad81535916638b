import type { Brief, BriefField, Conflict, Question } from "../brief/brief.ts";
import type { Catalog } from "../catalog/schema.ts";
import type { Difference } from "../plan/compare.ts";
import type { Plan } from "../plan/plan.ts";
import type { Reasons } from "../plan/why.ts";

/** What a person has said so far, and the plan it led to. Plans are computed again from it: equal briefs, equal plans. */
export interface Revision {
  /** Never given twice, also after an undo. */
  number: number;
  /** UTC day that the plan was made for. */
  today: string;
  brief: Brief;
  conflicts: Conflict[];
  notices: string[];
  /** What led here, in the person's words. */
  because: string;
  /** Questions answered with "use your judgement". */
  settled: string[];
  inputHash: string;
  planHash: string;
}

/** A change that was shown and not yet taken. */
interface Proposal {
  brief: Brief;
  because: string;
}

export type EffectKind = "write-project" | "save-plan" | "zip" | "pull-request" | "cells" | "hand-off";

/** Something outside the conversation, asked for by a person on a given revision. The front end does it and says `effectDone`. */
export interface Effect {
  id: string;
  kind: EffectKind;
  revision: number;
  planHash: string;
  /** A folder, a file, a repository, a specialist. */
  target: string;
}

/** The whole conversation as one JSON value. */
export interface Conversation {
  schemaVersion: 1;
  /** Oldest first; the last one is current. */
  revisions: Revision[];
  /** The number of the next revision. */
  next: number;
  /** As they were shown: "the second" means the second of these options. */
  asked: Question[];
  proposal?: Proposal;
  /** Asked for and not yet reported done. */
  effects: Effect[];
}

export const emptyConversation = (): Conversation => ({
  schemaVersion: 1,
  revisions: [],
  next: 1,
  asked: [],
  effects: [],
});

export type Wish = "cheaper" | "faster" | "simplest" | "private";

/** What a person asks for by name, whatever words or buttons they used. */
export type Command =
  | { verb: "help" }
  | { verb: "show" }
  | { verb: "config" }
  | { verb: "questions" }
  | { verb: "alternatives" }
  | { verb: "undo" }
  | { verb: "start-over" }
  | { verb: "keep" }
  | { verb: "why"; about: string }
  | { verb: "what-if"; change: string }
  | { verb: "wish"; wish: Wish }
  | { verb: "compare"; revision?: number }
  | { verb: EffectKind; target: string; revision: number };

export type Event =
  | { type: "said"; text: string }
  | { type: "answered"; question: string; value: unknown }
  | { type: "judgement"; question?: string }
  | { type: "changed"; field: BriefField; value: unknown }
  | { type: "command"; command: Command }
  /** A plan made elsewhere: its words are taken up, and planned again. */
  | { type: "opened"; plan: Plan }
  /** An existing project was read: it fills what nobody stated. `text` is what was said beside its name. */
  | { type: "project"; name: string; brief: Brief; notices: string[]; text: string }
  | { type: "effectDone"; id: string; ok: boolean; text: string };

/** One field that was understood: what it was, what it is, and the words that say so. */
export interface Understood {
  field: BriefField;
  before?: unknown;
  value: unknown;
  words: string;
}

/** Structured, so that each front end shows it in its own way; `render` gives the one Markdown. */
export type Reply =
  | { kind: "notice"; text: string }
  | { kind: "understood"; fields: Understood[] }
  | { kind: "conflict"; text: string }
  | { kind: "plan"; revision: number; plan: Plan; whole: boolean }
  | { kind: "difference"; revision?: number; because: string; difference: Difference; headline: string }
  | { kind: "question"; number: number; question: Question }
  | { kind: "reasons"; reasons: Reasons }
  | { kind: "alternatives"; plan: Plan }
  | { kind: "config"; yaml: string }
  /** What a person may do with a revision: a button in a chat, a confirmation in a terminal. */
  | { kind: "action"; effect: EffectKind; target: string; revision: number; planHash: string }
  | { kind: "done"; text: string }
  | { kind: "help" }
  | { kind: "error"; message: string; hint: string };

/** What the machine is given beside state and event: facts, the day, and what this front end can do. */
export interface Setting {
  catalog: Catalog;
  /** UTC day, YYYY-MM-DD: the core has no clock. */
  today: string;
  /** What holds before anybody speaks: of a team, of an existing project. */
  standing?: Brief;
  effects: readonly EffectKind[];
}

export interface Turn {
  state: Conversation;
  replies: Reply[];
  effects: Effect[];
}

export const current = (state: Conversation): Revision | undefined => state.revisions.at(-1);
