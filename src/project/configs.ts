import { z } from "zod";
import { AdvisorError } from "../error.ts";
import { decision, type ProjectContext, planName } from "./context.ts";
import { oneLine } from "./markdown.ts";
import { type Setting, settings } from "./settings.ts";
import { editYaml } from "./yaml-edit.ts";

/** The file that owns each section. Overlays such as smoke.yaml stay the template's. */
const HOME: Readonly<Record<Setting["section"], readonly string[]>> = {
  project: ["configs/base.yaml"],
  model: ["configs/base.yaml"],
  data: ["configs/base.yaml"],
  tracking: ["configs/base.yaml"],
  method: ["configs/base.yaml", "configs/train.yaml"],
  training: ["configs/train.yaml"],
  evaluation: ["configs/evaluate.yaml"],
  serving: ["configs/serve.yaml"],
};

/** Keys that only some tasks have: a plan may speak of them where the template does not. */
const OF_SOME_TASKS: ReadonlySet<string> = new Set([
  "max_length",
  "image_size",
  "max_pixels",
  "max_seconds",
  "fused_loss",
  "max_input_tokens",
  "max_new_tokens",
]);

/** Whether the template's configuration has a key: documents name no other. */
export const hasKey = (context: ProjectContext, key: string): boolean => knownKeys(context)?.has(key) ?? true;

/** Every `section.key` of the template's own schema; undefined where it has none. */
export function knownKeys(context: ProjectContext): Set<string> | undefined {
  const text = context.template.files.get("configs/schema.json");
  if (text === undefined) return undefined;
  const schema = Schema.parse(JSON.parse(text));
  const keys = Object.entries(schema.properties).flatMap(([section, { $ref }]) =>
    Object.keys(schema.$defs[$ref.replace("#/$defs/", "")]?.properties ?? {}).map((key) => `${section}.${key}`),
  );
  return new Set(keys);
}

/** As much of a template's JSON schema as names its keys. */
const Schema = z.object({
  $defs: z.record(z.string(), z.object({ properties: z.record(z.string(), z.unknown()).optional() })),
  properties: z.record(z.string(), z.object({ $ref: z.string() })),
});

/** Files of configuration that a plan fills. */
export const CONFIG_FILES = ["configs/base.yaml", "configs/train.yaml", "configs/evaluate.yaml", "configs/serve.yaml"];

/**
 * The template's own configuration with this plan's values put in: order, comments and every other value stay the
 * template's; the plan's values go through a serialiser. Path → text.
 */
export function configs(context: ProjectContext): Map<string, string> {
  const byFile = new Map<string, Setting[]>();
  const known = knownKeys(context);
  for (const setting of settings(context)) {
    if (known !== undefined && !known.has(`${setting.section}.${setting.key}`) && OF_SOME_TASKS.has(setting.key))
      continue;
    const path = homeOf(context, setting);
    byFile.set(path, [...(byFile.get(path) ?? []), setting]);
  }
  const written = new Map<string, string>();
  for (const path of CONFIG_FILES) {
    const text = context.template.files.get(path);
    if (text === undefined) continue;
    const made = byFile.get(path) ?? [];
    const edits = made.map(({ section, key, value }) => ({ path: [section, key], value }));
    written.set(path, withHeader(editYaml(path, text, edits), header(context, made)));
  }
  return written;
}

function homeOf(context: ProjectContext, setting: Setting): string {
  const section = new RegExp(`^${setting.section}:`, "m");
  const found = HOME[setting.section].find((path) => section.test(context.template.files.get(path) ?? ""));
  if (found !== undefined) return found;
  throw new AdvisorError(
    "invalid-fact",
    `Cannot write ${setting.section}.${setting.key}: ${HOME[setting.section].join(" or ")} of the template has no section "${setting.section}"`,
    "Every section that a plan fills stands in the template's configs with its defaults.",
  );
}

/** Who wrote the file, from which decisions. Names only: values stand below, where they were serialised. */
function header(context: ProjectContext, made: readonly Setting[]): string {
  const { plan, hardware } = context;
  const because = (name: Setting["decidedBy"]): string => {
    if (name === "hardware") return `hardware (${hardware?.accelerator.name ?? "serving"})`;
    if (name === "name") return "the project's name";
    return `${name} (${decision(plan, name)?.choice ?? "the default"})`;
  };
  const keys = (name: Setting["decidedBy"]): string =>
    made
      .filter((setting) => setting.decidedBy === name)
      .map((setting) => `${setting.section}.${setting.key}`)
      .join(", ");
  const names = [...new Set(made.map((setting) => setting.decidedBy))].sort();
  return fileHeader(
    context,
    names.map((name) => `${because(name)} decided ${keys(name)}`),
  );
}

/** Who wrote a file, with what is to be said of it, as comments. */
export function fileHeader({ plan }: ProjectContext, about: readonly string[]): string {
  const lines = [
    `Written by ml-architect ${plan.plannerVersion} from plan ${planName(plan)}; the reasons are in PLAN.md.`,
    ...about,
    "An update of the project keeps what you edit here.",
  ];
  return lines.map((line) => `# ${oneLine(line)}`).join("\n");
}

/** Below the editors' line that names the schema, above the template's own words. */
function withHeader(text: string, head: string): string {
  const modeline = /^# yaml-language-server:.*\n/.exec(text)?.[0] ?? "";
  return `${modeline}${head}\n#\n${text.slice(modeline.length)}`;
}
