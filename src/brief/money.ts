import { AdvisorError } from "../error.ts";
import type { Quantity } from "./numbers.ts";
import { type Reading, say } from "./reading.ts";
import { after, before, type Span } from "./text.ts";

/** Signs and words of currencies; the order matters where one contains another ("us$" before "$"). */
const CURRENCIES: [code: string, before: RegExp, after: RegExp][] = [
  [
    "USD",
    /(?:us ?\$|usd)\s?$/,
    /^\s?(?:us ?\$|usd|us dollars?|dollars?|bucks|dólares|dolares|dollar|美元|美金|刀|ドル)(?![a-z])/,
  ],
  ["BRL", /(?:r\$|brl)\s?$/, /^\s?(?:brl|reais|real)(?![a-z])/],
  ["CAD", /(?:ca?\$|cad)\s?$/, /^\s?(?:cad|canadian dollars?)(?![a-z])/],
  ["AUD", /(?:au?\$|aud)\s?$/, /^\s?(?:aud|australian dollars?)(?![a-z])/],
  ["SGD", /(?:s\$|sgd)\s?$/, /^\s?sgd(?![a-z])/],
  ["EUR", /(?:€|eur|euros?)\s?$/, /^\s?(?:€|eur|euros?|欧元)(?![a-z])/],
  ["GBP", /(?:£|gbp)\s?$/, /^\s?(?:£|gbp|pounds?|quid|英镑)(?![a-z])/],
  ["INR", /(?:₹|\brs\.?|inr)\s?$/, /^\s?(?:₹|inr|rupees?|rs)(?![a-z])/],
  ["JPY", /(?:jpy)\s?$/, /^\s?(?:jpy|yen|円|日元)(?![a-z])/],
  ["CNY", /(?:cny|rmb|cn¥)\s?$/, /^\s?(?:cny|rmb|yuan|元|人民币|块钱)(?![a-z])/],
  ["KRW", /₩\s?$/, /^\s?(?:krw|won|원)(?![a-z])/],
  ["CHF", /chf\s?$/, /^\s?(?:chf|franken|francs? suisses?)(?![a-z])/],
  ["PLN", /(?:zł|pln)\s?$/, /^\s?(?:zł|zl|pln)(?![a-z])/],
  ["SEK", /\bsek\s?$/, /^\s?(?:sek|kronor)(?![a-z])/],
  ["MXN", /mxn\s?$/, /^\s?(?:mxn|pesos?)(?![a-z])/],
  ["USD", /\$\s?$/, /^\s?\$/],
];

const MONTH =
  /^\s?(?:\/ ?|per |a |every |each |al |por |pro |par |im |每个?|一个?)?(?:mo\b|mth\b|month|monthly|mes\b|mês|monat|mois|月|p\.?m\.?\b)/;
const HOUR = /^\s?(?:\/ ?|per |an |each |por |pro |par |每)(?:h\b|hr|hour|hora|stunde|heure|小时)/;
const YEAR =
  /^\s?(?:\/ ?|per |a |every |al |por |pro |par |每)(?:y\b|yr|year|annum|año|ano|jahr|an\b|年)|^\s?(?:yearly|annually|p\.?a\.?\b)/;
const DAY = /^\s?(?:\/ ?|per |a |每)(?:day|d\b|天|día|dia|tag|jour)/;
const WEEK = /^\s?(?:\/ ?|per |a |每)(?:week|wk|周|semana|woche|semaine)/;
const OTHER_UNIT =
  /^\s?(?:\/|per |a |an |each|for every|pro |por )\s?(?:\d|gpu|card|1?[km]? ?tok|million|request|req\b|call|query|user|seat|gb|node|image|doc|page|unit|piece|license|head|sample|label|kwh|transaction|minute|min\b)/;

const QUOTED =
  /\b(?:quot\w+|costs?|costing|cost us|paying|pays?|paid|spen(?:t|ding)|spends?|bill(?:ed|s)?|charg\w+|pric\w+|worth|raised|revenue|saves?|saving|lost|lose|instead of|cheaper than|more than|currently|right now|atm|at the moment|today we|invoice|fee|salary|listed|sells?|selling|sold|buy(?:ing)? (?:a|an|one)|bought|retail|msrp|rents? (?:for|at)|renting (?:for|at)|goes for|vs\.?|versus|than the|api (?:bill|costs?))\b/;
