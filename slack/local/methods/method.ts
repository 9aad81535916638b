import type { Arguments } from "../arguments.ts";
import type { Tier } from "../rate-limits.ts";
import { Refused } from "../refused.ts";
import type { Site } from "../site.ts";
import type { Channel, Message } from "../world.ts";

export interface Method {
  /** `app`: takes the app-level token, as `apps.connections.open` alone does. */
  readonly token?: "app";
  readonly tier: Tier;
  /** Slack counts postings by channel. */
  readonly isCountedByChannel?: boolean;
  /** One of these is enough; none is needed when empty. */
  scopes(args: Arguments, site: Site): readonly string[];
  call(args: Arguments, site: Site): Readonly<Record<string, unknown>>;
}

export const needs =
  (...scopes: string[]) =>
  (): readonly string[] =>
    scopes;

/** The scope of a family (`read`, `history`) for the kind of conversation that the call names. */
export const needsByKind =
  (family: "read" | "history") =>
  (args: Arguments, site: Site): readonly string[] => {
    const kind = site.world.channels.get(args.maybe("channel") ?? "")?.kind;
    if (kind === undefined) return [`channels:${family}`, `groups:${family}`, `im:${family}`];
    return [`${{ public: "channels", private: "groups", im: "im" }[kind]}:${family}`];
  };

/** A conversation that the app may know of: private ones exist for their members only. */
export function knownChannel(site: Site, id: string): Channel {
  const { channels, bot } = site.world;
  const channel = channels.get(id);
  if (channel === undefined || (channel.kind !== "public" && !channel.members.has(bot.id)))
    throw new Refused("channel_not_found");
  return channel;
}

/** A conversation that the app is in. */
export function joinedChannel(site: Site, id: string): Channel {
  const channel = knownChannel(site, id);
  if (!channel.members.has(site.world.bot.id)) throw new Refused("not_in_channel");
  return channel;
}

/** A thread's first message; a reply to a reply is one to the thread. */
export function threadOf(site: Site, channel: Channel, ts: string | undefined): string | undefined {
  if (ts === undefined) return undefined;
  const parent = site.world.find(channel, ts);
  if (parent === undefined) throw new Refused("thread_not_found");
  return parent.threadTs ?? parent.ts;
}

/** A message that the app wrote. */
export function ownMessage(site: Site, channel: Channel, ts: string, error: string): Message {
  const message = site.world.find(channel, ts);
  if (message === undefined) throw new Refused("message_not_found");
  if (!message.isFromApp) throw new Refused(error);
  return message;
}

/** A page of a list and the cursor of the next. */
export function page<T>(all: readonly T[], args: Arguments, most: number, otherwise: number) {
  const start = Number(Buffer.from(args.maybe("cursor") ?? "", "base64url").toString() || 0);
  if (!Number.isInteger(start)) throw new Refused("invalid_cursor");
  const end = start + Math.min(most, args.count("limit", otherwise));
  const hasMore = end < all.length;
  const next_cursor = hasMore ? Buffer.from(String(end)).toString("base64url") : "";
  return { items: all.slice(start, end), hasMore, response_metadata: { next_cursor } };
}
