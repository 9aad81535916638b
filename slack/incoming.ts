import { type BriefValues, type Plan, redactSecrets, secretNotices } from "../src/index.ts";
import type { Action } from "./actions.ts";

/** Where something was said: a thread of a channel of a workspace. One thread has one run. */
export interface Where {
  team: string;
  channel: string;
  /** The `ts` of the root message. */
  thread: string;
}

/** A file that came with a message, where Slack keeps it. */
export interface Dropped {
  name: string;
  size: number;
  url: string;
}

/** What a person did, as the inbox keeps it: never Slack's own envelope, which holds tokens and addresses to answer at. */
export type Incoming =
  /** `overheard`: in our thread and perhaps not to us; what says nothing to us is not answered. */
  | { type: "said"; text: string; notices?: string[]; overheard?: true; files?: Dropped[] }
  /** A plan that was made elsewhere and dropped into the thread. */
  | { type: "opened"; plan: Plan }
  /** A click on a button of a revision; for a pull request perhaps with the repository that was picked. */
  | { type: "pressed"; action: Action; revision: number; repository?: string }
  /** A modal for a value: of an assumption, or an answer in words. */
  | { type: "wrote"; about: Extract<Action, { type: "change" | "words" }>; text: string; revision: number }
  /** An effect ended, here or on another machine. */
  | { type: "ended"; effect: string; ok: boolean; text: string }
  /** A repository was read, or could not be: then `failed` says why. */
  | {
      type: "read";
      repository: string;
      words: string;
      fields: Partial<BriefValues>;
      notices: string[];
      failed?: string;
    };

/** Words as they may be kept: keys masked, and with them what their owner has to be told. */
export function said(words: string): Extract<Incoming, { type: "said" }> {
  const { text, found } = redactSecrets(words);
  const notices = secretNotices(found);
  return { type: "said", text, ...(notices.length > 0 ? { notices } : {}) };
}

/** The same with every secret masked, in whatever field it stands: what may be stored and logged. */
export const masked = <T>(value: T): T => mask(value) as T;

function mask(value: unknown): unknown {
  if (typeof value === "string") return redactSecrets(value).text;
  if (Array.isArray(value)) return value.map(mask);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, mask(each)]));
}
