import { parseDay, workingDays } from "./dates.ts";
import { dueDay } from "./due.ts";
import { open, type Reading, say } from "./reading.ts";
import { after, before } from "./text.ts";

const UNITS: [pattern: RegExp, hours: number][] = [
  [/^\s?-?(?:hours?|hrs?|h|horas?|stunden?|heures?|小时|時間)(?![a-z])/, 1],
  [/^\s?-?(?:days?|d|días?|dias?|tage?n?|jours?|天|日)(?![a-z])/, 24],
  [/^\s?-?(?:weeks?|wks?|w|semanas?|wochen?|semaines?|个?星期|周|週間?)(?![a-z])/, 168],
  [/^\s?-?(?:months?|mo|mos|meses|mês|mes|monate?n?|mois|个月|ヶ月)(?![a-z])/, 720],
];

const BY =
  /(?:\b(?:in|within|in the next|by|before|due in|deadline(?: is| of| in|:)?|time(?:line| ?frame| limit)?(?: is)?:?|délai (?:de|:)|plazo (?:de|:)|prazo (?:de|:)|frist(?: von|:)?|inside|have|got|max|under|in (?:less|under) than|less than|at most|need (?:it |this )?(?:done |finished |ready )?in|en|em|innerhalb von|dentro de|d'ici|sous|en menos de|we have|only)\s(?:about |around |max |the next |~|under |at most |less than )?(?:an?\s)?|在)$/;
/** "100 hours on one A100": what they have of the machine. */
const ON_HARDWARE =
  /^\s?of\s(?:compute|gpu(?:[ -]time)?)|^\s(?:on|of) (?:an?|one|the|our|my|\d{1,3}x?|two|four|eight)\s?(?=[a-z0-9])/;
const HAVE_HARDWARE = /\bfor\s(?:about |around |~|only |just |the next )?(?:an?\s|the\s)?$/;
/** Verbs that make a duration an observation. */
const OBSERVED =
  /\b(?:tak(?:es?|ing)|took|says?|said|eta|ran|runs?|running|since|ago|last(?:ed|s)?|trained|finished|finishes|every|each|spent|after|already|so far|estimates?|shows?|still|previous(?:ly)?|was|were)\b[^,;]{0,14}$/;
/** Hours of what is watched; what is heard was read before. */
const OF_SCREEN =
  /^\s?-?\s?(?:hours?|hrs?|h|horas|stunden)\s(?:of |de |von |d')?(?:\w+ ){0,2}(?:videos?|data|footage|material|tv)/;
const AFTER_ASK =
  /^\s?(?:deadline|to (?:train|finish|do|build|ship|deliver|go)|max\b|limit\b|budget|window|until|left|以内|内|之内|later is fine)/;
const AFTER_OBSERVED =
  /^\s?(?:per|\/|an? epoch|each|ago|old|long|of\b|apart|a day|a week|retention|history|window of|trial|horizon|ahead|forecast|in advance)/;

const WORKING_DAYS =
  /^\s?-?(?:working|business|work|week) ?days?(?![a-z])|^\s?(?:werktage?n?|arbeitstage?n?|jours ouvr(?:és|ables)|días (?:hábiles|laborables)|dias úteis|个?工作日|営業日)/;

/** A list's item of its own, "…, 4 days, …": what else would it be. Hours alone are as often an observation. */
const alone = (lead: string, rest: string, hours: number): boolean =>
  hours >= 24 && /(?:^|[,|])\s?$/.test(lead) && lead.trim() !== "" && /^\s?(?:[,|]|$)/.test(rest);

/** The hours until it must be done. What a progress bar says, or how long the recordings are, is no deadline. */
export function readDeadline(reading: Reading): void {
  const { text } = reading;
  const today = parseDay(reading.today);
  for (const q of open(reading)) {
    const tail = after(text, q.end, 48);
    const working = WORKING_DAYS.exec(tail);
    if (working && today && Number.isInteger(q.high) && q.high > 0 && q.high < 1000) {
      reading.taken.add(q);
      say(reading, "deadlineHours", workingDays(today, q.high) * 24, [q.start, q.end + working[0].length]);
      return;
    }
    const unit = UNITS.find(([pattern]) => pattern.test(tail));
    if (!unit || q.multiplier !== "") continue;
    const lead = before(text, q.start, 48);
    const rest = tail.slice(unit[0].exec(tail)![0].length);
    if (OF_SCREEN.test(tail) || OBSERVED.test(lead) || AFTER_OBSERVED.test(rest)) {
      if (unit[1] > 1 || !BY.test(lead)) reading.taken.add(q);
      continue;
    }
    const asks =
      BY.test(lead) ||
      alone(lead, rest, unit[1]) ||
      AFTER_ASK.test(rest) ||
      /^\s?(?:个?)(?:之?内|以内)/.test(rest) ||
      /截止|期限/.test(lead);
    const lends =
      reading.compared.length < 2 &&
      (HAVE_HARDWARE.test(lead) || ON_HARDWARE.test(rest)) &&
      (reading.cards.length > 0 || /\b(?:gpus?|cluster|node|access|rent\w*|loan\w*|borrow\w*)\b/.test(lead)) &&
      !/\b(?:train\w*|run\w*|data|store|cache)\b[^,;]{0,20}$/.test(lead);
    if (!asks && !lends) continue;
    if (
      !lends &&
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
  const due = today && dueDay(text, today);
  if (due) say(reading, "deadlineHours", Math.max(due.days, 0.5) * 24, due.span);
}
