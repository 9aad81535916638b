import {
  type Command,
  type Conversation,
  consult,
  current,
  type Effect,
  type Event,
  meaningOf,
  type Reply,
} from "../../src/consult.ts";
import { briefFromValues, type Catalog, hashOf } from "../../src/index.ts";
import { type Action, EFFECTS } from "../actions.ts";
import { repositoryIn } from "../github/mention.ts";
import { notListed } from "../github/repository.ts";
import { isSame } from "../github/setting.ts";
import type { Dropped, Incoming } from "../incoming.ts";
import type { Audited } from "../store/audit.ts";

/** What a step is told beside the conversation: facts, the day, and where a pull request would go. */
export interface StepSetting {
  catalog: Catalog;
  /** UTC day. */
  today: string;
  /** The repository that the person confirmed; "" where none may be used. */
  repository: string;
  /** Repositories that may be read from here. */
  repositories?: readonly string[];
}

export interface Stepped {
  conversation: Conversation;
  replies: Reply[];
  effects: Effect[];
  /** Repositories to read, each with what was said beside its name. */
  reads?: { repository: string; words: string }[];
  /** Files to read before the words beside them are understood. */
  files?: { files: Dropped[]; words: string; overheard?: true };
  /** Pressed Stop: nothing is done until somebody speaks again. */
  stopped: boolean;
  audits: Pick<Audited, "what" | "target" | "revision">[];
}

type Setting = Parameters<typeof consult>[2];

/** The shown change, by a name that a button can carry. */
export const proposalHash = ({ proposal }: Conversation): string | undefined =>
  proposal && hashOf(proposal).slice(0, 12);

/** One thing that a person did → the conversation after it. Pure: the same again gives the same. */
export function step(conversation: Conversation, incoming: Incoming, given: StepSetting): Stepped {
  const setting: Setting = { catalog: given.catalog, today: given.today, effects: EFFECTS };
  const turn = (...events: Event[]): Stepped => firstUnderstood(conversation, events, setting);
  switch (incoming.type) {
    case "said": {
      const { files = [], text: words, overheard } = incoming;
      if (files.length > 0) {
        const reading: Reply = { kind: "notice", text: `Reading ${files.map(({ name }) => name).join(", ")}.` };
        return { ...saying(conversation, reading), files: { files, words, ...(overheard ? { overheard } : {}) } };
      }
      const found = named(incoming, given, turn, conversation) ?? turn({ type: "said", text: incoming.text });
      if (
        incoming.overheard &&
        found.replies.every((reply) => reply.kind === "error") &&
        !isOrder(incoming.text, conversation)
      )
        found.replies = [];
      const notices = (incoming.notices ?? []).map((text): Reply => ({ kind: "notice", text }));
      return { ...found, replies: [...notices, ...found.replies] };
    }
    case "pressed":
      return pressed(
        conversation,
        incoming.action,
        incoming.revision,
        { ...given, repository: incoming.repository ?? given.repository },
        setting,
      );
    case "wrote": {
      const { about, text, revision } = incoming;
      const now = current(conversation)?.number ?? 0;
      if (about.type === "change" && revision !== now) return superseded(conversation, revision, now);
      if (about.type === "change")
        return turn({ type: "said", text: `${about.field}=${text}` }, { type: "said", text });
      const at = conversation.asked.findIndex((question) => question.id === about.question);
      if (at < 0) return turn({ type: "said", text });
      const answered = turn({ type: "said", text: `q${at + 1}: ${text}` });
      // What was wrong is told of the words as they were written.
      return answered.replies.some(({ kind }) => kind === "error") ? turn({ type: "said", text }) : answered;
    }
    case "opened":
      return turn({ type: "opened", plan: incoming.plan });
    case "read": {
      const { repository: name, words: text, fields, notices, failed } = incoming;
      if (failed !== undefined)
        return withoutProject({ kind: "error", message: failed, hint: "" }, text, turn, conversation);
      return turn({ type: "project", name, brief: briefFromValues(fields, "project"), notices, text });
    }
    case "ended":
      return turn({ type: "effectDone", id: incoming.effect, ok: incoming.ok, text: incoming.text });
    default:
      return incoming satisfies never;
  }
}

/** Words that nobody says to another person: what is wrong with them is told, also where nobody mentioned us. */
function isOrder(text: string, conversation: Conversation): boolean {
  const meaning = meaningOf(text, conversation);
  return meaning.type === "action" || (meaning.type === "command" && meaning.command.verb !== "why");
}

type Turning = (...events: Event[]) => Stepped;

