import type { Catalog } from "../catalog/schema.ts";
import { redactSecrets, secretNotices } from "../secrets.ts";
import type { ReadAnswer } from "./brief.ts";
import { findCards } from "./cards.ts";
import { findConflicts } from "./conflicts.ts";
import { readConstraints } from "./constraints.ts";
import { readData } from "./data.ts";
import { readDeadline } from "./deadlines.ts";
import { readHardware } from "./hardware.ts";
import { readLengths } from "./lengths.ts";
import { readHostMemory } from "./memory.ts";
import { closedModels, findModels } from "./models.ts";
import { readBudget } from "./money.ts";
import { quantities } from "./numbers.ts";
import { readPlaces } from "./places.ts";
import { readPhase, readPurpose } from "./purpose.ts";
import type { Reading } from "./reading.ts";
import { noteUnusable, readOwnership, readTracker } from "./remarks.ts";
import { readService } from "./service.ts";
import { languageOf, normalise, READ_LIMIT, type Span } from "./text.ts";
import { readMethod, readModel } from "./workload.ts";

/** Names with digits in them that count nothing: a board's revision, "24x7", a percentile, a date. */
const FIGURES =
  /\b(?:raspberry ?pi|rpi|pi) ?(?:zero|cm)?\d(?:b\+?)?(?![a-z0-9])|\b24 ?[x/] ?7\b|\bp\d{2}(?:\.\d)?\b|\b\d{4}-\d{2}-\d{2}\b|\bpython ?3(?:\.\d+)?\b|\bcuda ?\d+(?:\.\d+)?\b|\bzero[ -]?[123]\b|\bstage[ -]?[123]\b|\b[48][ -]?bit\b|\bfp(?:8|16|32)\b|\bint[48]\b|\bbf16\b|\bnf4\b|\bsoc ?2\b|\brank ?=? ?\d+|\br ?= ?\d+/g;

/**
 * Reads what a person wrote into a brief, without a model and without a clock.
 * Each reader takes the numbers it understands, the most particular first, so that no number is read twice.
 */
export function readText(text: string, catalog: Catalog, options: { today: string }): ReadAnswer {
  const { text: safe, found } = redactSecrets(text);
  const notices = secretNotices(found);
  if (text.length > READ_LIMIT) notices.push(`Only the first ${READ_LIMIT} characters were read.`);
  const normal = normalise(safe);
  const language = languageOf(normal);
  const figures = [...normal.low.matchAll(FIGURES)].map((m): Span => [m.index, m.index + m[0].length]);
  const models = findModels(normal, catalog);
  const closed = closedModels(normal);
  const names: Span[] = [...models.map((m) => m.span), ...closed, ...figures];
  const cards = findCards(normal, catalog, names);
  const reading: Reading = {
    text: normal,
    language,
    catalog,
    today: options.today,
    models,
    cards,
    quantities: quantities(normal, language, [...names, ...cards.map((c) => c.span)]),
    taken: new Set(),
    brief: {},
    conflicts: [],
    notices,
  };
  readHostMemory(reading);
  readHardware(reading);
  readService(reading);
  readLengths(reading);
  readBudget(reading);
  readModel(reading);
  readMethod(reading);
  readData(reading);
  readDeadline(reading);
  readConstraints(reading);
  readPlaces(reading);
  readPhase(reading);
  readPurpose(reading);
  readOwnership(reading);
  readTracker(reading);
  noteUnusable(reading, closed);
  findConflicts(reading);
  return { brief: reading.brief, conflicts: reading.conflicts, questions: [], notices: reading.notices };
}
