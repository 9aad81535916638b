import pc from "picocolors";
import type { Line, Tone } from "./inline.ts";

export type Colors = ReturnType<typeof pc.createColors>;

/** What we know about the place that text is written to. */
export interface Screen {
  /** Absent when the output is not a terminal: then text stays plain Markdown. */
  columns?: number;
  colors: Colors;
}

interface OutputStream {
  isTTY?: boolean;
  columns?: number;
}

/** Reads width and colour of a stream. Colour only on a terminal, and never when NO_COLOR is set (no-color.org). */
export function screenOf(stream: OutputStream, environment: NodeJS.ProcessEnv = process.env): Screen {
  const terminal = stream.isTTY === true;
  const colour = terminal && !environment.NO_COLOR && environment.TERM !== "dumb";
  const said = stream.columns && stream.columns > 0 ? stream.columns : Number(environment.COLUMNS) || 80;
  return { columns: terminal ? said : undefined, colors: pc.createColors(colour) };
}

/**
 * Only colours that can be read on a dark and on a light background: no yellow, no blue, no white.
 * Weight and colour are never the only carrier of a meaning.
 */
export function painted(line: Line, colors: Colors): string {
  const tone: Record<Tone, (text: string) => string> = {
    plain: (text) => text,
    bold: colors.bold,
    code: colors.cyan,
    link: colors.underline,
    dim: colors.dim,
  };
  return line.map((run) => tone[run.tone](run.text)).join("");
}
