import { AdvisorError } from "../src/index.ts";
import { note } from "./output.ts";
import { withoutControls } from "./width.ts";

/** Far above the longest request anybody writes, far below what would exhaust memory. */
const LARGEST_TEXT_BYTES = 8 * 2 ** 20;
const WAIT_BEFORE_NOTE_MS = 2000;

/** The person's words: the arguments, or standard input for `-` and for a pipe. Undefined when there are none. */
export async function wordsFrom(words: readonly string[], whereFrom: string): Promise<string | undefined> {
  const fromInput = words.length === 1 && words[0] === "-";
  if (words.length > 0 && !fromInput) return checked(words.join(" "), whereFrom);
  if (process.stdin.isTTY && !fromInput) return undefined;
  const text = await standardInput();
  // A scheduler gives every program an empty input: that is "no words", not "empty words".
  if (text === "" && !fromInput) return undefined;
  return checked(text, whereFrom);
}

function checked(text: string, whereFrom: string): string {
  // A text of nothing but control characters and invisible marks says nothing either.
  if (withoutControls(text).replace(/[\s\p{Cf}\p{Zs}]/gu, "") !== "") return text;
  throw new AdvisorError(
    "invalid-input",
    `${whereFrom} is empty: expected what you want to train or serve, in words`,
    EXAMPLE,
  );
}

export const EXAMPLE =
  'For example: ml-architect "fine-tune Llama 3.1 8B with QLoRA on one RTX 4090, 50k examples, budget $200"';

async function standardInput(): Promise<string> {
  const waiting = setTimeout(
    () => note("Reading the text from standard input; end it with Ctrl-D."),
    WAIT_BEFORE_NOTE_MS,
  );
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > LARGEST_TEXT_BYTES)
        throw new AdvisorError(
          "invalid-input",
          "The text on standard input is longer than 8 MiB",
          "Send the part that describes what you need.",
        );
      chunks.push(chunk);
      clearTimeout(waiting);
    }
  } finally {
    clearTimeout(waiting);
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(chunks));
  } catch (cause) {
    throw new AdvisorError(
      "invalid-input",
      "Standard input is not UTF-8 text",
      "Save the file as UTF-8, or paste the words instead.",
      cause,
    );
  }
}
