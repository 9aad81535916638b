import type { Catalog } from "../catalog/schema.ts";
import { AdvisorError } from "../error.ts";
import type { Side } from "./alternatives.ts";
import type { Brief, BriefField, BriefValues, Conflict, Origin, Said } from "./brief.ts";
import type { CardMention } from "./cards.ts";
import { problemWith } from "./fields.ts";
import type { ModelMention } from "./models.ts";
import type { Quantity } from "./numbers.ts";
import type { Span, Text } from "./text.ts";

/** What every reader of one subject is given, and where it says what it read. */
export interface Reading {
  text: Text;
  language: string;
  catalog: Catalog;
  /** YYYY-MM-DD */
  today: string;
  models: ModelMention[];
  cards: CardMention[];
  quantities: Quantity[];
  /** Quantities that a reader has understood, so that none is read twice. */
  taken: Set<Quantity>;
  brief: Brief;
  /** The sides of a comparison, when the text is one. */
  compared: Side[];
  conflicts: Conflict[];
  notices: string[];
}

/** Puts a value into the brief. The first statement of a field stands; a value outside its schema is an error that names the words. */
export function say<F extends BriefField>(
  reading: Reading,
  field: F,
  value: NonNullable<BriefValues[F]>,
  span: Span,
  from: Origin = "stated",
): void {
  if (reading.brief[field] !== undefined) return;
  const problem = problemWith(field, value);
  if (problem) {
    const words = reading.text.given
      .slice(...span)
      .trim()
      .slice(0, 60);
    throw new AdvisorError(
      "invalid-input",
      `Cannot read "${words}" as ${field}: ${problem}`,
      `Say ${field} again with a value that can be, or leave it out.`,
    );
  }
  (reading.brief as Record<string, unknown>)[field] = { value, from, span } satisfies Said<unknown>;
}

/** More remarks than these are a table's, and nobody reads them. */
const MOST_NOTICES = 20;

/** Something to say about their own text, once. */
export function note(reading: Reading, words: string): void {
  if (reading.notices.length < MOST_NOTICES && !reading.notices.includes(words)) reading.notices.push(words);
}

/** The quantities nobody has understood yet. Nothing but a budget can be zero. */
export function open(reading: Reading): Quantity[] {
  return reading.quantities.filter((q) => q.high > 0 && !reading.taken.has(q));
}

/** Marks the numbers inside a set-up as understood. */
export function takeWithin(reading: Reading, span: Span): void {
  for (const q of reading.quantities) if (q.start >= span[0] && q.end <= span[1]) reading.taken.add(q);
}
