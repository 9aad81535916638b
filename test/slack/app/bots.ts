import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect } from "vitest";
import { type Bot, type BotSetting, startBot } from "../../../slack/app/bot.ts";
import { logOf } from "../../../slack/app/log.ts";
import { elementsOf } from "../../../slack/local/block-ids.ts";
import { LocalSlack, type LocalSlackOptions } from "../../../slack/local/local-slack.ts";
import type { Block, Message } from "../../../slack/local/world.ts";
import { advise, catalog, type Plan, readText } from "../../../src/index.ts";
import { emptyDatabase } from "../empty-database.ts";
import { MANIFEST, QUICK } from "../local/apps.ts";
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
export async function bring(
  slack: LocalSlack,
  over: Partial<BotSetting> = {},
): Promise<Running & { close(): Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), "bot-"));
  const place = over.place ?? { folder: join(folder, "data") };
  if ("folder" in place && !existsSync(place.folder)) await emptyDatabase(place.folder);
  const lines: string[] = [];
  const log = logOf({ level: "info", secrets: [], write: (line) => lines.push(line), now: () => new Date() });
  const bot = await startBot({
    botToken: slack.tokens.bot,
    transport: { type: "socket", appToken: slack.tokens.app, connections: 2 },
    place,
    secrets: [SECRET],
    policy: { connect: false, burst: 100, perHour: 1000 },
    admins: [],
    repositoriesIn: () => [],
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
  let closed: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    await bot.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  return {
    slack,
    bot,
    lines,
    errors: () => lines.filter((line) => line.includes('"level":"error"')),
    close: () => {
      closed ??= close();
      return closed;
    },
  };
}

/** A bot for all tests of a file: starting a database takes seconds. */
export function sharedBot(over: Partial<BotSetting> = {}, local: LocalSlackOptions["settings"] = {}): () => Running {
  let running: (Running & { close(): Promise<void> }) | undefined;
  beforeAll(async () => {
    const slack = await LocalSlack.start({ manifest: MANIFEST, settings: { ...QUICK, ...local } });
    running = await bring(slack, over);
  });
  afterAll(async () => {
    await running?.close();
    await running?.slack.close();
  });
  return () => running!;
}

/** Waits for a message of the bot's that says this; where none comes, tells what came instead. */
export async function answered(
  slack: LocalSlack,
  see: () => readonly Message[],
  says: string | RegExp,
  withinMs = 90_000,
): Promise<Message> {
  const look = (): Message | undefined => see().find((m) => m.isFromApp && wordsOf(m).search(says) >= 0);
  try {
    return await slack.until(`an answer with ${says}`, look, withinMs);
  } catch (error) {
    const there = see().map((m) => wordsOf(m).slice(0, 300));
    throw new Error(`${(error as Error).message}; there is:\n${there.join("\n---\n")}`);
  }
}

const day = (): string => new Date().toISOString().slice(0, 10);
const begun = day();

/** The terminal's plans of these words: of the day, or of the two days where midnight passed since the tests began. */
const terminalPlans = (words: string): Plan[] =>
  [...new Set([begun, day()])].map((today) => advise(readText(words, catalog, { today }), catalog, { today }));

/** The one of them that messages name. */
export function terminalPlan(words: string, said: string): Plan {
  const plans = terminalPlans(words);
  const found = plans.find(({ planHash }) => said.includes(`revision 1, plan \`${planHash.slice(0, 12)}\``));
  expect(found, `plan ${plans.map((plan) => plan.planHash.slice(0, 12)).join(" or ")} in ${said}`).toBeDefined();
  return found!;
}

/** Everything that a message shows. */
export const wordsOf = (message: Message): string => `${message.text}\n${JSON.stringify(message.blocks)}`;

/** The button with this label. */
export function button(message: { blocks: readonly Block[] }, label: string | RegExp): { id: string; value: string } {
  const buttons = elementsOf(message.blocks)
    .filter(({ element }) => element.type === "button")
    .map(({ element: e }) => ({ id: e.action_id, text: (e.text as { text: string }).text, value: String(e.value) }));
  const found = buttons.find(({ text }) => (typeof label === "string" ? text === label : label.test(text)));
  expect(found, `a button ${label} among ${buttons.map((b) => b.text).join(", ")}`).toBeDefined();
  return found!;
}
