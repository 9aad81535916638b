import { readFile, stat, writeFile } from "node:fs/promises";
import { extname } from "node:path";
import { safePath } from "../../src/adapters/safe-path.ts";
import { AdvisorError, explain, type Plan } from "../../src/index.ts";

/** Files that a person names in a magic: relative to the notebook's folder, which is the kernel's. */

const LARGEST_PLAN_BYTES = 16 * 2 ** 20;

/** Writes a new file; one that is there stays as it is. */
export async function writeNew(named: string, text: string): Promise<void> {
  const path = safePath(named, "a file", "plan.json");
  try {
    await writeFile(path, text, { flag: "wx" });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "EEXIST")
      throw new AdvisorError(
        "folder-not-empty",
        `"${named}" is there already`,
        "Choose another name, or remove it.",
        cause,
      );
    throw new AdvisorError(
      "outside-failed",
      `Cannot write "${named}": ${(cause as Error).message}`,
      "Check that the folder is there.",
      cause,
    );
  }
}

/** The text of a plan for a file of this name. */
export function planText(plan: Plan, named: string, yaml: () => string): string {
  switch (extname(named).toLowerCase()) {
    case ".json":
      return `${JSON.stringify(plan, null, 2)}\n`;
    case ".yaml":
    case ".yml":
      return yaml();
    case ".md":
      return explain(plan);
    default:
      throw new AdvisorError(
        "invalid-input",
        `It is not clear what "${named}" should hold`,
        "End it in .json (the plan), .yaml (the configuration) or .md (the explanation).",
      );
  }
}

export async function readPlan(named: string): Promise<Plan> {
  const refuse = (why: string, cause?: unknown): AdvisorError =>
    new AdvisorError(
      "invalid-input",
      `Cannot open "${named}": ${why}`,
      'Make one with: ml-architect plan "TEXT" --json > plan.json',
      cause,
    );
  let value: unknown;
  try {
    if ((await stat(named)).size > LARGEST_PLAN_BYTES) throw refuse("it is larger than 16 MiB");
    value = JSON.parse((await readFile(named, "utf8")).replace(/^\ufeff/, ""));
  } catch (cause) {
    if (cause instanceof AdvisorError) throw cause;
    throw refuse(cause instanceof SyntaxError ? "it is not JSON" : "it cannot be read", cause);
  }
  const { parsePlan } = await import("../../src/parse.ts");
  return parsePlan(value, named);
}

/** The project of a plan as path → text, as it would be written into a folder of this name. */
export async function projectFiles(plan: Plan, folder: string): Promise<Map<string, string>> {
  const [{ chooseTemplate, projectNameFrom, scaffold }, { listTemplates, readTemplate }] = await Promise.all([
    import("../../src/project.ts"),
    import("../../src/adapters/files.ts"),
  ]);
  const template = await readTemplate(chooseTemplate(plan, await listTemplates()).id);
  const projectName = projectNameFrom(folder.split(/[/\\]/).at(-1) ?? "");
  return scaffold(plan, template, { projectName, planMarkdown: explain(plan) });
}

/** Writes the project, or says what would be written; Markdown. */
export async function writeProjectOf(plan: Plan, named: string, dryRun: boolean): Promise<string> {
  const folder = safePath(named);
  const files = await projectFiles(plan, folder);
  if (dryRun)
    return `Would write ${files.size} files to ${named}:\n\n${[...files.keys()].map((f) => `- \`${f}\``).join("\n")}`;
  const { writeProject, writtenText } = await import("../../src/adapters/files.ts");
  return writtenText(named, await writeProject(folder, files));
}
