import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { said } from "../../slack/incoming.ts";
import { audit } from "../../slack/store/audit.ts";
import { deletePerson, deleteTeam, expire } from "../../slack/store/deletion.ts";
import { type Delivery, finishIncoming, nextIncoming, receive } from "../../slack/store/inbox.ts";
import { releaseLease, takeLease } from "../../slack/store/lease.ts";
import { migrate } from "../../slack/store/migrations.ts";
import { beginSending, nextOutgoing, postpone, put, sent } from "../../slack/store/outbox.ts";
import { findRun, runOfThread, runsOf, saveRevisions, saveRun, unfinished } from "../../slack/store/runs.ts";
import { DEFAULTS, saveSetting, settingsOf } from "../../slack/store/settings.ts";
import { consult } from "../../src/consult.ts";
import { catalog } from "../../src/index.ts";
import { DATABASES, type Opened } from "./databases.ts";

const NOW = new Date("2026-11-20T10:00:00Z");
const later = (days: number): Date => new Date(NOW.getTime() + days * 86_400_000);
const KEY = `xoxb-${"1234567890"}-${"abcdefABCDEF123456"}`;

let count = 0;
const delivery = (team: string, over: Partial<Delivery> = {}): Delivery => {
  count += 1;
  return {
    id: `Ev${count}`,
    where: { team, channel: "C1", thread: "1.0" },
    person: "U1",
    incoming: said("fine-tune Llama 3.1 8B on 50k tickets"),
    ...over,
  };
};

