import { createHash } from "node:crypto";

/** A cell that we offer to the notebook. `id` says which of a plan's cells it is and survives what the cell says. */
export interface PlannedCell {
  readonly id: string;
  readonly kind: "code" | "markdown";
  readonly source: string;
  /** From 0, in the order in which they stand and are run. */
  readonly step: number;
  readonly planHash: string;
}

/** What a written cell remembers: which it is, and what it said when we wrote it. */
export interface Mark {
  cell: string;
  planId: string;
  step: number;
  hash: string;
}

/** Enough of a hash to tell plans and texts of one notebook apart; a person may have to read it. */
const SHOWN_DIGITS = 12;

const hashOf = (source: string): string => createHash("sha256").update(source).digest("hex").slice(0, SHOWN_DIGITS);

export const markOf = ({ id, planHash, step, source }: PlannedCell): Mark => ({
  cell: id,
  planId: planHash.slice(0, SHOWN_DIGITS),
  step,
  hash: hashOf(source),
});

/** Nobody has touched the text since it was written. */
export const isAsWritten = (source: string, { hash }: Mark): boolean => hashOf(source) === hash;

const TAG = /^(?:\/\/|#) ml-architect cell=(\S+) step=(\d+) plan=(\w+) hash=(\w+)\r?\n/;

/** The mark as a first line, for a cell that can carry no metadata: a front end inserts it as text alone. */
export function tagged(planned: PlannedCell, comment: "//" | "#"): string {
  const { cell, step, planId, hash } = markOf(planned);
  return `${comment} ml-architect cell=${cell} step=${step} plan=${planId} hash=${hash}\n${planned.source}`;
}

export function readTag(source: string): { mark: Mark; body: string } | undefined {
  const found = TAG.exec(source);
  if (!found) return undefined;
  const [line, cell, step, planId, hash] = found as unknown as [string, string, string, string, string];
  return { mark: { cell, step: Number(step), planId, hash }, body: source.slice(line.length) };
}
