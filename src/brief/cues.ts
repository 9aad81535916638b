/**
 * A pattern and the words without which it cannot match. V8 compiles a long pattern when it is first used, in milliseconds:
 * more than everything else in reading a text, and most texts speak of few subjects. So the cue is tried first; it must
 * stand in every text that the pattern matches (`test/brief/cues.test.ts`).
 */
export interface Cued {
  cue: RegExp;
  pattern: RegExp;
}

export const cued = (cue: RegExp, pattern: RegExp): Cued => ({ cue, pattern });

/** The first match of a pattern whose cue stands in the text. */
export const find = (text: string, { cue, pattern }: Cued): RegExpExecArray | null =>
  cue.test(text) ? pattern.exec(text) : null;

/** All matches of such a pattern; it carries the flag "g". */
export const findAll = (text: string, { cue, pattern }: Cued): RegExpExecArray[] =>
  cue.test(text) ? [...text.matchAll(pattern)] : [];
