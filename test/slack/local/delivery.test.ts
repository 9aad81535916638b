import { createHmac } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { SocketModeClient } from "@slack/socket-mode";
import { expect, onTestFinished, test } from "vitest";
import { WebSocket } from "ws";
import { Faults } from "../../../slack/local/faults.ts";
import { sign } from "../../../slack/local/signed-posts.ts";
import { eventually, httpApp, socketApp, startSlack } from "./apps.ts";

test("a message sent while no socket is open arrives as a retry once one opens", async () => {
  const slack = await startSlack();
  const ada = slack.person("ada");
  const ml = slack.channel("ml", [ada]);
  ada.say(ml, "anybody there?");
  await new Promise((r) => setTimeout(r, 50));
  const heard: unknown[] = [];
  await socketApp(slack, (app) =>
    app.message(
      async ({ message, context }) => void heard.push([(message as { text: string }).text, context.retryNum]),
    ),
  );
  await eventually("the retry", () => heard.length === 1);
  const [[text, retry]] = heard as [[string, number]];
  expect(text).toBe("anybody there?");
  expect(retry).toBeGreaterThan(0);
  expect(slack.lostEvents).toEqual([]);
});

test("an event that is never acknowledged is sent four times and then lost", async () => {
  const slack = await startSlack({ acknowledgeMs: 20, retryDelaysMs: [5, 10, 20] });
  const ada = slack.person("ada");
  const socket = new WebSocket(((await openConnection(slack)) as { url: string }).url);
  const envelopes: { type: string; retry_attempt?: number; retry_reason?: string; payload?: { event_id: string } }[] =
    [];
  socket.addEventListener("message", ({ data }) => envelopes.push(JSON.parse(String(data))));
  await eventually("hello", () => envelopes.length === 1);
  expect(envelopes[0]).toMatchObject({ type: "hello", num_connections: 1 });
  ada.say(slack.channel("ml", [ada]), "hello?");
  await eventually("loss", () => slack.lostEvents.length === 1 && envelopes.length === 5);
  const sent = envelopes.slice(1);
  expect(sent.map((e) => [e.retry_attempt, e.retry_reason])).toEqual([
    [0, ""],
    [1, "timeout"],
    [2, "timeout"],
    [3, "timeout"],
  ]);
  expect(new Set(sent.map((e) => e.payload?.event_id)).size).toBe(1);
  socket.close();
});

test("the socket client sees first attempt and retry as Slack numbers them, with one event id", async () => {
  const slack = await startSlack({ acknowledgeMs: 2_500 });
  const ada = slack.person("ada");
  const client = new SocketModeClient({ appToken: slack.tokens.app, clientOptions: { slackApiUrl: slack.apiUrl } });
  const seen: { number: number; reason: string; id: string }[] = [];
  client.on("message", async ({ ack, body, retry_num, retry_reason }) => {
    seen.push({ number: retry_num, reason: retry_reason, id: body.event_id });
    if (seen.length === 2) await ack();
  });
  await client.start();
  onTestFinished(() => client.disconnect());
  ada.say(slack.channel("ml", [ada]), "hello");
  await eventually("the retry", () => seen.length === 2);
  await new Promise((r) => setTimeout(r, 3_000));
  expect(seen).toEqual([
    { number: 0, reason: "", id: seen[0]!.id },
    { number: 1, reason: "timeout", id: seen[0]!.id },
  ]);
});

test("a dropped socket is opened again by the client, and what fell between comes as a retry", async () => {
  const slack = await startSlack();
  const ada = slack.person("ada");
  const ml = slack.channel("ml", [ada]);
  const heard: string[] = [];
  await socketApp(slack, (app) =>
    app.message(async ({ message }) => void heard.push((message as { text: string }).text)),
  );
  slack.sockets.drop();
  await eventually("the socket to be gone", () => slack.sockets.openCount === 0);
  ada.say(ml, "while it was away");
  await eventually("a new socket", () => slack.sockets.openCount === 1);
  await eventually("the message", () => heard.length > 0);
  expect(heard).toEqual(["while it was away"]);
});

test("a refresh asks the client to reconnect, and no message is lost over it", async () => {
  const slack = await startSlack();
  const ada = slack.person("ada");
  const ml = slack.channel("ml", [ada]);
  const heard: string[] = [];
  await socketApp(slack, (app) =>
    app.message(async ({ message }) => void heard.push((message as { text: string }).text)),
  );
  ada.say(ml, "1");
  await eventually("the first", () => heard.includes("1"));
  slack.sockets.refresh();
  await eventually("the old socket to close", () => slack.sockets.openCount === 0);
  ada.say(ml, "2");
  await eventually("the second", () => heard.includes("2"));
  expect(heard).toEqual(["1", "2"]);
});

test("several sockets share the events, each event goes to one of them", async () => {
  const slack = await startSlack();
  const ada = slack.person("ada");
  const ml = slack.channel("ml", [ada]);
  const heard: string[][] = [[], []];
  for (const list of heard)
    await socketApp(slack, (app) =>
      app.message(async ({ message }) => void list.push((message as { text: string }).text)),
    );
  for (const n of ["1", "2", "3", "4"]) ada.say(ml, n);
  await eventually("four", () => heard.flat().length === 4);
  expect(heard.map((l) => l.length)).toEqual([2, 2]);
  expect(heard.flat().toSorted()).toEqual(["1", "2", "3", "4"]);
});

