import { masked } from "../incoming.ts";
import type { Query } from "./database.ts";

/** What a channel decides for itself. */
export interface Settings {
  /** Whether every message of a run's thread is for us, or only those that mention us. */
  threadReplies: "auto" | "mention";
  /** Where pull requests may go from here, out of those that the bot may use at all. */
  repositories: string[];
  /** Days that runs and messages are kept. */
  retentionDays: number;
}

export const DEFAULTS: Settings = { threadReplies: "auto", repositories: [], retentionDays: 90 };

export async function settingsOf(db: Query, team: string, channel: string): Promise<Settings> {
  const rows = await db.query<{ name: string; value: unknown }>(
    "select name, value from slack.setting where team = $1 and channel = $2",
    [team, channel],
  );
  return { ...DEFAULTS, ...Object.fromEntries(rows.map(({ name, value }) => [name, value])) };
}

export async function saveSetting<Name extends keyof Settings>(
  db: Query,
  where: { team: string; channel: string; person: string },
  name: Name,
  value: Settings[Name],
  now: Date,
): Promise<void> {
  await db.query(
    `insert into slack.setting (team, channel, name, value, person, updated_at) values ($1, $2, $3, $4, $5, $6)
     on conflict (team, channel, name) do update
       set value = excluded.value, person = excluded.person, updated_at = excluded.updated_at`,
    [where.team, where.channel, name, JSON.stringify(masked(value)), where.person, now],
  );
}
