import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { catalog } from "../../src/index.ts";
import { effects } from "../effects/effects.ts";
import { githubSetting, pagesHost, repositoriesIn } from "../github/setting.ts";
import { parseManifest } from "../manifest.ts";
import { collectSooner } from "../memory.ts";
import { drawingThread } from "../pictures/drawing-thread.ts";
import { thinkingThreads } from "../work/thinking.ts";
import { type Bot, startBot } from "./bot.ts";
import { readEnvironment } from "./environment.ts";
import { citedHosts } from "./hosts.ts";
import { logOf } from "./log.ts";
import { secretIn } from "./secret.ts";

/** Threads of people worked on at once: they wait for Slack most of the time. */
const CONCURRENCY = 8;

/** `ml-architect slack`: the bot, as the environment says, until it is told to stop. */
export async function main(env: Readonly<Record<string, string | undefined>>): Promise<void> {
  const read = readEnvironment(env);
  const secret = read.secret ?? (await secretIn((read.place as { folder: string }).folder));
  const secrets: readonly [string, ...string[]] = [secret, ...read.earlierSecrets];
  const { transport } = read;
  const given = githubSetting(env);
  // Most bots never speak to GitHub: octokit is loaded for those that do.
  const github = given && (await import("../github/client.ts")).openGithub(given);
  const log = logOf({
    level: read.logLevel,
    secrets: [
      ...secrets,
      read.botToken,
      transport.type === "http" ? transport.signingSecret : transport.appToken,
      ...(given ? [given.credential.type === "app" ? given.credential.privateKey : given.credential.token] : []),
      ...("url" in read.place ? [read.place.url, decodeURIComponent(new URL(read.place.url).password)] : []),
    ],
    write: (line) => process.stderr.write(`${line}\n`),
    now: () => new Date(),
  });
  const manifest = parseManifest(
    readFileSync(new URL("manifest.yml", import.meta.resolve("ml-architect/package.json")), "utf8"),
  );
  collectSooner();
  // One processor is left to what Slack waits for.
  const threads = thinkingThreads(Math.max(1, availableParallelism() - 1), { secrets });
  // Heard from here on: who reads that it has started may end it the next moment.
  const signalled = toldToStop();
  const bot = await startBot({
    ...read,
    ...("folder" in read.place ? { place: { folder: join(read.place.folder, "database"), inThread: true } } : {}),
    secrets,
    hosts: [...citedHosts(catalog), ...(given ? [pagesHost(given)] : []), ...read.hosts],
    prompts: manifest.features.agent_view.suggested_prompts,
    repositoriesIn: (channel, chosen) => repositoriesIn(github?.setting, channel, chosen),
    catalog,
    effects: (parts) => effects({ ...parts, github }),
    think: threads.think,
    planner: threads.planner,
    draw: drawingThread(),
    concurrency: CONCURRENCY,
    log,
    now: () => new Date(),
  }).catch(async (error: unknown) => {
    await threads.close();
    throw error;
  });
  await signalled(bot);
  await threads.close();
}

/** Listens for signals. What it gives lasts until one has come and the bot has ended; what is asked twice ends at once. */
function toldToStop(): (bot: Bot) => Promise<void> {
  let running: { bot: Bot; resolve(): void; reject(error: unknown): void } | undefined;
  let isStopping = false;
  const stop = (signal: "SIGTERM" | "SIGINT"): void => {
    // Before it has started there is nothing to finish.
    if (!running || isStopping) process.exit(signal === "SIGTERM" ? 143 : 130);
    isStopping = true;
    running.bot.stop().then(running.resolve, running.reject);
  };
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
  return (bot) =>
    new Promise((resolve, reject) => {
      running = { bot, resolve, reject };
    });
}
