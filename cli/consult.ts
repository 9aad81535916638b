import { writeFile } from "node:fs/promises";
import { createInterface, type Interface } from "node:readline";
import { setTimeout } from "node:timers/promises";
import { Command } from "commander";
import type { Conversation, Effect, Event, Reply } from "../src/consult.ts";
import { AdvisorError } from "../src/index.ts";
import { teach } from "./help.ts";
import { answer, note } from "./output.ts";
import { screenOf } from "./paint.ts";
import { WORDS } from "./phrasing.ts";
import { readPlanFile } from "./plan-file.ts";
import { writePlan } from "./project.ts";
import { planShown } from "./shown-plan.ts";
import { shown } from "./terminal.ts";
import { today, understood } from "./understood.ts";

interface ConsultOptions {
  plan?: string;
  brief?: string;
  project?: string;
  team?: string | false;
}

export function consultCommand(): Command {
  const command = new Command("consult")
    .description("Talk a plan over: questions that matter, what-ifs, reasons, and a project at the end")
    .argument("[text...]", "what you want to train or serve; more follows line by line")
    .option("--plan <file>", "go on from a plan")
    .option("--brief <file>", "fields as YAML or JSON; your words win where both speak")
    .option("--project <dir>", "an existing project: it fills what you leave out")
    .option("--team <file>", "what your team always says (default: as for plan)")
    .option("--no-team", "leave the team's file out")
    .action((words: string[], options: ConsultOptions) => consultation(words, options));
  return teach(command, {
    examples: [
      { does: "Begin", command: 'ml-architect consult "fine-tune Llama 3.1 8B on 50k chats"' },
      { does: "Go on from a plan", command: "ml-architect consult --plan plan.json" },
      {
        does: "From a script, one line a turn",
        command: "printf 'fine-tune Llama 3.1 8B\\nwhat if two 4090s\\nkeep it\\n' | ml-architect consult",
      },
    ],
    exits: { 1: "the last plan does not fit", 2: "nothing that was said could be planned" },
    more: 'docs/consult.md; say "help" in the conversation.',
  });
}

const LEAVE = /^(?:quit|exit|bye|q)$/i;

/** The conversation in a terminal, or line by line from a pipe: then nothing prompts, and every line is one turn. */
export async function consultation(words: readonly string[], options: ConsultOptions): Promise<void> {
  const standing = await understood({
    briefFile: options.brief,
    project: options.project,
    team: options.team,
    set: [],
  });
  const { consult, current, emptyConversation, planOf } = await import("../src/consult.ts");
  const setting = {
    catalog: standing.catalog,
    today: today(),
    standing: standing.brief,
    effects: ["write-project", "save-plan"] as const,
  };
  let state: Conversation = emptyConversation();
  const take = async (event: Event): Promise<void> => {
    const turn = consult(state, event, setting);
    state = turn.state;
    await show(turn.replies);
    // Typed here by the person, on the plan they see: that is the explicit action.
    for (const reply of turn.replies)
      if (reply.kind === "action")
        await take({
          type: "command",
          command: { verb: reply.effect, target: reply.target, revision: reply.revision },
        });
    for (const effect of turn.effects) await take(await done(effect));
  };
  const done = async (effect: Effect): Promise<Event> => {
    const revision = state.revisions.find((r) => r.number === effect.revision);
    try {
      const text = revision ? await perform(effect, planOf(revision, setting)) : "";
      return { type: "effectDone", id: effect.id, ok: true, text };
    } catch (error) {
      if (!(error instanceof AdvisorError)) throw error;
      return {
        type: "effectDone",
        id: effect.id,
        ok: false,
        text: `${error.message.replace(/\.?$/, ".")} ${error.hint}`,
      };
    }
  };

  for (const notice of standing.notices) note(notice);
  if (options.plan !== undefined) await take({ type: "opened", plan: await readPlanFile(options.plan) });
  if (words.length > 0) await take({ type: "said", text: words.join(" ") });
  const person = process.stdin.isTTY === true && process.stdout.isTTY === true;
  if (person && state.revisions.length === 0)
    await answer(
      'What do you want to train or serve? In your own words; "help" says what can be said, "quit" leaves.\n',
    );
  await lines(person, (text) => take({ type: "said", text }));
  const revision = current(state);
  if (revision) process.exitCode = planOf(revision, setting).status === "infeasible" ? 1 : 0;
  else if (!person) process.exitCode = 2;
  if (person && revision)
    note(
      shown(
        `Plan ${revision.planHash.slice(0, 12)}, revision ${revision.number}. Until next time.`,
        screenOf(process.stderr),
      ).trimEnd(),
    );
}

/** Every line of a person or a pipe, one after the other. */
async function lines(person: boolean, take: (text: string) => Promise<void>): Promise<void> {
  const terminal = createInterface({
    input: process.stdin,
    ...(person ? { output: process.stdout } : {}),
    terminal: person,
    prompt: "› ",
  });
  // Ctrl-C takes back a line that is being written, and leaves where there is none.
  terminal.on("SIGINT", () => {
    if (terminal.line === "") terminal.close();
    else terminal.write(null, { ctrl: true, name: "u" });
  });
  if (person) terminal.prompt();
  for await (const text of turnsOf(terminal, person)) {
    if (LEAVE.test(text.trim())) break;
    if (text.trim() !== "") await take(text);
    if (person) terminal.prompt();
  }
  terminal.close();
  if (person) process.stdout.write("\n");
}

/** Lines that follow each other within this are a paste, which nobody types. */
const PASTE_MS = 50;

/** Of a pipe every line; of a person a line as they send it, and a pasted text whole: an error message is one thing said. */
async function* turnsOf(terminal: Interface, person: boolean): AsyncGenerator<string> {
  const read = terminal[Symbol.asyncIterator]();
  let next = read.next();
  for (let line = await next; line.done !== true; line = await next) {
    const lines = [line.value];
    next = read.next();
    while (person) {
      const soon = await Promise.race([next, setTimeout(PASTE_MS)]);
      if (soon === undefined || soon.done === true) break;
      lines.push(soon.value);
      next = read.next();
    }
    yield lines.join("\n");
  }
}

async function show(replies: readonly Reply[]): Promise<void> {
  const { render } = await import("../src/consult.ts");
  const screen = screenOf(process.stdout);
  const blocks = replies.flatMap((reply) => {
    // A later question may not stand any more once the first is answered: its title is enough.
    if (reply.kind === "question" && reply.number > 1) return [shown(`Then: ${reply.question.text}`, screen)];
    if (reply.kind === "plan" && screen.columns !== undefined)
      return [planShown(reply.plan, screen, WORDS, reply.whole)];
    return reply.kind === "action" ? [] : [shown(render(reply, WORDS), screen)];
  });
  if (blocks.length > 0) await answer(`\n${blocks.join("\n")}\n`);
}

async function perform({ kind, target }: Effect, plan: Parameters<typeof writePlan>[0]): Promise<string> {
  if (kind === "write-project") return writePlan(plan, target, false);
  const { safePath } = await import("../src/adapters/safe-path.ts");
  const path = safePath(target, "a file", "plan.json");
  try {
    await writeFile(path, `${JSON.stringify(plan, null, 2)}\n`, { flag: "wx" });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "EEXIST") throw cause;
    throw new AdvisorError("folder-not-empty", `"${target}" is there already`, "Choose another name.", cause);
  }
  return `Saved to ${target}: \`ml-architect consult --plan ${target}\` goes on from it.`;
}
