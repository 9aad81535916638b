import { markOf, type PlannedCell, readTag } from "./cell.ts";
import { keyOf, type Standings } from "./standings.ts";

/** One cell after the other, where a front end takes only one: a cell that succeeds brings the next. */
export class Stepper {
  private planned: readonly PlannedCell[] = [];
  private stands: (cell: PlannedCell) => boolean = () => false;
  private gave: (cell: PlannedCell) => void = () => {};

  /** The first of these, unless it stands in the notebook; with `again`, in any case, and so those that follow it. */
  begin(planned: readonly PlannedCell[], standings: Standings, again: boolean): PlannedCell | undefined {
    // Only code: a front end inserts nothing else.
    this.planned = planned.filter(({ kind }) => kind === "code");
    const since = new Set<string>();
    this.stands = (cell) => since.has(keyOf(markOf(cell))) || (!again && standings.stands(cell));
    this.gave = (cell) => {
      since.add(keyOf(markOf(cell)));
      standings.gave(cell);
    };
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
    if (cell === undefined || this.stands(cell)) return undefined;
    this.gave(cell);
    return cell;
  }
}
