import { masked } from "../incoming.ts";
import type { Query } from "./database.ts";

/** Between a message's name and that of the edit which was answered beside it. */
export const EDITED = "#";

/** An edit, by the name of its delivery and of the message it is about. */
export interface Edit {
  id: string;
  message: string;
  text: string;
}

/**
 * Takes up an edit of a message that nobody has answered yet; says whether there is one, and how far it got. The
 * delivery is kept with it: when it comes again, the message may have been answered, with these words.
 */
export async function reword(db: Query, { id, message, text }: Edit): Promise<"unknown" | "waiting" | "answered"> {
  const waiting = await db.query(
    `with reworded as (
       update slack.inbox set payload = jsonb_set(payload, '{text}', to_jsonb($2::text))
       where message = $1 and state = 'new' and attempts = 0 and payload ->> 'type' = 'said' returning run_id, person)
     insert into slack.inbox (run_id, delivery, person, payload, state, received_at)
     select run_id, $3, person, '{"type": "said", "text": "", "overheard": true}', 'done', now() from reworded
     on conflict do nothing returning id`,
    [message, masked(text), id],
  );
  if (waiting.length > 0) return "waiting";
  const known = await db.query("select 1 from slack.inbox where message = $1", [message]);
  return known.length > 0 ? "answered" : "unknown";
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
