import { AdvisorError, isSlip } from "../src/index.ts";
import { COMMANDS } from "./program.ts";

const PROGRAM_FLAGS = new Set(["--help", "-h", "--version", "-V"]);

/**
 * Decides which command the arguments mean: the first word when it is a command's name, else `plan` with all of it
 * as text. After `--` everything is text.
 */
export function routed(args: readonly string[]): string[] {
  const [first, second] = args;
  // Without words a person gets a conversation; a pipe is the text of a plan.
  if (first === undefined) return process.stdin.isTTY ? [process.stdout.isTTY ? "consult" : "--help"] : ["plan"];
  if (first === "--") return ["plan", ...args];
  if (PROGRAM_FLAGS.has(first) && args.length === 1) return [...args];
  // "help me fine-tune …" is a request, "help plan" is not.
  if (first === "help" && second === undefined) return ["--help"];
  if (first === "help" && second !== undefined && COMMANDS.some((name) => name === second)) return [second, "--help"];
  if (COMMANDS.some((name) => name === first)) return [...args];
  const command = args
    .slice(0, args.includes("--") ? args.indexOf("--") : undefined)
    .find((arg) => !arg.startsWith("-"));
  if (first.startsWith("-") && command !== undefined && COMMANDS.some((name) => name === command))
    throw new AdvisorError(
      "invalid-input",
      `The command comes first: "${first}" stands before "${command}"`,
      `Write: ml-architect ${command} ${first}`,
    );
  refuseMisspelt(first, args.length);
  return ["plan", ...args];
}

/** One bare word that is almost a command is a slip of the fingers; planning "plna" would help nobody. */
function refuseMisspelt(word: string, count: number): void {
  if (!/^[a-z-]{3,10}$/.test(word) || count > 3) return;
  const near = COMMANDS.find((command) => isSlip(word, command));
  if (near === undefined) return;
  throw new AdvisorError(
    "unknown-name",
    `There is no command "${word}"`,
    `Did you mean "${near}"? A text goes in quotes, or after \`--\`: ml-architect -- ${word} …`,
  );
}
