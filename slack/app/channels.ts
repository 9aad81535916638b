import type { WebClient } from "@slack/web-api";

export interface Channel {
  /** Another company is in it (Slack Connect). */
  isExternal: boolean;
  isPublic: boolean;
}

/** What we know of channels. */
export interface Channels {
  /** Our own user. */
  bot: string;
  /** Undefined where Slack does not tell us: a private channel that we are not in. */
  find(id: string): Promise<Channel | undefined>;
}

/** A channel is shared or made private rarely; what is asked anew every few minutes costs little. */
const KEPT_MS = 5 * 60_000;
const MOST_KEPT = 5_000;

export function channelsOf(client: WebClient, bot: string): Channels {
  const kept = new Map<string, { channel: Channel; untilMs: number }>();
  return {
    bot,
    async find(id) {
      const known = kept.get(id);
      if (known && known.untilMs > Date.now()) return known.channel;
      try {
        const { channel: c } = await client.conversations.info({ channel: id });
        const channel: Channel = {
          isExternal: c?.is_ext_shared === true || c?.is_pending_ext_shared === true,
          isPublic: c?.is_channel === true && c.is_private !== true,
        };
        if (kept.size >= MOST_KEPT) kept.clear();
        kept.set(id, { channel, untilMs: Date.now() + KEPT_MS });
        return channel;
      } catch {
        // Whether we may write there is Slack's to say when we do.
        return undefined;
      }
    },
  };
}
