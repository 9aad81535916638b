import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { App, HTTPReceiver, LogLevel, SocketModeReceiver } from "@slack/bolt";
import type { KnownBlock, ModalView } from "@slack/types";
import type { WebClientOptions } from "@slack/web-api";
import { WebClient } from "@slack/web-api";
import { expect, onTestFinished } from "vitest";
import { LocalSlack, type LocalSlackOptions } from "../../../slack/local/local-slack.ts";
import { type Manifest, parseManifest } from "../../../slack/manifest.ts";

export const MANIFEST: Manifest = parseManifest(
  readFileSync(new URL("../../../manifest.yml", import.meta.url), "utf8"),
);

/** Slack's order of things, with retries in seconds instead of minutes. */
export const QUICK = { retryDelaysMs: [20, 200, 600, 5_000], rateLimits: "off" } as const;

export async function startSlack(
  settings: LocalSlackOptions["settings"] = {},
  manifest = MANIFEST,
): Promise<LocalSlack> {
  const slack = await LocalSlack.start({ manifest, settings: { ...QUICK, ...settings } });
  onTestFinished(() => slack.close());
  return slack;
}

const clientOptions = (slack: LocalSlack, more: WebClientOptions = {}): WebClientOptions => ({
  slackApiUrl: slack.apiUrl,
  retryConfig: { retries: 3, minTimeout: 10, maxTimeout: 50 },
  logLevel: LogLevel.ERROR,
  ...more,
});

export function client(slack: LocalSlack, more: WebClientOptions = {}): WebClient {
  return new WebClient(slack.tokens.bot, clientOptions(slack, { retryConfig: { retries: 0 }, ...more }));
}

/** A Bolt app over Socket Mode, listening as `listen` says. */
export async function socketApp(slack: LocalSlack, listen: (app: App) => void): Promise<App> {
  const receiver = new SocketModeReceiver({
    appToken: slack.tokens.app,
    logLevel: LogLevel.ERROR,
    // A lost connection is tried again after this long; the library waits five seconds otherwise.
    clientPingTimeout: 100,
    installerOptions: { clientOptions: clientOptions(slack) },
  });
  const app = new App({
    token: slack.tokens.bot,
    receiver,
    clientOptions: clientOptions(slack),
    logLevel: LogLevel.ERROR,
  });
  listen(app);
  await app.start();
  // `app.stop()` does not wait for the socket to close.
  onTestFinished(() => receiver.client.disconnect());
  return app;
}

/** The same over HTTP, on a free port; Slack is told its address. */
export async function httpApp(slack: LocalSlack, listen: (app: App) => void): Promise<{ app: App; url: string }> {
  const port = await freePort();
  const receiver = new HTTPReceiver({ signingSecret: slack.signingSecret, port, logLevel: LogLevel.ERROR });
  const app = new App({
    token: slack.tokens.bot,
    receiver,
    clientOptions: clientOptions(slack),
    logLevel: LogLevel.ERROR,
  });
  listen(app);
  await app.start();
  onTestFinished(async () => {
    await app.stop();
  });
  const url = `http://127.0.0.1:${port}/slack/events`;
  await slack.deliverTo(url);
  return { app, url };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Waits for what the app does out of the workspace's sight. */
export async function eventually(what: string, holds: () => boolean): Promise<void> {
  for (let i = 0; i < 1_000 && !holds(); i += 1) await new Promise((r) => setTimeout(r, 10));
  expect(holds(), what).toBe(true);
}

export const FORM: ModalView = {
  type: "modal",
  callback_id: "design",
  title: { type: "plain_text", text: "Design a system" },
  submit: { type: "plain_text", text: "Design" },
  blocks: [
    {
      type: "input",
      block_id: "budget",
      label: { type: "plain_text", text: "Budget in USD" },
      element: { type: "plain_text_input", action_id: "budget_usd" },
    },
    {
      type: "input",
      block_id: "phase",
      optional: true,
      label: { type: "plain_text", text: "Train or serve" },
      element: {
        type: "static_select",
        action_id: "phase",
        options: ["train", "serve"].map((value) => ({ text: { type: "plain_text" as const, text: value }, value })),
      },
    },
  ],
};

export const BUTTONS: KnownBlock[] = [
  { type: "section", text: { type: "mrkdwn", text: "QLoRA on one RTX 4090" } },
  {
    type: "actions",
    elements: [
      { type: "button", action_id: "zip", text: { type: "plain_text", text: "Download zip" }, value: "run-1" },
      {
        type: "static_select",
        action_id: "assumption",
        options: ["4k", "32k"].map((value) => ({ text: { type: "plain_text" as const, text: value }, value })),
      },
    ],
  },
];
