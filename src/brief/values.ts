import { nearestNames } from "../catalog/names.ts";
import { AdvisorError } from "../error.ts";
import { findSecrets } from "../secrets.ts";
import type { Brief, Origin } from "./brief.ts";
import { BRIEF_FIELDS, type BriefField, isBriefField, problemWith } from "./fields.ts";

const unknownField = (field: string): AdvisorError => {
  const near = nearestNames(field, BRIEF_FIELDS, 1)[0];
  return new AdvisorError(
    "unknown-name",
    `Unknown brief field "${field}"`,
    near ? `Did you mean "${near}"?` : `Known fields: ${BRIEF_FIELDS.join(", ")}.`,
  );
};

const CORRECT = "Correct the value, or say it in your own words.";

/** A key in a brief would go into plans and files: it is refused, without being repeated. */
function refuseSecrets(field: string, value: unknown): void {
  const found = findSecrets(typeof value === "string" ? value : JSON.stringify(value))[0];
  if (found)
    throw new AdvisorError(
      "secret-found",
      `${field} holds a ${found.kind}`,
      `Take it out of the brief and revoke it at ${found.service}: it was on a command line or in a file.`,
    );
}

function checked(values: unknown, where: string): Record<string, unknown> {
  if (typeof values !== "object" || values === null || Array.isArray(values)) {
    throw new AdvisorError(
      "invalid-input",
      `${where} must be an object of fields`,
      'For example {"model": "Qwen3 8B"}',
    );
  }
  const out: Record<string, unknown> = {};
  for (const [field, value] of Object.entries(values)) {
    if (!isBriefField(field)) throw unknownField(field);
    if (value === null || value === undefined) continue;
    refuseSecrets(field, value);
    const problem = problemWith(field, value);
    if (problem)
      throw new AdvisorError(
        "invalid-input",
        `${field}: ${problem}, not ${JSON.stringify(value).slice(0, 80)}`,
        CORRECT,
      );
    out[field] = field === "alternatives" ? (value as unknown[]).map((v) => checked(v, "an alternative")) : value;
  }
  return out;
}

/** A brief from bare values, as in a YAML or JSON file. */
export function briefFromValues(values: unknown, from: Origin): Brief {
  const bare = checked(values, "a brief");
  return Object.fromEntries(Object.entries(bare).map(([field, value]) => [field, { value, from }])) as Brief;
}

/** `field=value` from a flag: numbers as numbers, lists separated by commas, JSON as JSON, the rest as text. */
export function setField(brief: Brief, assignment: string): Brief {
  const at = assignment.indexOf("=");
  if (at <= 0)
    throw new AdvisorError(
      "invalid-input",
      `"${assignment}" is not of the form field=value`,
      "For example budgetUsd=200",
    );
  const field = assignment.slice(0, at).trim();
  const text = assignment.slice(at + 1).trim();
  if (!isBriefField(field)) throw unknownField(field);
  refuseSecrets(field, text);
  const readings = readingsOf(field, text);
  const value = readings.find((candidate) => problemWith(field, candidate) === undefined);
  if (value === undefined)
    throw new AdvisorError("invalid-input", `${field}=${text}: ${problemWith(field, readings[0])}`, CORRECT);
  return { ...brief, [field]: { value, from: "stated" } };
}

/** What a flag's text may stand for, likeliest first. */
function readingsOf(field: BriefField, text: string): unknown[] {
  if (field === "constraints" || field === "environments")
    return [text === "" ? [] : text.split(",").map((word) => word.trim())];
  const readings: unknown[] = [];
  const number = Number(text);
  if (text !== "" && Number.isFinite(number)) readings.push(number);
  try {
    readings.push(JSON.parse(text));
  } catch {
    // Not JSON: the text itself is the value.
  }
  return [...readings, text];
}

/** Bare values of a brief: what plans are computed from and hashed by, without where they came from. */
export function bareValues(brief: Brief): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  for (const field of BRIEF_FIELDS) {
    const said = brief[field];
    if (said !== undefined) out[field] = said.value;
  }
  return out;
}
