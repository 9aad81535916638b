import type { Conversation } from "../../src/consult.ts";
import type { RunLine } from "../blocks/runs.ts";
import { masked, type Where } from "../incoming.ts";
import type { Query } from "./database.ts";

/** A thread's conversation, as it is kept. Plans are computed again from it. */
export interface Run {
  id: string;
  where: Where;
  /** Who began it. */
  person: string;
  conversation: Conversation;
  revision: number;
  /** Counts everything that was ever sent, so that each has its own place in the outbox. */
  step: number;
  state: "waiting" | "stopped";
  /** Of the plan as it stands, for lists. */
  headline: string;
  /** The message that shows what is being done, where that was not ended. */
  liveTs: string | null;
}

type RunRow = Omit<Run, "where"> & Where;

const run = ({ team, channel, thread, ...row }: RunRow): Run => ({ ...row, where: { team, channel, thread } });

const COLUMNS = 'id, team, channel, thread, person, conversation, revision, step, state, headline, live_ts as "liveTs"';

export async function findRun(db: Query, id: string): Promise<Run | undefined> {
  const [found] = await db.query<RunRow>(`select ${COLUMNS} from slack.run where id = $1`, [id]);
  return found && run(found);
}

export async function runOfThread(db: Query, { team, channel, thread }: Where): Promise<Run | undefined> {
  const [found] = await db.query<RunRow>(
    `select ${COLUMNS} from slack.run where team = $1 and channel = $2 and thread = $3`,
    [team, channel, thread],
  );
  return found && run(found);
}

/** The run that a person began last: here, else anywhere. */
export async function latestRun(db: Query, team: string, person: string, channel: string): Promise<Run | undefined> {
  const [found] = await db.query<RunRow>(
    `select ${COLUMNS} from slack.run where team = $1 and person = $2
     order by (channel = $3) desc, updated_at desc, id limit 1`,
    [team, person, channel],
  );
  return found && run(found);
}

/** How many messages of a run wait for their answer. */
export async function waitingOf(db: Query, id: string): Promise<number> {
  const [row] = await db.query<{ count: number }>(
    "select count(*)::int as count from slack.inbox where run_id = $1 and state = 'new'",
    [id],
  );
  return row!.count;
}

/** Where the run's thread turned out to be, once its first message was posted. */
export async function place(tx: Query, id: string, { channel, thread }: Omit<Where, "team">): Promise<void> {
  // Somebody spoke there before we knew that it is ours, and that began a run: there is one a thread, and it hears all.
  const joined = await tx.query(
    `update slack.inbox set run_id = other.id from slack.run other, slack.run mine
     where inbox.run_id = $1 and mine.id = $1 and other.id <> $1
       and other.team = mine.team and other.channel = $2 and other.thread = $3 returning inbox.id`,
    [id, channel, thread],
  );
  if (joined.length > 0) await tx.query("delete from slack.run where id = $1", [id]);
  else await tx.query("update slack.run set channel = $2, thread = $3 where id = $1", [id, channel, thread]);
}

/** Whether a thread is being begun of which it is not known yet where it is: here, or for this person. */
export async function isBeginning(db: Query, team: string, channel: string, person: string): Promise<boolean> {
  const found = await db.query(
    "select 1 from slack.run where team = $1 and thread like 'new:%' and (channel = $2 or person = $3) limit 1",
    [team, channel, person],
  );
  return found.length > 0;
}

export async function deleteRun(db: Query, id: string): Promise<void> {
  await db.query("delete from slack.run where id = $1", [id]);
}

/** What a step leaves behind. Only the holder of the lease may write: one who was overtaken changes nothing. */
export async function saveRun(tx: Query, next: Run, owner: string, now: Date): Promise<boolean> {
  const saved = await tx.query(
    `update slack.run set conversation = $2, revision = $3, step = $4, state = $5, headline = $6, updated_at = $7
     where id = $1 and lease_owner = $8 returning id`,
    [
      next.id,
      JSON.stringify(masked(next.conversation)),
      next.revision,
      next.step,
      next.state,
      masked(next.headline),
      now,
      owner,
    ],
  );
  return saved.length > 0;
}

/** Who asked for a revision, for deletion. */
export async function saveRevisions(
  tx: Query,
  { id, conversation }: Run,
  before: number,
  person: string,
  now: Date,
): Promise<void> {
  for (const { number, planHash } of conversation.revisions)
    if (number > before)
      await tx.query(
        `insert into slack.revision (run_id, number, person, plan_hash, created_at)
         values ($1, $2, $3, $4, $5) on conflict do nothing`,
        [id, number, person, planHash, now],
      );
}

/** The runs that a person began, newest first. */
export async function runsOf(db: Query, team: string, person: string, most: number): Promise<RunLine[]> {
  const rows = await db.query<{
    id: string;
    channel: string;
    headline: string;
    revision: number;
    state: "waiting" | "stopped";
    busy: boolean;
    updated: string;
  }>(
    `select id, channel, headline, revision, state,
       exists (select 1 from slack.inbox i where i.run_id = run.id and i.state = 'new') as busy,
       to_char(updated_at at time zone 'UTC', 'YYYY-MM-DD') as updated
     from slack.run run where team = $1 and person = $2 order by updated_at desc, id limit $3`,
    [team, person, most],
  );
  return rows.map(({ busy, ...row }) => ({ ...row, state: busy ? "working" : row.state }));
}

/** Thousands may wait after a busy hour: they are looked at page by page. */
const PAGE = 500;

/** Runs with something left to do that stand behind this one, less those that a query names: what nobody has in hand. */
export async function unfinished(db: Query, after = "", less = "select null::text where false"): Promise<string[]> {
  const rows = await db.query<{ run_id: string }>(
    `select run_id from (
       select run_id from slack.inbox where state = 'new'
       union select run_id from slack.outbox where state in ('new', 'sending')
       except ${less}) open
     where run_id > $1 order by run_id limit ${PAGE}`,
    [after],
  );
  return rows.map((row) => row.run_id);
}
