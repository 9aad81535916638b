import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { admission, type Policy } from "../../../slack/app/admission.ts";
import { heard } from "../../../slack/app/heard.ts";
import { intake, type Outcome } from "../../../slack/app/intake.ts";
import { orderOf } from "../../../slack/app/order.ts";
import { typedWords } from "../../../slack/app/words.ts";
import type { Incoming } from "../../../slack/incoming.ts";
import { type Database, openDatabase } from "../../../slack/store/database.ts";
import { nextIncoming } from "../../../slack/store/inbox.ts";
import { nextOutgoing, put } from "../../../slack/store/outbox.ts";
import { place } from "../../../slack/store/runs.ts";
import { emptyDatabase } from "../empty-database.ts";
import { values } from "../stage.ts";

const BOT = "U0BOT";
const OPEN: Policy = { connect: false, burst: 100, perHour: 100 };
const home = mkdtempSync(join(tmpdir(), "intake-"));
let db: Database;
beforeAll(async () => {
  await emptyDatabase(join(home, "data"));
  db = await openDatabase({ folder: join(home, "data") });
});
afterAll(async () => {
  await db.close();
  rmSync(home, { recursive: true, force: true });
});

let count = 0;
const start = new Date("2026-11-23T10:00:00Z");
/** Takes deliveries of a workspace of its own. */
function workspace(policy: Partial<Policy> = {}) {
  count += 1;
  const team = `T${count}`;
  let now = start;
  const take = intake({
    db,
    values,
    bot: BOT,
    admission: admission(db, { ...OPEN, ...policy }),
    repositoriesOf: async () => [],
    now: () => now,
  });
  let events = 0;
  const event = (e: Record<string, unknown>, more: Record<string, unknown> = {}): Record<string, unknown> => {
    events += 1;
    return { type: "event_callback", event_id: `Ev${team}-${events}`, team_id: team, event: e, ...more };
  };
  const said = (text: string, e: Record<string, unknown> = {}): Record<string, unknown> =>
    event({ type: "app_mention", channel: "C1", user: "U1", ts: `${events}.1`, text: `<@${BOT}> ${text}`, ...e });
  return {
    team,
    event,
    said,
    take: (body: unknown): Promise<Outcome> => take(heard(body)),
    later: (minutes: number): void => {
      now = new Date(now.getTime() + minutes * 60_000);
    },
  };
}
const runOf = (outcome: Outcome): string => (outcome.type === "kept" ? outcome.run : `not kept: ${outcome.type}`);

describe("what comes twice counts once", () => {
  test("a retry of Slack's has the name of the first delivery", async () => {
    const { said, take } = workspace();
    const body = said("fine-tune llama");
    expect((await take(body)).type).toBe("kept");
    expect(await take(body)).toEqual({ type: "nothing" });
  });

  test("a mention's two events are about one message, whichever comes first", async () => {
    const { event, take } = workspace();
    const message = { channel: "C1", user: "U1", ts: "7.7", text: `<@${BOT}> fine-tune llama` };
    expect(await take(event({ ...message, type: "message", channel_type: "channel" }))).toEqual({ type: "nothing" });
    expect((await take(event({ ...message, type: "app_mention" }))).type).toBe("kept");
    expect(await take(event({ ...message, type: "message", channel_type: "channel" }))).toEqual({ type: "nothing" });
  });

  test("what comes again spends nothing of a person's allowance", async () => {
    const { said, take } = workspace({ burst: 2 });
    const body = said("fine-tune llama");
    for (let i = 0; i < 5; i += 1) await take(body);
    expect((await take(said("fine-tune mistral"))).type).toBe("kept");
    expect((await take(said("fine-tune qwen"))).type).toBe("refused");
  });
});

