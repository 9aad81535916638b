import type { Line, Run } from "./inline.ts";
import { inline, lineColumns, wrapped } from "./inline.ts";
import type { Colors } from "./paint.ts";
import { painted } from "./paint.ts";

interface Table {
  head: string[];
  /** Cells hold inline Markdown. */
  rows: string[][];
  align?: ("left" | "right")[];
}

/** Below this a column holds word fragments, and stacked lines read better. */
const SMALLEST_COLUMN = 12;
const GAP = 2;
const AIRY_LINES = 3;

/**
 * Draws a table into `columns`: columns keep their natural width while they fit, then the widest ones wrap.
 * A terminal too narrow for that gets one "head: cell" line a cell.
 */
export function drawTable(table: Table, columns: number, colors: Colors): string[] {
  const head = table.head.map((cell): Run[] => inline(cell).map((run) => ({ ...run, tone: "bold" })));
  const rows = table.rows.map((row) => head.map((_, column) => inline(row[column] ?? "")));
  const widths = fitted(naturalWidths([head, ...rows]), columns - GAP * (head.length - 1));
  if (widths === undefined) return stacked(table, columns, colors);
  const rule: Line = [{ text: widths.map((width) => "─".repeat(width)).join(" ".repeat(GAP)), tone: "dim" }];
  const draw = (cells: Run[][]) => drawRow(cells, widths, table.align ?? [], colors);
  const drawn = rows.map(draw);
  // Rows of several lines run into each other without a blank line between them.
  const airy = drawn.some((lines) => lines.length > AIRY_LINES);
  const body = drawn.flatMap((lines, index) => (airy && index > 0 ? ["", ...lines] : lines));
  return [...draw(head), painted(rule, colors), ...body];
}

function naturalWidths(rows: Run[][][]): number[] {
  const count = rows[0]?.length ?? 0;
  return Array.from({ length: count }, (_, column) =>
    Math.max(1, ...rows.map((row) => lineColumns(row[column] ?? []))),
  );
}

/** Narrows the widest columns until all fit; undefined when a column would become unreadable. */
function fitted(natural: number[], available: number): number[] | undefined {
  const widths = [...natural];
  let over = widths.reduce((sum, width) => sum + width, 0) - available;
  while (over > 0) {
    const widest = Math.max(...widths);
    if (widest <= SMALLEST_COLUMN) return undefined;
    widths[widths.lastIndexOf(widest)] = widest - 1;
    over -= 1;
  }
  return widths;
}

function drawRow(cells: Run[][], widths: number[], align: ("left" | "right")[], colors: Colors): string[] {
  const lines = cells.map((cell, column) => wrapped(cell, widths[column] ?? 1, false));
  const height = Math.max(1, ...lines.map((cell) => cell.length));
  return Array.from({ length: height }, (_, at) =>
    widths
      .map((width, column) => {
        const line = lines[column]?.[at] ?? [];
        const space = " ".repeat(Math.max(0, width - lineColumns(line)));
        return align[column] === "right" ? space + painted(line, colors) : painted(line, colors) + space;
      })
      .join(" ".repeat(GAP))
      .trimEnd(),
  );
}

function stacked(table: Table, columns: number, colors: Colors): string[] {
  return table.rows.flatMap((row, index) => {
    const lines = table.head.flatMap((head, column) => {
      const cell = row[column] ?? "";
      if (cell.trim() === "") return [];
      const name: Run[] = [
        {
          text:
            head === ""
              ? ""
              : `${inline(head)
                  .map((run) => run.text)
                  .join("")}:`,
          tone: "bold",
        },
      ];
      const indent = column === 0 ? "" : "  ";
      const text = wrapped([...name, { text: " ", tone: "plain" }, ...inline(cell)], columns - 2);
      return text.map((line, at) => (at === 0 ? indent : "  ") + painted(line, colors));
    });
    return index === 0 ? lines : ["", ...lines];
  });
}
