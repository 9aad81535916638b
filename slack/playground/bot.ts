import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { catalog } from "../../src/index.ts";
import { startBot } from "../app/bot.ts";
import { citedHosts } from "../app/hosts.ts";
import { logOf } from "../app/log.ts";
import { effects } from "../effects/effects.ts";
import { openGithub } from "../github/client.ts";
import { repositoriesIn } from "../github/setting.ts";
import { LocalGithub } from "../github-local/local-github.ts";
import type { Manifest } from "../manifest.ts";
import { drawingThread } from "../pictures/drawing-thread.ts";
import { thinkingThreads } from "../work/thinking.ts";
import type { Playground } from "./playground.ts";

/** Two, so that a person is asked which. */
const REPOSITORIES = ["acme/tickets", "acme/models"];

export interface PlaygroundBot {
  /** Where what the bot proposes can be cloned from. */
  readonly cloneUrl: string;
  stop(): Promise<void>;
}

/** The bot against the playground's Slack and a GitHub beside it, as a team would run it; all is gone when it stops. */
export async function startPlaygroundBot({ slack, people }: Playground, manifest: Manifest): Promise<PlaygroundBot> {
  const folder = mkdtempSync(join(tmpdir(), "ml-architect-playground-"));
  const secrets = [randomBytes(32).toString("hex")] as const;
  const now = (): Date => new Date();
  const threads = thinkingThreads(1, { secrets });
  const opened: (() => Promise<unknown>)[] = [() => threads.close()];
  const close = async (): Promise<void> => {
    for (const each of opened.reverse()) await each();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const local = await LocalGithub.start({ folder: join(folder, "repositories") });
    opened.push(() => local.close());
    for (const name of REPOSITORIES) await local.addRepository(name, { files: { "README.md": `# ${name}\n` } });
    const github = openGithub({
      apiUrl: local.apiUrl,
      credential: { type: "token", token: local.token(REPOSITORIES) },
      allowed: REPOSITORIES.map((repository) => ({ repository })),
      workflows: false,
    });
    const bot = await startBot({
      botToken: slack.tokens.bot,
      transport: { type: "socket", appToken: slack.tokens.app, connections: 2 },
      place: { folder: join(folder, "data") },
      secrets,
      policy: { connect: false, burst: 100, perHour: 1000 },
      admins: [people[0]!.user.id],
      repositoriesIn: (channel, chosen) => repositoriesIn(github.setting, channel, chosen),
      hosts: citedHosts(catalog),
      prompts: manifest.features.agent_view.suggested_prompts,
      catalog,
      effects: (parts) => effects({ ...parts, github }),
      think: threads.think,
      planner: threads.planner,
      draw: drawingThread(),
      concurrency: 4,
      retentionDays: 1,
      // The terminal shows the page's address, and what went wrong.
      log: logOf({ level: "error", secrets, write: (line) => console.error(line), now }),
      now,
      slackApiUrl: slack.apiUrl,
    });
    opened.push(() => bot.stop());
    return { cloneUrl: local.cloneUrl(REPOSITORIES[0]!), stop: close };
  } catch (error) {
    await close();
    throw error;
  }
}
