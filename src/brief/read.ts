import type { Catalog } from "../catalog/schema.ts";
import { redactSecrets, secretNotices } from "../secrets.ts";
import { readAlternatives } from "./alternatives.ts";
import { readApproach } from "./approach.ts";
import type { ReadAnswer } from "./brief.ts";
import { findCards } from "./cards.ts";
import { findConflicts } from "./conflicts.ts";
import { readConstraints } from "./constraints.ts";
import { readData } from "./data.ts";
import { readDeadline } from "./deadlines.ts";
import { type Evidence, findEvidence } from "./evidence/evidence.ts";
import { readPlanFile } from "./evidence/plan-file.ts";
import { figures } from "./figures.ts";
import { readHardware } from "./hardware.ts";
import { readImageSize, readImagesPerPrompt } from "./images.ts";
import { noteImpossible } from "./impossible.ts";
import { readLengths } from "./lengths.ts";
import { readHostMemory } from "./memory.ts";
import { closedModels, findModels } from "./models.ts";
import { readBudget } from "./money.ts";
import { type Quantity, quantities } from "./numbers.ts";
import { ofOthers } from "./others.ts";
import { readOwnership } from "./ownership.ts";
import { readPlaces } from "./places.ts";
import { readPhase, readPurpose } from "./purpose.ts";
import { type Reading, say } from "./reading.ts";
import { readRecordings } from "./recordings.ts";
import { noteUnusable, readFailure, readTracker } from "./remarks.ts";
import { readSeries } from "./series.ts";
import { readService } from "./service.ts";
import { readSettings } from "./settings.ts";
import { languageOf, normalise, READ_LIMIT, type Span, type Text, without } from "./text.ts";
import { readMethod, readModel } from "./workload.ts";

/**
 * Reads what a person wrote into a brief, without a model and without a clock.
 * Each reader takes the numbers it understands, the most particular first, so that no number is read twice.
 */
export function readText(text: string, catalog: Catalog, options: { today: string }): ReadAnswer {
  const { text: safe, found } = redactSecrets(text);
  const notices = secretNotices(found);
  if (text.length > READ_LIMIT) notices.push(`Only the first ${READ_LIMIT} characters were read.`);
  const plan = readPlanFile(safe);
  // What stands around a pasted plan is read; the plan itself is emptied in place, so that positions stay true.
  const words = plan
    ? safe.slice(0, plan.span[0]) + " ".repeat(plan.span[1] - plan.span[0]) + safe.slice(plan.span[1])
    : safe;
  const whole = normalise(words);
  const pastes = findEvidence(whole, catalog);
  const evidence = { ...pastes, findings: [...pastes.findings, ...(plan?.findings ?? [])] };
  const pasted = without(whole, evidence.spans);
  const others = ofOthers(pasted);
  const normal = without(pasted, others);
  for (const [start, end] of others)
    if (/\d/.test(pasted.low.slice(start, end)))
      notices.push(
        `Taken as somebody else's numbers, not yours: "${safe.slice(start, Math.min(end, start + 120)).trim()}".`,
      );
  const language = languageOf(normal);
  const ours = findModels(normal, catalog);
  // "The docs say Mistral 7B needs 24 GB, right?": the numbers are theirs, the model is what is asked about.
  const models = ours.length > 0 ? ours : findModels(pasted, catalog);
  const closed = closedModels(normal);
  const names: Span[] = [...models.map((m) => m.span), ...closed, ...figures(normal)];
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
    compared: [],
    conflicts: [],
    notices,
  };
  noteImpossible(reading);
  readHostMemory(reading);
  readHardware(reading);
  readImagesPerPrompt(reading);
  readImageSize(reading);
  readRecordings(reading);
  readService(reading);
  readLengths(reading);
  readBudget(reading);
  readModel(reading);
  readMethod(reading);
  readQuoted(reading, pasted, normal);
  readData(reading);
  sayEvidence(reading, evidence);
  readSettings(reading);
  readDeadline(reading);
  readConstraints(reading);
  readPlaces(reading);
  readAlternatives(reading);
  readPhase(reading);
  readPurpose(reading);
  readSeries(reading);
  readApproach(reading);
  readOwnership(reading);
  readTracker(reading);
  readFailure(reading);
  noteUnusable(reading, closed);
  findConflicts(reading, closed);
  return { brief: reading.brief, conflicts: reading.conflicts, questions: [], notices: reading.notices };
}

/** A size or a method that only a quoted clause names ("the README says 48 GB for a 70B QLoRA, why ...") is what is asked about. */
function readQuoted(reading: Reading, pasted: Text, normal: Text): void {
  const { brief } = reading;
  if (pasted === normal || brief.model || brief.parameterCount || reading.compared.length > 1) return;
  const names = reading.models.map((m) => m.span);
  const whole = {
    ...reading,
    text: pasted,
    quantities: quantities(pasted, reading.language, names),
    taken: new Set<Quantity>(),
  };
  readModel(whole);
  if (!brief.method) readMethod(whole);
}

/** What pastes say, where the person's own words say nothing else. A card that was named has its memory in the catalog. */
function sayEvidence(reading: Reading, evidence: Evidence): void {
  const { brief } = reading;
  for (const { field, value, span } of evidence.findings) {
    if (field === "acceleratorMemoryGib" && brief.accelerator && brief.accelerator.span !== span) continue;
    // Two cards compared, and one of them printed the error: which one is not known.
    if (reading.compared.length > 1 && (field === "accelerator" || field === "acceleratorMemoryGib")) continue;
    say(reading, field, value, span);
  }
}
