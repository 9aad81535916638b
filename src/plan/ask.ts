import type { Brief, BriefValues, Question } from "../brief/brief.ts";
import type { Catalog } from "../catalog/schema.ts";
import { AdvisorError } from "../error.ts";
import { sizeIsOpen } from "./defaults.ts";
import { usd } from "./format.ts";
import { type Outcome, outcomeOf } from "./planner.ts";

/** One thing a person might not have said, with the answers worth trying. */
interface Unknown {
  id: string;
  field: keyof BriefValues;
  text: string;
  options: { value: string | number | boolean; label: string; set: Brief }[];
  default: string | number | boolean;
}

const said = <T>(value: T): { value: T; from: "assumed" } => ({ value, from: "assumed" });

/** What the brief leaves open and the plan depends on. */
function unknowns(brief: Brief): Unknown[] {
  const out: Unknown[] = [];
  if (!brief.sequenceLength) {
    out.push({
      id: "sequenceLength",
      field: "sequenceLength",
      text: "How long is your longest sample, in tokens?",
      options: [512, 2048, 8192].map((n) => ({ value: n, label: `${n} tokens`, set: { sequenceLength: said(n) } })),
      default: 2048,
    });
  }
  if ((brief.accelerator || brief.acceleratorMemoryGib) && !brief.deploymentTarget && !brief.platform && !brief.owned) {
    out.push({
      id: "owned",
      field: "owned",
      text: "Is the GPU yours, or shall it be rented?",
      options: [
        { value: true, label: "it is ours", set: { owned: said(true) } },
        { value: false, label: "rent it", set: { owned: said(false) } },
      ],
      default: !brief.budgetUsd,
    });
  }
  if (sizeIsOpen(brief)) {
    out.push({
      id: "parameterCount",
      field: "parameterCount",
      text: "How large a model do you have in mind?",
      options: [1.7e9, 8e9, 32e9].map((n) => ({ value: n, label: `${n / 1e9}B`, set: { parameterCount: said(n) } })),
      default: 8e9,
    });
  }
  if (!brief.exampleCount && !brief.tokenCount && brief.phase?.value !== "serve") {
    out.push({
      id: "exampleCount",
      field: "exampleCount",
      text: "How many training examples are there?",
      options: [1_000, 10_000, 100_000].map((n) => ({ value: n, label: `${n}`, set: { exampleCount: said(n) } })),
      default: 10_000,
    });
  }
  return out;
}

/** An outcome in one line: two answers that lead to the same line need no question. */
function describe(o: Outcome): string {
  if (!o.possible) return "not possible";
  return `${o.method ?? "serving"} on ${o.machine}${o.owned ? "" : ` at ${usd(o.usd)}`}`;
}

function differ(a: Outcome, b: Outcome): boolean {
  if (!a.possible && !b.possible) return false;
  if (a.possible !== b.possible || a.method !== b.method || a.owned !== b.owned) return true;
  return Math.abs(a.usd - b.usd) > 0.3 * Math.max(a.usd, b.usd) && Math.abs(a.usd - b.usd) > 3;
}

/**
 * Questions by value of information: each open point is tried with its plausible answers through the planner, and asked
 * only when they lead to different plans. At most three, the one that moves the money most first.
 */
export function ask(brief: Brief, catalog: Catalog): Question[] {
  try {
    return asked(brief, catalog);
  } catch (error) {
    // A brief that cannot be planned (a model nobody knows) has no plan that an answer could change.
    if (error instanceof AdvisorError) return [];
    throw error;
  }
}

function asked(brief: Brief, catalog: Catalog): Question[] {
  const found: { question: Question; spread: number }[] = [];
  for (const unknown of unknowns(brief)) {
    const outcomes = unknown.options.map((o) => outcomeOf({ ...brief, ...o.set }, catalog));
    const first = outcomes[0]!;
    if (!outcomes.some((o) => differ(first, o))) continue;
    const costs = outcomes.map((o) => o.usd);
    found.push({
      question: {
        id: unknown.id,
        text: unknown.text,
        options: unknown.options.map(({ value, label }) => ({ value, label })),
        default: unknown.default,
        why: `It decides between ${unknown.options.map((o, i) => `${o.label}: ${describe(outcomes[i]!)}`).join("; ")}.`,
      },
      spread: Math.max(...costs) - Math.min(...costs) + (new Set(outcomes.map((o) => o.possible)).size > 1 ? 1e6 : 0),
    });
  }
  return found
    .sort((a, b) => b.spread - a.spread || (a.question.id < b.question.id ? -1 : 1))
    .slice(0, 3)
    .map((f) => f.question);
}
