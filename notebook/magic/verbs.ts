/** What can be said after `%architect`: one table for reading, help and completion. */

const FORMATS = ["markdown", "json", "yaml", "chart"] as const;
export type Format = (typeof FORMATS)[number];
/** Where generated cells go. */
const INSERTS = ["next", "file", "display", "none"] as const;
export type Insert = (typeof INSERTS)[number];

export interface Flag {
  names: readonly string[];
  /** What follows it; absent for a switch. */
  value?: { name: string; oneOf?: readonly string[]; example?: string };
  does: string;
}

export const FLAGS = {
  format: { names: ["-f", "--format"], value: { name: "FORMAT", oneOf: FORMATS }, does: "how the answer is shown" },
  out: {
    names: ["-o", "--out"],
    value: { name: "FILE", example: "plan.json" },
    does: "write the answer to a file as well",
  },
  insert: { names: ["--insert"], value: { name: "WHERE", oneOf: INSERTS }, does: "where generated cells go" },
  dryRun: { names: ["--dry-run"], does: "say what would be written, and write nothing" },
  as: {
    names: ["--as"],
    value: { name: "NAME", example: "plan" },
    does: "assign the plan to a variable of this notebook as well",
  },
  yes: { names: ["-y", "--yes"], does: "allow what takes gigabytes: the project's packages, the model's weights" },
  python: {
    names: ["--python"],
    value: { name: "PROGRAM", example: ".venv/bin/python" },
    does: "a Python that has the project's packages, used as it is; also ML_ARCHITECT_PYTHON",
  },
  timeout: { names: ["--timeout"], value: { name: "MINUTES", example: "60" }, does: "when a step is stopped" },
  help: { names: ["-h", "--help"], does: "explain the verb" },
} as const satisfies Record<string, Flag>;
export type FlagName = keyof typeof FLAGS;

interface VerbEntry {
  usage: string;
  does: string;
  flags: readonly FlagName[];
  examples: readonly string[];
}

const VERBS = {
  plan: {
    usage: "plan [WORDS]",
    does: "Plan from your words, beginning again; without words, show the whole plan",
    flags: ["format", "out", "as"],
    examples: ["plan fine-tune Llama 3.1 8B on 50k tickets, $500", "plan -f json -o plan.json"],
  },
  answer: {
    usage: "answer NUMBER | WORDS",
    does: "Answer the question that is asked: its number, a value, or `use your judgement`",
    flags: ["format", "as"],
    examples: ["answer 2", "answer 12k", "answer q2: 1"],
  },
  set: {
    usage: "set FIELD=VALUE …",
    does: "State fields of the brief",
    flags: ["format", "as"],
    examples: ["set epochs=2", "set budgetUsd=300 acceleratorCount=2"],
  },
  compare: {
    usage: "compare [with WORDS | REVISION]",
    does: "What the last change changed, or what another set-up would; nothing is taken until `keep it`",
    flags: ["format"],
    examples: ["compare", "compare with two A100", "compare 1"],
  },
  why: {
    usage: "why [DECISION | not OPTION]",
    does: "Reasons and refusals out of the plan's record",
    flags: ["format"],
    examples: ["why", "why method", "why not QLoRA"],
  },
  config: {
    usage: "config [FOLDER]",
    does: "The plan's configuration as cells to edit; `%%architect config FILE` over a text checks it and writes the file",
    flags: ["format", "out", "insert", "dryRun"],
    examples: ["config", "config support-llm", "config -o config.yaml"],
  },
  smoke: {
    usage: "smoke [STEP] [FOLDER]",
    does: "Cells that try the project in its own Python; with a step (environment, parse, data, model, train, serve), try it",
    flags: ["insert", "dryRun", "yes", "python", "timeout"],
    examples: ["smoke support-llm", "smoke environment support-llm --yes", "smoke train support-llm"],
  },
  calibrate: {
    usage: "calibrate [FOLDER | FILE]",
    does: "Put what the project's memory probe measured into the plan",
    flags: ["format", "as"],
    examples: ["calibrate support-llm", "calibrate support-llm/outputs/probe.json"],
  },
  project: {
    usage: "project FOLDER",
    does: "Write the project",
    flags: ["dryRun"],
    examples: ["project support-llm", "project support-llm --dry-run"],
  },
  open: {
    usage: "open FILE",
    does: "Go on from a plan.json of a terminal, a chat or a project",
    flags: ["format", "as"],
    examples: ["open plan.json"],
  },
  fix: {
    usage: "fix [WORDS]",
    does: "Explain the last error of this notebook, and the smallest change that repairs it",
    flags: ["format", "insert", "dryRun"],
    examples: ["fix", "fix it died in the second epoch"],
  },
  status: {
    usage: "status",
    does: "Which plan stands, what is asked, what runs underneath",
    flags: ["format"],
    examples: ["status"],
  },
  reset: { usage: "reset", does: "Forget the conversation of this notebook", flags: [], examples: ["reset"] },
  help: { usage: "help [VERB]", does: "Explain a verb", flags: [], examples: ["help", "help plan"] },
} as const satisfies Record<string, VerbEntry>;

export type Verb = keyof typeof VERBS;
export const VERB_NAMES = Object.keys(VERBS) as Verb[];

export const isVerb = (word: string): word is Verb => Object.hasOwn(VERBS, word);

/** A verb's entry by its common shape. */
export const entryOf = (verb: Verb): VerbEntry => VERBS[verb];
export const flagOf = (name: FlagName): Flag => FLAGS[name];

/** The flags of a verb; every verb explains itself. Words without a verb are shown like a plan. */
export const flagsOf = (verb: Verb | undefined): readonly FlagName[] => [
  ...(verb === undefined ? (["format", "as"] as const) : entryOf(verb).flags),
  "help",
];
