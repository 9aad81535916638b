import type { Conversation } from "../../src/consult.ts";
import { audit } from "./audit.ts";
import type { Database } from "./database.ts";

export interface Deleted {
  /** Runs that the person began: gone with everything that was said in them. */
  runs: number;
  /** Their messages in other people's runs. */
  messages: number;
  /** Revisions of other people's runs that keep their numbers and lose the person's words. */
  revisions: number;
}

/**
 * "Delete my data". What a brief says stays in other people's runs as numbers, because their plans rest on it; the words
 * and the name go. The audit keeps what was done to repositories, without a name.
 */
export function deletePerson(db: Database, team: string, person: string, now: Date): Promise<Deleted> {
  return db.transaction(async (tx) => {
    const runs = await tx.query("delete from slack.run where team = $1 and person = $2 returning id", [team, person]);
    const messages = await tx.query(
      `delete from slack.inbox using slack.run run
       where run.id = inbox.run_id and run.team = $1 and inbox.person = $2 returning inbox.id`,
      [team, person],
    );
    const said = await tx.query<{ run_id: string; number: number }>(
      `update slack.revision set person = 'deleted' from slack.run run
       where run.id = revision.run_id and run.team = $1 and revision.person = $2
       returning revision.run_id, revision.number`,
      [team, person],
    );
    for (const id of new Set(said.map((row) => row.run_id))) {
      const numbers = said.filter((row) => row.run_id === id).map((row) => row.number);
      const [found] = await tx.query<{ conversation: Conversation }>(
        "select conversation from slack.run where id = $1 for update",
        [id],
      );
      await tx.query("update slack.run set conversation = $2 where id = $1", [
        id,
        JSON.stringify(wordless(found!.conversation, numbers)),
      ]);
      // Answers quote the question: those that were sent are in Slack, and not needed here again.
      await tx.query("delete from slack.outbox where run_id = $1 and state in ('sent', 'failed')", [id]);
    }
    await tx.query("update slack.setting set person = 'deleted' where team = $1 and person = $2", [team, person]);
    await tx.query("delete from slack.allowance where team = $1 and person = $2", [team, person]);
    await tx.query("update slack.audit set person = 'deleted' where team = $1 and person = $2", [team, person]);
    await audit(tx, { team, person: "deleted", what: "deletion", target: "one person's data" }, now);
    return { runs: runs.length, messages: messages.length, revisions: said.length };
  });
}

function wordless(conversation: Conversation, numbers: readonly number[]): Conversation {
  const revisions = conversation.revisions.map((r) =>
    numbers.includes(r.number) ? { ...r, because: "", notices: [], conflicts: [] } : r,
  );
  const { proposal: _, ...rest } = conversation;
  return { ...rest, revisions };
}

/** Everything of a workspace that removed the app. */
export function deleteTeam(db: Database, team: string): Promise<number> {
  return db.transaction(async (tx) => {
    const runs = await tx.query("delete from slack.run where team = $1 returning id", [team]);
    await tx.query("delete from slack.setting where team = $1", [team]);
    await tx.query("delete from slack.allowance where team = $1", [team]);
    await tx.query("delete from slack.audit where team = $1", [team]);
    return runs.length;
  });
}

const DAY_MS = 86_400_000;
/** The audit answers for pull requests long after the talk about them is gone. */
const AUDIT_DAYS = 365;

/** Deletes what is older than it may be; a channel's own setting comes before the default. */
export async function expire(db: Database, defaultDays: number, now: Date): Promise<number> {
  const gone = await db.query(
    `delete from slack.run using (
       select run.id, coalesce(
         (select (value #>> '{}')::int from slack.setting s
          where s.team = run.team and s.channel = run.channel and s.name = 'retentionDays'), $1) as days
       from slack.run run) kept
     where kept.id = run.id and run.updated_at < $2::timestamptz - make_interval(days => kept.days)
     returning run.id`,
    [defaultDays, now],
  );
  // A bucket of yesterday is full again.
  await db.query("delete from slack.allowance where at < $1", [new Date(now.getTime() - DAY_MS)]);
  await db.query("delete from slack.audit where at < $1", [new Date(now.getTime() - AUDIT_DAYS * DAY_MS)]);
  return gone.length;
}
