import { meeting, type Span, type Text } from "./text.ts";
import { HAN, WORDS } from "./words.ts";

/** One number as a person wrote it. */
export interface Quantity {
  /** The number, or the low end of a range. */
  low: number;
  /** The same number, or the high end. */
  high: number;
  /** The high end before its multiplier: 2 in "2k". */
  bare: number;
  /** The multiplier as written, "" without one: "k", "m", "b", "万", "million" … */
  multiplier: string;
  /** A number word ("two", "两") and no digits. */
  word: boolean;
  start: number;
  end: number;
}

/** Most numbers of one text that are read; a message with more of them is a table. */
const MOST_QUANTITIES = 2000;

const MULTIPLIERS: Record<string, number> = {
  k: 1e3,
  hundred: 100,
  百: 100,
  thousand: 1e3,
  grand: 1e3,
  tausend: 1e3,
  mille: 1e3,
  千: 1e3,
  m: 1e6,
  mm: 1e6,
  mn: 1e6,
  mio: 1e6,
  million: 1e6,
  millions: 1e6,
  millionen: 1e6,
  millones: 1e6,
  milhões: 1e6,
  milhoes: 1e6,
  lakh: 1e5,
  lakhs: 1e5,
  crore: 1e7,
  b: 1e9,
  bn: 1e9,
  bil: 1e9,
  billion: 1e9,
  billions: 1e9,
  milliarden: 1e9,
  mrd: 1e9,
  milliards: 1e9,
  t: 1e12,
  trillion: 1e12,
  万: 1e4,
  萬: 1e4,
  만: 1e4,
  百万: 1e6,
  亿: 1e8,
  億: 1e8,
  억: 1e8,
  十亿: 1e9,
};

/** 1万5千: a second part adds to the first. */
const HAN_REST = /^(\d)([千百])/;
const DIGITS =
  "\\d{1,3}(?:[,'](?:\\d{3})){1,4}(?!\\d)|\\d{1,3}(?:\\.\\d{3}){2,4}(?![\\d.])|\\d{1,3}(?: \\d{3}){0,3} \\d00(?![\\d.,])|\\d{1,15}(?:[.,]\\d{1,6}(?![\\d]))?";
const POWER = "(?:e\\+?\\d{1,3}(?!\\w)|\\^\\d{1,3}|\\*\\*\\d{1,3})?";
const SCALE =
  "(?: ?(?:thousand|grand|tausend|mille|millionen|millones|milhões|milhoes|millions?|mil+|mio\\.?|mrd\\.?|milliarden|milliards|billions?|trillions?|lakhs?|crores?|bil|bn|mm|mn)(?![a-z0-9])| ?[kmb](?![a-z0-9])|t(?![a-z0-9])|\\s?(?:十亿|百万|[万萬千亿億만억]))?";
const ONE = `(?:${DIGITS})${POWER}${SCALE}`;
// Digits glued to letters belong to a name (a100, llama3), except after the keys people glue them to (bs1, ctx2048, x8).
// The 2 of "1/2 million" is no number of its own.
const FREE =
  "(?<![a-z0-9_.]|\\b[13]/)|(?<=\\d[x*])|(?<=(?:^|[^a-z])(?:bs|mbs|ctx|seq|seqlen|batch|cutoff|rank|us|x|w))";
const NUMBER = new RegExp(`(?:${FREE})(?<a>${ONE})(?:\\s?(?:-|~|\\bto\\b|bis|到|至)\\s?(?<b>${ONE}))?`, "g");
/** What may multiply a number word. */
const SCALES = "thousand|million|billion|hundred|tausend|millionen|mille|millions|mil|millones|milhões|milhoes";
const SPELLED = new RegExp(
  `(?<![a-z0-9-])(?:${Object.keys(WORDS)
    .sort((a, b) => b.length - a.length)
    .join("|")})(?![a-z0-9])(?: (?:${SCALES})(?![a-zà-ÿ]))?`,
  "g",
);
const SCALED = new RegExp(`^(.+) (${SCALES})$`);
const HAN_COUNT = /[一二两兩三四五六七八九十单双](?=\s?[张張块块卡台机個枚基个节節万千百亿周週天年星枚基])/g;

