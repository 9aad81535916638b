import { columnsOf, pieces } from "./width.ts";

/** How a run of text is meant; colours are chosen when it is printed, so that widths are counted without them. */
export type Tone = "plain" | "bold" | "code" | "link" | "dim";
export interface Run {
  text: string;
  tone: Tone;
}
/** One printed line. */
export type Line = Run[];

const MARKS =
  /\*\*(?<bold>[^*]+(?:\*(?!\*)[^*]+)*)\*\*|(?<fence>`+)(?<code>[^`]|[^`].*?[^`])\k<fence>(?!`)|\[(?<label>[^\]]+)\]\((?<url>[^)\s]+)\)|<(?<auto>https?:\/\/[^>\s]+)>/g;
/** A backslash before punctuation is Markdown's way to write it literally. */
const ESCAPED = /\\([!-/:-@[-`{-~])/g;
const ENTITIES: Record<string, string> = { "&lt;": "<", "&gt;": ">", "&amp;": "&", "&quot;": '"' };

const literal = (text: string) =>
  text.replace(ESCAPED, "$1").replace(/&(?:lt|gt|amp|quot);/g, (entity) => ENTITIES[entity] ?? entity);
/** A code span keeps backslashes; one space on each side belongs to its fence. */
const codeText = (text: string) => text.replace(/^ (.*[^ ].*) $/, "$1");

/** Reads the inline marks our explanations use: bold, code and links. */
export function inline(markdown: string): Run[] {
  const runs: Run[] = [];
  let from = 0;
  const add = (text: string, tone: Tone) => {
    if (text !== "") runs.push({ text, tone });
  };
  for (const match of markdown.matchAll(MARKS)) {
    if (markdown[match.index - 1] === "\\") continue;
    add(literal(markdown.slice(from, match.index)), "plain");
    const { bold, code, label, url, auto } = match.groups ?? {};
    if (bold !== undefined) for (const run of inline(bold)) add(run.text, run.tone === "plain" ? "bold" : run.tone);
    else if (code !== undefined) add(codeText(code), "code");
    else if (auto !== undefined) add(auto, "link");
    else if (url !== undefined) {
      // A terminal cannot hide an address behind a word, so both are shown.
      if (label !== url) add(`${literal(label ?? "")} `, "plain");
      add(url, "link");
    }
    from = match.index + match[0].length;
  }
  add(literal(markdown.slice(from)), "plain");
  return runs;
}

export const textOf = (runs: Run[]) => runs.map(({ text }) => text).join("");
export const lineColumns = (line: Line) => line.reduce((sum, run) => sum + columnsOf(run.text), 0);

/**
 * Breaks runs into lines of at most `columns`. A word that is longer than a line is cut, except an address:
 * a cut address cannot be copied or clicked.
 */
export function wrapped(runs: Run[], columns: number, keepAddresses = true): Line[] {
  const lines: Line[] = [];
  let line: Line = [];
  let taken = 0;
  const flush = () => {
    const last = line.at(-1);
    if (last) last.text = last.text.trimEnd();
    lines.push(line);
    line = [];
    taken = 0;
  };
  const put = (text: string, tone: Tone) => {
    const last = line.at(-1);
    if (last?.tone === tone) last.text += text;
    else line.push({ text, tone });
    taken += columnsOf(text);
  };
  for (const word of words(runs)) {
    const width = lineColumns(word.runs);
    if (word.space && taken > 0) {
      if (taken + 1 + width > columns) flush();
      else put(" ", word.runs[0]?.tone ?? "plain");
    }
    const whole = keepAddresses && word.runs.some((run) => /^[("']*https?:\/\//.test(run.text));
    if (width <= columns - taken || whole) {
      for (const run of word.runs) put(run.text, run.tone);
      continue;
    }
    for (const run of word.runs) {
      let rest = run.text;
      while (rest !== "") {
        if (taken >= columns) flush();
        const piece = pieces(rest, columns - taken)[0] ?? rest;
        // A wide character may need two columns where one is left.
        if (taken > 0 && taken + columnsOf(piece) > columns) flush();
        put(piece, run.tone);
        rest = rest.slice(piece.length);
      }
    }
  }
  if (line.length > 0 || lines.length === 0) flush();
  return lines;
}

/** Groups runs into words: `**40**GiB` is one word of two tones. */
function words(runs: Run[]): { runs: Run[]; space: boolean }[] {
  const found: { runs: Run[]; space: boolean }[] = [];
  let space = false;
  let open = false;
  for (const run of runs)
    for (const token of run.text.split(/([ \t\n]+)/)) {
      if (token === "") continue;
      if (/^[ \t\n]/.test(token)) {
        space = true;
        open = false;
      } else if (open) {
        found.at(-1)?.runs.push({ text: token, tone: run.tone });
      } else {
        found.push({ runs: [{ text: token, tone: run.tone }], space });
        open = true;
        space = false;
      }
    }
  return found;
}
