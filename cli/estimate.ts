import { Command } from "commander";
import {
  AdvisorError,
  type Catalog,
  catalog,
  type EstimateAnswer,
  type EstimateRequest,
  estimate,
} from "../src/index.ts";
import { failureOf } from "./failure.ts";
import { teach } from "./help.ts";
import { type InputLine, lineGroups } from "./lines.ts";
import { answer, note } from "./output.ts";
import { withoutControls } from "./width.ts";

const LONGEST_LINE_BYTES = 2 ** 20;
const EXAMPLE_LINE = '{"phase":"train","model":"meta-llama/Llama-3.1-8B","accelerator":"rtx-4090","method":"qlora"}';

/** The calculator: its reader of requests loads only when this command runs. */
interface Calculator {
  catalog: Catalog;
  parseRequest(value: unknown): EstimateRequest;
  estimate(request: EstimateRequest, catalog: Catalog): EstimateAnswer;
}

type Answered = EstimateAnswer | Refused;
interface Refused {
  /** Null when the line was too broken to hold one. */
  id: string | number | null;
  line: number;
  error: { code: string; message: string; hint: string };
}

export function estimateCommand(): Command {
  const command = new Command("estimate")
    .description("Memory and speed of given set-ups: one JSON request a line in, one answer a line out")
    .option("--json", "answer in JSON, one line a request; without it, one line of text")
    .action(estimateLines);
  return teach(command, {
    examples: [
      { does: "One set-up", command: `echo '${EXAMPLE_LINE}' | ml-architect estimate` },
      { does: "Many, for a script", command: "ml-architect estimate --json < requests.ndjson > answers.ndjson" },
    ],
    exits: {
      0: "every line was answered; a set-up that does not fit is an answer",
      1: null,
      2: "a line could not be answered; the other lines were",
    },
    more: "README.md lists every field; only phase, model and accelerator are required.",
  });
}

async function estimateLines({ json }: { json?: boolean }): Promise<void> {
  if (process.stdin.isTTY && !json)
    throw new AdvisorError(
      "invalid-input",
      "estimate reads requests from standard input, one JSON object a line",
      `For example: echo '${EXAMPLE_LINE}' | ml-architect estimate`,
    );
  if (process.stdin.isTTY) note("Type one JSON request a line; Ctrl-D ends.");
  const { parseRequest } = await import("../src/parse.ts");
  const calculator: Calculator = { catalog, parseRequest, estimate };
  const show = json ? (answered: Answered) => JSON.stringify(answered) : compact;
  let line = 0;
  for await (const group of lineGroups(process.stdin as AsyncIterable<Buffer>, LONGEST_LINE_BYTES)) {
    const answers: string[] = [];
    for (const input of group) {
      line += 1;
      if ("text" in input && input.text.trim() === "") continue;
      const answered = answerLine(input, line, calculator);
      if ("error" in answered) process.exitCode = answered.error.code === "unexpected" ? 3 : (process.exitCode ?? 2);
      answers.push(show(answered));
    }
    // One write a chunk: answers stream, and ten thousand of them are not ten thousand system calls.
    if (answers.length > 0) await answer(`${answers.join("\n")}\n`);
  }
}

/** Answers one line; whatever is wrong with it stays with it. */
function answerLine(input: InputLine, line: number, { catalog, parseRequest, estimate }: Calculator): Answered {
  let id: string | number | null = null;
  try {
    if ("tooLong" in input)
      throw new AdvisorError(
        "invalid-input",
        "The line is longer than 1 MiB",
        "One request is a few hundred bytes; put each on its own line.",
      );
    const value = parsed(line === 1 ? input.text.replace(/^\ufeff/, "") : input.text);
    id = idOf(value);
    return { ...(id === null ? {} : { id }), ...estimate(parseRequest(value), catalog) };
  } catch (error) {
    const { code, message, hint } = failureOf(error);
    return { id, line, error: { code, message, hint } };
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new AdvisorError(
      "invalid-input",
      `The line is not JSON: ${(cause as Error).message}`,
      `Expected one object, such as ${EXAMPLE_LINE}`,
      cause,
    );
  }
}

function idOf(value: unknown): string | number | null {
  const id = (value as { id?: unknown } | null)?.id;
  return typeof id === "string" || typeof id === "number" ? id : null;
}

/** One line for people: `fits  17.2 GiB (16.1–19.0) of 22.9  peak: loss  cut first: logits`. */
function compact(answered: Answered): string {
  const name = answered.id === null || answered.id === undefined ? "" : `${answered.id}: `;
  if ("error" in answered)
    return withoutControls(`${name}error: ${answered.error.message} (${answered.error.hint})`).replaceAll("\n", " ");
  const { low, expected, high } = answered.perDevice.deviceGib;
  const speed = Math.round(answered.throughput.tokensPerSecondPerDevice.expected);
  const memory = `${expected.toFixed(1)} GiB (${low.toFixed(1)}–${high.toFixed(1)}) of ${answered.usableGib.toFixed(1)}`;
  const line = `${name}${answered.status.replaceAll("-", " ")}, ${memory}, peak at ${answered.peakMoment}, cut ${answered.bindingTerm} first, ${speed.toLocaleString("en-US")} tokens/s`;
  return withoutControls(line).replaceAll("\n", " ");
}