const AFTER_QUOTED =
  /^\s?(?:\/\w+\s?|per \w+\s?)?(?:quote|for (?:an?|the|one) (?:dgx|h\d00|a\d00|server|box|gpu|node|machine|4090|3090|workstation)|on (?:openai|gpt|claude|the api|api|tokens)|bill|invoices?|raise|seed|in revenue|to openai|revenue|orders|transactions)/;
const AFTER_BUDGET =
  /^\s?(?:\/ ?\w+ ?|per \w+ ?|a \w+ ?|monthly ?)?(?:budget|max|tops?\b|limit|cap\b|ceiling|to spend|at most|or less|total|in credits|of (?:cloud )?credits?|credits?|以内|预算|以下|in (?:aws|gcp|azure|cloud) credits)/;

const HOURLY_LIMIT =
  /\b(?:budget|max(?:imum)?|under|below|up to|at most|less than|limit|cap|can (?:spend|pay|afford)|willing to pay)\b[^,]{0,20}$/;

interface Money {
  q: Quantity;
  code: string;
  span: Span;
  negative: boolean;
}

/** A sum with its currency, if this number is one. */
function money(reading: Reading, q: Quantity): Money | undefined {
  const lead = reading.text.low.slice(Math.max(0, q.start - 12), q.start);
  const tail = reading.text.low.slice(q.end, q.end + 16);
  for (const [code, left, right] of CURRENCIES) {
    const l = left.exec(lead);
    const r = right.exec(tail);
    // "5 $200" belongs to the number after the sign; a sign after a number must end there.
    const after = r && !(r[0].endsWith("$") && /^\d/.test(tail.slice(r[0].length))) ? r : null;
    if (!l && !after) continue;
    const start = q.start - (l ? l[0].length : 0);
    const sign = reading.text.low.slice(Math.max(0, start - 2), start);
    const inside = lead.slice(0, l ? l.index : undefined);
    const negative =
      /(?:^|[\s(:=])-$/.test(sign) || /(?:^|\s)-$/.test(inside.slice(-2)) || (l !== null && /-\s?$/.test(lead));
    return { q, code, span: [start, q.end + (after ? after[0].length : 0)], negative };
  }
  if (q.multiplier === "grand") return { q, code: "USD", span: [q.start, q.end], negative: false };
  if (/¥\s?$/.test(lead))
    return { q, code: reading.language === "ja" ? "JPY" : "CNY", span: [q.start - 1, q.end], negative: false };
  // "-$200" and "$-200": the sign of a sum nobody can spend.
  if (/\$-$/.test(lead)) return { q, code: "USD", span: [q.start - 2, q.end], negative: true };
  return undefined;
}

const BARE =
  /\b(?:budget|presupuesto|orçamento)(?: is| of| about| around| max| maybe|:|=|~|,| de| ist| von| é| es)*\s?$/;
const BARE_AFTER = /^\s?(?:budget\b)/;

/** What may be spent. Prices somebody quoted, and bills already paid, are not it. */
export function readBudget(reading: Reading): void {
  const { text } = reading;
  let quoted: Money | undefined;
  for (const q of reading.quantities) {
    if (reading.taken.has(q)) continue;
    const sum = money(reading, q);
    const wide = before(text, q.start, 64);
    if (!sum) {
      const lead = before(text, q.start, 32);
      const tail = after(text, q.end, 24);
      if (
        (BARE.test(lead) || BARE_AFTER.test(tail)) &&
        !/^\s?(?:gb|gpus?|%|hours?|hrs?|h\b|days?|weeks?|tokens?|ms)/.test(tail)
      ) {
        if (/-\s?$/.test(lead) && /\s-$/.test(lead)) throw impossible(reading, [q.start - 1, q.end]);
        // Without a currency the sum is read as dollars where people write in English, and left alone elsewhere.
        if (reading.language !== "en" && q.high !== 0) continue;
        reading.taken.add(q);
        budget(reading, { q, code: "USD", span: [q.start, q.end], negative: false }, tail, wide, "inferred");
      }
      continue;
    }
    reading.taken.add(q);
    if (sum.negative && !bullet(reading, sum.span[0])) throw impossible(reading, [sum.span[0] - 1, sum.span[1]]);
    const tail = after(text, sum.span[1], 48);
    if (OTHER_UNIT.test(tail)) continue;
    const clause = before(text, sum.span[0], 64)
      .split(/,\s|\bbut\b|\(|\)|;/)
      .at(-1)!;
    const near =
      /\b(?:budget|max|under|up to|at most|below|less than|limit|can spend|afford)\b[^,]{0,16}$/.test(clause) ||
      AFTER_BUDGET.test(tail);
    if (
      !near &&
      (QUOTED.test(clause) || AFTER_QUOTED.test(tail)) &&
      !/\b(?:can|could|want to|willing to|to|wanna|happy to) (?:spend|pay)\b/.test(clause)
    ) {
      quoted ??= sum;
      continue;
    }
    // A rate per hour is a price unless somebody calls it a limit.
    if (
      HOUR.test(tail) &&
      !HOURLY_LIMIT.test(clause) &&
      !/^\s?(?:\/ ?|per |an )?\w+\s(?:max|budget|limit|tops|or less)\b/.test(tail)
    )
      continue;
    budget(reading, sum, tail, clause, "stated");
  }
  if (!reading.brief.budgetUsd && !reading.brief.budget && !quoted) {
    const none =
      /\b(?:no budget(?! (?:limit|constraint|cap|issue|yet))|zero budget|without (?:any )?budget|no money|budget is (?:zero|nothing|nil)|sin presupuesto|sem orçamento|kein budget)\b|没有预算|零预算/.exec(
        text.low,
      );
    if (none) say(reading, "budgetUsd", 0, [none.index, none.index + none[0].length], "inferred");
  }
}

function budget(reading: Reading, sum: Money, tail: string, clause: string, from: "stated" | "inferred"): void {
  const said = reading.brief.budgetUsd ?? reading.brief.budget;
  if (said) {
    const amount = typeof said.value === "number" ? said.value : said.value.amount;
    const sameUnit = MONTH.test(tail) === (reading.brief.budgetPeriod?.value === "month");
    if (
      sameUnit &&
      amount !== sum.q.high &&
      /\b(?:budget|max|at most|limit|cap)\b/.test(`${clause} ${tail.slice(0, 16)}`)
    )
      reading.conflicts.push({
        fields: ["budgetUsd"],
        text: `Two budgets: "${words(reading, said.span!)}" and "${words(reading, sum.span)}". The first was taken.`,
      });
    return;
  }
  const monthly =
    MONTH.test(tail) ||
    /\b(?:monthly|per month|a month)\b[^,]{0,16}$/.test(clause) ||
    /(?:每个?月|月)(?:预算)?[^,]{0,4}$/.test(clause);
  const per = MONTH.exec(tail) ?? HOUR.exec(tail);
  const span: Span = [sum.span[0], sum.span[1] + (per?.[0].length ?? 0)];
  let amount = sum.q.high;
  let period: "total" | "month" | "hour" = monthly ? "month" : HOUR.test(tail) ? "hour" : "total";
  // There is no yearly, weekly or daily budget in a brief: they are given by the month.
  if (!monthly && YEAR.test(tail)) [amount, period] = [amount / 12, "month"];
  else if (!monthly && DAY.test(tail)) [amount, period] = [amount * 30, "month"];
  else if (!monthly && WEEK.test(tail)) [amount, period] = [(amount * 52) / 12, "month"];
  if (sum.code === "USD") say(reading, "budgetUsd", amount, span, amount === sum.q.high ? from : "inferred");
  else say(reading, "budget", { amount, currency: sum.code }, span, from);
  say(reading, "budgetPeriod", period, span, period === "total" ? "inferred" : from);
}

const words = (reading: Reading, span: readonly [number, number]): string => reading.text.given.slice(...span).trim();

/** A hyphen at the start of a line is a list's mark, when the list has more than one. */
function bullet(reading: Reading, at: number): boolean {
  const low = reading.text.low;
  return (
    /(?:^|\n)\s{0,4}-$/.test(low.slice(Math.max(0, at - 6), at)) && (low.match(/(?:^|\n)\s{0,4}-/g)?.length ?? 0) > 1
  );
}

function impossible(reading: Reading, span: Span): AdvisorError {
  const words = reading.text.given.slice(Math.max(0, span[0]), span[1]).trim();
  return new AdvisorError(
    "invalid-input",
    `Cannot plan with a budget of "${words}": a budget must be zero or more`,
    "Say what may be spent, such as $200, or leave the budget out.",
  );
}
