import { type Incoming, masked } from "../incoming.ts";
import type { Query } from "./database.ts";

/** Between a message's name and that of the edit which was answered beside it. */
export const EDITED = "#";

/** An edit, by the name of its delivery and of the message it is about. */
export interface Edit {
  id: string;
  message: string;
  said: Extract<Incoming, { type: "said" }>;
}

/**
 * Takes up an edit of a message that nobody has answered yet; says whether there is one, and how far it got. The
 * delivery is kept with it: when it comes again, the message may have been answered, with these words.
 */
export async function reword(db: Query, { id, message, said }: Edit): Promise<"unknown" | "waiting" | "answered"> {
  // One statement: between two, the message itself may come.
  const [found] = await db.query<{ waiting: boolean; known: boolean }>(
    `with reworded as (
       update slack.inbox set payload = (payload - 'notices') || $2::jsonb
       where message = $1 and state = 'new' and attempts = 0 and payload ->> 'type' = 'said' returning run_id, person),
     remembered as (
       insert into slack.inbox (run_id, delivery, person, payload, state, received_at)
       select run_id, $3, person, '{"type": "said", "text": "", "overheard": true}', 'done', now() from reworded
       on conflict do nothing)
     select exists (select 1 from reworded) as waiting,
            exists (select 1 from slack.inbox where message = $1) as known`,
    [message, JSON.stringify(masked(said)), id],
  );
  return found!.waiting ? "waiting" : found!.known ? "answered" : "unknown";
}

/** A person deleted their message: if nobody has answered it yet nobody will, and its words go either way, each edit's too. */
export async function forget(db: Query, message: string): Promise<void> {
  await db.query(
    `update slack.inbox set payload = '{"type": "said", "text": "", "overheard": true}',
       state = case when state = 'new' and attempts = 0 then 'done' else state end
     where message = $1 or starts_with(message, $1 || '${EDITED}')`,
    [message],
  );
}
