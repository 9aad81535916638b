import { randomUUID } from "node:crypto";
import { current } from "../../src/consult.ts";
import type { Incoming, Where } from "../incoming.ts";
import { audit } from "../store/audit.ts";
import type { Database } from "../store/database.ts";
import { finishIncoming, type InboxRow, nextIncoming } from "../store/inbox.ts";
import { releaseLease, takeLease } from "../store/lease.ts";
import { beginSending, type Key, nextOutgoing, type OutboxRow, type Outgoing, postpone, put } from "../store/outbox.ts";
import { findRun, type Run, saveRevisions, saveRun } from "../store/runs.ts";
import { type Answer, apology, type Policy, type Think, type ThinkSetting, thinkHere } from "./answer.ts";
import { type Live, UNSEEN } from "./live.ts";
import { abandon, settle } from "./settle.ts";
import type { Stepped } from "./step.ts";

/** How a call of Slack ended. A call that throws may have happened: nobody knows. */
export type Sent =
  /** `heard` is what the conversation hears of it. */
  | { type: "sent"; answer: unknown; heard?: Incoming }
  /** Surely not: try again after this. */
  | { type: "later"; seconds: number }
  /** Surely not, and never will. */
  | { type: "refused"; why: string };

/** What a look for something that may have been sent found. One that throws found nothing out. */
export type Found =
  | { type: "found"; answer: unknown; heard?: Incoming }
  /** It is not there, or we may not look: it is sent again. */
  | { type: "absent" }
  | { type: "later"; seconds: number };

/** What is outside. `key` goes along, as the message's metadata, so that it can be found again. */
export interface Outside {
  send(where: Where, outgoing: Outgoing, key: Key): Promise<Sent>;
  /** Whether something was sent under this key, behind the message of the thread that has the `ts` in `after`. */
  find(where: Where, outgoing: Outgoing, key: Key, after: string): Promise<Found>;
}

export interface WorkerSetting extends ThinkSetting {
  db: Database;
  outside: Outside;
  policyOf(where: Where): Promise<Policy>;
  /** Works answers out elsewhere; left out, here. */
  think?: Think;
  /** Shows people what is being done; left out, nobody looks on. */
  live?: Live;
  now(): Date;
  /** How long a process that died holds a thread up. */
  leaseSeconds: number;
}

type Working = WorkerSetting & { owner: string };

/** What is left of a run: nothing, something later, or that another worker has it. */
export type Left = { type: "nothing" } | { type: "wait"; seconds: number };

/** A message that makes us fail is tried this often; then the person is told. */
const MOST_ATTEMPTS = 3;
/** Tried so often and for so long, it is given up and the rest goes on: Slack and GitHub are away for minutes at times. */
const MOST_SENDS = 8;
const LONGEST_SECONDS = 3600;
/** What nobody knows the end of is looked up so soon, then after twice as long each time. */
const RETRY_SECONDS = 1;
const LONGEST_RETRY_SECONDS = 300;
const LOOK_AGAIN: Found = { type: "later", seconds: RETRY_SECONDS };

/**
 * Works a thread off: everything received becomes answers, everything to be sent is sent, in order, until nothing is
 * left. Safe to call at any time, by anybody, any number of times.
 */
export async function work(id: string, given: WorkerSetting): Promise<Left> {
  // Each call has a name of its own: two workers of one process are two workers.
  const setting: Working = { ...given, owner: randomUUID() };
  const { db, owner, leaseSeconds } = setting;
  let heldFromMs = Number.NEGATIVE_INFINITY;
  const renew = async (): Promise<boolean> => {
    const nowMs = performance.now();
    // Two thirds of it are left: nobody can have taken it.
    if (nowMs - heldFromMs < (leaseSeconds * 1000) / 3) return true;
    const isHeld = await takeLease(db, id, owner, leaseSeconds);
    heldFromMs = isHeld ? nowMs : Number.NEGATIVE_INFINITY;
    return isHeld;
  };
  for (;;) {
    // Whoever has it looks once more after letting go, so what came meanwhile is not forgotten; if they died, we come back.
    if (!(await renew())) return { type: "wait", seconds: leaseSeconds };
    let left: Left;
    try {
      left = await untilNothing(id, setting, renew);
    } finally {
      heldFromMs = Number.NEGATIVE_INFINITY;
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
      const seconds =
        outgoing.waitSeconds > 0
          ? outgoing.waitSeconds
          : await holding(renew, setting.leaseSeconds, () => send(run, outgoing, setting));
      if (seconds > 0) return { type: "wait", seconds };
      continue;
    }
    const incoming = await nextIncoming(db, id);
    if (!incoming) return { type: "nothing" };
    await answer(run, incoming, setting);
  }
}

