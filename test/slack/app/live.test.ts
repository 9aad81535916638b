import { WebClient } from "@slack/web-api";
import { expect, test } from "vitest";
import { presenceOf } from "../../../slack/app/presence.ts";
import { Progress } from "../../../slack/app/progress.ts";
import type { LocalSlack, LocalSlackOptions } from "../../../slack/local/local-slack.ts";
import { client, eventually, startSlack } from "../local/apps.ts";
import { wordsOf } from "./bots.ts";

const READ = { id: "read", title: "Read", status: "complete" } as const;
const PLAN = { id: "plan", title: "Plan", status: "in_progress" } as const;

async function thread(local: LocalSlackOptions["settings"] = {}) {
  const slack = await startSlack(local);
  const ada = slack.person("ada");
  const ml = slack.channel("ml", [ada]);
  const root = ada.say(ml, "fine-tune llama");
  const where = { team: slack.world.team.id, channel: ml.id, thread: root.ts };
  return { slack, ada, ml, root, where, web: client(slack, { rejectRateLimitedCalls: true }) };
}
const callsOf = (slack: LocalSlack, method: string): number => slack.calls.filter((c) => c.method === method).length;
const show = (
  parts: Awaited<ReturnType<typeof thread>>,
  more: { begun?: string; heartbeatMs?: number } = {},
): Progress =>
  new Progress({ client: parts.web, where: parts.where, person: parts.ada.user.id, title: "Designing", ...more });

test("steps are one stream, appended to as they happen and stopped at the end", async () => {
  const parts = await thread();
  const progress = show(parts);
  progress.show(READ, PLAN);
  progress.show({ ...PLAN, details: "one RTX 4090" });
  await progress.end({ ...PLAN, status: "complete" });
  const [, message] = parts.ada.seesThread(parts.root);
  expect(message?.stream).toMatchObject({ state: "completed", taskDisplayMode: "plan" });
  expect(JSON.stringify(message?.blocks)).toMatch(/"Designing".*"Read".*"complete".*"one RTX 4090"/);
  expect(parts.ada.seesThread(parts.root)).toHaveLength(2);
});

test("a heartbeat keeps a stream alive longer than Slack leaves a silent one", async () => {
  const streamIdleMs = 3_000;
  const parts = await thread({ streamIdleMs });
  const progress = show(parts, { heartbeatMs: 200 });
  progress.show(PLAN);
  await new Promise((r) => setTimeout(r, 1.5 * streamIdleMs));
  await progress.end({ ...PLAN, status: "complete" });
  const [, message] = parts.ada.seesThread(parts.root);
  expect(message?.stream?.state).toBe("completed");
  expect(callsOf(parts.slack, "chat.appendStream")).toBeGreaterThan(3);
});

test("a stream that ended in silence is finished as the message that it became", async () => {
  const parts = await thread({ streamIdleMs: 50 });
  const progress = show(parts);
  progress.show(PLAN);
  await progress.ts();
  await new Promise((r) => setTimeout(r, 120));
  await progress.end({ ...PLAN, status: "complete", details: "one RTX 4090" });
  const [, message] = parts.ada.seesThread(parts.root);
  expect(wordsOf(message!)).toContain("✓ Plan: one RTX 4090");
  expect(parts.ada.seesThread(parts.root)).toHaveLength(2);
});

test("where Slack has no streams, one message is posted and redrawn", async () => {
  const parts = await thread();
  parts.slack.faults.next("chat.startStream", { kind: "error", error: "unknown_method" });
  const progress = show(parts);
  progress.show(READ, PLAN);
  await progress.ts();
  await progress.end({ ...PLAN, status: "complete" });
  const [, message] = parts.ada.seesThread(parts.root);
  expect(message?.stream).toBeUndefined();
  expect(wordsOf(message!)).toMatch(/✓ Read\\n✓ Plan/);
  expect([callsOf(parts.slack, "chat.postMessage"), callsOf(parts.slack, "chat.update")]).toEqual([1, 1]);
});

test("what a process that died began is gone on with, not begun again", async () => {
  const parts = await thread();
  const first = show(parts);
  first.show(PLAN);
  const begun = await first.ts();
  const second = show(parts, { begun: begun! });
  second.show(PLAN);
  await second.end({ ...PLAN, status: "complete" });
  expect(parts.ada.seesThread(parts.root)).toHaveLength(2);
  expect(parts.ada.seesThread(parts.root)[1]?.stream?.state).toBe("completed");
});

test("a rate limit, a person's stop or a Slack that is away costs the picture and nothing else", async () => {
  const parts = await thread();
  parts.slack.faults.next("chat.startStream", { kind: "rate-limited", retryAfterSeconds: 60 });
  const limited = show(parts);
  limited.show(PLAN);
  await limited.end();
  const stopped = show(parts);
  stopped.show(PLAN);
  await stopped.ts();
  parts.ada.stop(parts.root);
  await stopped.end({ ...PLAN, status: "complete" });
  expect(parts.ada.seesThread(parts.root)[1]?.stream?.state).toBe("stopped");
  const away = new Progress({
    client: new WebClient("x", { slackApiUrl: "http://127.0.0.1:1/api/", retryConfig: { retries: 0 } }),
    where: parts.where,
    person: "U1",
    title: "Designing",
  });
  away.show(PLAN);
  await away.end();
});

test("a session's status is set where Slack has sessions, else the line under the thread", async () => {
  const parts = await thread();
  const { slack, where, web } = parts;
  const key = `${where.channel}/${where.thread}`;
  const modern = presenceOf(web);
  modern.set(where, "processing");
  await modern.settled();
  expect(slack.world.sessions.get(key)).toBe("processing");
  slack.faults.next("agents.sessions.setStatus", { kind: "error", error: "unknown_method" });
  const older = presenceOf(web);
  older.set(where, "processing");
  await older.settled();
  expect(slack.world.statuses.get(key)).toBe("is working on it…");
  older.set(where, "active");
  await older.settled();
  expect(slack.world.statuses.get(key) ?? "").toBe("");
});

test("rest that Slack was too busy to hear is said again, so that no thread looks busy for ever", async () => {
  const { slack, where, web } = await thread();
  const presence = presenceOf(web);
  presence.set(where, "processing");
  await presence.settled();
  slack.faults.next("agents.sessions.setStatus", { kind: "rate-limited", retryAfterSeconds: 1 });
  presence.set(where, "active");
  await eventually("rest", () => slack.world.sessions.get(`${where.channel}/${where.thread}`) === "active");
});