/** Reads the digits and the multiplier of one written number. */
function measure(written: string, language: string): { value: number; bare: number; multiplier: string } {
  const match = new RegExp(`^((?:${DIGITS}))(${POWER})\\s?(.*)$`).exec(written)!;
  const [, digits = "", power = "", scale = ""] = match;
  const european = language !== "en" && /^(?:de|es|pt|fr|it|nl)$/.test(language);
  let plain = digits;
  if (/^\d{1,3}(?:[,' ]\d{3})+$/.test(digits) && !/^0,/.test(digits)) plain = digits.replace(/[,' ]/g, "");
  else if (/^\d{1,3}(?:\.\d{3}){2,}$/.test(digits)) plain = digits.replaceAll(".", "");
  // 12.000 is twelve thousand to half of Europe; a small decimal never ends in two zeros.
  else if (/^[1-9]\d{0,2}\.\d{3}$/.test(digits) && !scale && (european || digits.endsWith("00")))
    plain = digits.replace(".", "");
  else plain = digits.replace(",", ".");
  const bare = Number(plain);
  const exponent = Number(power.replace(/^\D+/, "") || 0);
  const raised = !power ? bare : power.startsWith("e") ? bare * 10 ** exponent : bare ** exponent;
  const key = scale.replace(/\.$/, "");
  return { value: raised * multiplierOf(key, language), bare: raised, multiplier: key };
}

/** "mil" is a million to an English writer and a thousand to a Spanish or Portuguese one. */
function multiplierOf(key: string, language: string): number {
  if (/^mil+$/.test(key)) return /^(?:es|pt|fr|it)$/.test(language) ? 1e3 : 1e6;
  return MULTIPLIERS[key] ?? 1;
}

/** Every number in the text that is no part of a name, in order. */
export function quantities(text: Text, language: string, names: readonly Span[]): Quantity[] {
  const found: Quantity[] = [];
  let nameAt = meeting(names);
  const pattern = new RegExp(NUMBER);
  for (let match = pattern.exec(text.low); match !== null; match = pattern.exec(text.low)) {
    if (found.length >= MOST_QUANTITIES) break;
    const { a = "", b } = match.groups!;
    const start = match.index;
    const name = nameAt(start, start + a.length);
    if (name) {
      // "4090,5万": the digits after a name begin a number of their own.
      if (name[1] > start) pattern.lastIndex = name[1];
      continue;
    }
    const low = measure(a, language);
    const end = start + match[0].length;
    const high = b === undefined || nameAt(start, end) ? undefined : measure(b, language);
    if (!high) {
      const rest = /[万萬]$/.test(a) ? HAN_REST.exec(text.low.slice(end, end + 2)) : null;
      const value = low.value + (rest ? Number(rest[1]) * MULTIPLIERS[rest[2]!]! : 0);
      found.push({
        low: value,
        high: value,
        bare: low.bare,
        multiplier: low.multiplier,
        word: false,
        start,
        end: start + a.length + (rest?.[0].length ?? 0),
      });
      if (rest) pattern.lastIndex = end + rest[0].length;
      continue;
    }
    // "2-3k" means 2k to 3k; "7-8b" 7b to 8b.
    const first = low.multiplier ? low.value : low.bare * (high.value / high.bare || 1);
    if (first > high.value) {
      found.push({
        low: low.value,
        high: low.value,
        bare: low.bare,
        multiplier: low.multiplier,
        word: false,
        start,
        end: start + a.length,
      });
      const from = end - b!.length;
      found.push({
        low: high.value,
        high: high.value,
        bare: high.bare,
        multiplier: high.multiplier,
        word: false,
        start: from,
        end,
      });
    } else
      found.push({
        low: first,
        high: high.value,
        bare: high.bare,
        multiplier: high.multiplier,
        word: false,
        start,
        end,
      });
  }
  for (const spelled of [SPELLED, HAN_COUNT]) {
    nameAt = meeting(names);
    for (const match of text.low.matchAll(spelled)) {
      if (found.length >= 2 * MOST_QUANTITIES) break;
      const span: Span = [match.index, match.index + match[0].length];
      if (nameAt(...span)) continue;
      const scaled = SCALED.exec(match[0]);
      const bare = HAN[match[0]] ?? WORDS[match[0]] ?? WORDS[scaled?.[1] ?? ""];
      if (bare === undefined) continue;
      const multiplier = WORDS[match[0]] === undefined ? (scaled?.[2] ?? "") : "";
      let value = bare * multiplierOf(multiplier, language);
      let end = span[1];
      const han = spelled === HAN_COUNT ? /^\s?(十亿|百万|[万千百亿])/.exec(text.low.slice(end, end + 3)) : null;
      if (han) {
        value *= MULTIPLIERS[han[1]!] ?? 1;
        end += han[0].length;
      }
      found.push({ low: value, high: value, bare, multiplier, word: true, start: span[0], end });
    }
  }
  return found.sort((a, b) => a.start - b.start);
}
