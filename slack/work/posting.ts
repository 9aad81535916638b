import { WebAPIPlatformError, WebAPIRateLimitedError, type WebClient } from "@slack/web-api";
import type { Message } from "../blocks/message.ts";
import type { Where } from "../incoming.ts";
import type { Key } from "../store/outbox.ts";
import type { Found, Sent } from "./worker.ts";

const EVENT = "ml_architect_step";
/** Errors of Slack's own that pass; every other refusal is for good. */
const PASSING = ["internal_error", "fatal_error", "service_unavailable", "team_added_to_org"];
const LATER_SECONDS = 5;
/** A thread of ours is shorter; a lookup that needs a second page costs a minute of most apps' rate. */
const LOOKED_AT = 200;

/**
 * Posts into a thread, marked with its place in the outbox. The client must be made with `retries: 0` and
 * `rejectRateLimitedCalls`: by itself it repeats a call that may have succeeded, and the outbox knows better.
 */
export async function post(client: WebClient, { channel, thread }: Where, message: Message, key: Key): Promise<Sent> {
  try {
    const { ts } = await client.chat.postMessage({
      channel,
      thread_ts: thread,
      ...message,
      unfurl_links: false,
      unfurl_media: false,
      metadata: { event_type: EVENT, event_payload: { ...key } },
    });
    return { type: "sent", answer: { ts } };
  } catch (error) {
    return refusalOf(error);
  }
}

/** What Slack surely did not do; an error that says less is thrown on. */
export function refusalOf(error: unknown): Exclude<Sent, { type: "sent" }> {
  if (error instanceof WebAPIRateLimitedError) return { type: "later", seconds: error.retryAfter };
  if (!(error instanceof WebAPIPlatformError)) throw error;
  const { error: why } = error.data;
  return PASSING.includes(why) ? { type: "later", seconds: LATER_SECONDS } : { type: "refused", why };
}

/** The message of a place in the outbox, where it was posted and may be looked for. */
export const findPost = (client: WebClient, where: Where, key: Key): Promise<Found> =>
  findReply(client, where, ({ metadata }) => {
    const { event_type: type, event_payload: at } = (metadata ?? {}) as {
      event_type?: string;
      event_payload?: Partial<Key>;
    };
    return type === EVENT && at?.run === key.run && at.revision === key.revision && at.step === key.step;
  });

/** As far as we look at a message of a thread. */
export interface ThreadMessage {
  ts?: string;
  metadata?: unknown;
  files?: { name?: string | null }[];
}

/**
 * A message of a thread: reading a channel is an optional scope, and most apps may read once a minute. A limit is waited
 * for; without the scope one duplicate is possible.
 */
export async function findReply(
  client: WebClient,
  { channel, thread }: Where,
  isIt: (message: ThreadMessage) => boolean,
): Promise<Found> {
  try {
    const { messages = [] } = await client.conversations.replies({
      channel,
      ts: thread,
      include_all_metadata: true,
      limit: LOOKED_AT,
    });
    const found = messages.find(isIt);
    return found ? { type: "found", answer: { ts: found.ts } } : { type: "absent" };
  } catch (error) {
    if (error instanceof WebAPIRateLimitedError) return { type: "later", seconds: error.retryAfter };
    if (error instanceof WebAPIPlatformError && !PASSING.includes(error.data.error)) return { type: "absent" };
    throw error;
  }
}
