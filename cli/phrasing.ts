import { assignments, type Phrasing, SPOKEN } from "../src/index.ts";

/** What the shell needs quoted. */
const quoted = (text: string): string => (/^[\w.,:/=+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);

/** On a command line fields are flags, and every step is another command. */
export const FLAGS: Phrasing = {
  state: (fields) =>
    `\`${assignments(fields)
      .map((assignment) => `--set ${quoted(assignment)}`)
      .join(" ")}\``,
  steps: {
    project: "`--out DIR` writes the project",
    change: "`--set` or other words change it",
    why: '`ml-architect consult "…"` talks it over',
    whole: "`--full` shows everything",
  },
};

/** In the terminal's conversation words are enough, also for the project. */
export const WORDS: Phrasing = {
  ...SPOKEN,
  steps: { ...SPOKEN.steps, project: '"write it to DIR" writes the project' },
};
