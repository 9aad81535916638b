import { randomUUID } from "node:crypto";
import { current, planOf, type Reply } from "../../src/consult.ts";
import type { Catalog, Plan } from "../../src/index.ts";
import type { SlackEffect } from "../actions.ts";
import type { Message } from "../blocks/message.ts";
import { replyMessages } from "../blocks/reply.ts";
import type { Stage } from "../blocks/stage.ts";
import type { Where } from "../incoming.ts";
import { audit } from "../store/audit.ts";
import type { Database } from "../store/database.ts";
import { finishIncoming, type InboxRow, nextIncoming } from "../store/inbox.ts";
import { releaseLease, takeLease } from "../store/lease.ts";
import {
  beginSending,
  giveUp,
  type Key,
  nextOutgoing,
  type OutboxRow,
  type Outgoing,
  postpone,
  put,
  sent,
} from "../store/outbox.ts";
import { deleteRun, findRun, type Run, saveRevisions, saveRun, settle } from "../store/runs.ts";
import type { Sign } from "../values.ts";
import { proposalHash, type Stepped, step } from "./step.ts";

/** What sending a root answers: where the thread is. */
export interface Opened {
  channel: string;
  thread: string;
}

/** How a call of Slack ended. A call that throws may have happened: nobody knows. */
export type Sent =
  | { type: "sent"; answer: unknown }
  /** Surely not: try again after this. */
  | { type: "later"; seconds: number }
  /** Surely not, and never will. */
  | { type: "refused"; why: string };

/** What a look for something that may have been sent found. One that throws found nothing out. */
export type Found =
  | { type: "found"; answer: unknown }
  /** It is not there, or we may not look: it is sent again. */
  | { type: "absent" }
  | { type: "later"; seconds: number };

/** What is outside. `key` goes along, as the message's metadata, so that it can be found again. */
export interface Outside {
  send(where: Where, outgoing: Outgoing, key: Key): Promise<Sent>;
  /** Whether something was sent under this key. */
  find(where: Where, outgoing: Outgoing, key: Key): Promise<Found>;
}

/** What a channel may do. */
interface Policy {
  effects: readonly SlackEffect[];
  hosts: readonly string[];
  /** Where pull requests go from this channel; "" where there is not one alone. */
  repository: string;
}

export interface WorkerSetting {
  db: Database;
  catalog: Catalog;
  outside: Outside;
  sign: Sign;
  policyOf(where: Where): Promise<Policy>;
  /** How many files an effect on this plan would write; undefined where no project can be made of it. */
  fileCountOf(plan: Plan): Promise<number | undefined>;
  now(): Date;
  /** How long a process that died holds a thread up. */
  leaseSeconds: number;
}

type Working = WorkerSetting & { owner: string };

/** What is left of a run: nothing, something later, or that another worker has it. */
export type Left = { type: "nothing" } | { type: "wait"; seconds: number };

/** A message that makes us fail is tried this often; then the person is told. */
const MOST_ATTEMPTS = 3;
/** Then it is given up, and the rest goes on. */
const MOST_SENDS = 8;
const RETRY_SECONDS = 5;
const LOOK_AGAIN: Found = { type: "later", seconds: RETRY_SECONDS };

/**
 * Works a thread off: everything received becomes answers, everything to be sent is sent, in order, until nothing is
 * left. Safe to call at any time, by anybody, any number of times.
 */
export async function work(id: string, given: WorkerSetting): Promise<Left> {
  // Each call has a name of its own: two workers of one process are two workers.
  const setting: Working = { ...given, owner: randomUUID() };
  const { db, owner, leaseSeconds } = setting;
  const renew = (): Promise<boolean> => takeLease(db, id, owner, leaseSeconds);
  for (;;) {
    // Whoever has it looks once more after letting go, so what came meanwhile is not forgotten; if they died, we come back.
    if (!(await renew())) return { type: "wait", seconds: leaseSeconds };
    let left: Left;
    try {
      left = await untilNothing(id, setting, renew);
    } finally {
      await releaseLease(db, id, owner);
    }
    if (left.type === "wait" || !(await hasMore(id, setting))) return left;
  }
}

async function hasMore(id: string, { db, now }: WorkerSetting): Promise<boolean> {
  if (await nextOutgoing(db, id, now())) return true;
  const open = await db.query("select 1 from slack.inbox where run_id = $1 and state = 'new' limit 1", [id]);
  return open.length > 0;
}

async function untilNothing(id: string, setting: Working, renew: () => Promise<boolean>): Promise<Left> {
  const { db } = setting;
  for (;;) {
    if (!(await renew())) return { type: "wait", seconds: setting.leaseSeconds };
    const run = await findRun(db, id);
    // Deleted while it was worked on.
    if (!run) return { type: "nothing" };
    const outgoing = await nextOutgoing(db, id, setting.now());
    if (outgoing) {
      const seconds = outgoing.waitSeconds > 0 ? outgoing.waitSeconds : await send(run, outgoing, setting);
      if (seconds > 0) return { type: "wait", seconds };
      continue;
    }
    const incoming = await nextIncoming(db, id);
    if (!incoming) return { type: "nothing" };
    await answer(run, incoming, setting);
  }
}