test("the eleventh socket of an app is turned away", async () => {
  const slack = await startSlack({ socketsAtMost: 1 });
  const open = async (): Promise<string[]> => {
    const types: string[] = [];
    const ws = new WebSocket(((await openConnection(slack)) as { url: string }).url);
    ws.addEventListener("message", ({ data }) => {
      const { type, reason } = JSON.parse(String(data));
      types.push(reason ?? type);
    });
    await eventually("a first word", () => types.length > 0);
    return types;
  };
  expect(await open()).toEqual(["hello"]);
  expect(await open()).toEqual(["too_many_websockets"]);
});

test("in HTTP mode an event that is answered with 500 comes again with its number and reason", async () => {
  const slack = await startSlack();
  const ada = slack.person("ada");
  const seen: unknown[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (part) => {
      body += part;
    });
    request.on("end", () => {
      const { challenge } = JSON.parse(body);
      if (challenge !== undefined) return response.end(challenge);
      seen.push([request.headers["x-slack-retry-num"], request.headers["x-slack-retry-reason"]]);
      return response.writeHead(seen.length === 1 ? 500 : 200).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  await slack.deliverTo(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  ada.say(slack.channel("ml", [ada]), "again, please");
  await eventually("the retry", () => seen.length === 2);
  expect(seen).toEqual([
    [undefined, undefined],
    ["1", "http_error"],
  ]);
});

test("deliveries are duplicated and reordered by chance, the same way for one seed", async () => {
  const order = async (seed: number): Promise<string[]> => {
    const slack = await startSlack();
    const ada = slack.person("ada");
    const ml = slack.channel("ml", [ada]);
    const heard: string[] = [];
    await socketApp(slack, (app) =>
      app.message(async ({ message }) => void heard.push((message as { text: string }).text)),
    );
    const chances = { duplicateEvent: 0.3, lateEvent: 0.3 };
    slack.faults.random(seed, chances);
    for (let i = 0; i < 10; i += 1) ada.say(ml, String(i));
    // As many as the same dice give.
    const dice = new Faults();
    dice.random(seed, chances);
    const sent = Array.from({ length: 10 }, () => dice.ofDelivery().copies).reduce((sum, copies) => sum + copies);
    await eventually("every copy", () => heard.length === sent);
    return heard;
  };
  const heard = await order(3);
  expect(new Set(heard).size).toBe(10);
  expect(heard.length).toBeGreaterThan(10);
  expect(heard).not.toEqual(heard.toSorted());
  expect(await order(3)).toEqual(heard);
});

test("sockets that drop by chance cost time, not messages", async () => {
  const slack = await startSlack({ acknowledgeMs: 200 });
  const ada = slack.person("ada");
  const ml = slack.channel("ml", [ada]);
  const heard = new Set<string>();
  await socketApp(slack, (app) =>
    app.message(async ({ message }) => void heard.add((message as { text: string }).text)),
  );
  slack.faults.random(5, { droppedSocket: 0.4 });
  for (let i = 0; i < 10; i += 1) {
    ada.say(ml, String(i));
    await new Promise((r) => setTimeout(r, 30));
  }
  slack.faults.clear();
  await eventually("all ten", () => heard.size === 10);
  expect(slack.lostEvents).toEqual([]);
});

test("a forged, unsigned or old post is refused by the client library, ours is taken", async () => {
  const slack = await startSlack();
  const { url } = await httpApp(slack, (app) => app.message(async () => {}));
  const body = JSON.stringify({ type: "event_callback", event: { type: "message", channel: "C1" } });
  const post = async (seconds: number, secret: string): Promise<number> => {
    const headers = { "x-slack-request-timestamp": String(seconds), "x-slack-signature": sign(secret, seconds, body) };
    const response = await fetch(url, {
      method: "POST",
      body,
      headers: { "content-type": "application/json", ...headers },
    });
    return response.status;
  };
  const now = Math.floor(Date.now() / 1000);
  expect(await post(now, "not the secret")).toBe(401);
  expect(await post(now - 301, slack.signingSecret)).toBe(401);
  expect(await post(now, slack.signingSecret)).toBe(200);
});

// The worked example of docs.slack.dev/authentication/verifying-requests-from-slack.
test("the signature is the HMAC of version, time and body that Slack documents", () => {
  const secret = "8f742231b10e8888abcd99yyyzzz85a5";
  const body =
    "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";
  expect(sign(secret, 1531420618, body)).toBe("v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503");
  expect(createHmac("sha256", secret).update(`v0:1531420618:${body}`).digest("hex")).toHaveLength(64);
});

async function openConnection(slack: { apiUrl: string; tokens: { app: string } }): Promise<unknown> {
  const headers = { authorization: `Bearer ${slack.tokens.app}` };
  return (await fetch(`${slack.apiUrl}apps.connections.open`, { method: "POST", headers })).json();
}