/** Words that name a repository: it is read first, if it may be, and understood together with the words. */
function named(
  { text, overheard }: Extract<Incoming, { type: "said" }>,
  { repositories = [] }: StepSetting,
  turn: Turning,
  conversation: Conversation,
): Stepped | undefined {
  const found = repositoryIn(text);
  if (!found) return undefined;
  const repository = repositories.find((each) => isSame(each, found.repository));
  if (repository === undefined) {
    // People who talk to each other name repositories without asking us to read them.
    if (overheard) return undefined;
    const { message, hint } = notListed(found.repository, repositories);
    return withoutProject({ kind: "error", message, hint }, found.rest, turn, conversation);
  }
  return {
    ...saying(conversation, { kind: "notice", text: `Reading ${repository}.` }),
    reads: [{ repository, words: found.rest }],
    audits: [{ what: "read", target: repository, revision: current(conversation)?.number ?? 0 }],
  };
}

/** A repository that is not read does not keep the rest of the words from being understood. */
function withoutProject(error: Reply, text: string, turn: Turning, conversation: Conversation): Stepped {
  const rest = text === "" ? saying(conversation) : turn({ type: "said", text });
  if (rest.replies.some((reply) => reply.kind === "error")) return saying(conversation, error);
  return { ...rest, replies: [error, ...rest.replies] };
}

/** The first of several readings that is understood; where none is, what was wrong with the first. */
function firstUnderstood(conversation: Conversation, events: readonly Event[], setting: Setting): Stepped {
  const turns = events.map((event) => consult(conversation, event, setting));
  const found = turns.find(({ replies }) => replies.every((reply) => reply.kind !== "error")) ?? turns[0]!;
  return { conversation: found.state, replies: found.replies, effects: found.effects, stopped: false, audits: [] };
}

const saying = (conversation: Conversation, ...replies: Reply[]): Stepped => ({
  conversation,
  replies,
  effects: [],
  stopped: false,
  audits: [],
});

function pressed(
  conversation: Conversation,
  action: Action,
  revision: number,
  { repository }: StepSetting,
  setting: Setting,
): Stepped {
  const now = current(conversation)?.number ?? 0;
  const command = (found: Command): Stepped =>
    firstUnderstood(conversation, [{ type: "command", command: found }], setting);
  const question = "question" in action ? conversation.asked.find((q) => q.id === action.question) : undefined;
  switch (action.type) {
    // Two people may answer two questions of one revision: an answer counts as long as the question stands.
    case "answer": {
      const { question: id, value } = action;
      if (!question?.options.some((option) => option.value === value)) return superseded(conversation, revision, now);
      return firstUnderstood(conversation, [{ type: "answered", question: id, value }], setting);
    }
    case "judgement":
      if (action.question !== undefined && !question) return superseded(conversation, revision, now);
      return firstUnderstood(conversation, [{ type: "judgement", question: action.question }], setting);
    // These show, and change nothing: they mean the plan as it stands.
    case "wish":
      return command({ verb: "wish", wish: action.wish });
    case "verb":
      if (action.verb === "undo" && revision !== now) return superseded(conversation, revision, now);
      return command({ verb: action.verb });
    case "keep":
      if (revision !== now || action.proposal !== proposalHash(conversation))
        return superseded(conversation, revision, now);
      return command({ verb: "keep" });
    case "effect": {
      if (revision !== now) return superseded(conversation, revision, now);
      const target = action.effect === "pull-request" ? repository : "";
      const done = command({ verb: action.effect, target, revision });
      return { ...done, audits: done.effects.map((e) => ({ what: action.effect, target: e.target, revision })) };
    }
    case "stop":
      return {
        ...saying(conversation, { kind: "done", text: "Stopped. Say anything in this thread to go on." }),
        stopped: true,
        audits: [{ what: "stop", target: "", revision: now }],
      };
    case "feedback":
      return { ...saying(conversation), audits: [{ what: "feedback", target: action.verdict, revision }] };
    // These open modals, which is done while the click is acknowledged; what is written there comes as "wrote".
    case "words":
    case "change":
    case "new":
      return saying(conversation);
    default:
      return action satisfies never;
  }
}

const superseded = (conversation: Conversation, revision: number, now: number): Stepped =>
  saying(conversation, {
    kind: "error",
    message:
      revision === now
        ? "That button was superseded: it is not about what stands now"
        : `That button belongs to revision ${revision}; the plan is at revision ${now} now`,
    hint: "Use the newest buttons in this thread, or say it in words.",
  });
