import { Command } from "commander";
import { AdvisorError, type Plan } from "../src/index.ts";
import { confirmed } from "./confirm.ts";
import { consultation } from "./consult.ts";
import { teach } from "./help.ts";
import { answer, answerJson, note } from "./output.ts";
import { type Screen, screenOf } from "./paint.ts";
import { FLAGS } from "./phrasing.ts";
import { checkFolder, writePlan } from "./project.ts";
import { planShown } from "./shown-plan.ts";
import { shown } from "./terminal.ts";
import { planned } from "./understood.ts";
import { EXAMPLE, wordsFrom } from "./words.ts";

interface PlanOptions {
  set: string[];
  brief?: string;
  project?: string;
  /** False with --no-team. */
  team?: string | false;
  out?: string;
  pictures?: string;
  full?: boolean;
  json?: boolean;
}

const collected = (value: string, values: string[]): string[] => [...values, value];

export function planCommand(): Command {
  const command = new Command("plan")
    .description("Recommend framework, platform, method, hardware, serving and cost for what you describe")
    .argument("[text...]", "what you want to train or serve, in your own words; `-` reads it from standard input")
    .option("--set <field=value>", "state one field, over everything else said (repeatable)", collected, [])
    .option("--brief <file>", "fields as YAML or JSON; your words win where both speak")
    .option("--project <dir>", "an existing project: its packages, scripts, configs and data fill what you leave out")
    .option("--team <file>", "what your team always says (default: team.yaml here or in your configuration folder)")
    .option("--no-team", "leave the team's file out")
    .option("--out <dir>", "also write the project there, when the plan is feasible")
    .option("--pictures <dir>", "also draw memory and cost there, as SVG for light and dark pages")
    .option("--full", "on a terminal, print everything: settings, every refusal, documents and facts")
    .option("--json", "print the plan as one JSON document")
    .action(plan);
  return teach(command, {
    examples: [
      {
        does: "Ask in your own words",
        command: 'ml-architect "fine-tune Llama 3.1 8B on 50k chats, one RTX 4090, $200"',
      },
      {
        does: "Change one thing",
        command: 'ml-architect plan "fine-tune Llama 3.1 8B on 50k chats" --set budgetUsd=500',
      },
      { does: "Write the project as well", command: 'ml-architect "classify support tickets in German" --out tickets' },
      { does: "For a script", command: "cat request.txt | ml-architect plan --json > plan.json" },
    ],
    exits: {
      0: "a plan was made, or you do not need one (off-ramp)",
      1: "nothing fits what you asked for; the answer lists what would",
    },
    more: "README.md; `ml-architect read TEXT` shows what was understood and every field's name.",
  });
}

async function plan(words: string[], options: PlanOptions): Promise<void> {
  const fromFlags = options.brief !== undefined || options.project !== undefined || options.set.length > 0;
  if (options.out !== undefined) await checkFolder(options.out);
  const text = await wordsFrom(words, "The text");
  if (text === undefined && !fromFlags && process.stdin.isTTY && process.stdout.isTTY && !options.json)
    return consultation([], { team: options.team });
  if (text === undefined && !fromFlags)
    throw new AdvisorError("invalid-input", "There is nothing to plan: say what you want to train or serve", EXAMPLE);
  const made = await planned({
    text,
    briefFile: options.brief,
    project: options.project,
    team: options.team,
    set: options.set,
  });
  process.exitCode = made.status === "infeasible" ? 1 : 0;
  const screen = screenOf(process.stdout);
  if (options.json) await answerJson(made);
  else await answer(rendered(made, screen, options.full ?? false));
  if (options.pictures !== undefined) {
    const { drawPictures } = await import("./pictures.ts");
    note(await drawPictures(made, options.pictures));
  }
  await project(made, options, screen);
}

/** On a long screen the verdict has scrolled away: it is said once more. */
function rendered(made: Plan, screen: Screen, full: boolean): string {
  const text = planShown(made, screen, FLAGS, full);
  const long = full && screen.columns !== undefined && text.split("\n").length > (process.stdout.rows || 24);
  return long ? `${text}\n${shown(`**${made.headline}**`, screen)}` : text;
}

async function project(made: Plan, options: PlanOptions, screen: Screen): Promise<void> {
  if (options.out !== undefined) {
    if (made.status === "feasible")
      note(shown(await writePlan(made, options.out, false), screenOf(process.stderr)).trimEnd());
    else {
      process.exitCode = 1;
      note(
        `Nothing was written to ${options.out}: ${made.status === "infeasible" ? "no plan fits" : "this needs no project"}.`,
      );
    }
    return;
  }
  const person = process.stdin.isTTY && process.stderr.isTTY && screen.columns !== undefined;
  if (!person || options.json || made.status !== "feasible") return;
  const name = defaultFolder(made);
  if (await confirmed(`Write this as a project to ./${name}?`))
    await answer(`\n${shown(await writePlan(made, name, false), screen)}`);
}

/** "llama-3-1-8b-qlora": what a person would call the folder. */
function defaultFolder(made: Plan): string {
  const model = made.workload?.model.id.split("/").at(-1) ?? "ml";
  const slug = `${model} ${made.training?.method ?? "serve"}`
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^[^a-z]+/, "")
    .slice(0, 48)
    .replace(/-+$/, "");
  return slug || "ml-project";
}
