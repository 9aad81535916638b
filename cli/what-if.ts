import { Command } from "commander";
import {
  AdvisorError,
  advise,
  bareValues,
  briefFromValues,
  compare,
  explainDifference,
  type Plan,
} from "../src/index.ts";
import { teach } from "./help.ts";
import { answer, answerJson, note } from "./output.ts";
import { screenOf } from "./paint.ts";
import { givenPlan } from "./plan-file.ts";
import { shown } from "./terminal.ts";
import { today, understood } from "./understood.ts";

interface WhatIfOptions {
  plan?: string;
  team?: string | false;
  json?: boolean;
}

export function whatIfCommand(): Command {
  const command = new Command("what-if")
    .description("Change one thing of a plan: the new plan, and what differs")
    .argument("<change...>", 'in words ("two 4090s", "32k context") or as field=value')
    .option("--plan <file>", "the plan: plan.json of a project, or what `plan --json` printed")
    .option("--team <file>", "what your team always says (default: as for plan)")
    .option("--no-team", "leave the team's file out")
    .option("--json", "print the new plan, the difference and what was understood as one JSON document")
    .action(whatIf);
  return teach(command, {
    examples: [
      { does: "In words", command: 'ml-architect what-if "two 4090s" --plan plan.json' },
      { does: "One field", command: "ml-architect what-if sequenceLength=32768 --plan plan.json" },
      {
        does: "Keep the new plan",
        command: "ml-architect what-if qlora --plan plan.json --json | jq .plan > new.json",
      },
    ],
    exits: { 1: "with this change nothing fits; the answer says why" },
    more: "README.md; `ml-architect read TEXT` lists the field names.",
  });
}

async function whatIf(words: string[], options: WhatIfOptions): Promise<void> {
  const given = await givenPlan(options.plan, "what-if", 'ml-architect what-if "two 4090s" --plan plan.json');
  const { catalog } = await understood({ team: options.team, set: [] });
  const { withWords } = await import("../src/consult.ts");
  const text = words.join(" ");
  const brief = briefFromValues(bareValues(given.brief), "stated");
  const change = withWords(brief, text, catalog, today());
  if (change.fields.length === 0)
    throw new AdvisorError(
      "invalid-input",
      `Nothing in "${text.slice(0, 60)}" changes the plan`,
      'Say what is different: "two 4090s", "32k context", or field=value such as epochs=2.',
    );
  const plan = (said: Pick<typeof change, "brief" | "conflicts" | "notices">) =>
    advise(said, catalog, { today: today() });
  const before = comparable(given, plan({ brief, conflicts: [], notices: [] }));
  const after = plan(change);
  const difference = compare(before, after);
  for (const notice of change.notices) note(notice);
  process.exitCode = after.status === "infeasible" ? 1 : 0;
  if (options.json) await answerJson({ plan: after, difference, understood: change.fields });
  else await answer(shown(`**${after.headline}**\n\n${explainDifference(difference)}`, screenOf(process.stdout)));
}

/** The plan to compare with: the given one, or the same words planned today, so that only the change makes a difference. */
function comparable(given: Plan, again: Plan): Plan {
  if (given.calibration) note("The plan was measured; it is compared as it is estimated, like the new one.");
  else if (given.inputHash !== again.inputHash)
    note("The plan was made with other facts or on another day; it is compared as it would be made today.");
  return again;
}
