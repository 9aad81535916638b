import { z } from "zod";
import { refuseMessage } from "../../blocks/validate.ts";
import { withIds } from "../block-ids.ts";
import { Refused, refuse } from "../refused.ts";
import { fileJson } from "../wire.ts";
import { joinedChannel, type Method, needs, threadOf } from "./method.ts";

const completed = z.array(z.object({ id: z.string(), title: z.string().optional() })).min(1);

const getUploadURLExternal: Method = {
  tier: "tier4",
  scopes: needs("files:write"),
  call(args, site) {
    const { world } = site;
    const name = args.text("filename");
    const file = { id: world.newId("F"), name, title: name, user: world.bot.id, size: args.count("length", 0) };
    world.files.set(file.id, { ...file, channels: [] });
    const ticket = world.newSecret();
    site.uploads.set(ticket, file.id);
    return { upload_url: `${site.origin}/upload/v1/${ticket}`, file_id: file.id };
  },
};

const completeUploadExternal: Method = {
  tier: "tier4",
  scopes: needs("files:write"),
  call(args, site) {
    const { world } = site;
    const listed = completed.safeParse(args.json("files", "invalid_arguments"));
    if (!listed.success) throw new Refused("invalid_arguments");
    const files = listed.data.map(({ id, title }) => {
      const file = world.files.get(id);
      if (file?.bytes === undefined) throw new Refused("file_not_found");
      if (file.channels.length > 0) throw new Refused("file_already_shared");
      return { file, title };
    });
    const channelId = args.maybe("channel_id");
    const blocks = args.json("blocks", "invalid_blocks_format");
    const text = args.maybe("initial_comment") ?? "";
    if (channelId !== undefined) {
      const channel = joinedChannel(site, channelId);
      const threadTs = threadOf(site, channel, args.maybe("thread_ts"));
      refuse(refuseMessage({ text, blocks, withFiles: true }));
      for (const { file, title } of files) {
        file.title = title ?? file.title;
        file.channels.push(channel.id);
      }
      const author = { user: world.bot.id, team: world.team.id, isFromApp: true };
      const shared = files.map((f) => f.file);
      world.post(channel, { ...author, text, blocks: withIds(blocks, world), threadTs, files: shared });
    }
    return { files: files.map(({ file }) => fileJson(file, site.origin)) };
  },
};

export const FILES: Readonly<Record<string, Method>> = {
  "files.getUploadURLExternal": getUploadURLExternal,
  "files.completeUploadExternal": completeUploadExternal,
};
