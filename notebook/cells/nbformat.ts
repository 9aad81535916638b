import { AdvisorError } from "../../src/index.ts";
import type { Mark } from "./cell.ts";

/** Notebook files, as far as we touch them (nbformat 4). */

/** The key of ours in a cell's metadata. */
export const MARK = "ml-architect";

/** The cells themselves as an output, for who reads the saved notebook: `ml-architect notebook apply`. */
export const CELLS = "application/vnd.ml-architect.cells+json";

export interface NotebookCell {
  id?: string;
  cell_type: string;
  source: string | string[];
  metadata: Record<string, unknown>;
  outputs?: { data?: Record<string, unknown> }[];
  execution_count?: number | null;
  [more: string]: unknown;
}

export interface Notebook {
  cells: NotebookCell[];
  metadata: Record<string, unknown>;
  nbformat: number;
  nbformat_minor: number;
}

export const sourceOf = ({ source }: Pick<NotebookCell, "source">): string =>
  typeof source === "string" ? source : source.join("");

/** In a file, texts stand line by line, so that differences are readable. */
export const linesOf = (source: string): string[] => source.split(/(?<=\n)/);

/** A notebook that we may write: version 4, as everything since 2015 writes it. */
export function asNotebook(value: unknown, named: string): Notebook {
  const { cells, nbformat } = (value ?? {}) as Partial<Notebook>;
  if (nbformat !== 4 || !Array.isArray(cells))
    throw new AdvisorError(
      "invalid-input",
      `"${named}" is not a notebook of format 4`,
      "Open it in Jupyter and save it once, then run this again.",
    );
  return value as Notebook;
}

export function markIn(metadata: Record<string, unknown> | undefined): Mark | undefined {
  const mark = metadata?.[MARK] as Partial<Mark> | undefined;
  return typeof mark?.cell === "string" && typeof mark.hash === "string" ? (mark as Mark) : undefined;
}
