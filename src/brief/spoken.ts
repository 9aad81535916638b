import { note, type Reading } from "./reading.ts";

/** The codes of Whisper's most spoken languages, and what people call them. English is what a project says by itself. */
const SPOKEN: readonly [code: string, names: RegExp][] = [
  ["ar", /arabic|árabe|arabe|arabisch/],
  ["ca", /catalan|català|catalán/],
  ["cs", /czech|tschechisch/],
  ["da", /danish|dänisch/],
  ["de", /german|deutsch\w{0,2}|alemán|allemand|alemão/],
  ["el", /greek|griechisch/],
  ["es", /spanish|español|spanisch\w{0,2}|espagnol|espanhol|castellano/],
  ["fa", /persian|farsi/],
  ["fi", /finnish|finnisch/],
  ["fr", /french|français|französisch\w{0,2}|francés|francês/],
  ["he", /hebrew/],
  ["hi", /hindi/],
  ["hu", /hungarian|ungarisch/],
  ["id", /indonesian|bahasa/],
  ["it", /italian|italiano|italienisch\w{0,2}/],
  ["ja", /japanese|日本語/],
  ["ko", /korean|한국어/],
  ["nl", /dutch|nederlands\w?|niederländisch/],
  ["no", /norwegian|norwegisch/],
  ["pl", /polish|polnisch/],
  ["pt", /portuguese|português|portugués|portugiesisch/],
  ["ro", /romanian|rumänisch/],
  ["ru", /russian|russisch/],
  ["sv", /swedish|schwedisch|svenska/],
  ["th", /thai/],
  ["tr", /turkish|türkisch|türkçe/],
  ["uk", /ukrainian|ukrainisch/],
  ["vi", /vietnamese/],
  ["yue", /cantonese|粤语/],
  ["zh", /chinese|mandarin|中文|普通话/],
];
const NAMED = new RegExp(
  SPOKEN.map(([code, { source }]) => `(?<${code}>(?<!\\p{L})(?:${source})(?!\\p{L}))`).join("|"),
  "gu",
);

/** Whisper writes in the language that it is told, whatever it hears: people must know where it is said. */
export function noteSpokenLanguage(reading: Reading): void {
  const { brief, text } = reading;
  if (brief.task?.value !== "transcription" && !/whisper/i.test(brief.model?.value ?? "")) return;
  for (const { index, 0: low, groups } of text.low.matchAll(NAMED)) {
    const name = text.given.slice(index, index + low.length);
    // The verb.
    if (name === "polish") continue;
    const [code] = Object.entries(groups!).find(([, found]) => found !== undefined)!;
    note(
      reading,
      `"${name}": a speech project transcribes English until \`data.language: ${code}\` stands in its configs/base.yaml, or "language" in each row.`,
    );
  }
}
