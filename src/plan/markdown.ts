import { count } from "./format.ts";

/** A cell of a table: pipes and line breaks would break the row. */
const cell = (text: string): string => text.replace(/\|/g, "\\|").replace(/\s*\n\s*/g, " ");

/** A Markdown table. */
export function table(head: string[], rows: string[][]): string {
  return [
    `| ${head.join(" | ")} |`,
    `| ${head.map(() => "---").join(" | ")} |`,
    ...rows.map((r) => `| ${r.map(cell).join(" | ")} |`),
  ].join("\n");
}

/** A list, one item a line; undefined where there is nothing to list. */
export const bullets = (lines: string[]): string | undefined =>
  lines.length > 0 ? lines.map((l) => `- ${l.replace(/\s*\n\s*/g, " ")}`).join("\n") : undefined;

/** A value of a brief, for people. */
export function shownValue(value: unknown): string {
  if (value === undefined) return "–";
  if (typeof value === "number") return Math.abs(value) >= 1000 ? count(value) : String(Number(value.toPrecision(6)));
  if (Array.isArray(value)) return value.map(shownValue).join(", ");
  if (typeof value === "object" && value !== null) {
    const r = value as Record<string, unknown>;
    if ("low" in r && "high" in r) return `${shownValue(r.low)} to ${shownValue(r.high)}`;
    return Object.entries(r)
      .map(([k, v]) => `${k} ${shownValue(v)}`)
      .join(", ");
  }
  return String(value);
}
