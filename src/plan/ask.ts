import type { Brief, BriefValues, Question } from "../brief/brief.ts";
import type { Catalog } from "../catalog/schema.ts";
import { usd } from "./format.ts";
import type { Plan } from "./plan.ts";
import { planFor } from "./planner.ts";

/** One thing a person might not have said, with the answers worth trying. */
interface Unknown {
  id: string;
  field: keyof BriefValues;
  text: string;
  options: { value: string | number; label: string; set: Brief }[];
  default: string | number;
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
  if ((brief.accelerator || brief.acceleratorMemoryGib) && !brief.deploymentTarget && !brief.platform) {
    out.push({
      id: "deploymentTarget",
      field: "deploymentTarget",
      text: "Is the GPU yours, or shall it be rented?",
      options: [
        { value: "local", label: "it is ours", set: { deploymentTarget: said("local" as const) } },
        { value: "cloud", label: "rent it", set: { deploymentTarget: said("cloud" as const) } },
      ],
      default: brief.budgetUsd ? "cloud" : "local",
    });
  }
  if (!brief.model && !brief.parameterCount) {
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

/** What a plan decides, in one line: two answers that lead to the same line need no question. */
function outcome(plan: Plan): string {
  if (plan.status !== "feasible") return "not possible";
  const cost = plan.cost?.trainUsd.expected ?? 0;
  const machine = plan.hardware ? `${plan.hardware.acceleratorCount} × ${plan.hardware.accelerator.name}` : "";
  return `${plan.training?.method ?? "serving"} on ${machine}${plan.hardware?.offer ? ` at ${usd(cost)}` : ""}`;
}

function differ(a: Plan, b: Plan): boolean {
  if (a.status !== b.status || a.training?.method !== b.training?.method || a.hardware?.owned !== b.hardware?.owned) return true;
  const [x, y] = [a.cost?.trainUsd.expected ?? 0, b.cost?.trainUsd.expected ?? 0];
  return Math.abs(x - y) > 0.3 * Math.max(x, y) && Math.abs(x - y) > 3;
}

/**
 * Questions by value of information: each open point is tried with its plausible answers through the planner, and asked
 * only when they lead to different plans. At most three, the one that moves the money most first.
 */
export function ask(brief: Brief, catalog: Catalog, options: { today: string }): Question[] {
  const found: { question: Question; spread: number }[] = [];
  for (const unknown of unknowns(brief)) {
    const plans = unknown.options.map((o) => planFor({ brief: { ...brief, ...o.set } }, catalog, options));
    const first = plans[0]!;
    if (!plans.some((p) => differ(first, p))) continue;
    const costs = plans.map((p) => p.cost?.trainUsd.expected ?? 0);
    const outcomes = unknown.options.map((o, i) => `${o.label}: ${outcome(plans[i]!)}`);
    found.push({
      question: {
        id: unknown.id,
        text: unknown.text,
        options: unknown.options.map(({ value, label }) => ({ value, label })),
        default: unknown.default,
        why: `It decides between ${outcomes.join("; ")}.`,
      },
      spread: Math.max(...costs) - Math.min(...costs) + (new Set(plans.map((p) => p.status)).size > 1 ? 1e6 : 0),
    });
  }
  return found
    .sort((a, b) => b.spread - a.spread || (a.question.id < b.question.id ? -1 : 1))
    .slice(0, 3)
    .map((f) => f.question);
}
