import type { Arguments } from "../arguments.ts";
import { Refused } from "../refused.ts";
import type { Site } from "../site.ts";
import { channelJson, messageJson, userJson } from "../wire.ts";
import type { Channel, Message } from "../world.ts";
import { joinedChannel, knownChannel, type Method, needs, needsByKind, page } from "./method.ts";

/** Apps outside the Marketplace read this many messages at a time, since 2025-05-29. */
const HISTORY_PAGE = 15;

function messagesJson(messages: readonly Message[], args: Arguments, site: Site): Record<string, unknown>[] {
  const withMetadata = args.flag("include_all_metadata");
  return messages.map((m) => ({
    ...messageJson(m, site.world),
    ...(withMetadata && m.metadata !== undefined ? { metadata: m.metadata } : {}),
  }));
}

/** `oldest`, `latest` and `inclusive`, on messages that history knows: ephemeral ones are not among them. */
function within(channel: Channel, args: Arguments): Message[] {
  const [oldest, latest] = [args.maybe("oldest"), args.maybe("latest")];
  const isInclusive = args.flag("inclusive");
  return channel.messages
    .filter((m) => m.visibleTo === undefined)
    .filter((m) => oldest === undefined || m.ts > oldest || (isInclusive && m.ts === oldest))
    .filter((m) => latest === undefined || m.ts < latest || (isInclusive && m.ts === latest));
}

const replies: Method = {
  tier: "history",
  scopes: needsByKind("history"),
  call(args, site) {
    const channel = joinedChannel(site, args.text("channel"));
    const parent = site.world.find(channel, args.text("ts"));
    if (parent === undefined) throw new Refused("thread_not_found");
    const root = parent.threadTs ?? parent.ts;
    const thread = within(channel, args).filter((m) => m.ts === root || m.threadTs === root);
    const { items, hasMore, response_metadata } = page(thread, args, HISTORY_PAGE, HISTORY_PAGE);
    return { messages: messagesJson(items, args, site), has_more: hasMore, response_metadata };
  },
};

const history: Method = {
  tier: "history",
  scopes: needsByKind("history"),
  call(args, site) {
    const channel = joinedChannel(site, args.text("channel"));
    const roots = within(channel, args).filter((m) => m.threadTs === undefined);
    const { items, hasMore, response_metadata } = page(roots.reverse(), args, HISTORY_PAGE, HISTORY_PAGE);
    return { messages: messagesJson(items, args, site), has_more: hasMore, response_metadata };
  },
};

const open: Method = {
  tier: "tier3",
  scopes: needs("im:write", "mpim:write"),
  call(args, site) {
    const id = args.text("users");
    const user = site.world.users.get(id);
    if (user === undefined || id === site.world.bot.id) throw new Refused("user_not_found");
    return { channel: { id: site.world.directMessage(user).id } };
  },
};

export const CONVERSATIONS: Readonly<Record<string, Method>> = {
  "conversations.info": {
    tier: "tier3",
    scopes: needsByKind("read"),
    call: (args, site) => ({ channel: channelJson(knownChannel(site, args.text("channel")), site.world) }),
  },
  "conversations.members": {
    tier: "tier4",
    scopes: needsByKind("read"),
    call: (args, site) => {
      const members = [...knownChannel(site, args.text("channel")).members];
      const { items, response_metadata } = page(members, args, 1000, 100);
      return { members: items, response_metadata };
    },
  },
  "conversations.replies": replies,
  "conversations.history": history,
  "conversations.open": open,
  "users.info": {
    tier: "tier4",
    scopes: needs("users:read"),
    call: (args, site) => {
      const user = site.world.users.get(args.text("user"));
      if (user === undefined) throw new Refused("user_not_found");
      return { user: userJson(user, site.world) };
    },
  },
};
