import type { Query } from "./database.ts";

/** The message that shows a run's work while it is done: whoever resumes goes on with it instead of leaving it open. */
export async function beginLive(db: Query, run: string, ts: string): Promise<void> {
  await db.query("update slack.run set live_ts = $2 where id = $1", [run, ts]);
}

export async function endLive(db: Query, run: string): Promise<void> {
  await db.query("update slack.run set live_ts = null where id = $1", [run]);
}
