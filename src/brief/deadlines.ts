import { daysFromCivil, daysToMonthEnd, parseDay, weekday } from "./dates.ts";
import { open, type Reading, say } from "./reading.ts";
import { after, before } from "./text.ts";

const UNITS: [pattern: RegExp, hours: number][] = [
  [/^\s?-?(?:hours?|hrs?|h|horas?|stunden?|heures?|小时|時間)(?![a-z])/, 1],
  [/^\s?-?(?:days?|d|días?|dias?|tage?n?|jours?|天|日)(?![a-z])/, 24],
  [/^\s?-?(?:weeks?|wks?|w|semanas?|wochen?|semaines?|个?星期|周|週間?)(?![a-z])/, 168],
  [/^\s?-?(?:months?|mo|mos|meses|mês|mes|monate?n?|mois|个月|ヶ月)(?![a-z])/, 720],
];

const BY =
  /(?:\b(?:in|within|in the next|by|before|due in|deadline(?: is| of| in|:)?|inside|have|got|max|under|in (?:less|under) than|less than|at most|need (?:it |this )?(?:done |finished |ready )?in|en|em|innerhalb von|dentro de|d'ici|sous|en menos de|we have|only)\s(?:about |around |max |the next |~|under |at most |less than )?(?:an?\s)?|在)$/;
const HAVE_HARDWARE = /\bfor\s(?:about |around |~|only |just |the next )?(?:an?\s|the\s)?$/;
/** Verbs that make a duration an observation. */
const OBSERVED =
  /\b(?:tak(?:es?|ing)|took|says?|said|eta|ran|runs?|running|since|ago|last(?:ed|s)?|trained|finished|finishes|every|each|spent|after|already|so far|estimates?|shows?|still|previous(?:ly)?|was|were)\b[^,;]{0,14}$/;
const DATA_HOURS =
  /^\s?-?\s?(?:hours?|hrs?|h|horas|stunden)\s(?:of |de |von |d')?(?:\w+ ){0,2}(?:audio|speech|video|recordings?|calls?|data|footage|podcasts?|material|music|voice|transcri\w+|áudio|grabaciones|sprache|lectures|meetings|interviews|radio|tv)/;
const AFTER_ASK =
  /^\s?(?:deadline|to (?:train|finish|do|build|ship|deliver|go)|max\b|limit\b|budget|window|until|left|以内|内|之内|later is fine)/;
const AFTER_OBSERVED =
  /^\s?(?:per|\/|an? epoch|each|ago|old|long|of\b|apart|a day|a week|retention|history|window of|trial|horizon|ahead|forecast|in advance)/;

const DAYS: [RegExp, number][] = [
  [/(?:sun|sunday|domingo|sonntag|dimanche|周日|星期日|星期天)/, 0],
  [/(?:monday|mon|lunes|segunda(?:-feira)?|montag|lundi|周一|星期一)/, 1],
  [/(?:tuesday|tues?|martes|terça(?:-feira)?|dienstag|mardi|周二|星期二)/, 2],
  [/(?:wednesday|wed|miércoles|quarta(?:-feira)?|mittwoch|mercredi|周三|星期三)/, 3],
  [/(?:thursday|thurs?|jueves|quinta(?:-feira)?|donnerstag|jeudi|周四|星期四)/, 4],
  [/(?:friday|fri|viernes|sexta(?:-feira)?|freitag|vendredi|周五|星期五)/, 5],
  [/(?:saturday|sat|sábado|samstag|samedi|周六|星期六)/, 6],
];
const BY_DAY = new RegExp(
  `\\b(?:by|before|until|till?|due|for|on|deadline(?: is|:)?|bis|vor|hasta|antes del?|para el|até|avant|pour|by (?:next|this))\\s(?:the\\s|el\\s|next\\s|this\\s|le\\s|coming\\s)?(?<day>${DAYS.map(([p]) => p.source).join("|")})(?![a-z])|(?<han>(?:周|星期|礼拜)[一二三四五六日天])\\s?(?:之?前|要|截止|交)`,
);
const MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split(" ");
const BY_DATE = new RegExp(
  `\\b(?:by|before|until|till?|due|deadline(?: is|:)?|bis|antes del?|até|avant)\\s(?:the\\s)?(?:(?<d1>\\d{1,2})(?:st|nd|rd|th|\\.)?\\s(?:of\\s)?(?<m1>${MONTHS.join("|")})[a-z]{0,6}|(?<m2>${MONTHS.join("|")})[a-z]{0,6}\\.?\\s(?<d2>\\d{1,2})(?:st|nd|rd|th)?(?!\\d))`,
);
const BY_MONTH_END = new RegExp(
  `\\b(?:by|before|until|till?|due|deadline(?: is|:)?)\\s(?:the\\s)?end of (${MONTHS.join("|")})[a-z]{0,6}\\b`,
);
const BY_ISO =
  /\b(?:by|before|until|till?|due|deadline(?: is|:)?|bis|antes del?|até|avant)\s(?:the\s)?(\d{4}-\d{1,2}-\d{1,2})|(\d{4}-\d{1,2}-\d{1,2})\s?(?:前|之前|deadline)/;
const BY_WORD: [RegExp, (today: { year: number; month: number; day: number }, day: number) => number][] = [
  [
    /\b(?:by|until|till|before|due|for)\s(?:tomorrow|tmrw|tmr)\b|明天(?:之?前|要|交)?|\b(?:bis morgen|para mañana|até amanhã|pour demain)\b/,
    () => 1,
  ],
  [/\b(?:by|until|before)\s(?:tonight|end of (?:the )?day|eod|today)\b|今天(?:之?内|前)/, () => 0.5],
  [
    /\b(?:by|until|till?|before|due)\s(?:the\s)?(?:end of (?:the |this )?week|eow|this week)\b|本周内|这周(?:内|之?前)/,
    (_, d) => (5 - weekday(d) + 7) % 7 || 7,
  ],
  [
    /\b(?:by|until|till?|before|due)\s(?:the\s)?(?:end of (?:the |this )?month|month[ -]end|eom)\b|月底(?:之?前)?|fin de mes|fim do mês|monatsende|fin du mois/,
    (t) => Math.max(1, daysToMonthEnd(t)),
  ],
  [
    /\b(?:by|until|till?|before|due)\s(?:the\s)?(?:end of (?:the |this )?year|eoy|year[ -]end)\b|年底(?:之?前)?/,
    (t, d) => Math.max(1, daysFromCivil(t.year, 12, 31) - d),
  ],
  [
    /\b(?:by|before|until|due|in)\s(?:the\s)?(?:end of (?:the |this )?quarter|eoq)\b/,
    (t, d) => Math.max(1, daysFromCivil(t.year, Math.ceil(t.month / 3) * 3, 30) - d),
  ],
  [/\b(?:by|until|till?|before|due)\s(?:the\s)?end of next week\b/, (_, d) => ((5 - weekday(d) + 7) % 7) + 7],
  [/\b(?:by|before|due)\s(?:sometime )?next week\b|下周(?:内|之?前|要)/, () => 7],
  [/\b(?:by|before|due)\s(?:sometime )?next month\b|下个月(?:之?前)/, () => 30],
];

/** The hours until it must be done. What a progress bar says, or how long the recordings are, is no deadline. */
export function readDeadline(reading: Reading): void {
  const { text } = reading;
  const today = parseDay(reading.today);
  for (const q of open(reading)) {
    const tail = after(text, q.end, 48);
    const unit = UNITS.find(([pattern]) => pattern.test(tail));
    if (!unit || q.multiplier !== "") continue;
    const lead = before(text, q.start, 48);
    const rest = tail.slice(unit[0].exec(tail)![0].length);
    if (DATA_HOURS.test(tail) || OBSERVED.test(lead) || AFTER_OBSERVED.test(rest)) {
      if (unit[1] > 1 || !BY.test(lead)) reading.taken.add(q);
      continue;
    }
    const asks =
      BY.test(lead) || AFTER_ASK.test(rest) || /^\s?(?:个?)(?:之?内|以内)/.test(rest) || /截止|期限/.test(lead);
    const lends =
      HAVE_HARDWARE.test(lead) &&
      (reading.cards.length > 0 || /\b(?:gpus?|cluster|node|access|rent\w*|loan\w*|borrow\w*)\b/.test(lead)) &&
      !/\b(?:train\w*|run\w*|data|store|cache)\b[^,;]{0,20}$/.test(lead);
    if (!asks && !lends) continue;
    if (
      /\b(?:have|got|only|max|under|less than)\s(?:about |~)?(?:an?\s)?$/.test(lead) &&
      unit[1] === 1 &&
      !/\b(?:deadline|train\w*|finish|done|run)\b/.test(text.low)
    )
      continue;
    reading.taken.add(q);
    say(
      reading,
      "deadlineHours",
      q.high * unit[1],
      [q.start, q.end + unit[0].exec(tail)![0].length],
      lends && !asks ? "inferred" : "stated",
    );
    return;
  }
  const single = /\b(in|within|for)\s(?:about )?(an?|one|the next)\s(hour|day|week|month)\b(?!\s?(?:old|ago|of))/.exec(
    text.low,
  );
  if (single && !OBSERVED.test(before(text, single.index)) && (single[1] !== "for" || reading.cards.length > 0)) {
    const hours = { hour: 1, day: 24, week: 168, month: 720 }[single[3]!]!;
    say(
      reading,
      "deadlineHours",
      hours,
      [single.index, single.index + single[0].length],
      single[1] === "for" ? "inferred" : "stated",
    );
    return;
  }
  if (!today) return;
  const now = daysFromCivil(today.year, today.month, today.day);
  const deadline = (days: number, match: RegExpExecArray) =>
    say(reading, "deadlineHours", Math.max(days, 0.5) * 24, [match.index, match.index + match[0].length]);
  const iso = BY_ISO.exec(text.low);
  const day = iso && parseDay(iso[1] ?? iso[2]!);
  if (iso && day) {
    const days = daysFromCivil(day.year, day.month, day.day) - now;
    // A date that is past was about something else.
    if (days >= 0) deadline(days, iso);
    return;
  }
  const named = BY_DATE.exec(text.low);
  if (named) {
    const month = MONTHS.indexOf((named.groups!.m1 ?? named.groups!.m2)!) + 1;
    const d = Number(named.groups!.d1 ?? named.groups!.d2);
    const days = daysFromCivil(today.year, month, d) - now;
    if (d >= 1 && d <= 31) deadline(days >= 0 ? days : daysFromCivil(today.year + 1, month, d) - now, named);
    return;
  }
  const monthEnd = BY_MONTH_END.exec(text.low);
  if (monthEnd) {
    const month = MONTHS.indexOf(monthEnd[1]!) + 1;
    const year = month < today.month ? today.year + 1 : today.year;
    deadline(daysFromCivil(year, month, 1) + daysToMonthEnd({ year, month, day: 1 }) - now, monthEnd);
    return;
  }
  const byDay = BY_DAY.exec(text.low);
  if (byDay) {
    const name = byDay.groups!.day ?? byDay.groups!.han!.replace(/^(?:星期|礼拜)/, "周").replace("天", "日");
    const wanted = DAYS.find(([p]) => new RegExp(`^(?:${p.source})$`).test(name))?.[1];
    if (wanted !== undefined) {
      deadline((wanted - weekday(now) + 7) % 7 || 1, byDay);
      return;
    }
  }
  for (const [pattern, days] of BY_WORD) {
    const match = pattern.exec(text.low);
    if (match) {
      deadline(days(today, now), match);
      return;
    }
  }
}
