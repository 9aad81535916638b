import { readFile, writeFile } from "node:fs/promises";
import { AdvisorError } from "../../src/index.ts";
import type { PlannedCell } from "./cell.ts";
import { placeInto } from "./file.ts";
import { asNotebook, CELLS, type Notebook, type NotebookCell } from "./nbformat.ts";
import { type Step, toldOf } from "./placing.ts";

/** `ml-architect notebook apply`: cells that a saved notebook shows become cells of it. Markdown of what was done. */
export async function applyFile(from: string, to: string): Promise<string> {
  const notebook = asNotebook(await read(from), from);
  const { notebook: applied, steps } = applyShown(notebook);
  if (steps.length === 0)
    throw new AdvisorError(
      "invalid-input",
      `"${from}" shows no cells of a plan`,
      "Run a cell that says: %architect config --insert display",
    );
  try {
    // As nbformat writes it, so that differences are small; never over another file.
    await writeFile(to, `${JSON.stringify(applied, null, 1)}\n`, { flag: from === to ? "w" : "wx" });
  } catch (cause) {
    const exists = (cause as NodeJS.ErrnoException).code === "EEXIST";
    throw new AdvisorError(
      exists ? "folder-not-empty" : "outside-failed",
      exists ? `"${to}" is there already` : `Cannot write "${to}": ${(cause as Error).message}`,
      exists ? "Choose another name, or remove it." : "Check that its folder is there.",
      cause,
    );
  }
  return `**Wrote ${to}**\n\n${toldOf(steps, false)}\n`;
}

/** Below each cell that shows some, in the order in which they stand. */
export function applyShown(notebook: Notebook): { notebook: Notebook; steps: Step[] } {
  const steps: Step[] = [];
  let applied = notebook;
  for (const cell of notebook.cells)
    for (const planned of shownBy(cell)) {
      const placed = placeInto(applied, planned, applied.cells.indexOf(cell));
      applied = placed.notebook;
      steps.push(...placed.steps);
    }
  return { notebook: applied, steps };
}

function shownBy({ outputs }: NotebookCell): PlannedCell[][] {
  return (Array.isArray(outputs) ? outputs : []).flatMap(({ data }) => {
    const { cells } = (data?.[CELLS] ?? {}) as { cells?: unknown };
    return Array.isArray(cells) && cells.length > 0 && cells.every(isPlanned) ? [cells] : [];
  });
}

/** A notebook comes from anybody. */
function isPlanned(value: unknown): value is PlannedCell {
  const { id, kind, source, step, planHash } = (value ?? {}) as Partial<PlannedCell>;
  return (
    typeof id === "string" &&
    (kind === "code" || kind === "markdown") &&
    typeof source === "string" &&
    Number.isInteger(step) &&
    typeof planHash === "string"
  );
}

async function read(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, "utf8"));
  } catch (cause) {
    throw new AdvisorError(
      "invalid-input",
      `Cannot read "${path}": ${cause instanceof SyntaxError ? "it is not JSON" : (cause as Error).message}`,
      "Name a notebook that was saved: in.ipynb",
      cause,
    );
  }
}
