import type { Database } from "./database.ts";

/**
 * The schema, one step a version; a step that was released is never changed. The words of people are in
 * `inbox.payload`, `run.conversation` and `outbox.payload` and nowhere else: retention and deletion know these three.
 */
const STEPS: readonly string[] = [
  `
  create table slack.run (
    id text primary key,
    team text not null,
    channel text not null,
    thread text not null,
    person text not null,
    conversation jsonb not null,
    revision integer not null default 0,
    headline text not null default '',
    step integer not null default 0,
    state text not null default 'waiting' check (state in ('waiting', 'stopped')),
    lease_owner text,
    lease_until timestamptz,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    unique (team, channel, thread)
  );
  create index run_of_person on slack.run (team, person, updated_at desc);

  create table slack.inbox (
    id bigint generated always as identity primary key,
    run_id text not null references slack.run (id) on delete cascade,
    -- What Slack calls the delivery: event_id or trigger_id.
    delivery text not null unique,
    -- A mention is delivered twice, as two events about one message.
    message text unique,
    person text not null,
    payload jsonb not null,
    attempts integer not null default 0,
    state text not null default 'new' check (state in ('new', 'done', 'failed')),
    received_at timestamptz not null
  );
  create index inbox_open on slack.inbox (run_id, id) where state = 'new';

  create table slack.outbox (
    run_id text not null references slack.run (id) on delete cascade,
    revision integer not null,
    step integer not null,
    payload jsonb not null,
    -- sending: it may have arrived; whoever resumes looks before sending again.
    state text not null default 'new' check (state in ('new', 'sending', 'sent', 'failed')),
    attempts integer not null default 0,
    not_before timestamptz,
    answer jsonb,
    created_at timestamptz not null,
    primary key (run_id, revision, step)
  );
  create index outbox_open on slack.outbox (run_id, step) where state in ('new', 'sending');

  -- Who asked for which revision: "delete my data" takes that person's words out of it.
  create table slack.revision (
    run_id text not null references slack.run (id) on delete cascade,
    number integer not null,
    person text not null,
    plan_hash text not null,
    created_at timestamptz not null,
    primary key (run_id, number)
  );

  create table slack.setting (
    team text not null,
    channel text not null,
    name text not null,
    value jsonb not null,
    person text not null,
    updated_at timestamptz not null,
    primary key (team, channel, name)
  );

  create table slack.audit (
    id bigint generated always as identity primary key,
    team text not null,
    person text not null,
    what text not null,
    target text not null,
    run_id text,
    revision integer,
    at timestamptz not null
  );
  `,
  `
  -- The message that shows live what is being done, while it is.
  alter table slack.run add column live_ts text;

  -- A bucket of requests for each person: \`tokens\` of them were left at \`at\`.
  create table slack.allowance (
    team text not null,
    person text not null,
    tokens float8 not null,
    at timestamptz not null,
    primary key (team, person)
  );
  `,
];

/** Any number: it keeps two replicas that start at once from migrating at once. */
const LOCK = 5_104_231;

/** Brings the schema up to date; gives its version. */
export async function migrate(db: Database): Promise<number> {
  // One transaction for each step, so that a step is there whole or not at all.
  await db.transaction(async (tx) => {
    await tx.query("select pg_advisory_xact_lock($1)", [LOCK]);
    await tx.query("create schema if not exists slack");
    await tx.query("create table if not exists slack.version (version integer primary key)");
  });
  for (const [i, step] of STEPS.entries())
    await db.transaction(async (tx) => {
      await tx.query("select pg_advisory_xact_lock($1)", [LOCK]);
      const version = i + 1;
      const known = await tx.query("select 1 from slack.version where version = $1", [version]);
      if (known.length > 0) return;
      for (const statement of statements(step)) await tx.query(statement);
      await tx.query("insert into slack.version (version) values ($1)", [version]);
    });
  return STEPS.length;
}

/** No statement of ours has a semicolon inside. */
const statements = (script: string): string[] =>
  script
    .replace(/^\s*--.*$/gm, "")
    .split(";")
    .map((statement) => statement.trim())
    .filter((statement) => statement !== "");