describe("a thread that was begun a moment ago", () => {
  const command = (team: string) => ({
    command: "/ml-architect",
    team_id: team,
    channel_id: "C1",
    user_id: "U1",
    text: "fine-tune llama",
    trigger_id: `trigger-${team}`,
    response_url: "https://hooks.slack.com/x",
  });
  const reply = {
    type: "message",
    channel: "C1",
    channel_type: "channel",
    user: "U2",
    ts: "9.2",
    thread_ts: "9.1",
    text: "100k",
  };

  test("is heard as soon as it is known where it is, not missed", async () => {
    const { team, take, event } = workspace();
    const run = runOf(await take(command(team)));
    const early = take(event({ ...reply, parent_user_id: BOT }));
    await new Promise((r) => setTimeout(r, 150));
    await place(db, run, { channel: "C1", thread: "9.1" });
    expect(runOf(await early)).toBe(run);
  });

  test("is not acknowledged where that takes too long: Slack sends it again", async () => {
    const { team, take, event } = workspace();
    await take(command(team));
    await expect(take(event({ ...reply, parent_user_id: BOT }))).rejects.toThrow(/Slack sends this again/);
    // Another's thread was never ours.
    expect(await take(event({ ...reply, parent_user_id: "U7" }))).toEqual({ type: "nothing" });
  });

  test("and that somebody began a run in is one run all the same", async () => {
    const { team, take, said } = workspace();
    const began = runOf(await take(command(team)));
    const other = runOf(await take(said("actually mistral", { ts: "9.3", thread_ts: "9.1", parent_user_id: "U7" })));
    await place(db, began, { channel: "C1", thread: "9.1" });
    const rows = await db.query(
      "select run_id from slack.inbox i join slack.run r on r.id = i.run_id where r.team = $1",
      [team],
    );
    expect(rows).toEqual([{ run_id: other }, { run_id: other }]);
  });
});

test("a stop takes back what nobody has begun to do outside; answers are still posted", async () => {
  const { take, said, event } = workspace();
  const run = runOf(await take(said("fine-tune llama", { ts: "4.1" })));
  const effect = { id: "1:zip:", kind: "zip" as const, revision: 1, planHash: "x", target: "" };
  await put(db, { run, revision: 1, step: 1 }, { type: "effect", effect, person: "U1" }, start);
  await put(db, { run, revision: 1, step: 2 }, { type: "post", message: { text: "plan", blocks: [] } }, start);
  await take(event({ type: "agent_session_stopped", channel: "C1", user: "U1", thread_ts: "4.1" }));
  expect((await nextOutgoing(db, run, start))?.outgoing.type).toBe("post");
  const told = await db.query<{ payload: Incoming }>("select payload from slack.inbox where run_id = $1 order by id", [
    run,
  ]);
  expect(told.map(({ payload }) => payload.type)).toEqual(["said", "pressed", "ended"]);
});

describe("who may speak, and how often", () => {
  test.each<[string, Partial<Policy>, RegExp]>([
    ["another workspace", { teams: ["T0OTHER"] }, /workspace/],
    ["another channel", { channels: ["C0OTHER"] }, /channel/],
    ["another person", { users: ["U0OTHER"] }, /people whom I answer/],
  ])("%s than those that are allowed is refused", async (_, policy, why) => {
    const { said, take } = workspace(policy);
    expect(await take(said("fine-tune llama"))).toMatchObject({ type: "refused", why: expect.stringMatching(why) });
  });

  test("a list of channels does not shut people's direct messages", async () => {
    const { event, take } = workspace({ channels: ["C0OTHER"] });
    const message = {
      type: "message",
      channel: "D1",
      channel_type: "im",
      user: "U1",
      ts: "1.1",
      text: "fine-tune llama",
    };
    expect((await take(event(message))).type).toBe("kept");
  });

  test("a channel of two companies is refused unless it is allowed", async () => {
    const refused = workspace();
    const body = { ...refused.said("fine-tune llama"), is_ext_shared_channel: true };
    expect(await refused.take(body)).toMatchObject({
      type: "refused",
      why: expect.stringContaining("another company"),
    });
    const allowed = workspace({ connect: true });
    expect((await allowed.take({ ...allowed.said("fine-tune llama"), is_ext_shared_channel: true })).type).toBe("kept");
  });

  test("a person has so many at once, and gets them back over the hour; others have their own", async () => {
    // Three at once, then one each ten minutes.
    const { said, take, later } = workspace({ burst: 3, perHour: 6 });
    for (let i = 0; i < 3; i += 1) expect((await take(said(`fine-tune llama ${i}`))).type).toBe("kept");
    expect(await take(said("once more"))).toMatchObject({
      type: "refused",
      why: expect.stringMatching(/3 requests, then 6 an hour/),
    });
    expect((await take(said("fine-tune llama", { user: "U2" }))).type).toBe("kept");
    later(9);
    expect((await take(said("too early"))).type).toBe("refused");
    later(1);
    expect((await take(said("now"))).type).toBe("kept");
  });

  test("programs are not answered, and neither are we", async () => {
    const { event, take } = workspace();
    const bot = {
      type: "message",
      channel: "D1",
      channel_type: "im",
      user: "U9",
      bot_id: "B1",
      ts: "1.1",
      text: "hello",
    };
    expect(await take(event(bot))).toEqual({ type: "nothing" });
  });
});

