import { type Cued, cued, find } from "./cues.ts";
import { type CivilDay, daysFromCivil, daysToMonthEnd, parseDay, weekday } from "./dates.ts";
import type { Span, Text } from "./text.ts";

/** What leads to a day that is a deadline, in the languages briefs come in. */
const BY =
  "(?:by|before|until|till?|due(?: on| by)?|no later than|eod|cob|end of day|deadline(?: is| of|:| on)?|(?:launch|release|demo|go-?live|delivery|submission)(?: date)?(?: is| on|:)|bis(?: zum| ende)?|vor|spätestens(?: am)?|hasta|antes del?|para el|até|avant|pour le|d'ici)";
const THE = "(?:the\\s|el\\s|next\\s|this\\s|le\\s|coming\\s|on\\s)?";

const DAYS = [
  "(?:sun|sunday|domingo|sonntag|dimanche|周日|星期日|星期天|日曜日?)",
  "(?:monday|mon|lunes|segunda(?:-feira)?|montag|lundi|周一|星期一|月曜日?)",
  "(?:tuesday|tues?|martes|terça(?:-feira)?|dienstag|mardi|周二|星期二|火曜日?)",
  "(?:wednesday|wed|miércoles|quarta(?:-feira)?|mittwoch|mercredi|周三|星期三|水曜日?)",
  "(?:thursday|thurs?|jueves|quinta(?:-feira)?|donnerstag|jeudi|周四|星期四|木曜日?)",
  "(?:friday|fri|viernes|sexta(?:-feira)?|freitag|vendredi|周五|星期五|金曜日?)",
  "(?:saturday|sat|sábado|samstag|samedi|周六|星期六|土曜日?)",
];
const DAY_NAMES = DAYS.map((d) => new RegExp(`^${d}$`));
export const BY_DAY: Cued = cued(
  /day|mon|tue|wed|thu|fri|sat|sun|domingo|lunes|martes|miércoles|jueves|viernes|sábado|segunda|terça|quarta|quinta|sexta|tag|mittwoch|dimanche|lundi|mardi|mercredi|jeudi|vendredi|samedi|周|星期|礼拜|曜|[日月火水木金土]\s?(?:まで|迄)/,
  new RegExp(
    `\\b(?:${BY}|for|on|pour)\\s${THE}(?<day>${DAYS.join("|")})(?![a-z])|(?<han>(?:周|星期|礼拜)[一二三四五六日天])\\s?(?:之?前|要|截止|交)|截止(?:到|日期)?:?\\s?(?<until>(?:下?周|下?星期|下?礼拜)[一二三四五六日天])|(?<ja>[日月火水木金土]曜日?)\\s?(?:まで|迄)`,
  ),
);

const MONTHS = [
  "jan(?:uary|uar|vier|eiro)?|enero",
  "feb(?:ruary|ruar|rero)?|février|fevereiro",
  "mar(?:ch|s|zo|ço)?|märz",
  "apr(?:il)?|avril|abril",
  "may|mai|mayo|maio",
  "june?|juni|juin|junio|junho",
  "july?|juli|juillet|julio|julho",
  "aug(?:ust)?|août|agosto",
  "sept?(?:ember|embre)?|septiembre|setembro",
  "oct(?:ober|obre|ubre)?|oktober|outubro",
  "nov(?:ember|embre|iembre|embro)?",
  "dec(?:ember)?|dezember|décembre|diciembre|dezembro",
];
const MONTH_NAMES = MONTHS.map((m) => new RegExp(`^(?:${m})$`));
const MONTH = MONTHS.join("|");
export const BY_DATE: Cued = cued(
  /jan|feb|f[ée]v|mar|mär|apr|avr|abr|may|mai|jun|juin|jul|juil|aug|août|ago|se[pt]|o[ck]t|out|nov|de[cz]|déc|ene|dic|月/,
  new RegExp(
    `\\b${BY}\\s${THE}(?:(?<d1>\\d{1,2})(?:st|nd|rd|th|\\.|º)?\\s(?:of\\s|de\\s)?(?<m1>${MONTH})|(?<m2>${MONTH})\\.?\\s(?<d2>\\d{1,2})(?:st|nd|rd|th)?(?!\\d))(?![a-z])|(?<m3>\\d{1,2})月(?<d3>\\d{1,2})[日号](?:之?前|まで|截止)`,
  ),
);
export const BY_MONTH: Cued = cued(
  /jan|feb|f[ée]v|mar|mär|apr|avr|abr|may|mai|jun|juin|jul|juil|aug|août|ago|se[pt]|o[ck]t|out|nov|de[cz]|déc|ene|dic|月/,
  new RegExp(
    `\\b${BY}\\s${THE}(?<end>end of |ende |fin de |fin |fim de )?(?<month>${MONTH})(?![a-z])|(?<han>\\d{1,2})月(?:之?前|まで)`,
  ),
);
export const BY_ISO: Cued = cued(
  /\d{4}-\d/,
  new RegExp(`\\b${BY}\\s${THE}(\\d{4}-\\d{1,2}-\\d{1,2})|(\\d{4}-\\d{1,2}-\\d{1,2})\\s?(?:前|之前|まで|deadline)`),
);
export const HOLIDAY: Cued = cued(
  /christmas|xmas|weihnacht|navidad|natal|noël|new year|neujahr|silvester/,
  new RegExp(
    `\\b${BY}\\s${THE}(?:(?<christmas>christmas|xmas|weihnachten|navidad|natal|noël)|(?<year>new year(?:'?s)?(?: eve)?|neujahr|silvester))(?![a-z])`,
  ),
);

