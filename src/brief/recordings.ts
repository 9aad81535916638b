import type { Quantity } from "./numbers.ts";
import { open, type Reading, say } from "./reading.ts";
import { after, before } from "./text.ts";

const UNITS: [pattern: RegExp, hours: number][] = [
  [/^\s?-?\s?(?:hours?|hrs?|h|horas?|stunden|heures?|ore|uren|小时|時間)(?![a-z])(?:\s?(?:\+|worth))?/, 1],
  [/^\s?-?\s?(?:minutes?|mins?|minuten|minutos|分钟|分)(?![a-z])(?:\s?worth)?/, 1 / 60],
];
/** Sound, or what is recorded as sound. */
const SOUND =
  "(?:audio|speech|voice|recordings?|calls?|podcasts?|music|sounds?|utterances|transcri\\w+|dictations?|lectures|meetings|interviews|radio|broadcasts?|songs|áudio|grabaciones|gravações|sprache|sprachaufnahmen|aufnahmen|gespräche|parole|enregistrements|voz|语音|音频|录音|音声)";
const OF_SOUND = new RegExp(`^\\s?(?:of |de |von |d'|的|の)?(?:[^\\s,.;]{1,24} ){0,4}?${SOUND}(?![a-zà-ÿ])`);
const SOUND_BEFORE = new RegExp(
  `${SOUND}(?: data(?:set)?| corpus)?\\s?(?:is|of|:|=|,|\\(|has|with|about|~)*\\s?(?:about |~)?$`,
);
/** "80h of swahili", said of a speech model. */
const OF_WORD =
  /^\s(?:of |de |von )(?!downtime|compute|gpu|training|work|time|wait|access|runtime|videos?|footage|data)[^\s,.;]{3,}/;
/** What comes in again and again is a load, and no collection. */
const FLOW =
  /^\s?(?:\/|per |a |an |each |every |pro |por |par |每)\s?(?:day|week|month|hour|night|year|tag|woche|día|mes|jour|mois|天|月)|^\s?(?:daily|weekly|monthly|nightly)/;

/** How many hours of sound there are to learn from: no count of examples, no deadline. */
export function readRecordings(reading: Reading): void {
  const speaks = reading.models.some((m) => m.modality === "audio" && !m.refused);
  for (const q of open(reading)) {
    const found = recorded(reading, q, speaks);
    if (found === undefined) continue;
    reading.taken.add(q);
    if (found.flows) continue;
    say(reading, "audioHours", q.high * found.hours, [q.start, found.end]);
  }
}

function recorded(
  reading: Reading,
  q: Quantity,
  speaks: boolean,
): { hours: number; end: number; flows: boolean } | undefined {
  const tail = after(reading.text, q.end, 72);
  const unit = UNITS.find(([pattern]) => pattern.test(tail));
  if (unit === undefined) return undefined;
  const length = unit[0].exec(tail)![0].length;
  const rest = tail.slice(length);
  const sound = OF_SOUND.exec(rest);
  const behind = SOUND_BEFORE.test(before(reading.text, q.start, 40)) && /^\s?(?:$|[,.;)])/.test(rest);
  if (!sound && !behind && !(speaks && OF_WORD.test(rest) && unit[1] === 1)) return undefined;
  const end = q.end + length + (sound?.[0].length ?? 0);
  return { hours: unit[1], end, flows: FLOW.test(reading.text.low.slice(end, end + 16)) };
}
