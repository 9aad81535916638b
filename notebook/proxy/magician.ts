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
  /** Puts a code cell below this one once it has succeeded. Front ends take one; the last that was said is it. */
  next(text: string): void;
  /** The cell that the magic stands in: its text, and its id where the front end tells. */
  cell: { id: string | undefined; text: string };
  /** For the person: "tslab, typescript". */
  kernel: string;
  /** What the kernel speaks: "typescript". */
  language: string;
  /** The person interrupts. */
  signal: AbortSignal;
}

/** Answers magics: the only thing that the proxy knows of us. An error that it throws is the cell's error. */
export interface Magician {
  answer(magic: MagicLine, stage: Stage): Promise<void>;
  complete(text: string, cursor: number, cell: Cell): Completion | undefined;
  /** Markdown; undefined where the cursor is in code. */
  inspect(text: string, cursor: number, cell: Cell): string | undefined;
  /** A cell has succeeded: the code cell that follows it. */
  after(code: string, language: string): string | undefined;
}
