import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { LocalSlack } from "../../../slack/local/local-slack.ts";
import { sign } from "../../../slack/local/signed-posts.ts";
import { MANIFEST, QUICK } from "../local/apps.ts";
import { answered, bring, type Running } from "./bots.ts";

const REQUEST = "fine-tune llama 3.1 8b on 50k support tickets, $500";
let slack: LocalSlack;
let running: Running & { close(): Promise<void> };
let url: string;
beforeAll(async () => {
  slack = await LocalSlack.start({ manifest: MANIFEST, settings: QUICK });
  running = await bring(slack, {
    transport: { type: "http", signingSecret: slack.signingSecret, host: "127.0.0.1", port: 0 },
    health: { host: "127.0.0.1", port: 0 },
  });
  url = `http://127.0.0.1:${running.bot.port}/slack/events`;
  await slack.deliverTo(url);
});
afterAll(async () => {
  await running.close();
  await slack.close();
});

const nowSeconds = (): number => Math.floor(Date.now() / 1000);
let events = 0;
const event = (): string => {
  events += 1;
  return JSON.stringify({
    type: "event_callback",
    event_id: `Ev-http-${events}`,
    team_id: slack.world.team.id,
    event: { type: "message", channel: "D1", channel_type: "im", user: "U1", ts: `${events}.1`, text: "help" },
  });
};
const post = (body: string, seconds: number, signature: string): Promise<Response> =>
  fetch(url, {
    method: "POST",
    body,
    headers: {
      "content-type": "application/json",
      "x-slack-request-timestamp": String(seconds),
      "x-slack-signature": signature,
    },
  });
const signed = (body: string, seconds: number): Promise<Response> =>
  post(body, seconds, sign(slack.signingSecret, seconds, body));

describe("over signed posts", () => {
  test("a command is answered in its thread as over sockets", async () => {
    const ada = slack.person("ada");
    const ml = slack.channel("ml", [ada]);
    expect(await ada.command(ml, "/ml-architect", REQUEST)).toEqual({ ok: true });
    const root = await answered(slack, () => ada.sees(ml), /asks: /);
    await answered(slack, () => ada.seesThread(root), /Feasible/);
  });

  test("a request without a signature, with another's, or with a changed body is refused", async () => {
    const body = event();
    const at = nowSeconds();
    expect((await fetch(url, { method: "POST", body })).status).toBe(401);
    expect((await post(body, at, sign("another secret", at, body))).status).toBe(401);
    expect((await post(body.replace("help", "halp"), at, sign(slack.signingSecret, at, body))).status).toBe(401);
    expect((await signed(body, at)).status).toBe(200);
  });

  test.each([
    ["five minutes and a bit old", -330],
    ["dated five minutes and a bit ahead", 330],
  ])("a request that is %s is refused, though its signature is good", async (_, seconds) => {
    expect((await signed(event(), nowSeconds() + seconds)).status).toBe(401);
  });

  test("a clock that is four minutes off is borne, on either side", async () => {
    expect((await signed(event(), nowSeconds() + 240)).status).toBe(200);
    expect((await signed(event(), nowSeconds() - 240)).status).toBe(200);
  });

  test("the same request again is refused; Slack's own retry has another time and another signature", async () => {
    const body = event();
    const at = nowSeconds();
    expect((await signed(body, at)).status).toBe(200);
    expect((await signed(body, at)).status).toBe(401);
    expect((await signed(body, at + 1)).status).toBe(200);
  });

  test("what was refused has its answer, and is not logged three seconds later as one that nobody answered", async () => {
    expect((await signed(event(), nowSeconds() - 330)).status).toBe(401);
    await pause(3_200);
    expect(running.errors()).toEqual([]);
  });

  test("more than a mebibyte is refused before it is looked at", async () => {
    const body = JSON.stringify({ type: "event_callback", text: "x".repeat(1024 * 1024) });
    expect((await signed(body, nowSeconds())).status).toBe(413);
  });

  test("the public port shows neither health nor metrics, nor anything else", async () => {
    const root = `http://127.0.0.1:${running.bot.port}`;
    for (const path of ["/", "/metrics", "/healthz", "/readyz", "/slack/install"])
      expect((await fetch(`${root}${path}`)).status, path).toBe(404);
  });

  test("health, readiness and metrics are on their own port; no label names a person, a channel or a word", async () => {
    const root = `http://127.0.0.1:${running.bot.healthPort}`;
    expect((await fetch(`${root}/healthz`)).status).toBe(200);
    expect(await (await fetch(`${root}/readyz`)).text()).toBe("ok\n");
    const metrics = await (await fetch(`${root}/metrics`)).text();
    expect(metrics).toMatch(/ml_architect_acknowledgement_seconds_count\{delivery="command"\} 1/);
    expect(metrics).toMatch(/ml_architect_sends_total\{outgoing="root",result="sent"\} 1/);
    expect(metrics).toMatch(/ml_architect_waiting\{box="inbox"\} \d/);
    expect(metrics).not.toMatch(/[UCDT]0[0-9A-Z]{5,}|llama|help/);
    expect((await fetch(`${root}/slack/events`, { method: "POST" })).status).toBe(404);
  });

  test("no token, secret or signature is in the log", () => {
    const all = running.lines.join("\n");
    for (const secret of [slack.tokens.bot, slack.tokens.app, slack.signingSecret, "v0="])
      expect(all).not.toContain(secret);
  });
});
