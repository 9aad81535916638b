import type { Plan } from "../plan/plan.ts";
import { madeWeights } from "./quantised.ts";
import { owns, partKind, type Template, type TemplatePart } from "./template.ts";

/** What a decision asked for, and the part of the template that answers it. */
export interface PartChoice {
  kind: string;
  /** The plan's choice; undefined where the plan decided nothing of this kind. */
  asked: string | undefined;
  /** The part that is in the project; undefined where the template has none. */
  used: TemplatePart | undefined;
}

/** What stands in when the template has no part for a choice: it runs on any Linux machine with the driver. */
const STAND_IN: Readonly<Record<string, string>> = { platform: "local", deployment: "fastapi-docker" };

/** One choice for each kind of part that the template knows, ordered by kind. */
export function selectParts(plan: Plan, template: Template): PartChoice[] {
  const kinds = [...new Set(template.manifest.parts.map(partKind))].sort();
  const choose = (kind: string, asked: string | undefined): PartChoice => {
    const of = (id: string | undefined): TemplatePart | undefined =>
      template.manifest.parts.find((part) => partKind(part) === kind && answersTo(part, id));
    return { kind, asked, used: of(asked) ?? of(STAND_IN[kind]) };
  };
  const decided = (kind: string): PartChoice => choose(kind, plan.decisions.find((d) => d.name === kind)?.choice);
  // The format of served weights is no decision of its own: it comes with the way of serving.
  const format = madeWeights(plan, decided("deployment").used?.id) && plan.serving?.baseQuantization;
  return kinds.map((kind) => (kind === "quantisation" ? choose(kind, format) : decided(kind)));
}

/** Whether the person gets another part than the plan chose. */
export const isStandIn = (choice: PartChoice): boolean =>
  choice.asked !== undefined && (choice.used === undefined || !answersTo(choice.used, choice.asked));

const answersTo = (part: TemplatePart, id: string | undefined): boolean =>
  id !== undefined && (part.id === id || part.answers?.includes(id) === true);

/** The template's files that belong to a project with these parts, renamed, without those the plan writes. */
export function templateFiles(template: Template, choices: readonly PartChoice[]): Map<string, string> {
  const { manifest, files } = template;
  const used = new Set(choices.map((choice) => choice.used));
  const left = manifest.parts.filter((part) => !used.has(part));
  const result = new Map<string, string>();
  for (const [path, text] of files) {
    const belongs = manifest.parts.some((part) => used.has(part) && owns(part, path));
    if (!belongs && left.some((part) => owns(part, path))) continue;
    result.set(rename(manifest.rename, path), text);
  }
  return result;
}

/** `rename` names a file by its whole path, or by its last part wherever it stands. */
export function rename(names: Readonly<Record<string, string>>, path: string): string {
  const whole = Object.hasOwn(names, path) ? names[path] : undefined;
  if (whole !== undefined) return whole;
  const cut = path.lastIndexOf("/") + 1;
  const last = path.slice(cut);
  return Object.hasOwn(names, last) ? path.slice(0, cut) + names[last] : path;
}
