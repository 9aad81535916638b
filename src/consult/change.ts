import type { Brief, BriefField, Conflict, ReadAnswer } from "../brief/brief.ts";
import { BRIEF_FIELDS } from "../brief/fields.ts";
import { readText } from "../brief/read.ts";
import { setField } from "../brief/values.ts";
import type { Catalog } from "../catalog/schema.ts";
import type { Understood } from "./conversation.ts";

/** A brief after some words, what they changed, and what the reader remarked. */
export interface Changed {
  brief: Brief;
  conflicts: Conflict[];
  notices: string[];
  fields: Understood[];
}

/** Another value of the first field makes the others untrue. */
const REPLACES: Partial<Record<BriefField, readonly BriefField[]>> = {
  model: ["parameterCount", "modality"],
  parameterCount: ["model"],
  accelerator: ["acceleratorMemoryGib"],
  acceleratorMemoryGib: ["accelerator"],
  budgetUsd: ["budget", "budgetPeriod"],
  budget: ["budgetUsd", "budgetPeriod"],
  requestsPerSecond: ["tokensPerSecond", "concurrentUsers"],
  concurrentUsers: ["requestsPerSecond", "tokensPerSecond"],
};

/** Read from words about something else, these say nothing against what was said before. */
const BY_THE_WAY: readonly BriefField[] = ["phase", "task", "modality"];
const SERVING: readonly BriefField[] = ["requestsPerSecond", "tokensPerSecond", "concurrentUsers", "latencyMs"];
const SET_UP: readonly BriefField[] = [
  "current",
  "model",
  "parameterCount",
  "method",
  "sequenceLength",
  "microBatchSize",
  "accelerator",
  "acceleratorMemoryGib",
  "acceleratorCount",
];
const HOME: readonly string[] = ["local", "on-premises"];
const OPPOSITE: Record<string, string> = { "spot-ok": "no-spot", "no-spot": "spot-ok" };

