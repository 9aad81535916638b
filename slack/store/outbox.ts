import type { Effect } from "../../src/consult.ts";
import type { Message } from "../blocks/message.ts";
import { type Dropped, masked } from "../incoming.ts";
import type { Query } from "./database.ts";

/** What has to happen outside. */
export type Outgoing =
  /** Begins the thread of a run: in the channel, or in the person's direct messages where we are not in the channel. */
  | { type: "root"; text: string; person: string }
  | { type: "post"; message: Message }
  | { type: "effect"; effect: Effect; person: string }
  /** The charts of the revision's plan. */
  | { type: "pictures" }
  /** A repository to read, with what was said beside its name. */
  | { type: "read"; repository: string; words: string; person: string }
  /** Files to read, with what was said beside them. */
  | { type: "files"; files: Dropped[]; words: string; overheard?: true; person: string };

/** The place of one thing in the order of a run: the same after a crash. */
export interface Key {
  run: string;
  revision: number;
  step: number;
}

export interface OutboxRow {
  key: Key;
  outgoing: Outgoing;
  attempts: number;
  /** Somebody began to send it and did not say how it ended. */
  uncertain: boolean;
  /** Seconds until it may be tried again. */
  waitSeconds: number;
  /** Seconds since it was asked for. */
  ageSeconds: number;
  /** A `ts` that what is uncertain stands behind: the run's last message that Slack told us of, or when it was asked for. */
  after: string;
}

export async function put(tx: Query, key: Key, outgoing: Outgoing, now: Date): Promise<void> {
  await tx.query(
    `insert into slack.outbox (run_id, revision, step, payload, created_at) values ($1, $2, $3, $4, $5)
     on conflict do nothing`,
    [key.run, key.revision, key.step, JSON.stringify(masked(outgoing)), now],
  );
}

/** By so much our clock and Slack's may differ. */
const SKEW_SECONDS = 60;

/** The first that was not sent. What stands behind it waits: answers arrive in order. */
export async function nextOutgoing(db: Query, run: string, now: Date): Promise<OutboxRow | undefined> {
  const [row] = await db.query<{
    revision: number;
    step: number;
    payload: Outgoing;
    attempts: number;
    state: string;
    wait: number;
    age: number;
    after: string;
  }>(
    `select revision, step, payload, attempts, state,
       greatest(0, extract(epoch from coalesce(not_before, $2) - $2::timestamptz))::float8 as wait,
       extract(epoch from $2::timestamptz - created_at)::float8 as age,
       coalesce(
         (select max(answer ->> 'ts') from slack.outbox before where before.run_id = $1 and before.state = 'sent'),
         (extract(epoch from created_at) - ${SKEW_SECONDS})::text) as after
     from slack.outbox where run_id = $1 and state in ('new', 'sending') order by step limit 1`,
    [run, now],
  );
  return (
    row && {
      key: { run, revision: row.revision, step: row.step },
      outgoing: row.payload,
      attempts: row.attempts,
      uncertain: row.state === "sending",
      waitSeconds: row.wait,
      ageSeconds: row.age,
      after: row.after,
    }
  );
}

const WHERE = "where run_id = $1 and revision = $2 and step = $3";
const at = ({ run, revision, step }: Key): unknown[] => [run, revision, step];

/** How an effect ended that was asked for before on the same revision; undefined where it did not succeed. */
export async function doneBefore(db: Query, run: string, effect: string): Promise<unknown> {
  const [row] = await db.query<{ answer: unknown }>(
    `select answer from slack.outbox where run_id = $1 and state = 'sent'
       and payload -> 'effect' ->> 'id' = $2 and answer ->> 'ok' = 'true' order by step desc limit 1`,
    [run, effect],
  );
  return row?.answer;
}

/** From here on it may have happened. */
export async function beginSending(db: Query, key: Key): Promise<void> {
  await db.query(`update slack.outbox set state = 'sending', attempts = attempts + 1 ${WHERE}`, at(key));
}

export async function sent(db: Query, key: Key, answer: unknown): Promise<void> {
  await db.query(`update slack.outbox set state = 'sent', answer = $4 ${WHERE}`, [
    ...at(key),
    JSON.stringify(masked(answer ?? null)),
  ]);
}

/** Surely not sent: again, not before. */
export async function postpone(db: Query, key: Key, until: Date): Promise<void> {
  await db.query(`update slack.outbox set state = 'new', not_before = $4 ${WHERE}`, [...at(key), until]);
}

export async function giveUp(db: Query, key: Key, why: string): Promise<void> {
  await db.query(`update slack.outbox set state = 'failed', answer = $4 ${WHERE}`, [
    ...at(key),
    JSON.stringify({ why: masked(why) }),
  ]);
}
