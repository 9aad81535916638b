import type { Change, Difference } from "./compare.ts";
import { table } from "./markdown.ts";
import { claimOf } from "./sentences.ts";

/** Settings and words that differ are many and speak for themselves: one line each kind. */
const IN_A_LINE: readonly Change["kind"][] = ["setting", "said"];

/** The difference as Markdown: a table of what matters, then settings and words. */
export function explainDifference({ changes, same }: Difference): string {
  if (same) return "Nothing changes: both plans give the same answer.\n";
  const rows = changes.filter((c) => !IN_A_LINE.includes(c.kind));
  const drawn = table(
    ["what", "before", "after", "why"],
    rows.map((c) => [c.name, c.before, c.after, c.why === undefined ? "" : claimOf(c.why)]),
  );
  const line = (kind: Change["kind"], title: string): string[] => {
    const found = changes.filter((c) => c.kind === kind);
    return found.length > 0
      ? [`${title}: ${found.map((c) => `\`${c.name}\` ${c.before} → ${c.after}`).join("; ")}.`]
      : [];
  };
  return `${[...(rows.length > 0 ? [drawn] : ["The answer stays the same."]), ...line("setting", "Settings"), ...line("said", "In the request")].join("\n\n")}\n`;
}
