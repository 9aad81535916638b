import type { AckFn, RespondArguments } from "@slack/bolt";
import type { ModalView } from "@slack/types";
import type { WebClient } from "@slack/web-api";
import { current } from "../../src/consult.ts";
import { actionId } from "../actions.ts";
import { exampleBlocks, helpBlocks } from "../blocks/help.ts";
import { listBlocks, statusBlocks } from "../blocks/runs.ts";
import type { Stage } from "../blocks/stage.ts";
import { branchOf } from "../github/branch.ts";
import type { Database } from "../store/database.ts";
import { deletePerson } from "../store/deletion.ts";
import { latestRun, type Run, runsOf, waitingOf } from "../store/runs.ts";
import type { Values } from "../values.ts";
import { changeView, wordsView } from "../views/answer.ts";
import { formView } from "../views/form.ts";
import { homeView } from "../views/home.ts";
import { repositoryView } from "../views/repository.ts";
import type { Planner } from "../work/planner.ts";
import { configure, settingLines } from "./config.ts";
import type { Heard } from "./heard.ts";
import { formTarget, type Outcome } from "./intake.ts";
import { type Notes, whisper } from "./notes.ts";
import { type Order, orderOf } from "./order.ts";
import type { Passed } from "./passing.ts";

export interface AnswersSetting {
  db: Database;
  client: WebClient;
  values: Values;
  notes: Notes;
  planner: Planner;
  /** People who may change a channel's settings. */
  admins: readonly string[];
  prompts: readonly { title: string; message: string }[];
  hosts: readonly string[];
  repositoriesOf(channel: string): Promise<readonly string[]>;
  /** Has what was kept worked on. */
  wake(run: string): void;
  failed(error: unknown): void;
  now(): Date;
}

type AckBody = Parameters<AckFn<string | RespondArguments>>[0];

/** What the person is told at once; everything that takes longer comes out of the inbox. */
export interface Answers {
  event(passed: Passed): Promise<void>;
  /** `body` goes with the acknowledgement; `after` is done after it. */
  command(passed: Passed): Promise<{ body: AckBody; after?: () => Promise<void> }>;
  /** What goes with a modal's acknowledgement: what is wrong stands at its field. */
  submission(passed: Passed): { response_action: "errors"; errors: Record<string, string> } | undefined;
  rest(passed: Passed): Promise<void>;
}

const MOST_LISTED = 20;
const MOST_AT_HOME = 40;

