import { Command } from "commander";
import { calibrateCommand } from "./calibrate.ts";
import { catalogCommand } from "./catalog.ts";
import { compareCommand } from "./compare.ts";
import { consultCommand } from "./consult.ts";
import { estimateCommand } from "./estimate.ts";
import { newCommand } from "./new.ts";
import { notebookCommand } from "./notebook.ts";
import { planCommand } from "./plan.ts";
import { readCommand } from "./read.ts";
import { slackCommand } from "./slack.ts";
import { verifyCommand } from "./verify.ts";
import { whatIfCommand } from "./what-if.ts";
import { whyCommand } from "./why.ts";

/** The commands that work, in the order a person meets them. */
export function buildProgram(version: string): Command {
  const program = new Command("ml-architect")
    .description("Designs machine-learning training and inference systems, and writes a project that runs.")
    .usage('"what you want, in your own words" | COMMAND …')
    .version(version, "-V, --version", "print the version");
  for (const command of [
    planCommand(),
    consultCommand(),
    readCommand(),
    estimateCommand(),
    newCommand(),
    verifyCommand(),
    calibrateCommand(),
    whyCommand(),
    whatIfCommand(),
    compareCommand(),
    catalogCommand(),
    slackCommand(),
    notebookCommand(),
  ]) {
    program.addCommand(command);
  }
  program.addHelpText("after", AFTER);
  for (const command of [program, ...program.commands, ...program.commands.flatMap((each) => each.commands)]) {
    // main.ts prints every refusal in one style; commander only reports it.
    command
      .exitOverride()
      .configureOutput({ writeErr: () => {} })
      .showSuggestionAfterError(false);
  }
  return program;
}

const AFTER = `
Examples:
  Ask in your own words
    $ ml-architect "fine-tune Llama 3.1 8B with QLoRA on one RTX 4090, 50k examples, budget $200"
  Talk it over: without words, in a terminal
    $ ml-architect
  Write the project as well
    $ ml-architect new assistant "fine-tune Llama 3.1 8B with QLoRA on one RTX 4090"
  A text that begins with a command's name
    $ ml-architect -- read receipts with a vision model

Exit codes:
  0  done
  1  the answer is "no": nothing fits, or a check failed
  2  the input is wrong
  3  something outside failed: a disk, a program, the network

Learn more: README.md; ml-architect COMMAND --help
NO_COLOR=1 turns colour off; ML_ARCHITECT_DEBUG=1 shows where an error happened.`;

export const COMMANDS = [
  "plan",
  "consult",
  "read",
  "estimate",
  "new",
  "verify",
  "calibrate",
  "why",
  "what-if",
  "compare",
  "catalog",
  "slack",
  "notebook",
] as const;
