import { dirname, join } from "node:path";
import { safePath } from "../../src/adapters/safe-path.ts";
import { readTriedProject, replaceText } from "../../src/adapters/smoke.ts";
import { AdvisorError, nearestNames } from "../../src/index.ts";
import { checkConfiguration, checkSecrets, settingsOf } from "../../src/project.ts";
import type { Failed } from "./failed.ts";

/** `%%architect config support-llm/configs/train.yaml`: the text of the cell becomes the file, if the project's schema takes it. */
export async function configure(
  target: string,
  text: string,
  { dryRun, failed }: { dryRun: boolean; failed: (failure: Failed) => void },
): Promise<string> {
  const { folder, path } = placeOf(target);
  safePath(folder);
  const project = await readTriedProject(folder, `\`%architect project ${folder}\` writes it.`);
  const before = project.configs.get(path);
  const known = [...project.configs.keys()].filter((name) => name.endsWith(".yaml"));
  if (before === undefined)
    throw new AdvisorError(
      "unknown-name",
      `The project has no "${path}"`,
      `Did you mean ${nearestNames(path, known, 1)[0] ?? known.join(", ")}?`,
    );
  const complaints = checkConfiguration(text, project.configs.get("configs/schema.json")!);
  if (complaints.length > 0) {
    const why = complaints.map((complaint) => complaint.text).join("; ");
    const message = `${path} was not written: ${why}`;
    const repairs = complaints.flatMap(({ repair }) => (repair ? [repair] : []));
    const keys = complaints.map(({ key }) => key).filter(Boolean);
    failed({ message, folder, texts: new Map([[path, text]]), diagnosis: { why, say: "", keys, repairs } });
    const hint =
      repairs.length > 0 ? "Correct the cell, or let `%architect fix` do it." : "Correct the cell and run it again.";
    throw new AdvisorError("invalid-input", message, hint);
  }
  const written = `${text.trimEnd()}\n`;
  checkSecrets(path, written);
  if (written === before) return `\`${target}\` says this already; the project's schema accepts it.`;
  const changes = changesBetween(before, written);
  const told = changes.length > 0 ? `:\n\n${changes.join("\n")}` : ": comments or layout alone.";
  if (dryRun) return `Would write \`${target}\`${told}`;
  await replaceText(join(project.dir, path), written);
  return `Wrote \`${target}\`${told}`;
}

/** The project's folder, and the file as the project names it. */
function placeOf(target: string): { folder: string; path: string } {
  const named = target.replaceAll("\\", "/");
  if (/^(?:.*\/)?configs\/[^/]+\.yaml$/.test(named)) {
    const folder = dirname(dirname(named));
    return { folder, path: named.slice(folder === "." ? 0 : folder.length + 1).replace(/^\.\//, "") };
  }
  throw new AdvisorError(
    "invalid-input",
    `"${target}" is not a file of a project's configuration`,
    "For example: %%architect config support-llm/configs/train.yaml, and its text below.",
  );
}

function changesBetween(before: string, after: string): string[] {
  const [old, now] = [settingsOf([before]), settingsOf([after])];
  const show = (value: unknown): string => (value === undefined ? "(its default)" : JSON.stringify(value));
  return [...new Set([...old.keys(), ...now.keys()])]
    .filter((key) => JSON.stringify(old.get(key)) !== JSON.stringify(now.get(key)))
    .map((key) => `- \`${key}\`: ${show(old.get(key))} → ${show(now.get(key))}`);
}
