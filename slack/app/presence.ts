import { WebAPIPlatformError, WebAPIRateLimitedError, type WebClient } from "@slack/web-api";
import type { Where } from "../incoming.ts";

/** What the session of a thread says of us: at work, waiting for an answer, or at rest. */
export type Status = "processing" | "suspended" | "active";

export interface Presence {
  /** Never fails, and nobody waits for it. */
  set(where: Where, status: Status): void;
  /** Until all that was set has been said. */
  settled(): Promise<void>;
}

const MOST_WAIT_SECONDS = 60;

/** Sessions where Slack has them; before, only a line under the thread. */
export function presenceOf(client: WebClient): Presence {
  let hasSessions = true;
  // The last word for a thread counts: what was overtaken is not said.
  const wanted = new Map<string, Status>();
  let last: Promise<void> = Promise.resolve();

  const say = async ({ channel, thread }: Where, status: Status): Promise<void> => {
    const at = { channel_id: channel, thread_ts: thread };
    if (hasSessions)
      try {
        await client.agents.sessions.setStatus({ ...at, status });
        return;
      } catch (error) {
        if (!(error instanceof WebAPIPlatformError) || error.data.error !== "unknown_method") throw error;
        hasSessions = false;
      }
    // An empty line takes it away.
    await client.assistant.threads.setStatus({ ...at, status: status === "processing" ? "is working on it…" : "" });
  };

  const set = (where: Where, status: Status): void => {
    const key = `${where.channel}/${where.thread}`;
    wanted.set(key, status);
    last = last.then(async () => {
      if (wanted.get(key) !== status) return;
      wanted.delete(key);
      await say(where, status).catch((error: unknown) => {
        // Rest has to be said in the end, or the thread looks busy for ever.
        if (status === "processing" || !(error instanceof WebAPIRateLimitedError)) return;
        const again = Math.min(error.retryAfter, MOST_WAIT_SECONDS) * 1000;
        setTimeout(() => void (wanted.has(key) || set(where, status)), again).unref();
      });
    });
  };
  return { set, settled: () => last };
}
