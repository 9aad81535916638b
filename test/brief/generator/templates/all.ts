import type { Template } from "../generate.ts";
import { computers, interruptions, ownership, walls } from "./belonging.ts";
import { dataStatus, lengthsAndRows, suffixesAndRanges } from "./data.ts";
import { evidence } from "./evidence.ts";
import { countsAndSizes, memoryKinds } from "./hardware.ts";
import { languages } from "./languages.ts";
import { counting, dimensions, knowledge, names, recordings, requests } from "./measures.ts";
import { modalities, register, severalModels } from "./models.ts";
import { money } from "./money.ts";
import { constraints, rates } from "./service.ts";
import { deadlines } from "./time.ts";
import { comparison, contradiction, foreignNumbers, negation } from "./wording.ts";

/** Phenomenon → its templates. The first eighteen were written before their author had seen a line of the reader. */
export const TEMPLATES: Record<string, Template[]> = {
  "counts and sizes": countsAndSizes,
  "kinds of memory": memoryKinds,
  "lengths and rows": lengthsAndRows,
  "data status": dataStatus,
  "suffixes and ranges": suffixesAndRanges,
  money,
  deadlines,
  rates,
  constraints,
  negation,
  comparison,
  "foreign numbers": foreignNumbers,
  contradiction,
  "several models": severalModels,
  modalities,
  register,
  languages,
  evidence,
  ownership,
  computers,
  interruptions,
  walls,
  dimensions,
  recordings,
  requests,
  counting,
  knowledge,
  names,
};
