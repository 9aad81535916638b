import type { Brief, BriefValues, Question } from "../brief/brief.ts";
import { problemWith } from "../brief/fields.ts";
import type { Catalog } from "../catalog/schema.ts";
import { AdvisorError } from "../error.ts";
import { plannedSide } from "./compared.ts";
import { serverName } from "./names.ts";
import { describe, type Outcome, type Probe, probeOf } from "./outcome.ts";
import { resolve } from "./resolve.ts";
import type { Trials } from "./trials.ts";
import type { Unknown } from "./unknown.ts";
import { unknowns } from "./unknowns.ts";

/** More than this at a time is a form, not a conversation. */
export const AT_A_TIME = 3;
/** A cost that is off by less is inside the band of the estimate, or is small change. */
const COST_SHARE = 0.3;
const SMALL_CHANGE_USD = 3;
/** Asked only when the chance that the plan is wrong without it is worth a person's time. */
const LEAST_VALUE = 0.05;
/** Another project, and a cost that is wrong altogether. */
const MOST_LOSS = 2;
/** Sums in another order differ in their last bits. */
const ROUNDING = 1e-9;

export interface AskOptions {
  /** Ids of questions that were answered with "use your judgement": they are not asked again. */
  settled?: readonly string[];
  atATime?: number;
  /** What was tried for the plan of this brief. */
  trials?: Trials;
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

function asked(given: Brief, catalog: Catalog, { settled = [], atATime = AT_A_TIME, trials }: AskOptions): Question[] {
  const brief = plannedSide(given, catalog);
  const probe = probeOf(catalog, trials);
  const now = probe(brief);
  const open = unknowns(brief, resolve(brief, catalog).workload).filter((u) => !settled.includes(u.id));
  let best: Valued[] = [];
  for (const unknown of open) {
    // What the last of the best is worth has to be reached.
    const least = Math.max(LEAST_VALUE, best[atATime - 1]?.value ?? 0);
    const found = valued(unknown, brief, now, probe, least);
    if (!found) continue;
    best.push(found);
    best.sort((a, b) => b.value - a.value || (a.unknown.id < b.unknown.id ? -1 : 1));
    best = best.slice(0, atATime);
  }
  return best.map(asQuestion);
}

interface Valued {
  unknown: Unknown;
  outcomes: Outcome[];
  value: number;
}

/** Tries the likeliest answers first, and gives up where those that are left cannot lift the value to `least`. */
function valued(unknown: Unknown, brief: Brief, now: Outcome, probe: Probe, least: number): Valued | undefined {
  const { options } = unknown;
  const likeliest = options.map((_, i) => i).sort((a, b) => options[b]!.weight - options[a]!.weight);
  const outcomes: Outcome[] = options.map(() => now);
  let open = options.reduce((sum, { weight }) => sum + weight, 0);
  let lost = 0;
  for (const i of likeliest) {
    const { set, weight } = options[i]!;
    outcomes[i] = outcomeOr(now, () => probe(withAnswer(brief, set)));
    lost += weight * loss(now, outcomes[i]);
    open -= weight;
    if (lost + open * MOST_LOSS < least - ROUNDING) return undefined;
  }
  const value = options.reduce((sum, { weight }, i) => sum + weight * loss(now, outcomes[i]!), 0);
  return value < least ? undefined : { unknown, outcomes, value };
}

/** An answer that cannot be planned changes nothing. */
function outcomeOr(now: Outcome, probe: () => Outcome): Outcome {
  try {
    return probe();
  } catch (error) {
    if (error instanceof AdvisorError) return now;
    throw error;
  }
}

/** What is lost by following one plan where another was right: the project, and the share of the cost that was wrong. */
export function loss(planned: Outcome, right: Outcome): number {
  return Number(!sameProject(planned, right)) + costShare(planned, right);
}

/** Whether two outcomes lead to the same project: machine, owner and every decision. */
function sameProject(a: Outcome, b: Outcome): boolean {
  // Two ways to have no project are none.
  if (a.status === "infeasible" && b.status === "infeasible") return true;
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

/** A question as a person sees it: each answer with what it leads to, and what it decides between. */
function asQuestion({ unknown, outcomes }: Valued): Question {
  const leadsTo = inWords(outcomes);
  return {
    id: unknown.id,
    text: unknown.text,
    options: unknown.options.map(({ value, label }, i) => ({ value, label, leadsTo: leadsTo[i]! })),
    default: unknown.default,
    why: `It decides between ${between(ends(outcomes, leadsTo))}.`,
  };
}

/** "a, b and c"; parts that hold commas are told apart by semicolons. */
function between(parts: readonly string[]): string {
  const last = parts.at(-1)!;
  const comma = parts.some((part) => part.includes(",")) ? ";" : ",";
  return parts.length < 3
    ? parts.join(`${comma === ";" ? "," : ""} and `)
    : `${parts.slice(0, -1).join(`${comma} `)}${comma} and ${last}`;
}

/** Each outcome in a few words: only the parts in which they differ. */
function inWords(outcomes: readonly Outcome[]): string[] {
  const described = outcomes.map(describe);
  const parts = (["training", "serving"] as const).filter((part) => new Set(described.map((d) => d[part])).size > 1);
  const decided = [...new Set(outcomes.flatMap((o) => Object.keys(o.choices)))].filter(
    (name) => new Set(outcomes.map((o) => o.choices[name])).size > 1,
  );
  return outcomes.map((outcome, i) => {
    const said = parts.map((part) => described[i]![part]).filter((text) => text !== "");
    if (said.length > 0) return said.join("; ");
    // Where others pay for a machine to serve on, this one does not.
    if (parts.includes("serving") && outcome.choices.deployment)
      return `${serverName(outcome.choices.deployment)} and no server to pay`;
    // Machine and cost are alike; a decision is not.
    return decided.map((name) => `${name} ${outcome.choices[name] ?? "none"}`).join(", ") || "no server";
  });
}

/** The cheapest and the dearest outcome, and that nothing may fit: what lies between is told option by option. */
function ends(outcomes: readonly Outcome[], words: readonly string[]): string[] {
  const cost = (i: number): number => outcomes[i]!.trainUsd + outcomes[i]!.servingUsdPerMonth;
  const order = outcomes
    .map((_, i) => i)
    .sort(
      (a, b) =>
        Number(outcomes[a]!.status === "infeasible") - Number(outcomes[b]!.status === "infeasible") ||
        cost(a) - cost(b) ||
        a - b,
    );
  const possible = order.filter((i) => outcomes[i]!.status !== "infeasible");
  const named = [possible[0], possible.at(-1), order.at(-1)].filter((i) => i !== undefined).map((i) => words[i]!);
  return [...new Set(named)].length > 1 ? [...new Set(named)] : [...new Set(order.map((i) => words[i]!))];
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
  const side = plannedSide(brief, catalog);
  const unknown = unknowns(side, resolve(side, catalog).workload).find((u) => u.id === questionId);
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
