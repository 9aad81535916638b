import type { BriefField, BriefValues } from "../brief/brief.ts";

/**
 * One file of somebody's project. `text` may be the head of a longer file: `bytes` and `lines` then speak of the whole.
 * A folder of media stands as one entry whose path ends in "/", with the number of its files.
 */
export interface ExistingFile {
  path: string;
  text: string;
  bytes?: number;
  lines?: number;
  files?: number;
  /** Of a table whose footer counts them: its rows, and the bytes of its columns of text. */
  rows?: number;
  textBytes?: number;
}

/** A brief field that a file of the project answers, and where. */
export interface Finding<F extends BriefField = BriefField> {
  field: F;
  value: NonNullable<BriefValues[F]>;
  path: string;
  /** From 1; absent where the whole file says it. */
  line?: number;
  /** The words of the file that say it, shortened. */
  words: string;
}

/** The line of an offset, from 1. */
export function lineAt(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf("\n"); at !== -1 && at < offset; at = text.indexOf("\n", at + 1)) line++;
  return line;
}

/** What a file says, on one line and short enough to quote. */
export const quoted = (words: string): string => words.replace(/\s+/g, " ").trim().slice(0, 80);

export const extensionOf = (path: string): string => /\.([a-z0-9]+)$/i.exec(path)?.[1]?.toLowerCase() ?? "";

export const baseName = (path: string): string => path.split("/").at(-1) ?? path;
