import { lstat } from "node:fs/promises";
import { isAbsolute, relative, resolve, sep } from "node:path";
import type { WriteReport } from "../src/adapters/files.ts";
import { AdvisorError, explain, type Plan } from "../src/index.ts";
import { screenOf } from "./paint.ts";
import { startProgress } from "./progress.ts";

/**
 * Where to write. A relative path that climbs out of the current folder is refused: with `..` a slip or a
 * name pasted from elsewhere would write where nobody looks. An absolute path says that it is meant.
 */
export function safePath(named: string, what = "a folder", example = "my-project"): string {
  if (named.trim() === "" || /[\x00-\x1f\x7f]/.test(named))
    throw new AdvisorError(
      "unsafe-path",
      `Cannot write to ${JSON.stringify(named)}: expected the name of ${what}`,
      `For example: ${example}`,
    );
  const folder = resolve(named);
  const inside = relative(process.cwd(), folder);
  if (!isAbsolute(named) && (inside === ".." || inside.startsWith(`..${sep}`)))
    throw new AdvisorError(
      "unsafe-path",
      `Cannot write to "${named}": the path leaves the current folder`,
      `If you mean it, write the whole path: ${folder}`,
    );
  return folder;
}

/** Refuses early what cannot become a project, before a person waits for anything. */
export async function checkFolder(named: string): Promise<{ folder: string; name: string }> {
  const folder = safePath(named);
  const { projectNameFrom } = await import("../src/project.ts");
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
  const { readTemplate, listTemplates, writeProject } = await import("../src/adapters/files.ts");
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

/** What happened to which file, shortest first: a person wants to know what of theirs was kept. */
function writtenText(named: string, report: WriteReport): string {
  const count = report.written.length + report.replaced.length;
  const counted = (files: readonly unknown[], what: string) => (files.length > 0 ? [`- ${files.length} ${what}`] : []);
  const kept = report.keptEdited.map(
    ({ path, proposal }) => `- \`${path}\` stays as you edited it; the new text is in \`${proposal}\``,
  );
  const stale = report.keptStale.map((path) => `- \`${path}\` is not part of the new plan; you edited it, so it stays`);
  const blocks = [
    `**Wrote ${count} ${count === 1 ? "file" : "files"} to ${named}.**`,
    [
      ...counted(report.unchanged, "unchanged"),
      ...counted(report.removed, "removed, not part of the new plan"),
      ...kept,
      ...stale,
    ].join("\n"),
    "Next steps:",
    `\`\`\`\ncd ${shellWord(named)}\nmake install\nmake check\n\`\`\``,
  ];
  return `${blocks.filter((block) => block !== "").join("\n\n")}\n`;
}

/** The name as a shell reads it back. */
const shellWord = (text: string) => (/^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);
