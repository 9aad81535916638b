import type { Channel, Message, SlackFile, User, World } from "./world.ts";

/** Our state as Slack writes it in JSON. */
export function messageJson(message: Message, world: World): Record<string, unknown> {
  const files = message.files.map((f) => fileJson(f, ""));
  return {
    type: "message",
    ...(files.length > 0 ? { subtype: "file_share", files, upload: true } : {}),
    user: message.user,
    ...(message.isFromApp ? { bot_id: world.botId, app_id: world.appId } : {}),
    team: message.team,
    ts: message.ts,
    text: message.text,
    ...(message.blocks.length > 0 ? { blocks: message.blocks } : {}),
    ...(message.threadTs === undefined
      ? {}
      : { thread_ts: message.threadTs, parent_user_id: parentOf(message, world) }),
    ...(message.editedTs === undefined ? {} : { edited: { user: message.user, ts: message.editedTs } }),
    ...(message.stream === undefined ? {} : { streaming_state: message.stream.state }),
  };
}

function parentOf(message: Message, world: World): string | undefined {
  return world.channels.get(message.channel)?.messages.find((m) => m.ts === message.threadTs)?.user;
}

export function channelJson(channel: Channel, world: World): Record<string, unknown> {
  const person = [...channel.members].find((id) => id !== world.bot.id);
  return {
    id: channel.id,
    ...(channel.kind === "im" ? { user: person } : { name: channel.name, name_normalized: channel.name }),
    is_channel: channel.kind === "public",
    is_group: false,
    is_im: channel.kind === "im",
    is_private: channel.kind !== "public",
    is_member: channel.members.has(world.bot.id),
    is_archived: false,
    is_shared: channel.isExternal,
    is_ext_shared: channel.isExternal,
    is_org_shared: false,
    context_team_id: world.team.id,
    num_members: channel.members.size,
  };
}

export function userJson(user: User, world: World): Record<string, unknown> {
  return {
    id: user.id,
    team_id: user.teamId,
    name: user.name,
    real_name: user.name,
    is_bot: user.id === world.bot.id,
    deleted: false,
    profile: { real_name: user.name, display_name: user.name },
  };
}

export function fileJson(file: SlackFile, origin: string): Record<string, unknown> {
  return {
    id: file.id,
    name: file.name,
    title: file.title,
    user: file.user,
    size: file.size,
    mode: "hosted",
    filetype: file.name.split(".").at(-1),
    channels: file.channels,
    url_private: `${origin}/files-pri/${file.id}/${encodeURIComponent(file.name)}`,
    url_private_download: `${origin}/files-pri/${file.id}/download/${encodeURIComponent(file.name)}`,
    permalink: `${origin}/files/${file.id}`,
  };
}

/** How an event names the kind of conversation. */
export function channelType(channel: Channel): "channel" | "group" | "im" {
  return ({ public: "channel", private: "group", im: "im" } as const)[channel.kind];
}
