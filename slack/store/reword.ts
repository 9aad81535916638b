import { masked } from "../incoming.ts";
import type { Query } from "./database.ts";

/** Takes up an edit of a message that nobody has answered yet; says whether there is one, and how far it got. */
export async function reword(db: Query, message: string, text: string): Promise<"unknown" | "waiting" | "answered"> {
  const waiting = await db.query(
    `update slack.inbox set payload = jsonb_set(payload, '{text}', to_jsonb($2::text))
     where message = $1 and state = 'new' and attempts = 0 and payload ->> 'type' = 'said' returning id`,
    [message, masked(text)],
  );
  if (waiting.length > 0) return "waiting";
  const known = await db.query("select 1 from slack.inbox where message = $1", [message]);
  return known.length > 0 ? "answered" : "unknown";
}

/** A person deleted their message: if nobody has answered it yet nobody will, and its words go either way. */
export async function forget(db: Query, message: string): Promise<void> {
  await db.query(
    `update slack.inbox set payload = '{"type": "said", "text": "", "overheard": true}',
       state = case when state = 'new' and attempts = 0 then 'done' else state end
     where message = $1`,
    [message],
  );
}
