import type { Quantity } from "./numbers.ts";
import { open, type Reading, say } from "./reading.ts";
import { after, before, type Span } from "./text.ts";

/** What one series is of: places, and things that are counted at each of them. */
const PLACES =
  /^\s?\+?\s?(?:[a-z]+ )?(?:stores?|shops?|sites?|warehouses?|branches|locations?|regions?|restaurants?|stations?|plants?|outlets?|cities|countries|filialen|märkten?|tiendas|lojas|magasins|门店|店)(?![a-z])/;
const THINGS =
  /^\s?\+?\s?(?:[a-z]+ )?(?:skus?|products?|items?|articles|sensors?|meters?|machines?|turbines?|devices?|series|time series|households|tickers|stocks?|artikeln?|productos|produtos|produits|sensoren|商品)(?![a-z])/;
const SPANS: [pattern: RegExp, days: number][] = [
  [/^\s?-?\s?(?:years?|yrs?|jahren?|años|anos|ans|年)(?![a-z])/, 365],
  [/^\s?-?\s?(?:months?|monaten?|meses|mois|个月)(?![a-z])/, 365 / 12],
  [/^\s?-?\s?(?:weeks?|wochen?|semanas|semaines|周)(?![a-z])/, 7],
];
const STEPS: [pattern: RegExp, perDay: number][] = [
  [/\b(?:15|fifteen)[ -]?min(?:ute)?s?(?:ly)?\b|\bquarter[ -]hourly\b/, 96],
  [/\bhourly\b|\bstündlich\w*|\bhorari[ao]s?\b|每小时/, 24],
  [/\bdaily\b|\btäglich\w*|\btages\w+|\bdiari[ao]s?\b|\bdiári[ao]s?\b|\bquotidien\w*|每[天日]/, 1],
  [/\bweekly\b|\bwöchentlich\w*|\bseman(?:al|ais|ales)\b|\bhebdo\w*|每周/, 1 / 7],
  [/\bmonthly\b|\bmonatlich\w*|\bmensu\w+|\bmensa(?:l|is)\b|每月/, 12 / 365],
];
/** A time that the forecast looks ahead, or that is left, is no history. */
const AHEAD = /\b(?:next|ahead|coming|in|within|horizon of|forecast|predict)\s(?:the )?(?:next )?$/;

/**
 * Rows of series that are told by how many, how long and how often: "500 stores, 5 years of daily sales" are
 * 500 × 5 × 365. Read where the text speaks of a forecast alone; rows that were counted stand.
 */
export function readSeries(reading: Reading): void {
  const { text, brief } = reading;
  if (brief.exampleCount || brief.task?.value !== "forecasting") return;
  const step = STEPS.find(([pattern]) => pattern.test(text.low));
  if (!step) return;
  const free = open(reading).filter((q) => !(q.word && q.high < 2));
  const history = free.flatMap((q) => {
    const span = SPANS.find(([pattern]) => pattern.test(after(text, q.end, 16)));
    return span && !AHEAD.test(before(text, q.start, 24)) ? [{ q, days: q.high * span[1] }] : [];
  })[0];
  if (!history) return;
  const counted = (of: RegExp): Quantity | undefined => free.find((q) => of.test(after(text, q.end, 32)));
  const parts = [counted(PLACES), counted(THINGS)].filter((q) => q !== undefined);
  const series = parts.reduce((product, q) => product * q.high, 1);
  const all = [history.q, ...parts];
  for (const q of all) reading.taken.add(q);
  const span: Span = [Math.min(...all.map((q) => q.start)), Math.max(...all.map((q) => q.end))];
  say(reading, "exampleCount", Math.round(series * history.days * step[1]), span, "inferred");
}
