import { setImmediate } from "node:timers/promises";
import {
  type Conversation,
  consult,
  current,
  type Event,
  emptyConversation,
  planOf,
  type Reply,
} from "../../src/consult.ts";
import { AdvisorError, type Brief, type Catalog, type Plan } from "../../src/index.ts";
import type { PlannedCell } from "../cells/cell.ts";
import type { Inserter } from "../cells/insert.ts";
import type { MagicLine } from "../magic/cell.ts";
import { completionOf } from "../magic/complete.ts";
import { helpOf, helpOfAll } from "../magic/help.ts";
import { inspectionOf } from "../magic/inspect.ts";
import { interpolated } from "../magic/interpolate.ts";
import { type Command, parseMagic } from "../magic/parse.ts";
import { isVerb } from "../magic/verbs.ts";
import type { Bundle, Magician, Stage } from "../proxy/magician.ts";
import type { Trials } from "../trial/trials.ts";
import { chartBundles, jsonBundle, markdownOf, textBundle, yamlBundle } from "./bundle.ts";
import { eventsOf } from "./events.ts";
import { planText, projectFiles, readPlan, writeNew, writeProjectOf } from "./files.ts";

export interface ArchitectOptions {
  catalog: Catalog;
  /** What holds before anybody speaks: a team's file. */
  standing?: Brief;
  /** How cells get into the notebook; absent where there is none. */
  inserter?: Inserter;
  /** UTC day. */
  today(): string;
}

type Setting = Parameters<typeof consult>[2];

