/**
 * Words that came from a person reach Markdown only through `code`: as literal text on one line, so that a model
 * name such as `](http://…)` or a line break cannot become a link, a heading or a command.
 */
export function code(value: unknown): string {
  const text = oneLine(String(value)).replace(/\|/g, "\\|");
  const longestRun = Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = "`".repeat(longestRun + 1);
  return longestRun === 0 ? `${fence}${text}${fence}` : `${fence} ${text} ${fence}`;
}

/** Text without line breaks or control characters: fit for a comment, a table cell or a list item. */
export function oneLine(text: string): string {
  return text
    .replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, " ")
    .replace(/ {2,}/g, " ")
    .trim();
}

/** A sentence of ours that may quote a person: kept to one line, without HTML and without pipes that end a cell. */
export function sentence(text: string): string {
  return oneLine(text).replace(/</g, "&lt;").replace(/\|/g, "\\|");
}

/** A Markdown table; cells are Markdown already. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

/** A bulleted list, or one line that says there is nothing to list. */
export function list(items: readonly string[], none = "Nothing."): string {
  return items.length === 0 ? none : items.map((item) => `- ${item}`).join("\n");
}

/** Blocks separated by one empty line, ended by a line break. */
export function page(...blocks: readonly (string | undefined)[]): string {
  return `${blocks.filter((block) => block !== undefined && block !== "").join("\n\n")}\n`;
}