/** What follow-ups say in a few words that a request never would: set a value, or take one back. */
const PHRASES: { pattern: RegExp; set?: string[]; drop?: BriefField[] }[] = [
  {
    pattern: /^(?:we(?:'ll| will| can)? |let's |i(?:'ll| will)? )?rent(?:ed)?(?: it| one| them| that)?$/,
    set: ["owned=false"],
  },
  {
    pattern: /^(?:we|i) own (?:it|them|one)$|^(?:it|they|that)(?:'s| is| are|'re) (?:ours|mine)$/,
    set: ["owned=true"],
  },
  {
    pattern: /\b(?:no|without(?: a)?|forget the|drop the|ignore the) (?:budget|money limit|cost limit)\b/,
    drop: ["budgetUsd", "budget", "budgetPeriod"],
  },
  { pattern: /\b(?:no|without(?: a)?|forget the|drop the|ignore the) deadline\b/, drop: ["deadlineHours"] },
  {
    pattern: /\b(?:training only|only (?:the )?training|no serving|not serv(?:e|ed|ing)|without serving)\b/,
    set: ["phase=train"],
    drop: [...SERVING],
  },
  {
    pattern: /\b(?:any (?:gpu|card|machine)|whatever (?:gpu|card|machine)|another (?:gpu|card))\b/,
    drop: ["accelerator", "acceleratorMemoryGib", "acceleratorCount", "owned", "hostMemoryGib"],
  },
  { pattern: /\bspot (?:is|instances are|would be) (?:fine|ok(?:ay)?|allowed)\b/, set: ["constraints=spot-ok"] },
];

const ASSIGNMENT = /^[A-Za-z]+\s*=\s*\S/;
/** "epochs=3, method=qlora": each is one field. */
const NEXT_ASSIGNMENT = /[,;]\s*(?=[A-Za-z]+\s*=)/;

/**
 * A brief after more words: fields that they state replace what was said before, fields that the reader only inferred
 * fill what was open. `field=value` states one field, several with commas between them.
 */
export function withWords(before: Brief, text: string, catalog: Catalog, today: string): Changed {
  const assigned = text.trim().split(NEXT_ASSIGNMENT);
  if (assigned.every((part) => ASSIGNMENT.test(part))) {
    const said = assigned.reduce((brief, part) => setField(brief, part), {} as Brief);
    return changed(before, { brief: said, conflicts: [], notices: [] }, text);
  }
  const low = text
    .toLowerCase()
    .replace(/[.!\s]+$/, "")
    .trim();
  const phrase = PHRASES.find(({ pattern }) => pattern.test(low));
  const read = readText(text, catalog, { today });
  const said = (phrase?.set ?? []).reduce((brief, assignment) => setField(brief, assignment), read.brief);
  const kept = Object.fromEntries(
    Object.entries(before).filter(([field]) => !phrase?.drop?.includes(field as BriefField)),
  ) as Brief;
  const next = changed(kept, { ...read, brief: said }, text);
  return { ...next, fields: fieldsThatChanged(before, next.brief, said, text) };
}

/** A brief with one field set, as an answer or a form does it. */
export const withField = (before: Brief, said: Brief): Changed =>
  changed(before, { brief: said, conflicts: [], notices: [] }, "");

function changed(before: Brief, read: Pick<ReadAnswer, "brief" | "conflicts" | "notices">, text: string): Changed {
  const brief = merged(before, read.brief);
  return {
    brief,
    conflicts: read.conflicts,
    notices: read.notices,
    fields: fieldsThatChanged(before, brief, read.brief, text),
  };
}

function merged(before: Brief, said: Brief): Brief {
  const out: Record<string, unknown> = { ...before };
  const states = (field: BriefField): boolean => said[field] !== undefined && said[field]?.from !== "inferred";
  for (const field of BRIEF_FIELDS) {
    const value = said[field];
    if (value === undefined) continue;
    const known = before[field] !== undefined;
    if (field === "current" && before.current) {
      out.current = { ...withoutSpan(said.current!), value: { ...before.current.value, ...said.current!.value } };
      continue;
    }
    // One card of another kind is still as many as before, unless the words count.
    if (known && (BY_THE_WAY.includes(field) || value.from === "inferred")) continue;
    for (const other of REPLACES[field] ?? []) if (!states(other)) delete out[other];
    out[field] = withoutSpan(value);
  }
  if (said.constraints && before.constraints)
    out.constraints = { ...withoutSpan(said.constraints), value: united(before, said) };
  // What an instrument said, it said of the set-up that ran.
  if (said.measured === undefined && SET_UP.some(states)) delete out.measured;
  phase(out, before, said);
  place(out, said);
  return out as Brief;
}

/** Spans point into words that the conversation does not keep. */
const withoutSpan = <T extends { span?: unknown }>({ span: _, ...rest }: T): Omit<T, "span"> => rest;

function united(before: Brief, said: Brief): string[] {
  const now = said.constraints!.value;
  const earlier = before.constraints!.value.filter((c) => !now.some((n) => OPPOSITE[n] === c));
  return [...new Set([...earlier, ...now])];
}

/** A rate beside a training is both; "training only" takes serving back. */
function phase(out: Record<string, unknown>, before: Brief, said: Brief): void {
  const serves = SERVING.some((field) => said[field] !== undefined);
  if (serves && before.phase?.value === "train") out.phase = { value: "both", from: "stated" };
  else if (said.phase && !serves && before.phase?.value === "both" && !SERVING.some((f) => out[f]))
    out.phase = said.phase;
}

/** A cloud that is named now takes back that the hardware is ours, and the other way round. */
function place(out: Record<string, unknown>, said: Brief): void {
  const cloud = said.platform !== undefined && said.platform.value !== "local";
  if ((cloud || said.deploymentTarget?.value === "cloud") && !said.owned) {
    delete out.owned;
    const target = out.deploymentTarget as Brief["deploymentTarget"];
    if (!said.deploymentTarget && target && HOME.includes(target.value)) delete out.deploymentTarget;
  }
  if (said.owned?.value === true && !said.platform) {
    const platform = out.platform as Brief["platform"];
    if (platform && platform.value !== "local") delete out.platform;
  }
  if (said.owned?.value === false) {
    const target = out.deploymentTarget as Brief["deploymentTarget"];
    if (target && HOME.includes(target.value)) delete out.deploymentTarget;
  }
}

/** What differs between two briefs, with the words that say so. */
export function fieldsThatChanged(before: Brief, after: Brief, said: Brief = {}, text = ""): Understood[] {
  return BRIEF_FIELDS.flatMap((field): Understood[] => {
    const [x, y] = [before[field]?.value, after[field]?.value];
    if (JSON.stringify(x) === JSON.stringify(y)) return [];
    const span = said[field]?.span;
    return [
      {
        field,
        ...(x === undefined ? {} : { before: x }),
        value: y,
        words: span ? text.slice(...span).replace(/\s+/g, " ") : "",
      },
    ];
  });
}
