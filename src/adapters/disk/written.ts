import type { WriteReport } from "../files.ts";

/** What happened to which file, shortest first: a person wants to know what of theirs was kept. */
export function writtenText(named: string, report: WriteReport): string {
  const count = report.written.length + report.replaced.length;
  const counted = (files: readonly unknown[], what: string) => (files.length > 0 ? [`- ${files.length} ${what}`] : []);
  const kept = report.keptEdited.map(
    ({ path, proposal }) => `- \`${path}\` stays as you edited it; the new text is in \`${proposal}\``,
  );
  const stale = report.keptStale.map((path) => `- \`${path}\` is not part of the new plan; you edited it, so it stays`);
  const blocks = [
    `**Wrote ${count} ${count === 1 ? "file" : "files"} to ${named}.**`,
    [
      ...counted(report.unchanged, "unchanged"),
      ...counted(report.removed, "removed, not part of the new plan"),
      ...kept,
      ...stale,
    ].join("\n"),
    "Next steps:",
    `\`\`\`\ncd ${shellWord(named)}\nmake install\nmake check\n\`\`\``,
  ];
  return `${blocks.filter((block) => block !== "").join("\n\n")}\n`;
}

/** The name as a shell reads it back. */
const shellWord = (text: string) => (/^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);