/** Sends one thing; gives the seconds to wait before anything else of this run. */
async function send(
  run: Run,
  { key, outgoing, attempts, uncertain }: OutboxRow,
  setting: WorkerSetting,
): Promise<number> {
  const { db, outside, now } = setting;
  if (uncertain) {
    const found = await outside.find(run.where, outgoing, key).catch((): Found => LOOK_AGAIN);
    if (found.type === "later") return found.seconds;
    if (found.type === "found") {
      await done(db, key, outgoing, found.answer);
      return 0;
    }
  }
  if (attempts >= MOST_SENDS) {
    await drop(db, key, outgoing, `not sent after ${attempts} attempts`);
    return 0;
  }
  await beginSending(db, key);
  let ended: Sent;
  try {
    ended = await outside.send(run.where, outgoing, key);
  } catch {
    // It stays "sending": the next one looks before sending again.
    return RETRY_SECONDS;
  }
  switch (ended.type) {
    case "sent":
      await done(db, key, outgoing, ended.answer);
      return 0;
    case "later":
      await postpone(db, key, new Date(now().getTime() + ended.seconds * 1000));
      return ended.seconds;
    case "refused":
      await drop(db, key, outgoing, ended.why);
      return 0;
    default:
      return ended satisfies never;
  }
}

/** It happened. Where the run's first message went is where its thread is. */
async function done(db: Database, key: Key, outgoing: Outgoing, answer: unknown): Promise<void> {
  if (outgoing.type !== "root") return sent(db, key, answer);
  const { channel, thread } = answer as Opened;
  await db.transaction(async (tx) => {
    await sent(tx, key, answer);
    await settle(tx, key.run, { channel, thread });
  });
}

/** It never will. A run that has no thread has nobody to answer. */
const drop = (db: Database, key: Key, outgoing: Outgoing, why: string): Promise<void> =>
  outgoing.type === "root" ? deleteRun(db, key.run) : giveUp(db, key, why);

/** Answers one incoming thing. What it changes and what it sends are kept together, or not at all. */
async function answer(run: Run, row: InboxRow, setting: Working): Promise<void> {
  const { db, now, owner } = setting;
  const policy = await setting.policyOf(run.where);
  const at = now();
  let found: Answer;
  try {
    found = await answerOf(run, row, policy, at, setting);
  } catch (error) {
    if (row.attempts < MOST_ATTEMPTS) throw error;
    found = apology(run, setting);
  }
  const { stepped, headline, messages } = found;
  const revision = current(stepped.conversation)?.number ?? 0;
  const outgoing: Outgoing[] = [
    ...messages.map((message): Outgoing => ({ type: "post", message })),
    ...stepped.effects.map((effect): Outgoing => ({ type: "effect", effect, person: row.person })),
  ];
  const next: Run = {
    ...run,
    conversation: stepped.conversation,
    revision,
    step: run.step + outgoing.length,
    state: stepped.stopped ? "stopped" : row.incoming.type === "ended" ? run.state : "waiting",
    headline: headline ?? run.headline,
  };
  await db.transaction(async (tx) => {
    if (!(await saveRun(tx, next, owner, at))) throw new OvertakenError();
    await saveRevisions(tx, next, run.conversation.next - 1, row.person, at);
    for (const [i, each] of outgoing.entries()) await put(tx, { run: run.id, revision, step: run.step + i }, each, at);
    for (const each of stepped.audits)
      await audit(tx, { ...each, team: run.where.team, person: row.person, run: run.id }, at);
    await finishIncoming(tx, row.id, headline === undefined ? "failed" : "done");
  });
}

interface Answer {
  stepped: Stepped;
  messages: Message[];
  /** Of the plan as it stands; undefined where nothing could be answered. */
  headline?: string;
}

async function answerOf(
  run: Run,
  row: InboxRow,
  policy: Policy,
  at: Date,
  { catalog, sign, fileCountOf }: WorkerSetting,
): Promise<Answer> {
  const today = at.toISOString().slice(0, 10);
  const stepped = step(run.conversation, row.incoming, { catalog, today, repository: policy.repository });
  const revision = current(stepped.conversation);
  const plan = revision && planOf(revision, { catalog });
  const number = revision?.number ?? 0;
  const { repository } = policy;
  const fileCount = plan?.status === "feasible" ? await fileCountOf(plan) : undefined;
  const stage: Stage = {
    run: run.id,
    revision: number,
    sign,
    effects: fileCount === undefined ? [] : policy.effects,
    fileCount,
    proposal: proposalHash(stepped.conversation),
    hosts: policy.hosts,
    ...(repository === "" ? {} : { pullRequest: { repository, branch: branchOf(run.id, number) } }),
  };
  return { stepped, messages: replyMessages(stepped.replies, stage), headline: plan?.headline ?? "" };
}

function apology(run: Run, { sign }: WorkerSetting): Answer {
  const stage: Stage = { run: run.id, revision: run.revision, sign, effects: [], hosts: [] };
  const { conversation } = run;
  return {
    stepped: { conversation, replies: [], effects: [], stopped: false, audits: [] },
    messages: replyMessages([FAILED], stage),
  };
}

/** The same for the same revision: a pull request that was opened is found again by it. */
export const branchOf = (run: string, revision: number): string => `ml-architect/${run.slice(0, 8)}-r${revision}`;

const FAILED: Reply = {
  kind: "error",
  message: "I could not answer that: something of mine failed, three times",
  hint: "Your message is kept and the plan is as it was. Say it in other words, or tell whoever runs this bot.",
};

/** Another worker took the thread while this one worked: its answer counts, ours is thrown away. */
class OvertakenError extends Error {
  constructor() {
    super("Another worker has this thread now");
    this.name = "OvertakenError";
  }
}
