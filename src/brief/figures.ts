import type { Span, Text } from "./text.ts";

/** Names with digits in them that count nothing: a board's revision, "24x7", a percentile, a date, a code system. */
const FIGURES =
  /\b(?:raspberry ?pi|rpi|pi) ?(?:zero|cm)?\d(?:b\+?)?(?![a-z0-9])|\b24 ?[x/] ?7\b|\bp\d{2}(?:\.\d)?\b|\b\d{4}-\d{2}-\d{2}\b|\bpython ?3(?:\.\d+)?\b|\bcuda ?\d+(?:\.\d+)?\b|\bzero[ -]?[123]\b|\bstage[ -]?[123]\b|\b[48][ -]?bit\b|\bfp(?:8|16|32)\b|\bint[48]\b|\bbf16\b|\bnf4\b|\bsoc ?2\b|\brank ?=? ?\d+|\br ?= ?\d+|\b(?:icd|iso|iec|covid|rfc|utf|hl|cifar|wikitext|basel|mifid|psd|tls|sha)(?:[ -]\d{1,5}(?:[-:]\d{1,4})?(?:-?(?:cm|pcs|gm|who))?)(?![a-z0-9]|[.,]\d)/g;

/** "3d", "2-d": days or dimensions. */
const DIMENSION = /(?<![a-z0-9.$])[1-4]-?d(?![a-z0-9])/g;
/** What comes behind days: nothing, a mark, or a word that speaks of the deadline and not of a shape. */
const OF_TIME =
  /^(?:\s?(?:$|[,.;:!?)\n|+])|\s?-\s|\s(?:max|tops?|left|until|till|deadline|limit|budget|window|turnaround|total|ago|old|later|from|to|for|on|with|w\/|at|of|or|and|per|in|by|is|if|please|pls|thx|then|so|but|because|before|after|we|i|it|using|maximum|most|give|\d)(?![a-z]))/;
/** What comes before a deadline. */
const BY_THEN =
  /\b(?:in|within|by|under|inside|max|have|got|only|needs?|takes?|took|for|deadline:?|of|after)\s(?:about |just |~)?$/;

/** Ranges of a text whose digits are part of a name, in every reader's way. */
export function figures(text: Text): Span[] {
  const at = (match: RegExpMatchArray): Span => [match.index!, match.index! + match[0].length];
  const shapes = [...text.low.matchAll(DIMENSION)].filter((match) => {
    const [start, end] = at(match);
    const capital = text.given.slice(start, end).endsWith("D") && /[a-z]/.test(text.given.slice(0, 400));
    const tail = text.low.slice(end, end + 16);
    const timed = OF_TIME.test(tail);
    // "In 3D" is a space and "in 3d" a while; a noun behind either makes it a shape.
    return timed
      ? capital && !BY_THEN.test(text.low.slice(Math.max(0, start - 16), start).replace(/\bin\s$/, ""))
      : true;
  });
  return [...text.low.matchAll(FIGURES), ...shapes].map(at);
}
