import type { Opened } from "../github/pull-request.ts";

/** What a thread hears of a pull request: counts and an address, nothing of what the repository holds. */
export function saysOf(opened: Opened, repository: string): string {
  if (opened.type === "nothing")
    return `${repository} holds this project already, file by file, on \`${opened.branch}\`: there is nothing to propose.`;
  const link = `[${repository}#${opened.number}](${opened.url})`;
  if (opened.type === "ended")
    return `This revision had its pull request, ${link}, and it was ${opened.isMerged ? "merged" : "closed"}. Reopen it there, or change the plan: the next revision gets one of its own.`;
  const { isNew, isDraft, changes } = opened;
  const written = [...changes.texts.values()].filter((text) => text !== null).length;
  const some = (count: number, one: string, many: string): string[] =>
    count === 0 ? [] : [count === 1 ? one : many.replace("{}", String(count))];
  return [
    isNew
      ? `Opened a ${isDraft ? "draft pull request" : "pull request (this repository has no drafts)"}: ${link}, ${written} files.`
      : `The pull request of this revision is ${link}.`,
    ...some(
      changes.beside.length,
      "One file that was there stays as it is; the new text lies beside it.",
      "{} files that were there stay as they are; the new texts lie beside them.",
    ),
    ...some(
      changes.leftOut.length,
      "The workflow was left out: this bot writes none.",
      "{} workflows were left out: this bot writes none.",
    ),
  ].join(" ");
}
