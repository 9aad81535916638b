import { Command } from "commander";
import { AdvisorError, type Plan } from "../src/index.ts";
import { asked } from "./confirm.ts";
import { teach } from "./help.ts";
import { answer, note } from "./output.ts";
import { screenOf } from "./paint.ts";
import { FLAGS } from "./phrasing.ts";
import { readPlanFile } from "./plan-file.ts";
import { checkFolder, writePlan } from "./project.ts";
import { planShown } from "./shown-plan.ts";
import { shown } from "./terminal.ts";
import { planned } from "./understood.ts";
import { EXAMPLE, wordsFrom } from "./words.ts";

interface NewOptions {
  plan?: string;
  force?: boolean;
  input: boolean;
}

export function newCommand(): Command {
  const command = new Command("new")
    .description("Write a complete Python project that runs: training, evaluation, serving, tests, configuration")
    .argument("<dir>", "folder to write; it becomes the project's name")
    .argument("[text...]", "what you want to train or serve, in your own words; `-` reads it from standard input")
    .option("--plan <file>", "the plan to write, as `plan --json` printed it")
    .option("--force", "write into a folder that is not ours: only files that are not there yet; all others stay")
    .option("--no-input", "never ask; take the defaults")
    .action(create);
  return teach(command, {
    examples: [
      { does: "From words", command: 'ml-architect new tickets "classify 20k German support tickets, laptop only"' },
      { does: "From a plan that you looked at first", command: "ml-architect new tickets --plan plan.json" },
      {
        does: "Again, after changing the request: files you edited are kept",
        command: 'ml-architect new tickets "… on one A100"',
      },
    ],
    exits: { 1: "nothing fits what you asked for, so nothing was written" },
    more: "README.md of the written project; `ml-architect verify DIR` checks it.",
  });
}

async function create(dir: string, words: string[], options: NewOptions): Promise<void> {
  await checkFolder(dir);
  const made =
    options.plan === undefined ? await planFromWords(words, options.input) : await planFromFile(options.plan, words);
  if (made.status !== "feasible") {
    process.exitCode = 1;
    process.stderr.write(planShown(made, screenOf(process.stderr), FLAGS, false));
    note(`\nNothing was written to ${dir}.`);
    return;
  }
  await answer(shown(await writePlan(made, dir, options.force === true), screenOf(process.stdout)));
}

async function planFromWords(words: string[], mayAsk: boolean): Promise<Plan> {
  let text = await wordsFrom(words, "The text");
  if (text === undefined && mayAsk && process.stdin.isTTY && process.stderr.isTTY)
    text = (await asked("What do you want to train or serve? ")).trim() || undefined;
  if (text === undefined)
    throw new AdvisorError(
      "invalid-input",
      "There is nothing to write yet: say what you want to train or serve, or give --plan FILE",
      EXAMPLE,
    );
  return planned({ text, set: [] });
}

async function planFromFile(path: string, words: string[]): Promise<Plan> {
  if (words.length > 0)
    throw new AdvisorError(
      "invalid-input",
      "Both a text and --plan were given",
      "Give one of them: a plan is already the answer to a text.",
    );
  return readPlanFile(path);
}
