import { isAsWritten, type Mark, markOf, type PlannedCell, readTag } from "./cell.ts";

/** A cell that stands in the notebook, as every route sees it. */
export interface Standing {
  id: string | undefined;
  source: string;
  mark: Mark | undefined;
}

export interface Step {
  cell: PlannedCell;
  does: "insert" | "update" | "keep" | "nothing";
  /** Where it is, or goes once the steps before it were taken. */
  at: number;
}

/**
 * What has to be done so that every planned cell stands once: by its mark it is found again wherever it was moved,
 * a text that a person edited stays, and what is missing goes below the one before it, the first below `anchor`.
 */
export function placing(standing: readonly Standing[], planned: readonly PlannedCell[], anchor: number): Step[] {
  const cells = standing.map((each) => {
    const tag = readTag(each.source);
    return { mark: each.mark ?? tag?.mark, source: tag?.body ?? each.source, tagged: tag !== undefined };
  });
  let last = anchor < 0 ? cells.length - 1 : anchor;
  return planned.map((cell): Step => {
    const at = cells.findIndex(({ mark }) => mark?.cell === cell.id);
    if (at < 0) {
      last += 1;
      cells.splice(last, 0, { mark: markOf(cell), source: cell.source, tagged: false });
      return { cell, does: "insert", at: last };
    }
    last = at;
    const { mark, source, tagged } = cells[at]!;
    if (source === cell.source)
      return { cell, does: mark!.planId === markOf(cell).planId && !tagged ? "nothing" : "update", at };
    return { cell, does: isAsWritten(source, mark!) ? "update" : "keep", at };
  });
}

/** What was done, for the person. */
export function toldOf(steps: readonly Step[], dryRun: boolean): string {
  const lines = (
    [
      ["insert", dryRun ? "would be inserted" : "inserted"],
      ["update", dryRun ? "would be updated" : "updated"],
      ["keep", "kept, because you edited it; delete it and run this again for the new one"],
      ["nothing", "stands already"],
    ] as const
  ).flatMap(([does, told]) => {
    const cells = steps.filter((step) => step.does === does).map(({ cell }) => `\`${cell.id}\``);
    return cells.length === 0 ? [] : [`- ${cells.join(", ")}: ${told}`];
  });
  return lines.join("\n");
}
