/** How many columns text takes in a terminal, and how to break it: the one place that knows about wide characters. */

const ASCII_ONLY = /^[\x20-\x7e]*$/;
/** East Asian wide and fullwidth blocks (Unicode UAX #11), as inclusive pairs. */
const WIDE: readonly (readonly [number, number])[] = [
  [0x1100, 0x115f],
  [0x2e80, 0x303e],
  [0x3041, 0x33ff],
  [0x3400, 0x4dbf],
  [0x4e00, 0xa4cf],
  [0xa960, 0xa97f],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe30, 0xfe6f],
  [0xff00, 0xff60],
  [0xffe0, 0xffe6],
  [0x17000, 0x18cff],
  [0x1b000, 0x1b2ff],
  [0x20000, 0x3fffd],
];
const ZERO_WIDTH = /^[\p{Mark}\p{Cf}\p{Cc}]/u;
const EMOJI = /^(\p{Emoji_Presentation}|\p{Emoji}\ufe0f)/u;
let segmenter: Intl.Segmenter | undefined;

/** Made at the first wide text: most answers are ASCII and should not wait for it. */
function graphemes(text: string): Iterable<Intl.SegmentData> {
  segmenter ??= new Intl.Segmenter(undefined, { granularity: "grapheme" });
  return segmenter.segment(text);
}

/** Escape sequences, control characters and direction overrides: a pasted text must not steer the reader's terminal. */
const STEERING =
  /\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/g;

/** The same text without anything that a terminal would obey. Line breaks and tabs stay. */
export function withoutControls(text: string): string {
  return text.replaceAll("\r\n", "\n").replace(STEERING, "");
}

function graphemeWidth(grapheme: string): number {
  if (ZERO_WIDTH.test(grapheme)) return 0;
  if (EMOJI.test(grapheme)) return 2;
  const code = grapheme.codePointAt(0) ?? 0;
  return WIDE.some(([first, last]) => code >= first && code <= last) ? 2 : 1;
}

/** Columns that `text` takes; it holds no escape sequences. */
export function columnsOf(text: string): number {
  if (ASCII_ONLY.test(text)) return text.length;
  let columns = 0;
  for (const { segment } of graphemes(text)) columns += graphemeWidth(segment);
  return columns;
}

/** Fills with spaces to `columns`; a longer text is returned as it is. */
export function padded(text: string, columns: number, align: "left" | "right" = "left"): string {
  const spaces = " ".repeat(Math.max(0, columns - columnsOf(text)));
  return align === "right" ? spaces + text : text + spaces;
}

/** Cuts one word into pieces of at most `columns`, never inside a grapheme. */
export function pieces(word: string, columns: number): string[] {
  if (columnsOf(word) <= columns) return [word];
  const cut: string[] = [];
  let piece = "";
  let taken = 0;
  for (const { segment } of graphemes(word)) {
    const width = graphemeWidth(segment);
    if (taken + width > columns && piece !== "") {
      cut.push(piece);
      piece = "";
      taken = 0;
    }
    piece += segment;
    taken += width;
  }
  return piece === "" ? cut : [...cut, piece];
}

/** Shortens to `columns` with an ellipsis. */
export function shortened(text: string, columns: number): string {
  return columnsOf(text) <= columns ? text : `${pieces(text, Math.max(1, columns - 1))[0] ?? ""}…`;
}
