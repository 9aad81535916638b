import { WebAPIPlatformError, WebAPIRateLimitedError, type WebClient } from "@slack/web-api";
import type { Message } from "../blocks/message.ts";
import type { Where } from "../incoming.ts";
import type { Key } from "../store/outbox.ts";
import type { Opened } from "./settle.ts";
import type { Found, Sent } from "./worker.ts";

const EVENT = "ml_architect_step";
/** Errors of Slack's own that pass; every other refusal is for good. */
const PASSING = ["internal_error", "fatal_error", "service_unavailable", "team_added_to_org"];
export const isPassing = (error: WebAPIPlatformError): boolean => PASSING.includes(error.data.error);
const LATER_SECONDS = 5;
/** Most apps get fifteen at a time, once a minute: no second page is asked for, so the first begins where it must. */
const LOOKED_AT = 200;

/** How a call of Slack ended, as the outbox counts it; what nobody knows is thrown. */
export async function ended(call: () => Promise<unknown>): Promise<Sent> {
  try {
    return { type: "sent", answer: await call() };
  } catch (error) {
    if (error instanceof WebAPIRateLimitedError) return { type: "later", seconds: error.retryAfter };
    if (!(error instanceof WebAPIPlatformError)) throw error;
    return isPassing(error) ? { type: "later", seconds: LATER_SECONDS } : { type: "refused", why: error.data.error };
  }
}

const marked = (key: Key) => ({
  unfurl_links: false,
  unfurl_media: false,
  metadata: { event_type: EVENT, event_payload: { ...key } },
});

/**
 * Posts into a thread, marked with its place in the outbox. The client must be made with `retries: 0` and
 * `rejectRateLimitedCalls`: by itself it repeats a call that may have succeeded, and the outbox knows better.
 */
export const post = (client: WebClient, { channel, thread }: Where, message: Message, key: Key): Promise<Sent> =>
  ended(async () => {
    const { ts } = await client.chat.postMessage({ channel, thread_ts: thread, ...message, ...marked(key) });
    return { ts };
  });

/** Posts the first message of a thread. A person's id as the channel is their direct message with us. */
export const postRoot = (client: WebClient, channel: string, text: string, key: Key): Promise<Sent> =>
  ended(async (): Promise<Opened> => {
    const posted = await client.chat.postMessage({ channel, text, ...marked(key) });
    return { channel: posted.channel ?? channel, thread: posted.ts! };
  });

/**
 * The message of a place in the outbox, where it was posted and may be looked for: reading a channel is an optional
 * scope, and most apps may read once a minute. A limit is waited for; without the scope one duplicate is possible.
 */
export const findPost = (client: WebClient, where: Where, key: Key, after: string): Promise<Found> =>
  looked(
    isMarked(key),
    (page) => repliesOf(client, where, page, after),
    ({ ts }) => ({ ts }),
  );

/** A file of this name in a thread, with the same care. */
export const findFile = (client: WebClient, where: Where, name: string, after: string): Promise<Found> =>
  looked(
    ({ files = [] }) => files.some((file) => file.name === name),
    (page) => repliesOf(client, where, page, after),
    ({ ts }) => ({ ts }),
  );

/** The same for a root, which is in no thread. In a direct message we cannot look: its channel is not known yet. */
export const findRoot = (client: WebClient, { channel }: Where, key: Key): Promise<Found> =>
  looked(
    isMarked(key),
    (page) => client.conversations.history({ channel, ...page }),
    ({ ts }): Opened => ({ channel, thread: ts! }),
  );

const repliesOf = (client: WebClient, { channel, thread }: Where, page: Page, after: string) =>
  client.conversations.replies({ channel, ts: thread, oldest: after, ...page });

interface Page {
  include_all_metadata: true;
  limit: number;
}

interface Seen {
  ts?: string;
  metadata?: unknown;
  files?: { name?: string | null }[];
}

const isMarked =
  (key: Key) =>
  ({ metadata }: Seen): boolean => {
    const { event_type: type, event_payload: at } = (metadata ?? {}) as {
      event_type?: string;
      event_payload?: Partial<Key>;
    };
    return type === EVENT && at?.run === key.run && at.revision === key.revision && at.step === key.step;
  };

async function looked(
  isIt: (seen: Seen) => boolean,
  read: (page: Page) => Promise<{ messages?: Seen[] }>,
  answer: (seen: Seen) => unknown,
): Promise<Found> {
  try {
    const { messages = [] } = await read({ include_all_metadata: true, limit: LOOKED_AT });
    const found = messages.find(isIt);
    return found ? { type: "found", answer: answer(found) } : { type: "absent" };
  } catch (error) {
    if (error instanceof WebAPIRateLimitedError) return { type: "later", seconds: error.retryAfter };
    if (error instanceof WebAPIPlatformError && !isPassing(error)) return { type: "absent" };
    throw error;
  }
}
