import { entryOf, type FlagName, flagOf, flagsOf, VERB_NAMES, type Verb } from "./verbs.ts";

/** Help as Markdown, made of the table that reads the words. */

export function helpOf(verb: Verb): string {
  const { usage, does, examples } = entryOf(verb);
  return [
    `**\`%architect ${usage}\`** ${does}.`,
    flagsOf(verb)
      .map((name) => `- ${flagText(name)}`)
      .join("\n"),
    `\`\`\`\n${examples.map((line) => `%architect ${line}`).join("\n")}\n\`\`\``,
  ].join("\n\n");
}

export function flagText(name: FlagName): string {
  const { names, value, does } = flagOf(name);
  const choices = value?.oneOf ? ` (${value.oneOf.join(", ")})` : "";
  return `\`${names.join(", ")}${value ? ` ${value.name}` : ""}\`: ${does}${choices}`;
}

export const helpOfAll = (): string =>
  [
    "Say what you want to train or serve: `%architect plan WORDS`. More follows in your own words: `%architect what if two 4090s`, `%architect keep it`, `%architect cheaper`, `%architect undo`.",
    VERB_NAMES.map((verb) => `- \`${entryOf(verb).usage}\`: ${entryOf(verb).does}`).join("\n"),
    "`%%architect plan` takes the whole cell as words, `//% architect plan …` is the spelling that TypeScript takes as a comment. `{{expression}}` puts a value of the notebook into the words. TAB completes verbs, flags, models and accelerators; `%architect help VERB` explains.",
  ].join("\n\n");