describe("what people take back", () => {
  const edit = (ts: string, text: string) => ({
    type: "message",
    subtype: "message_changed",
    channel: "C1",
    message: { user: "U1", ts, text: `<@${BOT}> ${text}` },
    previous_message: { text: "before" },
  });

  test("an edit before the answer takes the place of what was said", async () => {
    const { said, take, event } = workspace();
    const kept = await take(said("fine-tune llama on 50k tickets", { ts: "5.5" }));
    expect(await take(event(edit("5.5", "fine-tune llama on 90k tickets")))).toEqual({ type: "nothing" });
    expect((await nextIncoming(db, runOf(kept)))?.incoming).toMatchObject({ text: "fine-tune llama on 90k tickets" });
  });

  test("an edit that is delivered twice is taken once, also where its words were answered in between", async () => {
    const { said, take, event } = workspace();
    const kept = await take(said("fine-tune llama on 50k tickets", { ts: "5.6" }));
    const edited = event(edit("5.6", "fine-tune llama on 90k tickets"));
    await take(edited);
    await nextIncoming(db, runOf(kept));
    expect(await take(edited)).toEqual({ type: "nothing" });
  });

  test("an edit that overtakes its message stands for it; one of an old message that was never ours does not", async () => {
    const { said, take, event } = workspace();
    const seconds = start.getTime() / 1000;
    const recent = `${seconds - 60}.000100`;
    const kept = await take(event(edit(recent, "fine-tune llama on 90k tickets")));
    expect(await take(said("fine-tune llama on 50k tickets", { ts: recent }))).toEqual({ type: "nothing" });
    expect((await nextIncoming(db, runOf(kept)))?.incoming).toMatchObject({ text: "fine-tune llama on 90k tickets" });
    expect(await take(event(edit(`${seconds - 3600}.000100`, "fine-tune llama")))).toEqual({ type: "nothing" });
  });

  test("an edit that comes at the same moment as its message is taken, whichever is first", async () => {
    const { said, take, event } = workspace();
    for (let each = 10; each < 20; each += 1) {
      const ts = `${start.getTime() / 1000 - each}.000100`;
      const both = [said("fine-tune llama on 50k tickets", { ts }), event(edit(ts, "fine-tune llama on 90k tickets"))];
      const outcomes = await Promise.all((each % 2 === 0 ? both : both.toReversed()).map(take));
      const run = runOf(outcomes.find(({ type }) => type === "kept")!);
      expect((await nextIncoming(db, run))?.incoming).toMatchObject({ text: "fine-tune llama on 90k tickets" });
    }
  });

  test("an edit after the answer is said anew; a preview of a link changes nothing", async () => {
    const { said, take, event } = workspace();
    const kept = await take(said("fine-tune llama on 50k tickets", { ts: "6.6" }));
    await nextIncoming(db, runOf(kept));
    expect(runOf(await take(event(edit("6.6", "fine-tune llama on 90k tickets"))))).toBe(runOf(kept));
    const preview = edit("6.6", "same");
    preview.previous_message.text = preview.message.text;
    expect(await take(event(preview))).toEqual({ type: "nothing" });
  });

  test("a message that is deleted before its answer gets none, and its words are gone either way", async () => {
    const { said, take, event } = workspace();
    const gone = (ts: string) => event({ type: "message", subtype: "message_deleted", channel: "C1", deleted_ts: ts });
    const early = await take(said("the merger papers", { ts: "8.1" }));
    await take(gone("8.1"));
    expect(await nextIncoming(db, runOf(early))).toBeUndefined();
    const answered = await take(said("the merger papers", { ts: "8.2" }));
    await nextIncoming(db, runOf(answered));
    await take(event(edit("8.2", "the merger papers of May")));
    await take(gone("8.2"));
    const rows = await db.query("select 1 from slack.inbox where payload::text like '%merger%'");
    expect(rows).toEqual([]);
  });

  test("a workspace that removes the app, or takes its token back, leaves nothing; people's own tokens are theirs", async () => {
    const kept = async (team: string) => (await db.query("select 1 from slack.run where team = $1", [team])).length;
    const { team, said, take, event } = workspace();
    await take(said("fine-tune llama"));
    await take(event({ type: "tokens_revoked", tokens: { oauth: ["U1"], bot: [] } }));
    expect(await kept(team)).toBe(1);
    await take(event({ type: "tokens_revoked", tokens: { oauth: [], bot: [BOT] } }));
    expect(await kept(team)).toBe(0);
    await take(said("fine-tune llama", { ts: "9.9" }));
    await take(event({ type: "app_uninstalled" }));
    expect(await kept(team)).toBe(0);
    expect(await db.query("select 1 from slack.allowance where team = $1", [team])).toEqual([]);
  });

  test("a key is masked before it is kept", async () => {
    const { said, take } = workspace();
    const key = `hf_${"aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1dF3g"}`;
    await take(said(`fine-tune llama, token ${key}`));
    expect(await db.query("select 1 from slack.inbox where payload::text like $1", [`%${key}%`])).toEqual([]);
  });
});

