import { randomUUID } from "node:crypto";
import { markOf, type PlannedCell } from "./cell.ts";
import { linesOf, MARK, markIn, type Notebook, type NotebookCell, sourceOf } from "./nbformat.ts";
import { placing, type Standing, type Step } from "./placing.ts";

/** Cells into a notebook as it lies in a file: pure, for the server's files and for `notebook apply`. */

export interface Placed {
  notebook: Notebook;
  steps: Step[];
}

export function placeInto(notebook: Notebook, planned: readonly PlannedCell[], anchor: number): Placed {
  const steps = placing(notebook.cells.map(standingOf), planned, anchor);
  const cells = [...notebook.cells];
  // Cell ids came with 4.5; before, they are refused.
  const named = notebook.nbformat_minor >= 5;
  for (const { cell, does, at } of steps) {
    if (does === "insert") cells.splice(at, 0, newCell(cell, named));
    if (does === "update") cells[at] = updated(cells[at]!, cell);
  }
  return { notebook: { ...notebook, cells }, steps };
}

const standingOf = (cell: NotebookCell): Standing => ({
  id: cell.id,
  source: sourceOf(cell),
  mark: markIn(cell.metadata),
});

/** A new cell without outputs, as nbformat wants it. */
function newCell(planned: PlannedCell, named: boolean): NotebookCell {
  return {
    ...(named ? { id: randomUUID() } : {}),
    cell_type: planned.kind,
    metadata: { [MARK]: markOf(planned) },
    source: linesOf(planned.source),
    ...(planned.kind === "code" ? { execution_count: null, outputs: [] } : {}),
  };
}

function updated(cell: NotebookCell, planned: PlannedCell): NotebookCell {
  const fresh = newCell(planned, false);
  const same = sourceOf(cell) === planned.source;
  const metadata = { ...cell.metadata, ...fresh.metadata };
  // What it printed was another text's.
  return same ? { ...cell, metadata } : { ...fresh, ...(cell.id === undefined ? {} : { id: cell.id }), metadata };
}
