import { AdvisorError, isSlip, nearestNames } from "../../src/index.ts";
import type { MagicLine } from "./cell.ts";
import {
  FLAGS,
  type FlagName,
  type Format,
  flagOf,
  flagsOf,
  type Insert,
  isVerb,
  VERB_NAMES,
  type Verb,
} from "./verbs.ts";

/** One line of a person, understood: pure, nothing is looked up or done. */
export interface Command {
  /** Absent where the words begin with none: they are said as they are. */
  verb?: Verb;
  /** The words without verb and flags, otherwise untouched. */
  text: string;
  /** What stands below `%%architect config FILE`: the file's text. Below other verbs it is more words. */
  body?: string;
  format?: Format;
  out?: string;
  insert?: Insert;
  dryRun: boolean;
  as?: string;
  /** What takes gigabytes is allowed. */
  yes: boolean;
  python?: string;
  minutes?: number;
  help: boolean;
}

/** A quoted token holds spaces; an apostrophe inside a word quotes nothing. */
const TOKEN = /"(?:[^"\\]|\\.)*"|'[^']*'|\S+/g;
/** A week. */
const MOST_MINUTES = 10_080;
/** The longest text in which a first word that is almost a verb is a slip of the fingers. */
const LONGEST_SLIP = 3;

export function parseMagic({ words, body }: Pick<MagicLine, "words" | "body">): Command {
  const first = /^\s*(\S+)/.exec(words);
  const named = first?.[1]?.toLowerCase() ?? "";
  const verb = isVerb(named) ? named : undefined;
  const rest = verb ? words.slice(first![0].length) : words;
  const command = withoutFlags(rest, verb);
  if (verb === undefined) refuseSlip(command.text, body);
  if (verb === "config" && body !== undefined) return { ...command, verb, text: unquoted(command.text), body };
  const text = [command.text, body?.trim() ?? ""].filter((part) => part !== "").join("\n");
  return { ...command, ...(verb ? { verb } : {}), text: unquoted(text) };
}

function withoutFlags(rest: string, verb: Verb | undefined): Command {
  const command: Command = { text: "", dryRun: false, yes: false, help: false };
  const tokens = [...rest.matchAll(TOKEN)].map((m) => ({ text: m[0], at: m.index, end: m.index + m[0].length }));
  let text = "";
  let from = 0;
  for (let i = 0; i < tokens.length; i += 1) {
    const token = tokens[i]!;
    if (token.text === "--") {
      text += rest.slice(from, token.at);
      from = token.end;
      break;
    }
    if (!/^--[a-z]|^-[a-z]$/i.test(token.text)) continue;
    const [spelled, given] = splitAt(token.text, "=");
    const name = flagNamed(spelled, verb);
    let { end } = token;
    let value = given;
    if (flagOf(name).value && value === undefined) {
      i += 1;
      value = tokens[i]?.text;
      end = tokens[i]?.end ?? end;
    }
    take(command, name, spelled, value);
    text += rest.slice(from, token.at);
    from = end;
  }
  return { ...command, text: (text + rest.slice(from)).replace(/[ \t]+/g, " ").trim() };
}

function splitAt(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

function flagNamed(spelled: string, verb: Verb | undefined): FlagName {
  const allowed = flagsOf(verb);
  const name = (Object.keys(FLAGS) as FlagName[]).find((each) => flagOf(each).names.includes(spelled));
  if (name !== undefined && allowed.includes(name)) return name;
  const spellings = allowed.flatMap((each) => flagOf(each).names);
  const near = nearestNames(spelled, spellings, 1)[0];
  throw new AdvisorError(
    "invalid-input",
    `${verb ? `\`${verb}\` has` : "Words without a verb have"} no flag "${spelled}"`,
    `${near ? `Did you mean ${near}? ` : ""}It takes ${spellings.join(", ")}; a text that holds such a word follows \`--\`.`,
  );
}

function take(command: Command, name: FlagName, spelled: string, given: string | undefined): void {
  const { value } = flagOf(name);
  const said = given === undefined ? undefined : unquoted(given);
  if (value && (said === undefined || said === "" || (value.oneOf && !value.oneOf.includes(said))))
    throw new AdvisorError(
      "invalid-input",
      said === undefined || said === "" ? `${spelled} needs a ${value.name}` : `${spelled} cannot be "${said}"`,
      value.oneOf ? `It is one of ${value.oneOf.join(", ")}.` : `For example: ${spelled} ${value.example}`,
    );
  switch (name) {
    case "format":
      command.format = said as Format;
      return;
    case "insert":
      command.insert = said as Insert;
      return;
    case "out":
      command.out = said!;
      return;
    case "as":
      command.as = variable(said!);
      return;
    case "dryRun":
      command.dryRun = true;
      return;
    case "yes":
      command.yes = true;
      return;
    case "python":
      command.python = said!;
      return;
    case "timeout":
      command.minutes = minutes(said!);
      return;
    case "help":
      command.help = true;
      return;
    default:
      name satisfies never;
  }
}

function minutes(said: string): number {
  const value = Number(said);
  if (/^\d+(?:\.\d+)?$/.test(said) && value > 0 && value <= MOST_MINUTES) return value;
  throw new AdvisorError("invalid-input", `"${said}" is not a number of minutes`, `For example: --timeout 60`);
}

/** A name that every language underneath can bind: nothing else is ever put into code. */
function variable(name: string): string {
  if (/^[A-Za-z_]\w{0,63}$/.test(name)) return name;
  throw new AdvisorError(
    "invalid-input",
    `"${name}" is not a variable's name`,
    "Letters, digits and _, for example: --as plan",
  );
}

/** One bare word, or a few, whose first is almost a verb. */
function refuseSlip(text: string, body: string | undefined): void {
  const words = text.split(/\s+/);
  const [first = ""] = words;
  if (body !== undefined || words.length > LONGEST_SLIP || !/^[a-z]{3,8}$/.test(first)) return;
  const near = VERB_NAMES.find((verb) => isSlip(first, verb));
  if (near === undefined) return;
  throw new AdvisorError(
    "unknown-name",
    `There is no verb "${first}"`,
    `Did you mean "${near}"? \`%architect help\` lists them.`,
  );
}

function unquoted(text: string): string {
  const quoted = /^(["'])([\s\S]*)\1$/.exec(text);
  return quoted && !quoted[2]!.includes(quoted[1]!) ? quoted[2]! : text;
}
