import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished } from "vitest";
import { type Bot, type BotSetting, startBot } from "../../../slack/app/bot.ts";
import { logOf } from "../../../slack/app/log.ts";
import type { LocalSlack, LocalSlackOptions } from "../../../slack/local/local-slack.ts";
import type { Message } from "../../../slack/local/world.ts";
import { catalog } from "../../../src/index.ts";
import { MANIFEST, startSlack } from "../local/apps.ts";
import { SECRET } from "../stage.ts";

export interface Running {
  slack: LocalSlack;
  bot: Bot;
  /** What was logged, a line each. */
  lines: string[];
  /** Those of them that tell of a failure. */
  errors(): string[];
}

/** The whole bot on a local Slack, with a folder of its own. */
export async function startAll(
  over: Partial<BotSetting> = {},
  local: LocalSlackOptions["settings"] = {},
): Promise<Running> {
  const slack = await startSlack(local);
  const folder = mkdtempSync(join(tmpdir(), "bot-"));
  const lines: string[] = [];
  const log = logOf({ level: "info", secrets: [], write: (line) => lines.push(line), now: () => new Date() });
  const bot = await startBot({
    botToken: slack.tokens.bot,
    transport: { type: "socket", appToken: slack.tokens.app, connections: 2 },
    place: { folder: join(folder, "data") },
    secrets: [SECRET],
    policy: { connect: false, burst: 100, perHour: 1000 },
    admins: [],
    repositories: [],
    hosts: ["huggingface.co"],
    prompts: MANIFEST.features.agent_view.suggested_prompts,
    catalog,
    effects: () => ({
      send: async () => ({ type: "refused", why: "not here" }),
      find: async () => ({ type: "absent" }),
    }),
    concurrency: 4,
    retentionDays: 90,
    log,
    now: () => new Date(),
    slackApiUrl: slack.apiUrl,
    ...over,
  });
  onTestFinished(async () => {
    await bot.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  return { slack, bot, lines, errors: () => lines.filter((line) => line.includes('"level":"error"')) };
}

/** Waits for a message of the bot's in a thread that says this. */
export const answered = (
  slack: LocalSlack,
  see: () => readonly Message[],
  says: string | RegExp,
  withinMs = 20_000,
): Promise<Message> =>
  slack.until(`an answer with ${says}`, () => see().find((m) => m.isFromApp && wordsOf(m).search(says) >= 0), withinMs);

/** Everything that a message shows. */
export const wordsOf = (message: Message): string => `${message.text}\n${JSON.stringify(message.blocks)}`;

/** The button with this label. */
export function button(message: Message, label: string | RegExp): { id: string; value: string } {
  const all = JSON.stringify(message.blocks);
  const found = [
    ...all.matchAll(
      /\{"type":"button","action_id":"((?:[^"\\]|\\.)*)","text":\{[^}]*"text":"((?:[^"\\]|\\.)*)"[^}]*\},"value":"([^"]*)"/g,
    ),
  ]
    .map(([, id, text, value]) => ({
      id: JSON.parse(`"${id}"`) as string,
      text: JSON.parse(`"${text}"`) as string,
      value: value!,
    }))
    .find(({ text }) => (typeof label === "string" ? text === label : label.test(text)));
  expect(found, `a button ${label} in ${all.slice(0, 500)}`).toBeDefined();
  return found!;
}
