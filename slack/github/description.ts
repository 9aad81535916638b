import type { Plan } from "../../src/index.ts";
import { checkSecrets } from "../../src/project.ts";
import type { Changes } from "./changes.ts";

interface Described {
  plan: Plan;
  revision: number;
}

const LONGEST_TITLE = 120;

/** One line. In GitHub's text `@name` would call somebody and `#1` name an issue: the headline is only words. */
export function titleOf({ plan }: Described): string {
  const words = inert(plan.headline.replace(/\s+/g, " ").trim());
  const title = `ML project: ${words}`;
  return title.length <= LONGEST_TITLE ? title : `${title.slice(0, LONGEST_TITLE - 1)}…`;
}

const inert = (text: string): string => text.replace(/[@#](?=\w)/g, "$&\u200b");

/** What a reviewer has to know, most of it by reference to the project's own documents. */
export function bodyOf({ plan, revision }: Described, changes: Changes, base: string): string {
  const written = [...changes.texts.values()].filter((text) => text !== null).length;
  const body = [
    `**${inert(plan.headline)}**`,
    `Plan \`${plan.planHash.slice(0, 12)}\` of ${plan.today}, revision ${revision}, by ml-architect ${plan.plannerVersion}. \`PLAN.md\` has the decisions with their reasons, \`COSTS.md\` what it costs, \`README.md\` how to start:`,
    "```\nmake install\nmake check\n```",
    `${written} files are written; nothing that was on \`${base}\` is overwritten.`,
    ...section(
      "These files stay as they are; the project's own text lies beside",
      changes.beside.map(({ path, proposal }) => `\`${path}\` → \`${proposal}\``),
    ),
    ...section("These got lines at their end", changes.extended.map(code)),
    ...section("These were written for an earlier plan, were not edited, and go", changes.removed.map(code)),
    ...section(
      "Left out: this bot writes no workflows. `GITHUB_WORKFLOWS=allow` lets it, or take them from the zip",
      changes.leftOut.map(code),
    ),
  ].join("\n\n");
  checkSecrets("the pull request's text", body);
  return body;
}

const code = (path: string): string => `\`${path}\``;

const section = (title: string, items: readonly string[]): string[] =>
  items.length === 0 ? [] : [`${title}:\n${items.map((item) => `- ${item}`).join("\n")}`];
