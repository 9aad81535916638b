import { CONFIG_FILES, SMOKE, SMOKE_STEPS } from "../../src/project.ts";
import type { PlannedCell } from "../cells/cell.ts";

/** What a plan puts into a notebook: its configuration to edit, and its smoke test. Each cell names its folder, so that it runs alone. */

type Draft = Pick<PlannedCell, "id" | "kind" | "source">;

/** A folder as one word of a magic. */
const word = (folder: string): string => (/[\s"']/.test(folder) ? JSON.stringify(folder) : folder);

/** The project, then a cell a file. `files` is the project as the plan writes it. */
export function configCells(planHash: string, folder: string, files: ReadonlyMap<string, string>): PlannedCell[] {
  return numbered(planHash, [
    {
      id: "config-text",
      kind: "markdown",
      source: `## Configuration\n\nWhat the plan decided. Edit a cell and run it: the project's own schema checks it, and the file in \`${folder}\` is written.`,
    },
    { id: "project", kind: "code", source: `%architect project ${word(folder)}` },
    ...CONFIG_FILES.filter((path) => files.has(path)).map((path): Draft => configCell(folder, path, files.get(path)!)),
  ]);
}

/** Without what only an editor reads. */
function configCell(folder: string, path: string, text: string): Draft {
  const id = `config-${nameOf(path)}`;
  return { id, kind: "code", source: configSource(folder, path, text) };
}

/** The cell that writes this text. */
const configSource = (folder: string, path: string, text: string): string =>
  `%%architect config ${word(`${folder}/${path}`)}\n${text.trimEnd()}`;

/** `configs/base.yaml` → `base` */
const nameOf = (path: string): string => path.replace(/^.*\/|\.yaml$/g, "");

export function smokeCells(planHash: string, folder: string, options: string): PlannedCell[] {
  const cell = (step: string): Draft => ({
    id: `smoke-${step}`,
    kind: "code",
    source: `%architect smoke ${step} ${word(folder)}${options}`,
  });
  return numbered(planHash, [
    {
      id: "smoke-text",
      kind: "markdown",
      source: `## Smoke test\n\nEach cell runs a program of \`${folder}\` in the project's own Python:\n\n${SMOKE_STEPS.map((step) => `- ${step}: ${SMOKE[step].does}`).join("\n")}`,
    },
    cell("environment"),
    ...SMOKE_STEPS.map(cell),
  ]);
}

/** A cell with the repaired file, below the one that failed. */
export const repairCell = (planHash: string, folder: string, path: string, text: string): PlannedCell[] =>
  numbered(planHash, [
    { id: `config-${nameOf(path)}-repaired`, kind: "code", source: configSource(folder, path, text) },
  ]);

const numbered = (planHash: string, drafts: readonly Draft[]): PlannedCell[] =>
  drafts.map((draft, step) => ({ ...draft, step, planHash }));
