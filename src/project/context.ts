import type { Decision, DecisionName, Hardware, Plan, TrainingSettings } from "../plan/plan.ts";
import type { Workload } from "../plan/workload.ts";
import { projectTargets } from "./makefile.ts";
import { type PartChoice, templateFiles } from "./parts.ts";
import type { Template } from "./template.ts";

/** A plan as its configuration sees it: no template needed. */
export interface PlannedRun {
  plan: Plan;
  workload: Workload;
  /** Absent for a plan that only serves. */
  training: TrainingSettings | undefined;
  /** Absent for a plan that only serves. */
  hardware: Hardware | undefined;
  projectName: string;
}

/** What every file that speaks of the plan is written from. */
export interface ProjectContext extends PlannedRun {
  template: Template;
  choices: PartChoice[];
  /** Target → what it does, from the template's Makefile. */
  targets: ReadonlyMap<string, string>;
}

/** Of a plan that trains. */
export type TrainingContext = ProjectContext & { training: TrainingSettings };
export const trains = (context: ProjectContext): context is TrainingContext => context.training !== undefined;

export function projectContext(
  plan: Plan,
  workload: Workload,
  template: Template,
  choices: PartChoice[],
  projectName: string,
): ProjectContext {
  const targets = projectTargets(templateFiles(template, choices));
  return { plan, workload, training: plan.training, hardware: plan.hardware, projectName, template, choices, targets };
}

/** A plan's hash as far as a reader needs it to tell two plans apart; plan.json and the manifest have it whole. */
export const planName = (plan: Plan): string => plan.planHash.slice(0, 12);

export const decision = (plan: Plan, name: DecisionName): Decision | undefined =>
  plan.decisions.find((d) => d.name === name);

export const choiceOf = (context: ProjectContext, kind: string): PartChoice | undefined =>
  context.choices.find((choice) => choice.kind === kind);

/**
 * The command for a step: the first of these targets that the template's Makefile really has, or the alternative.
 * A document never names a target that does not exist.
 */
export function command(context: ProjectContext, names: readonly string[], otherwise: string): string {
  const found = names.find((name) => context.targets.has(name));
  return found === undefined ? otherwise : `make ${found}`;
}
