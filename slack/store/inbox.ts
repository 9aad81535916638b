import { randomUUID } from "node:crypto";
import { emptyConversation } from "../../src/consult.ts";
import { type Incoming, masked, type Where } from "../incoming.ts";
import type { Query } from "./database.ts";
import type { Outgoing } from "./outbox.ts";

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

/**
 * Keeps a delivery, and the run of its thread where this is the first message. Slack is answered after this and not
 * before: what is acknowledged is never lost. One statement, because Slack and a person wait for it.
 */
export async function receive(db: Query, delivery: Delivery, now: Date): Promise<Received> {
  const { id, message, person, incoming, opening } = delivery;
  const { team, channel, thread } = delivery.where;
  const root: Outgoing | undefined = opening === undefined ? undefined : { type: "root", text: opening, person };
  const [received] = await db.query<Received>(
    // A delivery that comes again finds its run by itself: a thread has another name once its first message is posted.
    `with before as (
       select run_id from slack.inbox where delivery = $9 or message = $10 limit 1),
     made as (
       insert into slack.run (id, team, channel, thread, person, conversation, step, created_at, updated_at)
       select $1::text, $2::text, $3::text, $4::text, $5::text, $6::jsonb,
              case when $7::jsonb is null then 0 else 1 end, $8::timestamptz, $8::timestamptz
       where not exists (select 1 from before)
       on conflict (team, channel, thread) do nothing returning id),
     opened as (
       insert into slack.outbox (run_id, revision, step, payload, created_at)
       select id, 0, 0, $7::jsonb, $8 from made where $7::jsonb is not null),
     here as (
       select id from made union all
       select run_id from before union all
       select id from slack.run
       where team = $2 and channel = $3 and thread = $4 and not exists (select 1 from before)),
     kept as (
       insert into slack.inbox (run_id, delivery, message, person, payload, received_at)
       select id, $9, $10, $5, $11::jsonb, $8 from here on conflict do nothing returning id)
     select id as run, exists (select 1 from kept) as fresh from here`,
    [
      randomUUID(),
      team,
      channel,
      thread,
      person,
      JSON.stringify(emptyConversation()),
      root === undefined ? null : JSON.stringify(masked(root)),
      now,
      id,
      message ?? null,
      JSON.stringify(masked(incoming)),
    ],
  );
  // Another replica began the thread while this statement ran, which does not see it yet: the next one does.
  return received ?? receive(db, delivery, now);
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