const toFriday = (day: number): number => (5 - weekday(day) + 7) % 7;
const BY_WORD: [RegExp, (today: CivilDay, day: number) => number][] = [
  [
    /\b(?:by|until|till|before|due|for|deadline(?: is|:)?)\s(?:tomorrow|tmrw|tmr)\b|明天(?:之?前|要|交)?|明日まで|\b(?:bis morgen|para mañana|até amanhã|pour demain)\b/,
    () => 1,
  ],
  [
    /\b(?:by|until|before|due|deadline(?: is|:)?)\s(?:tonight|end of (?:the )?day|eod|today)\b|今天(?:之?内|前)|今日中/,
    () => 0.5,
  ],
  [
    /\b(?:by|until|till?|before|due)\s(?:the\s)?(?:end of (?:the |this )?week|eow|this week)\b|本周内|这周(?:内|之?前)|今週中|\bbis ende der woche\b/,
    (_, d) => toFriday(d) || 7,
  ],
  [
    /\b(?:by|until|till?|before|due)\s(?:the\s)?(?:end of (?:the |this )?month|month[ -]end|eom)\b|月底(?:之?前)?|月末まで|fin de mes|fim do mês|monatsende|fin du mois/,
    (t) => Math.max(1, daysToMonthEnd(t)),
  ],
  [
    /\b(?:by|until|till?|before|due)\s(?:the\s)?(?:end of (?:the |this )?year|eoy|year[ -]end)\b|年底(?:之?前)?|年末まで|\bbis jahresende\b/,
    (t, d) => Math.max(1, daysFromCivil(t.year, 12, 31) - d),
  ],
  [
    /\b(?:by|before|until|due|in)\s(?:the\s)?(?:end of (?:the |this )?quarter|eoq)\b/,
    (t, d) => Math.max(1, daysFromCivil(t.year, Math.ceil(t.month / 3) * 3, 30) - d),
  ],
  [
    /\bend of next week\b|\b(?:bis )?ende nächster woche\b|\bfin de la semaine prochaine\b|\bfinal da próxima semana\b/,
    (_, d) => toFriday(d) + 7,
  ],
  [/\b(?:by|before|due)\s(?:sometime )?next week\b|下周(?:内|之?前|要)|来週(?:中|まで)/, () => 7],
  [/\b(?:by|before|due)\s(?:sometime )?next month\b|下个月(?:之?前)|来月まで/, () => 30],
];

/** A day of the calendar by which it must be done, as days from today. A date that is past was about something else. */
export function dueDay(text: Text, today: CivilDay): { days: number; span: Span } | undefined {
  const { low } = text;
  const now = daysFromCivil(today.year, today.month, today.day);
  const due = (days: number, match: RegExpExecArray) => ({
    days,
    span: [match.index, match.index + match[0].length] as Span,
  });
  const iso = find(low, BY_ISO);
  const day = iso && parseDay(iso[1] ?? iso[2]!);
  if (iso && day) {
    const days = daysFromCivil(day.year, day.month, day.day) - now;
    return days >= 0 ? due(days, iso) : undefined;
  }
  /** A day and month without a year is the next one. */
  const next = (month: number, of: number): number => {
    const days = daysFromCivil(today.year, month, of) - now;
    return days >= 0 ? days : daysFromCivil(today.year + 1, month, of) - now;
  };
  const date = find(low, BY_DATE);
  if (date) {
    const { m1, m2, m3, d1, d2, d3 } = date.groups!;
    const month = m3 ? Number(m3) : monthOf((m1 ?? m2)!);
    const of = Number(d1 ?? d2 ?? d3);
    return of >= 1 && of <= 31 && month >= 1 && month <= 12 ? due(next(month, of), date) : undefined;
  }
  const holiday = find(low, HOLIDAY);
  if (holiday) return due(holiday.groups!.christmas ? next(12, 25) : next(1, 1), holiday);
  const monthly = find(low, BY_MONTH);
  if (monthly) {
    const { end, month: name, han } = monthly.groups!;
    const month = han ? Number(han) : monthOf(name!);
    if (month < 1 || month > 12) return undefined;
    const year = month < today.month ? today.year + 1 : today.year;
    // "until June" ends where June begins; in June itself it can only mean June's end.
    const wholeMonth = end !== undefined || (month === today.month && year === today.year);
    const first = daysFromCivil(year, month, 1) - now;
    return due(wholeMonth ? first + daysToMonthEnd({ year, month, day: 1 }) : first, monthly);
  }
  const byDay = find(low, BY_DAY);
  if (byDay) {
    const { day: named, han, ja, until } = byDay.groups!;
    const name = named ?? ja ?? (han ?? until!.replace("下", "")).replace(/^(?:星期|礼拜)/, "周").replace("天", "日");
    const wanted = DAY_NAMES.findIndex((pattern) => pattern.test(name));
    const later = /下(?:周|星期|礼拜)|来週/.test(
      low.slice(Math.max(0, byDay.index - 2), byDay.index + byDay[0].length),
    );
    // 下周五 is the Friday of next week, which begins on Monday.
    const ahead = later ? ((8 - weekday(now)) % 7 || 7) + ((wanted + 6) % 7) : (wanted - weekday(now) + 7) % 7 || 1;
    if (wanted >= 0) return due(ahead, byDay);
  }
  for (const [pattern, days] of BY_WORD) {
    const match = pattern.exec(low);
    if (match) return due(days(today, now), match);
  }
  return undefined;
}

const monthOf = (name: string): number => MONTH_NAMES.findIndex((pattern) => pattern.test(name)) + 1;
