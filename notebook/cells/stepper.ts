import { markOf, type PlannedCell, readTag } from "./cell.ts";

/** One cell after the other, where a front end takes only one: a cell that succeeds brings the next. */
export class Stepper {
  private planned: readonly PlannedCell[] = [];
  /** What stands in the notebook already; it is not given twice. */
  private readonly given = new Set<string>();

  /** The first of these that was not given before; with `again`, the first. */
  begin(planned: readonly PlannedCell[], again: boolean): PlannedCell | undefined {
    // Only code: a front end inserts nothing else.
    this.planned = planned.filter(({ kind }) => kind === "code");
    if (again) for (const cell of this.planned) this.given.delete(keyOf(cell));
    return this.give(this.planned[0]);
  }

  /** The one that follows a cell that has succeeded: it names its plan and its step. */
  after(code: string): PlannedCell | undefined {
    const mark = readTag(code)?.mark;
    if (!mark) return undefined;
    const at = this.planned.findIndex((cell) => cell.id === mark.cell && markOf(cell).planId === mark.planId);
    return at < 0 ? undefined : this.give(this.planned[at + 1]);
  }

  private give(cell: PlannedCell | undefined): PlannedCell | undefined {
    if (!cell || this.given.has(keyOf(cell))) return undefined;
    this.given.add(keyOf(cell));
    return cell;
  }
}

const keyOf = (cell: PlannedCell): string => JSON.stringify(markOf(cell));
