import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { EFFECTS } from "../../slack/actions.ts";
import { said } from "../../slack/incoming.ts";
import { pingsOf } from "../../slack/local/pings.ts";
import { type Database, openDatabase } from "../../slack/store/database.ts";
import { receive } from "../../slack/store/inbox.ts";
import { findPost, post } from "../../slack/work/posting.ts";
import { fileCountOf } from "../../slack/work/project.ts";
import { type Left, type WorkerSetting, work } from "../../slack/work/worker.ts";
import { catalog } from "../../src/index.ts";
import { emptyDatabase } from "./empty-database.ts";
import { client, startSlack } from "./local/apps.ts";
import { values } from "./stage.ts";

const home = mkdtempSync(join(tmpdir(), "posting-"));
let db: Database;
let talks = 0;
beforeAll(async () => {
  await emptyDatabase(join(home, "data"));
  db = await openDatabase({ folder: join(home, "data") });
});
afterAll(async () => {
  await db.close();
  rmSync(home, { recursive: true, force: true });
});

type Settings = Parameters<typeof startSlack>[0];

/** Ada says something in #ml; the bot hears it, and is worked until nothing is left. */
async function talk(settings: Settings, ...lines: string[]) {
  const slack = await startSlack(settings);
  const ada = slack.person("ada");
  const ml = slack.channel("ml", [ada]);
  const root = ada.say(ml, lines[0]!);
  const web = client(slack, { rejectRateLimitedCalls: true });
  talks += 1;
  // No midnight passes while it waits: a plan is of its day.
  let now = new Date("2026-11-23T10:00:00Z");
  const from = now.getTime();
  const where = { team: `T${talks}`, channel: ml.id, thread: root.ts };
  const setting: WorkerSetting = {
    db,
    catalog,
    sign: values.sign,
    fileCountOf,
    policyOf: async () => ({ effects: EFFECTS, hosts: ["huggingface.co"], repository: "team/models" }),
    now: () => now,
    leaseSeconds: 60,
    outside: {
      send: async (at, outgoing, key) =>
        outgoing.type === "post" ? post(web, at, outgoing.message, key) : { type: "refused", why: "not here" },
      find: async (at, _, key, after) => findPost(web, at, key, after),
    },
  };
  let run = "";
  let heard = 0;
  const hear = async (text: string): Promise<void> => {
    heard += 1;
    const delivery = { id: `Ev${talks}-${heard}`, where, person: ada.user.id, incoming: said(text) };
    run = (await receive(db, delivery, now)).run;
  };
  for (const text of lines) await hear(text);
  const finish = async (): Promise<void> => {
    let left: Left = { type: "wait", seconds: 0 };
    for (let each = 0; each < 40 && left.type === "wait"; each += 1) {
      left = await work(run, setting);
      if (left.type === "wait") now = new Date(now.getTime() + left.seconds * 1000);
    }
    expect(left).toEqual({ type: "nothing" });
  };
  return {
    slack,
    ada,
    root,
    finish,
    more: async (text: string) => {
      await hear(text);
      await finish();
    },
    /** Seconds that it waited. */
    passed: () => (now.getTime() - from) / 1000,
    thread: () => ada.seesThread(root).slice(1),
  };
}

const REQUEST = "Fine-tune Llama 3.1 8B on 50k support tickets, budget $500, serve 5 requests/s";

test("a whole talk is posted into a thread of a strict Slack, every message of it, and nobody is pinged", async () => {
  const lines = [
    REQUEST,
    "what if two 4090s",
    "why not QLoRA",
    "show the plan",
    "<!channel> actually 100k examples for <@U0001>",
  ];
  const { finish, thread } = await talk({}, ...lines, "show the config", "alternatives", "make a zip");
  await finish();
  expect(thread().length).toBeGreaterThan(12);
  for (const message of thread()) expect(pingsOf(message)).toEqual([]);
});

test("where Slack loses its answer after it took the message, the thread holds it once", async () => {
  const { slack, finish, thread } = await talk({ optionalScopes: true }, "help");
  slack.faults.next("chat.postMessage", { kind: "status", status: 502, afterwards: true });
  await finish();
  expect(thread()).toHaveLength(1);
});

test("a lost answer is found in a thread of any length, of which Slack shows fifteen messages at a time", async () => {
  const { slack, ada, root, finish, more, thread } = await talk({ optionalScopes: true }, ...Array(20).fill("help"));
  await finish();
  for (let i = 0; i < 3; i += 1) ada.say(slack.world.channels.get(root.channel)!, "thanks", { thread: root });
  slack.faults.next("chat.postMessage", { kind: "status", status: 502, afterwards: true });
  await more("help");
  expect(thread().filter(({ isFromApp }) => isFromApp)).toHaveLength(21);
});

test("an answer waits for a Slack that is away for half an hour", async () => {
  const { slack, finish, thread, passed } = await talk({ optionalScopes: true }, "help");
  slack.faults.next("chat.postMessage", { kind: "status", status: 503 }, 14);
  await finish();
  expect(thread()).toHaveLength(1);
  expect(passed()).toBeGreaterThan(1_800);
});

test("where the bot may not look, a lost answer costs one duplicate and no message", async () => {
  const { slack, finish, thread } = await talk({ optionalScopes: false }, "help");
  slack.faults.next("chat.postMessage", { kind: "status", status: 502, afterwards: true });
  await finish();
  expect(thread()).toHaveLength(2);
});

test("rate limits and failures of Slack change neither the number of messages nor their order", async () => {
  const calm = await talk({ optionalScopes: true }, REQUEST, "what if two 4090s", "cheaper");
  await calm.finish();
  const { slack, finish, thread } = await talk({ optionalScopes: true }, REQUEST, "what if two 4090s", "cheaper");
  slack.faults.random(7, { serverError: 0.2, lostAnswer: 0.2, rateLimited: 0.2 });
  await finish();
  slack.faults.clear();
  expect(thread().map((m) => m.text)).toEqual(calm.thread().map((m) => m.text));
});
