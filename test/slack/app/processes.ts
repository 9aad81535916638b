import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { LocalSlack } from "../../../slack/local/local-slack.ts";

const MAIN = fileURLToPath(new URL("../../../dist/cli/main.js", import.meta.url));

export interface Life {
  child: ChildProcess;
  /** Where health is told, once it has started. */
  healthPort(): number;
  log(): string;
  /** False where it ended before it was ready. */
  started: Promise<boolean>;
  ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
}

/** The bot as people run it, from its build. */
export function spawnBot(slack: LocalSlack, env: Record<string, string>): Life {
  const child = spawn(process.execPath, [MAIN, "slack"], {
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      PATH: process.env.PATH,
      SLACK_BOT_TOKEN: slack.tokens.bot,
      SLACK_APP_TOKEN: slack.tokens.app,
      SLACK_API_URL: slack.apiUrl,
      ML_ARCHITECT_HEALTH_PORT: "0",
      ...env,
    },
  });
  let log = "";
  child.stdout.on("data", (text) => (log += text));
  child.stderr.on("data", (text) => (log += text));
  const ended = new Promise<Awaited<Life["ended"]>>((resolve) =>
    child.on("close", (code, signal) => resolve({ code, signal })),
  );
  const ready = new Promise<boolean>((resolve) =>
    child.stderr.on("data", () => log.includes('"event":"started"') && resolve(true)),
  );
  const healthPort = (): number => Number(/"event":"started".*"healthPort":(\d+)/.exec(log)?.[1]);
  return { child, healthPort, log: () => log, started: Promise.race([ready, ended.then(() => false)]), ended };
}
