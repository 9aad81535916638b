/** A value as one table cell: never a line break, and no mark that the table or the text would take for its own. */
export function cell(value: unknown): string {
  if (value === undefined || value === null) return "";
  if (typeof value === "number") return value.toLocaleString("en-US", { maximumSignificantDigits: 6 });
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (Array.isArray(value)) return value.map(cell).join(", ");
  if (typeof value === "object") {
    const { low, high } = value as { low?: unknown; high?: unknown };
    if (low !== undefined && high !== undefined) return `${cell(low)} to ${cell(high)}`;
    return Object.entries(value)
      .map(([key, each]) => `${key} ${cell(each)}`)
      .join(", ");
  }
  return String(value)
    .replace(/\s+/g, " ")
    .replace(/[\\`*[\]<|]/g, "\\$&");
}
