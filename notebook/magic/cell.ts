/** Where a cell speaks to us: magic lines before its first line of code, or the whole of a `%%architect` cell. */

export interface MagicLine {
  /** What follows `%architect`. */
  words: string;
  /** The lines under `%%architect`. */
  body?: string;
  /** UTF-16 positions in the cell of the whole line, and of its words. */
  start: number;
  wordsAt: number;
  end: number;
}

export interface Cell {
  magics: MagicLine[];
  /** The cell with its magics as spaces: same lines, same columns, same cursor. */
  code: string;
  /** Anything is left for the kernel. */
  hasCode: boolean;
}

const LINE = /^[ \t]*(?:%architect|\/\/ ?%[ ]?architect)(?![\w-])[ \t]?/;
const WHOLE = /^[ \t]*(?:%%architect|\/\/ ?%%[ ]?architect)(?![\w-])[ \t]?/;
/** TypeScript's, Python's, and a script's first line. */
const COMMENT = /^[ \t]*(?:\/\/|#)/;

export function readCell(text: string): Cell {
  const magics: MagicLine[] = [];
  let code = "";
  let at = 0;
  while (at < text.length) {
    const newline = text.indexOf("\n", at);
    const next = newline < 0 ? text.length : newline + 1;
    const line = text.slice(at, newline < 0 ? text.length : newline).replace(/\r$/, "");
    const whole = magics.length === 0 ? WHOLE.exec(line) : null;
    if (whole) {
      const wordsAt = at + whole[0].length;
      magics.push({
        words: line.slice(whole[0].length),
        body: bodyOf(text.slice(next), line),
        start: at,
        wordsAt,
        end: text.length,
      });
      return { magics, code: code + spaces(text.slice(at)), hasCode: false };
    }
    const magic = LINE.exec(line);
    if (magic) {
      const end = at + line.length;
      magics.push({ words: line.slice(magic[0].length), start: at, wordsAt: at + magic[0].length, end });
      code += spaces(line) + text.slice(end, next);
    } else if (line.trim() === "" || COMMENT.test(line)) code += text.slice(at, next);
    else break;
    at = next;
  }
  const rest = text.slice(at);
  return { magics, code: code + rest, hasCode: rest.trim() !== "" };
}

/** Under the spelling that TypeScript takes as a comment, so is every line. */
const bodyOf = (text: string, first: string): string =>
  first.trimStart().startsWith("//") ? text.replace(/^[ \t]*\/\/ ?/gm, "") : text;

const spaces = (text: string): string => [...text].map((c) => (c === "\n" || c === "\r" ? c : " ")).join("");
