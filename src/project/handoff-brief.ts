import type { DecisionName, Risk } from "../plan/plan.ts";
import { settingsOf } from "./configuration-values.ts";
import { decision, type ProjectContext } from "./context.ts";
import { code, sentence } from "./markdown.ts";

/** What a specialist is handed: enough to begin without asking us, and to know when it is done. */
export interface Brief {
  role: string;
  goal: string;
  /** What a person has to know who has not read the plan. */
  context: string[];
  /** What is there or comes from others: path, what it is, from where. */
  inputs: string[][];
  /** What others wait for: path, what it is, which command makes it. */
  outputs: string[][];
  facts: string[][];
  /** Which decisions of the plan bind this work. */
  decided: readonly DecisionName[];
  work: string[];
  questions: string[];
  acceptance: string[];
  /** Which of the plan's risks are this person's, and those that every such work has. */
  risks: { ofPlan: RegExp; standing: readonly string[] };
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

/** What is settled, why, and what was refused: reopened by a new fact, not by taste. */
export function decidedAlready(context: ProjectContext, names: readonly DecisionName[]): string[] {
  return names.flatMap((name) => {
    const found = decision(context.plan, name);
    if (found === undefined) return [];
    const refused = found.refused.slice(0, 3).map((r) => `${code(r.option)} (${sentence(r.why)})`);
    const flips = found.flips.slice(0, 2).map((f) => `${code(f.to)} when ${sentence(f.when)}`);
    return [
      [
        `**${name}: ${sentence(found.title)}.**`,
        found.reasons.slice(0, 2).map(sentence).join(" "),
        refused.length > 0 ? `Refused: ${refused.join("; ")}.` : "",
        flips.length > 0 ? `Would change to ${flips.join(", or ")}.` : "",
      ]
        .filter((part) => part !== "")
        .join(" "),
    ];
  });
}

export const riskText = (risk: Risk): string =>
  `${sentence(risk.text)} (${risk.severity}): ${sentence(risk.mitigation)}`;

/** A value as the template's configuration has it before the plan's: paths and limits that no plan decides. */
export function configured(context: ProjectContext, key: string): string | undefined {
  const texts = [...context.template.files].filter(([path]) => /^configs\/(?!smoke)[\w-]+\.yaml$/.test(path));
  const value = settingsOf(texts.map(([, text]) => text)).get(key);
  return value === undefined || value === null ? undefined : String(value);
}