test.each([
  ["<@U0BOT> fine-tune llama", "fine-tune llama"],
  ["fine-tune &lt;7B with r&amp;d data", "fine-tune <7B with r&d data"],
  [
    "see <http://llama.com|llama.com> and <https://huggingface.co/Qwen/Qwen2.5-7B>",
    "see llama.com and https://huggingface.co/Qwen/Qwen2.5-7B",
  ],
  ["ask <mailto:ada@example.org|ada@example.org> in <#C1|ml>", "ask ada@example.org in #ml"],
  ["<!here> for <@U123>", "@here for <@U123>"],
  ["first\nsecond", "first\nsecond"],
])("what Slack sends as %j was typed as %j", (sent, typed) => {
  expect(typedWords(sent, BOT)).toBe(typed);
});

test.each([
  ["", { type: "form" }],
  [" HELP ", { type: "help" }],
  ["help me fine-tune llama", { type: "design", words: "help me fine-tune llama" }],
  ["status", { type: "status" }],
  ["config thread_replies mention", { type: "config", words: ["thread_replies", "mention"] }],
  ["delete my data", { type: "forget", isSure: false }],
  ["Delete my data now", { type: "forget", isSure: true }],
  ["list", { type: "list" }],
])("/ml-architect %j orders %j", (text, order) => {
  expect(orderOf(text)).toEqual(order);
});

test.each([
  undefined,
  null,
  "x",
  {},
  { type: "event_callback" },
  { type: "block_actions", actions: [] },
  { type: "view_submission" },
])("a body that is %j is nothing to us", (body) => {
  expect(heard(body)).toEqual({ type: "nothing" });
});
