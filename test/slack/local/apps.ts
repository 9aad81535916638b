import { readFileSync } from "node:fs";
import type { Server } from "node:http";
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

/**
 * Slack's order of things, with retries in seconds instead of minutes; they go on as long as an app may take to start, and
 * an app may take as long to acknowledge and to open a form, on a machine that is full of other work.
 */
export const QUICK = {
  acknowledgeMs: 20_000,
  triggerMs: 60_000,
  retryDelaysMs: [20, 200, 600, 2_000, 5_000, 10_000, 20_000, 40_000],
  rateLimits: "off",
} as const;

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
    // A lost connection is tried again after this long, and one that is silent for as long is taken for lost: the library
    // waits five seconds otherwise.
    clientPingTimeout: 1_000,
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
  const receiver = new HTTPReceiver({ signingSecret: slack.signingSecret, logLevel: LogLevel.ERROR });
  const app = new App({
    token: slack.tokens.bot,
    receiver,
    clientOptions: clientOptions(slack),
    logLevel: LogLevel.ERROR,
  });
  listen(app);
  const server = (await app.start({ host: "127.0.0.1", port: 0 })) as Server;
  onTestFinished(async () => {
    await app.stop();
  });
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}/slack/events`;
  await slack.deliverTo(url);
  return { app, url };
}

/** Waits for what the app does out of the workspace's sight. */
export async function eventually(what: string, holds: () => boolean): Promise<void> {
  for (const deadline = Date.now() + 60_000; !holds() && Date.now() < deadline; )
    await new Promise((r) => setTimeout(r, 10));
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
