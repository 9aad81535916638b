import { Command } from "commander";
import { AdvisorError, ask, catalog, type ReadAnswer } from "../src/index.ts";
import { cell } from "./cell.ts";
import { teach } from "./help.ts";
import { answer, answerJson } from "./output.ts";
import { screenOf } from "./paint.ts";
import { shown } from "./terminal.ts";
import { understood } from "./understood.ts";
import { EXAMPLE, wordsFrom } from "./words.ts";

export function readCommand(): Command {
  const command = new Command("read")
    .description("Show what was understood from your words, and the questions that would change the plan")
    .argument("[text...]", "the words; `-` reads them from standard input")
    .option("--json", "print brief, conflicts, questions and notices as one JSON document")
    .action(read);
  return teach(command, {
    examples: [
      {
        does: "See how a request is understood",
        command: 'ml-architect read "LoRA on Mistral 7B, 2x A100 80GB, by Friday"',
      },
      { does: "For a script", command: 'ml-architect read "serve Qwen 2.5 7B at 5 requests a second" --json' },
    ],
    exits: { 1: null },
    more: "README.md; the field names shown are those that `plan --set field=value` takes.",
  });
}

async function read(words: string[], options: { json?: boolean }): Promise<void> {
  const text = await wordsFrom(words, "The text");
  if (text === undefined)
    throw new AdvisorError("invalid-input", "There is nothing to read: say what you want to train or serve", EXAMPLE);
  const { brief, conflicts, notices } = await understood({ text, set: [] });
  const found: ReadAnswer = { brief, conflicts, questions: ask(brief, catalog), notices };
  if (options.json) await answerJson(found);
  else await answer(shown(readText(found, text), screenOf(process.stdout)));
}

/** What was understood, as Markdown. */
function readText({ brief, conflicts, questions, notices }: ReadAnswer, text: string): string {
  const rows = Object.entries(brief).map(([field, said]) => {
    const words = said.span ? text.slice(...said.span).replace(/\s+/g, " ") : "";
    return `| ${field} | ${cell(said.value)} | ${said.from} | ${words ? cell(`“${words}”`) : ""} |`;
  });
  const table =
    rows.length > 0
      ? ["| field | value | from | your words |", "| --- | --- | --- | --- |", ...rows].join("\n")
      : "Nothing in the text names a model, a task, data, hardware or a budget.";
  const list = (title: string, items: string[]) =>
    items.length > 0 ? [`## ${title}`, items.map((item) => `- ${item}`).join("\n")] : [];
  const blocks = [
    "# What I understood",
    table,
    ...list(
      "These do not go together",
      conflicts.map(({ text: said }) => said),
    ),
    ...list("Please note", notices),
    ...list(
      "Questions whose answers would change the plan",
      questions.map(({ text: question, options, default: taken, why }) => {
        const choices = options.map(({ label }) => label).join(" / ");
        return `**${question}** ${choices}. Taken until you say: ${cell(taken)}. ${why}`;
      }),
    ),
  ];
  return `${blocks.join("\n\n")}\n`;
}
