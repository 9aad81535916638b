import { nearestNames } from "../catalog/names.ts";
import { AdvisorError } from "../error.ts";
import { BRIEF_FIELDS, type Brief, type BriefField, BriefValues, fieldSchema, type Origin } from "./brief.ts";

const unknownField = (field: string): AdvisorError => {
  const near = nearestNames(field, BRIEF_FIELDS, 1)[0];
  return new AdvisorError(
    "unknown-name",
    `Unknown brief field "${field}"`,
    near ? `Did you mean "${near}"?` : `Known fields: ${BRIEF_FIELDS.join(", ")}.`,
  );
};

/** A brief from bare values, as in a YAML or JSON file. */
export function briefFromValues(values: unknown, from: Origin): Brief {
  const result = BriefValues.safeParse(values);
  if (!result.success) {
    const issue = result.error.issues[0]!;
    if (issue.code === "unrecognized_keys") throw unknownField(issue.keys[0]!);
    const path = issue.path.join(".");
    throw new AdvisorError(
      "invalid-input",
      path ? `${path}: ${issue.message}` : `A brief is an object of fields: ${issue.message}`,
      "Correct the value; the README lists every field with its unit.",
    );
  }
  const brief: Record<string, unknown> = {};
  for (const [field, value] of Object.entries(result.data)) if (value !== undefined) brief[field] = { value, from };
  return brief as Brief;
}

/** `field=value` from a flag: numbers as numbers, lists separated by commas, the rest as text. */
export function setField(brief: Brief, assignment: string): Brief {
  const at = assignment.indexOf("=");
  if (at <= 0)
    throw new AdvisorError(
      "invalid-input",
      `"${assignment}" is not of the form field=value`,
      "For example --set budgetUsd=200",
    );
  const field = assignment.slice(0, at).trim();
  const text = assignment.slice(at + 1).trim();
  const schema = fieldSchema(field);
  if (!schema) throw unknownField(field);
  const list = field === "constraints" || field === "environments";
  const candidates: unknown[] = list ? [text === "" ? [] : text.split(",").map((x) => x.trim())] : [];
  if (!list) {
    const number = Number(text);
    if (text !== "" && Number.isFinite(number)) candidates.push(number);
    try {
      candidates.push(JSON.parse(text));
    } catch {
      // Not JSON: the text itself is the value.
    }
    candidates.push(text);
  }
  for (const candidate of candidates) {
    const result = schema.safeParse(candidate);
    if (result.success) return { ...brief, [field]: { value: result.data, from: "stated" } };
  }
  const message = schema.safeParse(candidates[0]).error!.issues[0]!.message;
  throw new AdvisorError(
    "invalid-input",
    `${field}=${text}: ${message}`,
    "Correct the value; the README lists every field with its unit.",
  );
}

/** Bare values of a brief: what plans are computed from and hashed by, without where they came from. */
export function bareValues(brief: Brief): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  for (const field of BRIEF_FIELDS) {
    const said = brief[field as BriefField];
    if (said !== undefined) out[field] = said.value;
  }
  return out;
}
