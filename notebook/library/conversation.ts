import { AdvisorError, type Plan } from "../../src/index.ts";
import { architect as magicianOf } from "../answer/architect.ts";
import { standingOf } from "../answer/standing.ts";
import { entryOf, type Verb } from "../magic/verbs.ts";
import type { Bundle, Magician, Stage } from "../proxy/magician.ts";
import { type Answer, answerOf } from "./answer.ts";

/** The verbs of `%architect` as functions. They share one conversation: the second speaks of what the first planned. */
export interface Architect {
  /** Plans from words, beginning again; without words, the plan that stands. */
  plan(words?: string): Promise<Answer>;
  /** Answers the question that is asked: its number, a value, "use your judgement". */
  answer(words: string | number): Promise<Answer>;
  /** States fields: `set({ epochs: 2 })`. */
  set(fields: Record<string, unknown>): Promise<Answer>;
  compare(words?: string): Promise<Answer>;
  why(words?: string): Promise<Answer>;
  config(): Promise<Answer>;
  /** Writes the project. */
  project(folder: string): Promise<Answer>;
  /** Goes on from a plan.json. */
  open(file: string): Promise<Answer>;
  /** Anything else, as it follows `%architect`, flags included; `body` is what stands below `%%architect`. */
  say(words: string, body?: string): Promise<Answer>;
}

/** A conversation of its own. */
export function newArchitect(): Architect {
  let magician: Promise<Magician> | undefined;
  const asked = (): Promise<Magician> => {
    magician ??= standingOf(process.cwd()).then((standing) =>
      magicianOf({ ...standing, today: () => new Date().toISOString().slice(0, 10) }),
    );
    return magician;
  };
  const say = async (words: string, body?: string): Promise<Answer> => {
    const { stage, bundles, assigned } = listening();
    const line = { words, ...(body === undefined ? {} : { body }), start: 0, wordsAt: 0, end: words.length };
    await (await asked()).answer(line, stage);
    return answerOf(bundles, assigned.plan as Plan | undefined);
  };
  // Words are words here, also where they look like a flag.
  const verb = (name: Verb, words = ""): Promise<Answer> => {
    const as = (entryOf(name).flags as readonly string[]).includes("as") ? " --as plan" : "";
    return say(`${name}${as} -- ${words}`);
  };
  return {
    plan: (words) => verb("plan", words),
    answer: (words) => verb("answer", String(words)),
    set: (fields) => verb("set", Object.entries(fields).map(assignment).join(" ")),
    compare: (words) => verb("compare", words),
    why: (words) => verb("why", words),
    config: () => verb("config"),
    project: (folder) => verb("project", folder),
    open: (file) => verb("open", file),
    say,
  };
}

/** The conversation of this notebook or script. */
export const architect: Architect = newArchitect();

const assignment = ([field, value]: [string, unknown]): string =>
  `${field}=${typeof value === "string" ? (/\s/.test(value) ? `"${value}"` : value) : JSON.stringify(value)}`;

/** A notebook that only listens: what is shown is kept, in the state it has in the end. */
function listening(): { stage: Stage; bundles: Bundle[]; assigned: Record<string, unknown> } {
  const bundles: Bundle[] = [];
  const assigned: Record<string, unknown> = {};
  const stage: Stage = {
    show(bundle) {
      const at = bundles.push(bundle) - 1;
      return {
        update(next) {
          bundles[at] = next;
        },
      };
    },
    evaluate: async (expression) => {
      throw new AdvisorError(
        "not-available",
        `{{${expression}}} is looked up by the kernel that understands %architect`,
        `Here a template does it: \`\${${expression}}\`.`,
      );
    },
    assign: async (name, value) => {
      assigned[name] = value;
    },
    lastError: () => undefined,
    next: () => {},
    cell: { id: undefined, text: "" },
    kernel: "none",
    language: "typescript",
    signal: new AbortController().signal,
  };
  return { stage, bundles, assigned };
}
