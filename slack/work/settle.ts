import type { Incoming } from "../incoming.ts";
import type { Database, Query } from "../store/database.ts";
import { keep } from "../store/inbox.ts";
import { giveUp, type Key, type OutboxRow, sent } from "../store/outbox.ts";
import { deleteRun, place } from "../store/runs.ts";

/** What sending a root answers: where the thread is. */
export interface Opened {
  channel: string;
  thread: string;
}

/** Keeps together that something was done and what the conversation hears of it: neither is there without the other. */
export function settle(
  db: Database,
  row: OutboxRow,
  { answer, heard }: { answer: unknown; heard?: Incoming },
  now: Date,
): Promise<void> {
  // Most are posts, of which nobody hears: one statement is whole by itself.
  if (row.outgoing.type !== "root" && !heard) return sent(db, row.key, answer);
  return db.transaction(async (tx) => {
    await sent(tx, row.key, answer);
    if (row.outgoing.type === "root") await place(tx, row.key.run, answer as Opened);
    if (heard) await tell(tx, row, heard, now);
  });
}

/** What is never done is told as well, where somebody waits for it. */
export function abandon(db: Database, row: OutboxRow, why: string, now: Date): Promise<void> {
  // A run that has no thread has nobody to answer.
  if (row.outgoing.type === "root") return deleteRun(db, row.key.run);
  return db.transaction(async (tx) => {
    await giveUp(tx, row.key, why);
    const heard = missed(row);
    if (heard) await tell(tx, row, heard, now);
  });
}

function missed({ outgoing }: OutboxRow): Incoming | undefined {
  const text = "That did not work, though I tried several times. Whoever runs this bot finds the reason in its log.";
  switch (outgoing.type) {
    case "root":
    case "post":
    case "pictures":
      return undefined;
    case "effect":
      return { type: "ended", effect: outgoing.effect.id, ok: false, text };
    case "read": {
      const { repository, words } = outgoing;
      return { type: "read", repository, words, fields: {}, notices: [], failed: text };
    }
    case "files":
      return { type: "said", text: outgoing.words, notices: [`The files were not read. ${text}`] };
    default:
      return outgoing satisfies never;
  }
}

const deliveryOf = ({ run, revision, step }: Key): string => `ended:${run}:${revision}:${step}`;

async function tell(tx: Query, { key, outgoing }: OutboxRow, incoming: Incoming, now: Date): Promise<void> {
  const person = "person" in outgoing ? outgoing.person : "";
  await keep(tx, key.run, { id: deliveryOf(key), person, incoming }, now);
}
