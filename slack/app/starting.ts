import { setTimeout as pause } from "node:timers/promises";
import { WebAPIPlatformError, WebAPIRateLimitedError } from "@slack/web-api";
import { AdvisorError } from "../../src/index.ts";
import { isPassing } from "../work/posting.ts";

/** A limit or an outage shorter than this is waited for: who starts many processes at once meets both. */
export const PATIENCE_SECONDS = 60;
const FIRST_WAIT_SECONDS = 0.5;
const LONGEST_WAIT_SECONDS = 10;

/** Tokens by their variable, and where each is found. */
const TOKENS = {
  SLACK_BOT_TOKEN: "Copy the Bot User OAuth Token again: api.slack.com/apps → your app → OAuth & Permissions.",
  SLACK_APP_TOKEN:
    "Copy or generate it again: api.slack.com/apps → your app → Basic Information → App-Level Tokens, with the scope connections:write.",
} as const;

export interface Starting {
  patienceSeconds: number;
  /** Hears of what is tried again. */
  failed(error: unknown): void;
}

/** A call of Slack that a start hangs on: repeated while Slack is away or asks to wait, and in the end said in words. */
export async function begin<T>(
  token: keyof typeof TOKENS,
  call: () => Promise<T>,
  { patienceSeconds, failed }: Starting,
): Promise<T> {
  const untilMs = performance.now() + patienceSeconds * 1000;
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await call();
    } catch (error) {
      const seconds = waitOf(error, attempt);
      if (seconds === undefined || performance.now() + seconds * 1000 > untilMs)
        throw trouble(error, token, patienceSeconds);
      failed(error);
      await pause(seconds * 1000);
    }
  }
}

/** Seconds until another try may succeed; undefined where none will. */
function waitOf(error: unknown, attempt: number): number | undefined {
  if (error instanceof WebAPIRateLimitedError) return error.retryAfter;
  if (error instanceof WebAPIPlatformError && !isPassing(error)) return undefined;
  return Math.min(LONGEST_WAIT_SECONDS, FIRST_WAIT_SECONDS * 2 ** attempt);
}

function trouble(cause: unknown, token: keyof typeof TOKENS, patienceSeconds: number): AdvisorError {
  if (cause instanceof WebAPIRateLimitedError)
    return new AdvisorError(
      "outside-failed",
      `Slack asks this bot to wait ${cause.retryAfter} seconds before it starts`,
      "Start it again after that. Is something starting it over and over, or does another process use the same token?",
      cause,
    );
  if (cause instanceof WebAPIPlatformError && !isPassing(cause))
    return new AdvisorError("invalid-input", `Slack does not take ${token}: ${cause.data.error}`, TOKENS[token], cause);
  return new AdvisorError(
    "outside-failed",
    `Cannot reach Slack, tried for ${patienceSeconds} seconds`,
    "This machine must reach https://slack.com; behind a proxy, Node 24 takes NODE_USE_ENV_PROXY=1 and HTTPS_PROXY.",
    cause,
  );
}
