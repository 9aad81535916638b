import type { Cell, MagicLine } from "../magic/cell.ts";
import type { Completion } from "../magic/complete.ts";

/** The same thing in several forms; a front end shows the richest that it knows. */
export type Bundle = { "text/plain": string } & Record<string, unknown>;

/** Something shown that may change: progress becomes the answer in its place. */
interface Display {
  update(bundle: Bundle): void;
}

/** What a magic may do in the notebook that it stands in. */
export interface Stage {
  show(bundle: Bundle): Display;
  /** The value of an expression of the kernel: a text as it is, anything else as JSON. */
  evaluate(expression: string): Promise<string>;
  /** Binds a variable of the kernel to a JSON value. */
  assign(name: string, value: unknown): Promise<void>;
  /** The last failed cell: its code, and what it said. */
  lastError(): { code: string; text: string } | undefined;
  /** For the person: "tslab, typescript". */
  kernel: string;
  /** The person interrupts. */
  signal: AbortSignal;
}

/** Answers magics: the only thing that the proxy knows of us. An error that it throws is the cell's error. */
export interface Magician {
  answer(magic: MagicLine, stage: Stage): Promise<void>;
  complete(text: string, cursor: number, cell: Cell): Completion | undefined;
  /** Markdown; undefined where the cursor is in code. */
  inspect(text: string, cursor: number, cell: Cell): string | undefined;
}