/** Keeps the lease while something outside takes its time. */
async function holding<T>(renew: () => Promise<boolean>, leaseSeconds: number, doing: () => Promise<T>): Promise<T> {
  const timer = setInterval(() => void renew().catch(() => false), (leaseSeconds * 1000) / 3);
  try {
    return await doing();
  } finally {
    clearInterval(timer);
  }
}

/** Sends one thing; gives the seconds to wait before anything else of this run. */
async function send(run: Run, row: OutboxRow, setting: WorkerSetting): Promise<number> {
  const { key, outgoing, attempts, uncertain, ageSeconds, after } = row;
  const { db, outside, now, live = UNSEEN } = setting;
  if (uncertain) {
    const found = await outside.find(run.where, outgoing, key, after).catch((): Found => LOOK_AGAIN);
    if (found.type === "later") return found.seconds;
    if (found.type === "found") {
      await settle(db, row, found, now());
      // Who looked on saw it wait.
      await live.doing(run, outgoing).end({ type: "sent", answer: found.answer });
      return 0;
    }
  }
  if (attempts >= MOST_SENDS && ageSeconds >= LONGEST_SECONDS) {
    await abandon(db, row, `not done after ${attempts} attempts`, now());
    return 0;
  }
  await beginSending(db, key);
  const doing = live.doing(run, outgoing);
  let ended: Sent | undefined;
  try {
    ended = await outside.send(run.where, outgoing, key);
  } catch {
    // It stays "sending": the next one looks before sending again.
    return Math.min(LONGEST_RETRY_SECONDS, RETRY_SECONDS * 2 ** attempts);
  } finally {
    await doing.end(ended);
  }
  switch (ended.type) {
    case "sent":
      await settle(db, row, ended, now());
      return 0;
    case "later":
      await postpone(db, key, new Date(now().getTime() + ended.seconds * 1000));
      return ended.seconds;
    case "refused":
      await abandon(db, row, ended.why, now());
      return 0;
    default:
      return ended satisfies never;
  }
}

/** Whether a plan is shown for the first time: its charts go with it, and with nothing else. */
const isRecommended = ({ replies }: Stepped): boolean =>
  replies.some((reply) => reply.kind === "plan" && !reply.whole && reply.plan.memory !== undefined);

/** Answers one incoming thing. What it changes and what it sends are kept together, or not at all. */
async function answer(run: Run, row: InboxRow, setting: Working): Promise<void> {
  const { db, now, owner, think = thinkHere(setting), live = UNSEEN } = setting;
  const policy = await setting.policyOf(run.where);
  const at = now();
  const doing = live.thinking(run, row.person, row.incoming);
  let found: Answer;
  try {
    found = await think({ run, incoming: row.incoming, policy, today: at.toISOString().slice(0, 10) });
  } catch (error) {
    if (row.attempts < MOST_ATTEMPTS) {
      await doing.end();
      throw error;
    }
    found = apology(run, setting.sign);
  }
  const { stepped, headline, messages } = found;
  const revision = current(stepped.conversation)?.number ?? 0;
  const outgoing: Outgoing[] = [
    ...messages.map((message): Outgoing => ({ type: "post", message })),
    // After the words: who reads them need not wait for a drawing.
    ...(isRecommended(stepped) ? [{ type: "pictures" } as const] : []),
    ...stepped.effects.map((effect): Outgoing => ({ type: "effect", effect, person: row.person })),
    ...(stepped.files ? [{ type: "files" as const, ...stepped.files, person: row.person }] : []),
    ...(stepped.reads ?? []).map((read): Outgoing => ({ type: "read", ...read, person: row.person })),
  ];
  const next: Run = {
    ...run,
    conversation: stepped.conversation,
    revision,
    step: run.step + outgoing.length,
    state: stepped.stopped ? "stopped" : ["ended", "read"].includes(row.incoming.type) ? run.state : "waiting",
    headline: headline ?? run.headline,
  };
  await db.transaction(async (tx) => {
    // Asked for together: the embedded database holds everybody else up for as long as this takes.
    const [isSaved] = await Promise.all([
      saveRun(tx, next, owner, at),
      saveRevisions(tx, next, run.conversation.next - 1, row.person, at),
      ...outgoing.map((each, i) => put(tx, { run: run.id, revision, step: run.step + i }, each, at)),
      ...stepped.audits.map((each) =>
        audit(tx, { ...each, team: run.where.team, person: row.person, run: run.id }, at),
      ),
      finishIncoming(tx, row.id, headline === undefined ? "failed" : "done"),
    ]);
    if (!isSaved) throw new OvertakenError();
  });
  await doing.end(found);
}

/** Another worker took the thread while this one worked: its answer counts, ours is thrown away. */
class OvertakenError extends Error {
  constructor() {
    super("Another worker has this thread now");
    this.name = "OvertakenError";
  }
}
