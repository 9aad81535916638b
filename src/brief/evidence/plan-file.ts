import { type BriefField, isBriefField, problemWith } from "../fields.ts";
import type { Span } from "../text.ts";
import type { Finding } from "./evidence.ts";

/** More than any plan: what is longer is not parsed. */
const LONGEST = 1_000_000;

export interface PastedPlan {
  findings: Finding[];
  /** Where the plan stood in the text. */
  span: Span;
}

/**
 * A `plan.json` in a text, alone or between words. Its brief is taken up again, without what was only assumed: a new
 * catalog or a new word may lead to another plan. JSON is the one format that needs no parser of ours.
 */
export function readPlanFile(given: string): PastedPlan | undefined {
  if (given.length > LONGEST || !given.includes('"planHash"')) return undefined;
  const [start, end] = [given.indexOf("{"), given.lastIndexOf("}") + 1];
  if (start < 0 || end <= start) return undefined;
  let plan: unknown;
  try {
    plan = JSON.parse(given.slice(start, end));
  } catch {
    return undefined;
  }
  const brief = (plan as { brief?: unknown } | null)?.brief;
  if (typeof brief !== "object" || brief === null) return undefined;
  const span: Span = [start, end];
  const findings = Object.entries(brief).flatMap(([field, said]) => finding(field, said, span));
  return { findings, span };
}

function finding(field: string, said: unknown, span: Span): Finding[] {
  if (!isBriefField(field) || typeof said !== "object" || said === null) return [];
  const { value, from } = said as { value?: unknown; from?: unknown };
  if (from === "assumed" || value === undefined || problemWith(field as BriefField, value) !== undefined) return [];
  return [{ field, value, span } as Finding];
}
