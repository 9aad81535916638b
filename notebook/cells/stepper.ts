import { type Mark, markOf, type PlannedCell, readTag } from "./cell.ts";

/** One cell after the other, where a front end takes only one: a cell that succeeds brings the next. */
export class Stepper {
  private planned: readonly PlannedCell[] = [];
  /** What stands in the notebook already; it is not given twice. */
  private readonly given = new Set<string>();

  /** The first of these, unless it was given before or stands in the notebook; with `again`, in any case. */
  begin(planned: readonly PlannedCell[], standing: readonly Mark[], again: boolean): PlannedCell | undefined {
    // Only code: a front end inserts nothing else.
    this.planned = planned.filter(({ kind }) => kind === "code");
    for (const mark of standing) this.given.add(keyOf(mark));
    if (again) for (const cell of this.planned) this.given.delete(keyOf(markOf(cell)));
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
    const key = cell && keyOf(markOf(cell));
    if (key === undefined || this.given.has(key)) return undefined;
    this.given.add(key);
    return cell;
  }
}

const keyOf = ({ cell, planId, hash }: Mark): string => `${cell} ${planId} ${hash}`;