export function answersOf(setting: AnswersSetting): Answers {
  const { db, client, values, notes, planner, hosts, now } = setting;

  const kept = (heard: Heard, outcome: Outcome): void => {
    if (outcome.type !== "kept") return;
    if ("respondAt" in heard && heard.respondAt) notes.remember(outcome.run, heard.respondAt);
    setting.wake(outcome.run);
  };

  /** One line for one person, wherever that is possible. */
  const tell = async (heard: Heard, text: string): Promise<void> => {
    if ("respondAt" in heard && heard.respondAt) return whisper(heard.respondAt, text);
    if (!("person" in heard)) return;
    const direct = { channel: heard.person, text };
    if (heard.type === "submitted" || !("channel" in heard) || !heard.channel || heard.channel.startsWith("D"))
      return void (await client.chat.postMessage(direct));
    const thread = "thread" in heard ? heard.thread : undefined;
    const here = { channel: heard.channel, user: heard.person, text, ...(thread ? { thread_ts: thread } : {}) };
    await client.chat.postEphemeral(here).catch(() => client.chat.postMessage(direct));
  };

  const stageOf = (run: Run): Stage => ({ run: run.id, revision: run.revision, sign: values.sign, effects: [], hosts });

  const modalOf = async ({ run, action }: Extract<Outcome, { type: "clicked" }>): Promise<ModalView | undefined> => {
    const revision = current(run.conversation);
    const stage = stageOf(run);
    if (action.type === "words") {
      const question = run.conversation.asked.find(({ id }) => id === action.question);
      return question && wordsView(question, stage);
    }
    if (!revision) return undefined;
    if (action.type === "change") return changeView(action.field, await planner.planOf(revision), stage);
    const repositories = await setting.repositoriesOf(run.where.channel);
    const fileCount = await planner.fileCountOf(revision);
    return repositoryView(repositories, branchOf(run.id, revision.number), { ...stage, fileCount });
  };

  const openForm = (heard: { team: string; person: string; trigger: string }, channel: string): Promise<unknown> =>
    client.views.open({ trigger_id: heard.trigger, view: formView(formTarget(values, heard, channel)) });

  const asked = async (heard: Heard): Promise<void> => {
    if (heard.type === "pressed") return void (await openForm(heard, heard.channel ?? heard.person));
    if (heard.type !== "home") return;
    if (heard.tab === "messages") {
      const prompts = setting.prompts.map(({ title, message }) => ({ title, message }));
      await client.assistant.threads.setSuggestedPrompts({ channel_id: heard.channel, prompts: prompts as never });
      return;
    }
    const runs = await runsOf(db, heard.team, heard.person, MOST_AT_HOME);
    const view = homeView(runs, await settingLines(db, heard.team, heard.channel));
    await client.views.publish({ user_id: heard.person, view });
  };

  /** What an order of ours answers, to the one who gave it. */
  const ordered = async (heard: Extract<Heard, { type: "command" }>, order: Order): Promise<AckBody> => {
    const { team, person, channel } = heard;
    const shown = (text: string, blocks: unknown[]): AckBody =>
      ({ response_type: "ephemeral", text, blocks }) as RespondArguments;
    switch (order.type) {
      case "help":
        return shown("What you can say", helpBlocks(hosts));
      case "examples":
        return shown("Requests to start from", exampleBlocks(hosts));
      case "list": {
        const runs = await runsOf(db, team, person, MOST_LISTED);
        return shown(`Your runs: ${runs.length}`, listBlocks(runs));
      }
      case "status": {
        const run = await latestRun(db, team, person, channel);
        const line = run && (await runsOf(db, team, person, MOST_LISTED)).find(({ id }) => id === run.id);
        if (!run || !line) return shown("You have no runs", listBlocks([]));
        // Its Stop button belongs to where the run is.
        const state = run.where.channel === channel ? line.state : ("stopped" as const);
        const blocks = statusBlocks({ ...line, state }, await waitingOf(db, run.id), stageOf(run));
        return shown(line.headline || "Your run", blocks);
      }
      case "config":
        return setting.admins.includes(person)
          ? configure(db, { team, channel, person }, order.words, now())
          : "Only the people in ML_ARCHITECT_ADMINS change settings. Ask whoever runs me.";
      case "forget": {
        if (!order.isSure)
          return "This deletes the runs that you began, with everything said in them, and your words in other people's runs. What I posted stays in Slack. If you are sure: `/ml-architect delete my data now`";
        const gone = await deletePerson(db, team, person, now());
        return `Deleted: ${gone.runs} of your runs, ${gone.messages} of your messages in other runs. Plans that others rest on keep their numbers and lose your words.`;
      }
      case "form":
      case "cancel":
      case "design":
        return undefined;
      default:
        return order satisfies never;
    }
  };

  const rest = async ({ heard, outcome }: Passed): Promise<void> => {
    switch (outcome.type) {
      case "kept":
        kept(heard, outcome);
        // Of all clicks only this one has no answer in the thread.
        if (heard.type === "pressed" && heard.action === "feedback") await tell(heard, "Thank you: noted.");
        return;
      case "refused":
        return tell(heard, outcome.why);
      case "clicked": {
        const view = await modalOf(outcome);
        if (!view || heard.type !== "pressed")
          return tell(heard, `That is not asked any more (${actionId(outcome.action)}).`);
        return void (await client.views.open({ trigger_id: heard.trigger, view }));
      }
      case "asked":
        return asked(heard);
      case "nothing":
        return;
      default:
        return outcome satisfies never;
    }
  };

  return {
    event: rest,
    rest: async (passed) => {
      if (passed.heard.type === "submitted" && passed.outcome.type === "refused" && wrongField(passed.heard)) return;
      await rest(passed);
    },
    async command({ heard, outcome }) {
      if (heard.type !== "command") return { body: undefined };
      switch (outcome.type) {
        case "kept": {
          const isStop = orderOf(heard.text).type === "cancel";
          return {
            body: isStop ? "Stopping it." : "On it.",
            after: async () => kept(heard, outcome),
          };
        }
        case "refused":
          return { body: outcome.why };
        case "asked": {
          const order = orderOf(heard.text);
          return order.type === "form"
            ? { body: undefined, after: async () => void (await openForm(heard, heard.channel)) }
            : { body: await ordered(heard, order) };
        }
        case "clicked":
        case "nothing":
          return { body: undefined };
        default:
          return outcome satisfies never;
      }
    },
    submission({ heard, outcome }) {
      const field = heard.type === "submitted" && wrongField(heard);
      return outcome.type === "refused" && field
        ? { response_action: "errors", errors: { [field]: outcome.why } }
        : undefined;
    },
  };
}

/** The field that says what is wrong with a modal. */
const wrongField = ({ values }: Extract<Heard, { type: "submitted" }>): string | undefined => Object.keys(values)[0];
