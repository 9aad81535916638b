/** A cell that we offer to the notebook. `id` says which of a plan's cells it is and survives what the cell says. */
export interface PlannedCell {
  readonly id: string;
  readonly kind: "code" | "markdown";
  readonly source: string;
  /** From 0, in the order in which they stand and are run. */
  readonly step: number;
  readonly planHash: string;
}
