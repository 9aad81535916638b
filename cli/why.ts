import { Command } from "commander";
import { explainReasons, why } from "../src/index.ts";
import { teach } from "./help.ts";
import { answer, answerJson } from "./output.ts";
import { screenOf } from "./paint.ts";
import { givenPlan } from "./plan-file.ts";
import { shown } from "./terminal.ts";

export function whyCommand(): Command {
  const command = new Command("why")
    .description("Say why a plan decided something: reasons, what was refused, and what would change it")
    .argument(
      "[decision...]",
      'a decision ("framework", "gpu", "cost") or an option ("not qlora", "jax"); alone: the record in few lines',
    )
    .option("--plan <file>", "the plan: plan.json of a project, or what `plan --json` printed")
    .option("--json", "print the reasons as one JSON document")
    .action(explainWhy);
  return teach(command, {
    examples: [
      { does: "The decisions in few lines", command: "ml-architect why --plan plan.json" },
      { does: "Why this machine", command: "ml-architect why gpu --plan plan.json" },
      { does: "Why not something else", command: "ml-architect why not qlora --plan plan.json" },
    ],
    exits: { 1: null, 2: "the plan has no such decision or option; the nearest is named" },
    more: "README.md; `ml-architect consult --plan plan.json` to ask on.",
  });
}

async function explainWhy(words: string[], options: { plan?: string; json?: boolean }): Promise<void> {
  const plan = await givenPlan(options.plan, "why", "ml-architect why framework --plan plan.json");
  const reasons = why(plan, words.join(" "));
  if (options.json) await answerJson(reasons);
  else await answer(shown(explainReasons(reasons), screenOf(process.stdout)));
}
