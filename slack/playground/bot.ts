import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { catalog } from "../../src/index.ts";
import { startBot } from "../app/bot.ts";
import { logOf } from "../app/log.ts";
import type { Manifest } from "../manifest.ts";
import type { Playground } from "./playground.ts";

/** The bot against the playground's Slack, as a team would run it; what it keeps is gone when it stops. */
export async function startPlaygroundBot(
  { slack, people }: Playground,
  manifest: Manifest,
): Promise<{ stop(): Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), "ml-architect-playground-"));
  const forget = (): void => rmSync(folder, { recursive: true, force: true });
  const secret = randomBytes(32).toString("hex");
  const now = (): Date => new Date();
  const bot = await startBot({
    botToken: slack.tokens.bot,
    transport: { type: "socket", appToken: slack.tokens.app, connections: 2 },
    place: { folder: join(folder, "data") },
    secrets: [secret],
    policy: { connect: false, burst: 100, perHour: 1000 },
    admins: [people[0]!.user.id],
    repositories: [],
    hosts: ["huggingface.co", "github.com"],
    prompts: manifest.features.agent_view.suggested_prompts,
    catalog,
    effects: () => ({
      send: async () => ({ type: "refused", why: "not in the playground" }),
      find: async () => ({ type: "absent" }),
    }),
    concurrency: 4,
    retentionDays: 1,
    // The terminal shows the page's address, and what went wrong.
    log: logOf({ level: "error", secrets: [secret], write: (line) => console.error(line), now }),
    now,
    slackApiUrl: slack.apiUrl,
  }).catch((error: unknown) => {
    forget();
    throw error;
  });
  return {
    async stop() {
      await bot.stop();
      forget();
    },
  };
}
