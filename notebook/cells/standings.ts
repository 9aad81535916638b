import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Mark, markOf, type PlannedCell, readTag } from "./cell.ts";
import { markIn, type NotebookCell, sourceOf } from "./nbformat.ts";

/**
 * Which of our cells stand in a notebook. Its file knows those that were saved; nobody can be asked for the others, so
 * what was given is written down beside the server's own files, for the kernel that comes after this one.
 */
export interface Standings {
  stands(cell: PlannedCell): boolean;
  gave(cell: PlannedCell): void;
}

/** A notebook as it was saved last. */
export interface Saved {
  /** Milliseconds of this machine's clock. */
  at: number;
  cells: readonly NotebookCell[];
}

export const keyOf = ({ cell, planId, hash }: Mark): string => `${cell} ${planId} ${hash}`;

/** A save that was on its way when the cell was given does not hold it yet. */
const SAVE_MS = 10_000;
/** Enough of a hash to tell the notebooks of one person apart. */
const NAME_DIGITS = 32;

export class Memory {
  private readonly folder: string;
  /** Of a notebook that has no name: as long as this kernel. */
  private readonly nameless: Record<string, number> = {};

  /** In Jupyter's runtime folder. */
  constructor(runtime: string) {
    this.folder = join(runtime, "ml-architect");
  }

  /** `notebook` names it the same for every kernel; what was given later than it was saved stands there unsaved. */
  of(notebook: string | undefined, saved: Saved | undefined, now: () => number = Date.now): Standings {
    const inFile = new Set<string>();
    for (const cell of saved?.cells ?? []) {
      const tag = readTag(sourceOf(cell));
      const mark = markIn(cell.metadata) ?? tag?.mark;
      if (mark) inFile.add(keyOf(mark));
    }
    const given = notebook === undefined ? this.nameless : this.read(notebook);
    return {
      stands(cell) {
        const key = keyOf(markOf(cell));
        const at = given[key];
        return inFile.has(key) || (at !== undefined && (saved === undefined || saved.at < at + SAVE_MS));
      },
      gave: (cell) => {
        given[keyOf(markOf(cell))] = now();
        if (notebook !== undefined) this.write(notebook, given);
      },
    };
  }

  private fileOf(notebook: string): string {
    const name = createHash("sha256").update(notebook).digest("hex").slice(0, NAME_DIGITS);
    return join(this.folder, `${name}.json`);
  }

  private read(notebook: string): Record<string, number> {
    try {
      return JSON.parse(readFileSync(this.fileOf(notebook), "utf8"));
    } catch {
      // Nothing was given yet.
      return {};
    }
  }

  private write(notebook: string, given: Record<string, number>): void {
    try {
      mkdirSync(this.folder, { recursive: true, mode: 0o700 });
      writeFileSync(this.fileOf(notebook), JSON.stringify(given), { mode: 0o600 });
    } catch {
      // This kernel still knows.
    }
  }
}
