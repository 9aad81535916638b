import { z } from "zod";
import { refuseMessage } from "../../blocks/validate.ts";
import type { Arguments } from "../arguments.ts";
import { withIds } from "../block-ids.ts";
import { Refused, refuse } from "../refused.ts";
import type { Site } from "../site.ts";
import { messageJson } from "../wire.ts";
import { sessionKey } from "../world.ts";
import { joinedChannel, knownChannel, type Method, needs, ownMessage, threadOf } from "./method.ts";

const metadataShape = z.strictObject({
  event_type: z.string().min(1),
  event_payload: z.record(z.string(), z.unknown()),
});

/** Text, blocks and metadata of a message, refused as Slack refuses them. */
function content(args: Arguments, site: Site, isUpdate: boolean) {
  const markdown = args.maybe("markdown_text");
  const given = args.json("blocks", "invalid_blocks_format");
  if (markdown !== undefined && (given !== undefined || args.maybe("text") !== undefined))
    throw new Refused("markdown_text_conflict");
  const blocks = markdown === undefined ? given : [{ type: "markdown", text: markdown }];
  const text = args.maybe("text") ?? "";
  refuse(refuseMessage({ text, blocks, isUpdate }));
  return { text, blocks: blocks === undefined ? undefined : withIds(blocks, site.world), metadata: metadataOf(args) };
}

export function metadataOf(args: Arguments): unknown {
  const metadata = args.json("metadata", "invalid_metadata_format");
  if (metadata !== undefined && !metadataShape.safeParse(metadata).success)
    throw new Refused("invalid_metadata_schema");
  return metadata;
}

const postMessage: Method = {
  tier: "posting",
  isCountedByChannel: true,
  scopes: needs("chat:write"),
  call(args, site) {
    const { world } = site;
    const person = world.users.get(args.text("channel"));
    // A person's id stands for the direct message with them, here and nowhere else.
    const channel = person === undefined ? joinedChannel(site, args.text("channel")) : world.directMessage(person);
    const threadTs = threadOf(site, channel, args.maybe("thread_ts"));
    const author = { user: world.bot.id, team: world.team.id, isFromApp: true };
    const { blocks = [], ...rest } = content(args, site, false);
    const message = world.post(channel, { ...author, ...rest, blocks, threadTs });
    // A posted answer ends the "is thinking" line of its thread.
    world.statuses.delete(sessionKey(channel.id, threadTs));
    return { channel: channel.id, ts: message.ts, message: messageJson(message, world) };
  },
};

const update: Method = {
  tier: "tier3",
  scopes: needs("chat:write"),
  call(args, site) {
    const { world } = site;
    const channel = joinedChannel(site, args.text("channel"));
    const message = ownMessage(site, channel, args.text("ts"), "cant_update_message");
    if (message.stream?.state === "in_progress") throw new Refused("streaming_state_conflict");
    const { text, blocks, metadata } = content(args, site, true);
    // What is left out stays: an empty list of blocks takes them away.
    const shown = { text: text === "" ? message.text : text, blocks: blocks ?? message.blocks };
    world.edit(message, { ...shown, ...(metadata === undefined ? {} : { metadata }) }, world.bot.id);
    return { channel: channel.id, ts: message.ts, text: message.text, message: messageJson(message, world) };
  },
};

const remove: Method = {
  tier: "tier3",
  scopes: needs("chat:write"),
  call(args, site) {
    const channel = joinedChannel(site, args.text("channel"));
    const message = ownMessage(site, channel, args.text("ts"), "cant_delete_message");
    if (message.stream?.state === "in_progress") throw new Refused("cant_delete_message");
    site.world.remove(message);
    return { channel: channel.id, ts: message.ts };
  },
};

const postEphemeral: Method = {
  tier: "tier4",
  scopes: needs("chat:write"),
  call(args, site) {
    const { world } = site;
    const channel = joinedChannel(site, args.text("channel"));
    const visibleTo = args.text("user");
    if (!channel.members.has(visibleTo)) throw new Refused("user_not_in_channel");
    const threadTs = threadOf(site, channel, args.maybe("thread_ts"));
    const author = { user: world.bot.id, team: world.team.id, isFromApp: true };
    const { text, blocks = [] } = content(args, site, false);
    return { message_ts: world.post(channel, { ...author, text, blocks, threadTs, visibleTo }).ts };
  },
};

const getPermalink: Method = {
  tier: "special",
  scopes: needs(),
  call(args, site) {
    const channel = knownChannel(site, args.text("channel"));
    const ts = args.text("message_ts");
    if (site.world.find(channel, ts) === undefined) throw new Refused("message_not_found");
    return { channel: channel.id, permalink: `${site.origin}/archives/${channel.id}/p${ts.replace(".", "")}` };
  },
};

export const CHAT: Readonly<Record<string, Method>> = {
  "chat.postMessage": postMessage,
  "chat.update": update,
  "chat.delete": remove,
  "chat.postEphemeral": postEphemeral,
  "chat.getPermalink": getPermalink,
};