describe.each(DATABASES.filter((d) => !d.leftOut))("the store on $name", ({ open }) => {
  let opened: Opened;
  beforeAll(async () => {
    opened = await open();
  });
  afterAll(() => opened.close());

  test("migrating again changes nothing", async () => {
    expect(await migrate(opened.db)).toBe(2);
    expect(await opened.db.query("select version from slack.version")).toEqual([{ version: 1 }, { version: 2 }]);
  });

  test("a delivery that Slack repeats is kept once, and so is a mention that comes as two events", async () => {
    const { db } = opened;
    const first = delivery("T-twice", { message: "C1:1.0" });
    const { run, fresh } = await receive(db, first, NOW);
    expect(fresh).toBe(true);
    expect(await receive(db, first, NOW)).toEqual({ run, fresh: false });
    // Its thread has another name once the first message is posted; a repeated delivery still names the old one.
    await db.query("update slack.run set thread = $2 where id = $1", [run, "9.9"]);
    expect(await receive(db, first, NOW)).toEqual({ run, fresh: false });
    await db.query("update slack.run set thread = $2 where id = $1", [run, first.where.thread]);
    expect(await receive(db, delivery("T-twice", { message: "C1:1.0" }), NOW)).toEqual({ run, fresh: false });
    expect((await receive(db, delivery("T-twice", { message: "C1:2.0" }), NOW)).fresh).toBe(true);
    expect((await runOfThread(db, first.where))?.id).toBe(run);
  });

  test("deliveries of one thread that arrive at the same moment become one run, each kept once", async () => {
    const { db } = opened;
    const all = Array.from({ length: 20 }, (_, i) => delivery("T-race", { id: `race-${i % 10}` }));
    const got = await Promise.all(all.map((each) => receive(db, each, NOW)));
    expect(new Set(got.map(({ run }) => run)).size).toBe(1);
    expect(got.filter(({ fresh }) => fresh)).toHaveLength(10);
  });

  test("messages come out in the order they came in, each until it is finished", async () => {
    const { db } = opened;
    const { run } = await receive(db, delivery("T-order", { incoming: said("one") }), NOW);
    await receive(db, delivery("T-order", { incoming: said("two") }), NOW);
    const one = await nextIncoming(db, run);
    expect(one).toMatchObject({ incoming: { text: "one" }, attempts: 1 });
    expect(await nextIncoming(db, run)).toMatchObject({ incoming: { text: "one" }, attempts: 2 });
    await finishIncoming(db, one!.id, "done");
    expect(await nextIncoming(db, run)).toMatchObject({ incoming: { text: "two" }, attempts: 1 });
    expect(await unfinished(db)).toContain(run);
  });

  test("a backlog of any length is looked at page by page, less what somebody has in hand", async () => {
    const { db } = opened;
    await db.query(
      `with made as (
         insert into slack.run (id, team, channel, thread, person, conversation, created_at, updated_at)
         select 'backlog-' || lpad(i::text, 4, '0'), 'T-backlog', 'C1', i::text, 'U1', '{}', $1, $1
         from generate_series(1, 1100) i returning id)
       insert into slack.inbox (run_id, delivery, person, payload, received_at)
       select id, id, 'U1', '{}', $1 from made`,
      [NOW],
    );
    const inHand = "select 'backlog-0003'";
    const pages: string[][] = [];
    for (let page = await unfinished(db, "backlog", inHand); page.length > 0; )
      page = await unfinished(db, pages[pages.push(page) - 1]!.at(-1), inHand);
    expect(Math.max(...pages.map((page) => page.length))).toBe(500);
    const names = Array.from({ length: 1100 }, (_, i) => `backlog-${String(i + 1).padStart(4, "0")}`);
    expect(pages.flat().filter((run) => run.startsWith("backlog-"))).toEqual(
      names.filter((name) => name !== "backlog-0003"),
    );
    await db.query("delete from slack.run where team = 'T-backlog'");
  });

  test("a key that is pasted into a thread is nowhere in the database", async () => {
    const { db } = opened;
    const { run } = await receive(db, delivery("T-key", { incoming: said(`my token is ${KEY}`) }), NOW);
    await put(
      db,
      { run, revision: 1, step: 0 },
      { type: "post", message: { text: `you said ${KEY}`, blocks: [] } },
      NOW,
    );
    await sent(db, { run, revision: 1, step: 0 }, { echoed: KEY });
    const rows = await db.query(
      `select payload::text as t from slack.inbox union all select payload::text from slack.outbox
       union all select answer::text from slack.outbox union all select conversation::text from slack.run`,
    );
    expect(JSON.stringify(rows)).not.toContain(KEY);
    expect(await nextIncoming(db, run)).toMatchObject({
      incoming: { notices: [expect.stringContaining("revoke it at Slack")] },
    });
  });

  test("what is to be sent comes out in order, one place once, and not before its time", async () => {
    const { db } = opened;
    const { run } = await receive(db, delivery("T-out"), NOW);
    const post = (text: string) => ({ type: "post" as const, message: { text, blocks: [] } });
    await put(db, { run, revision: 2, step: 1 }, post("second"), NOW);
    await put(db, { run, revision: 1, step: 0 }, post("first"), NOW);
    await put(db, { run, revision: 1, step: 0 }, post("again"), NOW);
    const first = await nextOutgoing(db, run, NOW);
    expect(first).toMatchObject({ key: { revision: 1, step: 0 }, uncertain: false, waitSeconds: 0 });
    expect(first?.outgoing).toEqual(post("first"));
    await beginSending(db, first!.key);
    expect(await nextOutgoing(db, run, NOW)).toMatchObject({ uncertain: true, attempts: 1 });
    await postpone(db, first!.key, new Date(NOW.getTime() + 30_000));
    expect(await nextOutgoing(db, run, NOW)).toMatchObject({ key: { step: 0 }, uncertain: false, waitSeconds: 30 });
    await sent(db, first!.key, { ts: "3.0" });
    expect(await nextOutgoing(db, run, NOW)).toMatchObject({ key: { revision: 2, step: 1 } });
  });

  test("one worker has a thread at a time, and a worker that died loses it", async () => {
    const { db } = opened;
    const { run } = await receive(db, delivery("T-lease"), NOW);
    expect(await takeLease(db, run, "a", 60)).toBe(true);
    expect(await takeLease(db, run, "b", 60)).toBe(false);
    expect(await takeLease(db, run, "a", 0.05)).toBe(true);
    await new Promise((done) => setTimeout(done, 100));
    expect(await takeLease(db, run, "b", 60)).toBe(true);
    await releaseLease(db, run, "a");
    expect(await takeLease(db, run, "c", 60)).toBe(false);
  });

  test("a worker that was overtaken saves nothing", async () => {
    const { db } = opened;
    const { run: id } = await receive(db, delivery("T-fence"), NOW);
    const run = (await findRun(db, id))!;
    await takeLease(db, id, "a", 60);
    expect(await saveRun(db, { ...run, step: 7 }, "b", NOW)).toBe(false);
    expect((await findRun(db, id))?.step).toBe(0);
    expect(await saveRun(db, { ...run, step: 7 }, "a", NOW)).toBe(true);
    expect((await findRun(db, id))?.step).toBe(7);
  });

  test("a transaction that fails leaves nothing behind", async () => {
    const { db } = opened;
    await expect(
      db.transaction(async (tx) => {
        await audit(tx, { team: "T-half", person: "U1", what: "zip", target: "" }, NOW);
        throw new Error("in the middle");
      }),
    ).rejects.toThrow("in the middle");
    expect(await db.query("select 1 from slack.audit where team = 'T-half'")).toEqual([]);
  });

  test("a channel's settings come before the defaults, and the last one set counts", async () => {
    const { db } = opened;
    const where = { team: "T-set", channel: "C1", person: "U1" };
    expect(await settingsOf(db, "T-set", "C1")).toEqual(DEFAULTS);
    await saveSetting(db, where, "threadReplies", "mention", NOW);
    await saveSetting(db, where, "retentionDays", 7, NOW);
    await saveSetting(db, where, "retentionDays", 30, later(1));
    expect(await settingsOf(db, "T-set", "C1")).toEqual({ ...DEFAULTS, threadReplies: "mention", retentionDays: 30 });
    expect(await settingsOf(db, "T-set", "C2")).toEqual(DEFAULTS);
  });

  test("my runs are listed newest first, with what they are doing", async () => {
    const { db } = opened;
    const old = await receive(db, delivery("T-list", { where: { team: "T-list", channel: "C1", thread: "1" } }), NOW);
    const row = await nextIncoming(db, old.run);
    await finishIncoming(db, row!.id, "done");
    const { run } = await receive(
      db,
      delivery("T-list", { where: { team: "T-list", channel: "C2", thread: "2" } }),
      later(1),
    );
    await receive(
      db,
      delivery("T-list", { person: "U2", where: { team: "T-list", channel: "C3", thread: "3" } }),
      later(2),
    );
    expect(await runsOf(db, "T-list", "U1", 10)).toEqual([
      { id: run, channel: "C2", headline: "", revision: 0, state: "working", updated: "2026-11-21" },
      { id: old.run, channel: "C1", headline: "", revision: 0, state: "waiting", updated: "2026-11-20" },
    ]);
  });

  test("deleting my data takes my runs, my words in others' runs and my name; others keep theirs", async () => {
    const { db } = opened;
    const team = "T-delete";
    const mine = await receive(db, delivery(team, { where: { team, channel: "C1", thread: "1" } }), NOW);
    const shared = { team, channel: "C1", thread: "2" };
    const { run: id } = await receive(
      db,
      delivery(team, { person: "U2", where: shared, incoming: said("their words") }),
      NOW,
    );
    await receive(db, delivery(team, { where: shared, incoming: said("my secret project, 100k examples") }), NOW);
    await takeLease(db, id, "w", 60);
    const setting = { catalog, today: "2026-11-20", effects: [] };
    const run = (await findRun(db, id))!;
    const one = consult(run.conversation, { type: "said", text: "fine-tune Llama 3.1 8B on 50k tickets" }, setting);
    const two = consult(one.state, { type: "said", text: "actually 100k examples of my secret project" }, setting);
    await saveRun(db, { ...run, conversation: two.state, revision: 2 }, "w", NOW);
    await saveRevisions(db, { ...run, conversation: one.state }, 0, "U2", NOW);
    await saveRevisions(db, { ...run, conversation: two.state }, 1, "U1", NOW);
    await audit(db, { team, person: "U1", what: "pull-request", target: "team/repo", run: id, revision: 2 }, NOW);

    expect(await deletePerson(db, team, "U1", NOW)).toEqual({ runs: 1, messages: 1, revisions: 1 });
    expect(await findRun(db, mine.run)).toBeUndefined();
    const left = JSON.stringify([
      await db.query("select * from slack.inbox where run_id = $1", [id]),
      await db.query("select * from slack.run where id = $1", [id]),
      await db.query("select * from slack.revision where run_id = $1", [id]),
      await db.query("select team, person, what, target from slack.audit where team = $1", [team]),
    ]);
    expect(left).not.toContain("secret project");
    expect(left).not.toContain("U1");
    expect(left).toContain("their words");
    expect(left).toContain("team/repo");
    expect((await findRun(db, id))?.conversation.revisions.at(-1)?.brief.exampleCount?.value).toBe(100_000);
  });

  test("what is older than its channel allows is deleted, and nothing else", async () => {
    const { db } = opened;
    const at = (channel: string) => ({ where: { team: "T-old", channel, thread: "1" } });
    const short = await receive(db, delivery("T-old", at("C-short")), NOW);
    const long = await receive(db, delivery("T-old", at("C-long")), NOW);
    await saveSetting(db, { team: "T-old", channel: "C-short", person: "U1" }, "retentionDays", 7, NOW);
    await expire(db, 90, later(6));
    expect(await findRun(db, short.run)).toBeDefined();
    await expire(db, 90, later(8));
    expect(await findRun(db, short.run)).toBeUndefined();
    expect(await findRun(db, long.run)).toBeDefined();
    expect(await db.query("select 1 from slack.inbox where run_id = $1", [short.run])).toEqual([]);
    await expire(db, 90, later(91));
    expect(await findRun(db, long.run)).toBeUndefined();
  });

  test("a workspace that removes the app leaves nothing", async () => {
    const { db } = opened;
    await receive(db, delivery("T-gone"), NOW);
    await audit(db, { team: "T-gone", person: "U1", what: "stop", target: "" }, NOW);
    await saveSetting(db, { team: "T-gone", channel: "C1", person: "U1" }, "retentionDays", 1, NOW);
    expect(await deleteTeam(db, "T-gone")).toBe(1);
    for (const table of ["run", "setting", "audit"])
      expect(await db.query(`select 1 from slack.${table} where team = 'T-gone'`)).toEqual([]);
  });
});
