import type { TableBlock } from "@slack/types";
import { pieces } from "./cut.ts";
import { nonempty } from "./escape.ts";
import { LIMITS } from "./limits.ts";

/** Longer cells continue in a row of their own, so that no row outgrows a message. */
const CELL = 400;

type Row = TableBlock["rows"][number];

/** A table as blocks, each small enough for a message of its own; the head is repeated. Cells show text as it is. */
export function tables(head: readonly string[], rows: readonly (readonly string[])[]): TableBlock[] {
  const columns = head.slice(0, LIMITS.tableColumns);
  if (columns.length < head.length) throw new RangeError(`A table has at most ${LIMITS.tableColumns} columns`);
  const first = row(columns);
  const out: Row[][] = [];
  let open: Row[] = [];
  let size = 0;
  for (const cells of rows.flatMap((r) => continued(r, head.length)).map(row)) {
    if (open.length === 0 || open.length >= LIMITS.tableRows || size + sizeOf(cells) > LIMITS.messageTableCharacters) {
      open = [first];
      size = sizeOf(first);
      out.push(open);
    }
    open.push(cells);
    size += sizeOf(cells);
  }
  return out.map((found) => ({
    type: "table",
    rows: found,
    column_settings: columns.map(() => ({ is_wrapped: true })),
  }));
}

const row = (cells: readonly string[]): Row => cells.map((text) => ({ type: "raw_text", text: nonempty(text) }));

const sizeOf = (cells: Row): number => cells.reduce((sum, cell) => sum + ("text" in cell ? cell.text.length : 0), 0);

/** A row as several where a cell is long. */
function continued(cells: readonly string[], columns: number): string[][] {
  const parts = Array.from({ length: columns }, (_, i) => pieces(cells[i] ?? "", CELL));
  const deepest = Math.max(1, ...parts.map((p) => p.length));
  return Array.from({ length: deepest }, (_, depth) => parts.map((p) => p[depth] ?? ""));
}
