import { z } from "zod";
import { AdvisorError } from "../error.ts";
import type { Plan } from "../plan/plan.ts";
import { checkPath } from "./path.ts";

const slug = z.string().regex(/^[a-z0-9][a-z0-9.-]{0,60}$/);
const path = z.string().min(1).max(240);
const oneOrMore = z.union([slug.transform((value) => [value]), z.array(slug).min(1)]);

/** Whole folders and files of a template that belong to one choice, such as the platform "modal". */
export const TemplatePart = z.strictObject({
  /** The decision it answers: "platform", "deployment" ("serving" is the same), "tracking" … */
  kind: slug,
  /** Catalog id of the choice, as in the plan's decision. */
  id: slug,
  /** Choices that it answers beside its own id: one launcher may reach many platforms. */
  answers: z.array(slug).optional(),
  /** Files, or folders with all they hold. */
  paths: z.array(path).min(1),
  description: z.string().optional(),
});
export type TemplatePart = z.infer<typeof TemplatePart>;

/** `template.json`: what a template is for, and which of its files belong to a choice or to the plan. */
export const TemplateManifest = z.strictObject({
  $schema: z.string().optional(),
  id: slug,
  title: z.string().optional(),
  description: z.string().optional(),
  framework: slug,
  modality: oneOrMore,
  tasks: z.array(slug).min(1),
  /** Other names of the same work: a model that writes summaries is trained and served as one that answers. */
  taskAliases: z.array(slug).default([]),
  methods: z.array(slug).min(1),
  /** Families of models that its code loads, as the catalog names them; any where it names none. */
  families: z.array(slug).min(1).optional(),
  /** The Python its locks were resolved for, e.g. "3.11". */
  python: z.string().min(1).max(40),
  /** Used in the template's own files where a project's name stands. */
  defaultName: slug.optional(),
  /** Accelerators that its training code can use; one where it does not say. */
  maxDevices: z.number().int().positive().optional(),
  parts: z.array(TemplatePart),
  /** Files that the core writes from the plan; the template's own text stands only in the template. */
  planFiles: z.array(path),
  /** Stored name → name in a project: npm does not publish nested .gitignore files. */
  rename: z.record(path, path).default({}),
  /** Patterns of files that are never copied: caches, environments, outputs. */
  never: z.array(z.string().min(1)).default([]),
});
export type TemplateManifest = z.infer<typeof TemplateManifest>;

/** A real Python project as a value: its manifest and the text of its files by path, before renaming. */
export interface Template {
  manifest: TemplateManifest;
  files: ReadonlyMap<string, string>;
}

/** Checks a manifest; `where` names it in the error. */
export function parseTemplateManifest(value: unknown, where: string): TemplateManifest {
  const result = TemplateManifest.safeParse(value);
  const complaint = result.success ? manifestComplaint(result.data) : z.prettifyError(result.error);
  if (result.success && complaint === undefined) return result.data;
  throw manifestFault(where, complaint);
}

export const manifestFault = (where: string, complaint: string | undefined): AdvisorError =>
  new AdvisorError(
    "invalid-fact",
    `The template manifest ${where} is not valid: ${complaint}`,
    "This is a fault in the installed package: reinstall ml-architect, or correct the template.",
  );

function manifestComplaint(manifest: TemplateManifest): string | undefined {
  try {
    for (const p of [...manifest.planFiles, ...Object.entries(manifest.rename).flat()]) checkPath(p);
    for (const part of manifest.parts) for (const p of part.paths) checkPath(folderOf(p));
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  const names = manifest.parts.map((part) => `${partKind(part)}/${part.id}`);
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  return twice === undefined ? undefined : `the part ${twice} is listed twice`;
}

export const maxDevices = ({ manifest }: Template): number => manifest.maxDevices ?? 1;

/** "serving" is the template authors' word for the decision "deployment". */
export const partKind = (part: TemplatePart): string => (part.kind === "serving" ? "deployment" : part.kind);

/** `platforms/modal/`, `platforms/modal/**` and `platforms/modal` mean the same folder. */
const folderOf = (pattern: string): string => pattern.replace(/\/(\*\*)?$/, "");

/** Whether a part owns a path. */
export const owns = (part: TemplatePart, file: string): boolean =>
  part.paths.some((p) => file === folderOf(p) || file.startsWith(`${folderOf(p)}/`));

/** "transformers-sft (transformers, llm, sft, full or lora or qlora)". */
const covers = (m: TemplateManifest): string =>
  `${m.id} (${m.framework}, ${m.modality.join(" or ")}, ${m.tasks.join(" or ")}, ${m.methods.join(" or ")})`;

/** The template for a plan: the first whose framework, modality, task and method all suit it. */
export function chooseTemplate(plan: Plan, manifests: readonly TemplateManifest[]): TemplateManifest {
  const framework = plan.decisions.find((d) => d.name === "framework")?.choice ?? "transformers";
  const { modality = "llm", task = "sft" } = plan.workload ?? {};
  const method = plan.training?.method;
  const architecture = plan.workload?.model.architecture;
  const family = architecture && "family" in architecture ? String(architecture.family) : undefined;
  // The language templates hold decoders: they cannot load T5 or BART.
  const isPair =
    modality === "llm" && architecture !== undefined && "encoderLayers" in architecture && !!architecture.encoderLayers;
  const suits = (m: TemplateManifest): boolean =>
    !isPair &&
    m.framework === framework &&
    m.modality.includes(modality) &&
    [...m.tasks, ...m.taskAliases].includes(task) &&
    (m.families === undefined || family === undefined || m.families.includes(family)) &&
    (method === undefined || m.methods.includes(method));
  const found = [...manifests].sort((a, b) => (a.id < b.id ? -1 : 1)).find(suits);
  if (found !== undefined) return found;
  throw new AdvisorError(
    "not-available",
    `Cannot write a project for ${framework}, ${modality}, ${task}${method ? `, ${method}` : ""}${family ? ` (${family})` : ""}${isPair ? ", encoder-decoder" : ""}: no template covers it yet`,
    `The plan itself stands. Templates there are: ${manifests.map(covers).join("; ") || "none"}. \`plan … --set task=…\`, \`--set method=…\` or \`--set framework=…\` leads to one of them.`,
  );
}
