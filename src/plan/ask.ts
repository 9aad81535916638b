import type { Brief, BriefValues, Question } from "../brief/brief.ts";
import { problemWith } from "../brief/fields.ts";
import type { Catalog } from "../catalog/schema.ts";
import { AdvisorError } from "../error.ts";
import { describe, type Outcome, type Probe, probeOf } from "./outcome.ts";
import { resolve } from "./resolve.ts";
import { asQuestion, type Unknown, unknowns } from "./unknowns.ts";

/** More than this at a time is a form, not a conversation. */
export const AT_A_TIME = 3;
/** A cost that is off by less is inside the band of the estimate, or is small change. */
const COST_SHARE = 0.3;
const SMALL_CHANGE_USD = 3;
/** Asked only when the chance that the plan is wrong without it is worth a person's time. */
const LEAST_VALUE = 0.05;

export interface AskOptions {
  /** Ids of questions that were answered with "use your judgement": they are not asked again. */
  settled?: readonly string[];
  atATime?: number;
}

/**
 * Questions by value of information: each open point is tried with its plausible answers through the planner. Its value
 * is what is lost, on average over the answers, by planning without asking: one where the answer would have led to
 * another project, plus the share by which the cost would have been wrong. The most valuable come first.
 */
export function ask(brief: Brief, catalog: Catalog, options: AskOptions = {}): Question[] {
  try {
    return asked(brief, catalog, options);
  } catch (error) {
    // A brief that cannot be planned (a model nobody knows) has no plan that an answer could change.
    if (error instanceof AdvisorError) return [];
    throw error;
  }
}

function asked(brief: Brief, catalog: Catalog, { settled = [], atATime = AT_A_TIME }: AskOptions): Question[] {
  const probe = probeOf(catalog);
  const now = probe(brief);
  const open = unknowns(brief, resolve(brief, catalog).workload).filter((u) => !settled.includes(u.id));
  return open
    .map((unknown) => valued(unknown, brief, now, probe))
    .filter((v) => v.value >= LEAST_VALUE)
    .sort((a, b) => b.value - a.value || (a.unknown.id < b.unknown.id ? -1 : 1))
    .slice(0, atATime)
    .map(({ unknown, outcomes }) => asQuestion(unknown, why(unknown, outcomes)));
}

interface Valued {
  unknown: Unknown;
  outcomes: Outcome[];
  value: number;
}

function valued(unknown: Unknown, brief: Brief, now: Outcome, probe: Probe): Valued {
  const outcomes = unknown.options.map(({ set }) => {
    try {
      return probe(withAnswer(brief, set));
    } catch (error) {
      if (error instanceof AdvisorError) return now;
      throw error;
    }
  });
  const value = unknown.options.reduce((sum, { weight }, i) => sum + weight * loss(now, outcomes[i]!), 0);
  return { unknown, outcomes, value };
}

/** What is lost by following one plan where another was right: the project, and the share of the cost that was wrong. */
export function loss(planned: Outcome, right: Outcome): number {
  return Number(!sameProject(planned, right)) + costShare(planned, right);
}

/** Whether two outcomes lead to the same project: machine, owner and every decision. */
export function sameProject(a: Outcome, b: Outcome): boolean {
  if (a.status !== b.status || a.machine !== b.machine || a.owned !== b.owned) return false;
  return [...new Set([...Object.keys(a.choices), ...Object.keys(b.choices)])].every(
    (name) => a.choices[name] === b.choices[name],
  );
}

function costShare(a: Outcome, b: Outcome): number {
  const [x, y] = [a, b].map((o) => o.trainUsd + o.servingUsdPerMonth) as [number, number];
  const off = Math.abs(x - y);
  return off > SMALL_CHANGE_USD && off > COST_SHARE * Math.max(x, y) ? off / Math.max(x, y) : 0;
}

/** Outcomes that a reason names; the others are counted. */
const MOST_NAMED = 4;

/** "It decides between 512 or 2,048 tokens: lora on 1 × …, $5; 8,192 tokens: …": each outcome once, with the answers that lead to it, and only what differs. */
function why({ options }: Unknown, outcomes: readonly Outcome[]): string {
  const groups: { labels: string[]; outcome: Outcome }[] = [];
  options.forEach(({ label }, i) => {
    const outcome = outcomes[i]!;
    const known = groups.find((g) => loss(g.outcome, outcome) === 0);
    if (known) known.labels.push(label);
    else groups.push({ labels: [label], outcome });
  });
  const words = groups.map((g) => describe(g.outcome));
  const parts = (["training", "serving"] as const).filter((part) => new Set(words.map((w) => w[part])).size > 1);
  const lines = groups.map(({ labels, outcome }, i) => {
    const said = parts.map((part) => words[i]![part]).filter((text) => text !== "");
    // Machine and cost are alike; a decision is not.
    const decided = Object.entries(outcome.choices).filter(([n, c]) => groups.some((g) => g.outcome.choices[n] !== c));
    const text = said.length > 0 ? said.join("; ") : decided.map(([name, choice]) => `${name} ${choice}`).join(", ");
    return `${labels.join(" or ")}: ${text || "no server"}`;
  });
  const more = lines.length - MOST_NAMED;
  return `It decides between ${lines.slice(0, MOST_NAMED).join("; ")}${more > 0 ? `; and ${more} more` : ""}.`;
}

/** The brief as if the person had said it. */
function withAnswer(brief: Brief, set: BriefValues): Brief {
  const said = Object.entries(set).map(([field, value]) => [field, { value, from: "stated" }]);
  return { ...brief, ...Object.fromEntries(said) };
}

/**
 * A brief with the answer to a question: one of its options, or a value of the field that it asks about. An answer such
 * as "no deadline" says nothing that a brief can hold: the brief comes back as it was.
 */
export function answered(brief: Brief, questionId: string, value: unknown, catalog: Catalog): Brief {
  const unknown = unknowns(brief, resolve(brief, catalog).workload).find((u) => u.id === questionId);
  if (!unknown)
    throw new AdvisorError(
      "unknown-name",
      `There is no open question "${questionId}"`,
      "Say the value in words instead.",
    );
  const option = unknown.options.find((o) => o.value === value);
  if (option) return withAnswer(brief, option.set);
  const problem = problemWith(unknown.field, value);
  if (problem)
    throw new AdvisorError(
      "invalid-input",
      `Cannot take ${JSON.stringify(value)} as ${unknown.field}: ${problem}`,
      `Answer with one of: ${unknown.options.map((o) => o.label).join(", ")}.`,
    );
  return withAnswer(brief, { ...unknown.beside, [unknown.field]: value });
}
