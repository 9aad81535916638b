import { Command } from "commander";
import { AdvisorError, compare, explainDifference } from "../src/index.ts";
import { teach } from "./help.ts";
import { answer, answerJson } from "./output.ts";
import { screenOf } from "./paint.ts";
import { readPlanFile } from "./plan-file.ts";
import { shown } from "./terminal.ts";

export function compareCommand(): Command {
  const command = new Command("compare")
    .description("Show what differs between two plans, and why: cost and memory first")
    .argument("<plans...>", "two plan files, before and after; one where --plan names the other")
    .option("--plan <file>", "the plan before")
    .option("--json", "print the difference as one JSON document")
    .action(comparePlans);
  return teach(command, {
    examples: [
      { does: "Two plans", command: "ml-architect compare one-card.json two-cards.json" },
      { does: "For a script", command: "ml-architect compare old.json new.json --json" },
    ],
    exits: { 0: "compared, whether or not they differ", 1: null },
    more: "README.md; `ml-architect what-if CHANGE --plan FILE` makes the other plan for you.",
  });
}

async function comparePlans(files: string[], options: { plan?: string; json?: boolean }): Promise<void> {
  const paths = options.plan === undefined ? files : [options.plan, ...files];
  const [before, after] = paths;
  if (paths.length !== 2 || before === undefined || after === undefined)
    throw new AdvisorError(
      "invalid-input",
      `compare takes two plans, not ${paths.length}`,
      'For example: ml-architect compare before.json after.json. A text that begins with "compare" goes after `--`.',
    );
  const difference = compare(await readPlanFile(before), await readPlanFile(after));
  if (options.json) await answerJson(difference);
  else await answer(shown(explainDifference(difference), screenOf(process.stdout)));
}
