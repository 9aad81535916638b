import type { Conversation, Event } from "../../src/consult.ts";
import { AdvisorError } from "../../src/index.ts";
import type { Command } from "../magic/parse.ts";

/** What a verb says to the conversation, in the order it is said; undefined for verbs that the notebook answers itself. */
export function eventsOf({ verb, text }: Command, state: Conversation): Event[] | undefined {
  const say = (words: string): Event[] => [{ type: "said", text: words }];
  switch (verb) {
    case undefined:
      return text === "" ? undefined : say(text);
    case "plan":
      // Words begin again, as they do in a terminal: the same words, the same plan.
      return text === ""
        ? [{ type: "command", command: { verb: "show" } }]
        : [...(state.revisions.length > 0 ? [RESET] : []), ...say(text)];
    case "answer":
      return say(answering(text, state));
    case "set":
      return assignments(text).map((assignment) => ({ type: "said", text: assignment }));
    case "compare":
      return /^\d+$/.test(text)
        ? [{ type: "command", command: { verb: "compare", revision: Number(text) } }]
        : say(`compare ${text}`.trim());
    case "why":
      return say(`why ${text}`.trim());
    case "config":
      return [{ type: "command", command: { verb: "config" } }];
    case "reset":
      return [RESET];
    default:
      return undefined;
  }
}

const RESET: Event = { type: "command", command: { verb: "start-over" } };

function answering(text: string, state: Conversation): string {
  if (state.asked.length === 0)
    throw new AdvisorError(
      "invalid-input",
      "No question is asked",
      "Say what is different, for example: %architect set epochs=2",
    );
  if (text === "")
    throw new AdvisorError(
      "invalid-input",
      "The answer is missing",
      "For example: %architect answer 1, or: %architect answer use your judgement",
    );
  return text;
}

/** `a=1 b="two words"` → each assignment, as the conversation reads it. */
function assignments(text: string): string[] {
  const found = [...text.matchAll(/([A-Za-z]+)\s*=\s*("[^"]*"|'[^']*'|\[[^\]]*\]|\{[^}]*\}|[^\s]+)/g)];
  if (found.length === 0)
    throw new AdvisorError("invalid-input", `"${text}" sets nothing`, "For example: %architect set epochs=2");
  return found.map(([, field, value]) => `${field}=${value!.replace(/^(["'])(.*)\1$/s, "$2")}`);
}
