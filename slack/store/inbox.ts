import { randomUUID } from "node:crypto";
import { emptyConversation } from "../../src/consult.ts";
import { type Incoming, masked, type Where } from "../incoming.ts";
import type { Database, Query } from "./database.ts";
import { put } from "./outbox.ts";

/** One delivery by Slack, put into our words. */
export interface Delivery {
  /** `event_id` or `trigger_id`: the same delivery again has the same. */
  id: string;
  /** Workspace, channel and `ts` of the message it is about: a mention comes as two events. */
  message?: string;
  /** A thread that is not there yet has a name that `newThread` made. */
  where: Where;
  person: string;
  incoming: Incoming;
  /** What is posted first, where this begins a run: nobody else sees what a command said. */
  opening?: string;
}

/** The place of a thread until its first message is posted; a repeated delivery names the same. */
export const newThread = (delivery: string): string => `new:${delivery}`;
export const isNewThread = (thread: string): boolean => thread.startsWith("new:");

export interface Received {
  run: string;
  /** False where it was here already: nothing to do. */
  fresh: boolean;
}

/** Keeps a delivery. Slack is answered after this and not before: what is acknowledged is never lost. */
export function receive(db: Database, delivery: Delivery, now: Date): Promise<Received> {
  return db.transaction(async (tx) => {
    const { run, isNew } = await runAt(tx, delivery, now);
    if (isNew && delivery.opening !== undefined) {
      const root = { type: "root" as const, text: delivery.opening, person: delivery.person };
      await put(tx, { run, revision: 0, step: 0 }, root, now);
      await tx.query("update slack.run set step = 1 where id = $1", [run]);
    }
    return { run, fresh: await keep(tx, run, delivery, now) };
  });
}

/** Keeps what a run has to hear, once. */
export async function keep(
  tx: Query,
  run: string,
  { id, message, person, incoming }: Omit<Delivery, "where">,
  now: Date,
): Promise<boolean> {
  const kept = await tx.query(
    `insert into slack.inbox (run_id, delivery, message, person, payload, received_at)
     values ($1, $2, $3, $4, $5, $6) on conflict do nothing returning id`,
    [run, id, message ?? null, person, JSON.stringify(masked(incoming)), now],
  );
  return kept.length > 0;
}

/** The run of a thread; the first message makes it. */
async function runAt(
  tx: Query,
  { where: { team, channel, thread }, person }: Delivery,
  now: Date,
): Promise<{ run: string; isNew: boolean }> {
  const values = [randomUUID(), team, channel, thread, person, JSON.stringify(emptyConversation()), now];
  const made = await tx.query<{ id: string }>(
    `insert into slack.run (id, team, channel, thread, person, conversation, created_at, updated_at)
     values ($1, $2, $3, $4, $5, $6, $7, $7) on conflict (team, channel, thread) do nothing returning id`,
    values,
  );
  if (made[0]) return { run: made[0].id, isNew: true };
  const found = await tx.query<{ id: string }>(
    "select id from slack.run where team = $1 and channel = $2 and thread = $3",
    [team, channel, thread],
  );
  return { run: found[0]!.id, isNew: false };
}

/** Whether a delivery was kept before, by its own name or by the message it is about. */
export async function isKept(db: Query, { id, message }: Pick<Delivery, "id" | "message">): Promise<boolean> {
  const found = await db.query("select 1 from slack.inbox where delivery = $1 or message = $2 limit 1", [
    id,
    message ?? null,
  ]);
  return found.length > 0;
}

export interface InboxRow {
  id: string;
  person: string;
  incoming: Incoming;
  attempts: number;
}

/** The oldest that was not answered yet; counted as tried before anything is done with it. */
export async function nextIncoming(db: Query, run: string): Promise<InboxRow | undefined> {
  const rows = await db.query<{ id: string; person: string; payload: Incoming; attempts: number }>(
    `update slack.inbox set attempts = attempts + 1
     where id = (select id from slack.inbox where run_id = $1 and state = 'new' order by id limit 1)
     returning id::text as id, person, payload, attempts`,
    [run],
  );
  const [row] = rows;
  return row && { id: row.id, person: row.person, incoming: row.payload, attempts: row.attempts };
}

export async function finishIncoming(tx: Query, id: string, state: "done" | "failed"): Promise<void> {
  await tx.query("update slack.inbox set state = $2 where id = $1", [id, state]);
}