/** Answers magics by the one conversation that every front end has; it lives as long as its kernel. */
export function architect({ catalog, standing, inserter, today }: ArchitectOptions): Magician {
  let state: Conversation = emptyConversation();
  const setting = (): Setting => ({ catalog, today: today(), effects: [], ...(standing ? { standing } : {}) });

  const planned = (): Plan => {
    const revision = current(state);
    if (revision) return planOf(revision, { catalog });
    throw new AdvisorError(
      "invalid-input",
      "There is no plan yet",
      "For example: %architect plan fine-tune Llama 3.1 8B on 50k tickets, $500",
    );
  };
  /** What projects need is loaded with the first project: a plan needs none of it. */
  let trials: Trials | undefined;
  const project = async (): Promise<Trials> => {
    const { Trials } = await import("../trial/trials.ts");
    const standing = () => (current(state) ? planned() : undefined);
    trials ??= new Trials({ catalog, today, plan: standing, files: projectFiles });
    return trials;
  };
  const plan = (): Plan => withMeasured(planned());
  const withMeasured = (each: Plan): Plan => trials?.withMeasured(each) ?? each;

  /** Says things one after the other; nothing is kept of a line that is refused. */
  const tell = (events: readonly Event[]): Reply[] => {
    let next = state;
    const replies: Reply[] = [];
    for (const event of events) {
      const turn = consult(next, event, setting());
      const refused = turn.replies.find((reply) => reply.kind === "error");
      if (refused) throw new AdvisorError("invalid-input", refused.message, inNotebook(refused.hint));
      next = turn.state;
      // What begins again needs no word of its own when something follows.
      replies.push(...(event === events.at(-1) || turn.replies[0]?.kind !== "done" ? turn.replies : []));
    }
    state = next;
    return replies;
  };

  const configuration = (): string => {
    const [reply] = tell([{ type: "command", command: { verb: "config" } }]);
    return reply?.kind === "config" ? reply.yaml : "";
  };

  const show = async (command: Command, told: readonly Reply[], stage: Stage): Promise<void> => {
    const { format = "markdown" } = command;
    const replies = told.map((reply) => (reply.kind === "plan" ? { ...reply, plan: withMeasured(reply.plan) } : reply));
    const planned = replies.some(({ kind }) => kind === "plan" || kind === "difference");
    switch (format) {
      case "json":
        stage.show(jsonBundle(planned ? plan() : replies));
        break;
      case "yaml":
        stage.show(yamlBundle(configuration()));
        break;
      case "markdown":
      case "chart": {
        if (format === "markdown") stage.show(textBundle(inNotebook(markdownOf(replies))));
        if (!planned && format === "markdown") break;
        for (const chart of await chartBundles(plan())) stage.show(chart);
        break;
      }
      default:
        format satisfies never;
    }
    if (command.out !== undefined) {
      const text = planText(plan(), command.out, configuration);
      if (!command.dryRun) await writeNew(command.out, text);
      stage.show(textBundle(`${command.dryRun ? "Would write" : "Wrote"} \`${command.out}\`.`));
    }
    if (command.as !== undefined) await stage.assign(command.as, plan());
  };

  const answer = async (command: Command, stage: Stage): Promise<void> => {
    if (command.help) return void stage.show(textBundle(command.verb ? helpOf(command.verb) : helpOfAll()));
    if (command.verb === "config" && command.body !== undefined)
      return void stage.show(textBundle(await (await project()).configure(command)));
    if (command.verb === "config" && inserter && writesCells(command)) {
      const cells = await (await project()).configCells(feasible(planned()), command.text);
      return void stage.show(await offer(cells, command, stage));
    }
    const events = eventsOf(command, state);
    if (events) {
      // What plans says so first, and becomes the answer in its place.
      const progress = stage.show(textBundle("_Planning…_"));
      const before = state;
      await setImmediate();
      const first = { shown: false };
      const replace: Stage = {
        ...stage,
        show(bundle) {
          if (first.shown) return stage.show(bundle);
          first.shown = true;
          progress.update(bundle);
          return progress;
        },
      };
      try {
        const replies = tell(events);
        // Planning hears nothing (at most half a second on 60 real briefs): an interrupt that came meanwhile is heard here.
        await setImmediate();
        stage.signal.throwIfAborted();
        return await show(command, replies, replace);
      } catch (error) {
        if (!first.shown) {
          state = before;
          progress.update(textBundle("_Nothing was changed._"));
        }
        throw error;
      }
    }
    switch (command.verb) {
      case "open":
        return show(command, tell([{ type: "opened", plan: await readPlan(command.text) }]), stage);
      case "project":
        if (command.text === "")
          throw new AdvisorError(
            "invalid-input",
            "The folder is missing",
            "For example: %architect project support-llm",
          );
        (await project()).named(JSON.stringify(command.text));
        return void stage.show(textBundle(await writeProjectOf(feasible(plan()), command.text, command.dryRun)));
      case "fix":
        return fixed(command, stage);
      case "status":
        return void stage.show(status(command, stage));
      case "smoke":
        return smoke(command, stage);
      case "calibrate": {
        const calibrated = await (await project()).calibrate(command.text);
        const { number = 0 } = current(state) ?? {};
        return show(command, [{ kind: "plan", revision: number, plan: calibrated, whole: true }], stage);
      }
      case "help":
        return void stage.show(textBundle(isVerb(command.text) ? helpOf(command.text) : helpOfAll()));
      default:
        return void stage.show(textBundle(helpOfAll()));
    }
  };

  const smoke = async (command: Command, stage: Stage): Promise<void> => {
    const tried = await project();
    const step = tried.stepIn(command.text);
    if (step) return tried.run(step, command, stage);
    stage.show(await offer(tried.smokeCells(command), command, stage));
  };

  /** What a project's own error names is repaired in its configuration; any other failure is evidence for the plan. */
  const fixed = async (command: Command, stage: Stage): Promise<void> => {
    const repair = command.text === "" ? await trials?.repair(stage.lastError()) : undefined;
    if (!repair) return show(command, fix(command.text, stage), stage);
    stage.show(textBundle(repair.told));
    if (repair.cells.length > 0) stage.show(await offer(repair.cells, command, stage));
  };

  /** Cells for this notebook; where nothing can put them there, to be copied. */
  const offer = async (cells: readonly PlannedCell[], command: Command, stage: Stage): Promise<Bundle> =>
    inserter ? insert(inserter, cells, command, stage) : textBundle(cells.map(copied).join("\n\n"));

  /** The last error is evidence like any other: what it says enters the brief, and the smallest repair is the answer. */
  const fix = (words: string, stage: Stage): Reply[] => {
    const error = stage.lastError();
    if (!error && words === "")
      throw new AdvisorError(
        "invalid-input",
        "No cell of this notebook has failed",
        "Describe the failure: %architect fix it ran out of memory on a 4090",
      );
    try {
      return tell([{ type: "said", text: [words, error?.text].filter(Boolean).join("\n") }]);
    } catch (cause) {
      if (!(cause instanceof AdvisorError) || !error) throw cause;
      const [first = ""] = error.text.trim().split("\n").slice(-1);
      throw new AdvisorError(
        "invalid-input",
        `"${first.slice(0, 200)}" says nothing about memory, hardware or settings`,
        "It is an error of the cell's own code. If the run itself failed, say how: %architect fix it ran out of memory at batch size 8",
        cause,
      );
    }
  };

  const status = ({ format }: Command, stage: Stage) => {
    const revision = current(state);
    const told = {
      kernel: stage.kernel,
      revision: revision?.number ?? null,
      planHash: revision?.planHash ?? null,
      status: revision ? plan().status : null,
      questions: state.asked.map(({ text }) => text),
    };
    if (format === "json") return jsonBundle(told);
    const lines = [
      `- kernel: ${told.kernel}`,
      revision
        ? `- plan \`${revision.planHash.slice(0, 12)}\`, revision ${revision.number}: ${plan().headline}`
        : "- no plan yet",
      ...told.questions.map((text, at) => `- question ${at + 1}: ${text}`),
    ];
    return textBundle(lines.join("\n"));
  };

  return {
    async answer(magic: MagicLine, stage: Stage) {
      await answer(await withValues(parseMagic(magic), stage), stage);
    },
    complete: (text, cursor, cell) => completionOf(text, cursor, cell, catalog),
    inspect: (text, cursor, cell) => inspectionOf(text, cursor, cell, catalog),
    after: (code, language) => inserter?.after(code, language),
  };
}

/** Without words about form or file, what is generated goes into the notebook. */
const writesCells = ({ insert, format, out }: Command): boolean =>
  insert !== undefined || (format === undefined && out === undefined);

const copied = ({ kind, source }: PlannedCell): string =>
  kind === "markdown" ? source : `\`\`\`\`\n${source}\n\`\`\`\``;

const insert = (inserter: Inserter, cells: readonly PlannedCell[], command: Command, stage: Stage): Promise<Bundle> =>
  inserter.insert(cells, {
    where: command.insert,
    dryRun: command.dryRun,
    anchor: stage.cell,
    next: stage.next,
    language: stage.language,
    signal: stage.signal,
  });

async function withValues(command: Command, stage: Stage): Promise<Command> {
  let text = "";
  for (const part of interpolated(command.text))
    text += "text" in part ? part.text : await stage.evaluate(part.expression);
  return { ...command, text };
}

/** Hints and replies speak of what can be said; here it follows `%architect`. */
const inNotebook = (text: string): string => text.replace(/"(show the plan|keep it|what if …)"/g, '"%architect $1"');

function feasible(plan: Plan): Plan {
  if (plan.status === "feasible") return plan;
  throw new AdvisorError(
    "invalid-input",
    "There is nothing to write a project from: no plan fits",
    "Change what blocks it first.",
  );
}
