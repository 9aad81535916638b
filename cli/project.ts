import { lstat } from "node:fs/promises";
import { sep } from "node:path";
import { AdvisorError, explain, type Plan } from "../src/index.ts";
import { screenOf } from "./paint.ts";
import { startProgress } from "./progress.ts";

/** Refuses early what cannot become a project, before a person waits for anything. */
export async function checkFolder(named: string): Promise<{ folder: string; name: string }> {
  const [{ safePath }, { projectNameFrom }] = await Promise.all([
    import("../src/adapters/safe-path.ts"),
    import("../src/project.ts"),
  ]);
  const folder = safePath(named);
  const name = projectNameFrom(folder.split(sep).at(-1) ?? "");
  const found = await lstat(folder).catch(() => undefined);
  if (found?.isFile())
    throw new AdvisorError(
      "folder-not-empty",
      `Cannot write to "${named}": it is a file`,
      "Choose the name of a folder that does not exist yet.",
    );
  return { folder, name };
}

/** Writes a feasible plan as a project; returns, as Markdown, what happened to which file and what to do next. */
export async function writePlan(plan: Plan, named: string, force: boolean): Promise<string> {
  const { folder, name } = await checkFolder(named);
  const { chooseTemplate, scaffold } = await import("../src/project.ts");
  const { readTemplate, listTemplates, writeProject, writtenText } = await import("../src/adapters/files.ts");
  const progress = startProgress(process.stderr, screenOf(process.stderr).colors);
  progress.step(`Writing the project to ${named}`);
  try {
    const template = await readTemplate(chooseTemplate(plan, await listTemplates()).id);
    const files = scaffold(plan, template, { projectName: name, planMarkdown: explain(plan) });
    const report = await writeProject(folder, files, { force, onProgress: (path) => progress.detail(path) });
    return writtenText(named, report);
  } finally {
    progress.done();
  }
}
