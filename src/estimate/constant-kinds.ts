/** The four ways in which a number that is not a fact of the catalog may enter a formula. */
export interface Physics {
  value: number;
  unit: string;
  /** Follows from a data layout or an algorithm, or was measured by others. */
  kind: "physics";
  source: string;
  reason: string;
}

export interface Fitted {
  value: number;
  unit: string;
  /** Chosen so that published measurements are met. */
  kind: "fitted";
  /**
   * Smallest and largest value that the mechanism allows, whatever the rows say. The fit stays inside, and where no row
   * speaks it keeps the geometric middle.
   */
  range: readonly [number, number];
  source: string;
  reason: string;
}

export interface Simulated {
  value: number;
  unit: string;
  /** Read off simulated runs of the real code (bench/simulate), where no measurement exists. */
  kind: "simulated";
  source: string;
  reason: string;
}

export interface Reported {
  value: number;
  unit: string;
  /** A default, log or data sheet that one dated source states: no rows to fit it to, and no mechanism that fixes it. */
  kind: "reported";
  source: string;
  reason: string;
}

export type Constant = Physics | Fitted | Simulated | Reported;

export const physics = (value: number, unit: string, source: string, reason: string): Physics => ({
  value,
  unit,
  kind: "physics",
  source,
  reason,
});

export const reported = (value: number, unit: string, source: string, reason: string): Reported => ({
  value,
  unit,
  kind: "reported",
  source,
  reason,
});

export const fitted = (
  value: number,
  range: readonly [number, number],
  unit: string,
  source: string,
  reason: string,
): Fitted => ({ value, unit, kind: "fitted", range, source, reason });

export const simulated = (value: number, unit: string, source: string, reason: string): Simulated => ({
  value,
  unit,
  kind: "simulated",
  source,
  reason,
});
