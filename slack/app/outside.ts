import type { WebClient } from "@slack/web-api";
import type { Sharing } from "../pictures/share.ts";
import { isNewThread } from "../store/inbox.ts";
import type { Outgoing } from "../store/outbox.ts";
import { findPost, findRoot, post, postRoot } from "../work/posting.ts";
import type { Found, Outside, Sent } from "../work/worker.ts";
import { EXTERNAL } from "./admission.ts";
import type { Channels } from "./channels.ts";
import { type DroppedSetting, readDropped } from "./dropped.ts";
import type { Notes } from "./notes.ts";

export interface OutsideSetting {
  client: WebClient;
  channels: Channels;
  notes: Notes;
  /** Whether we answer in channels that another company sees. */
  connect: boolean;
  /** What does the effects of buttons, and reads repositories. */
  effects: Outside;
  /** Puts charts into threads; left out, there are none. */
  pictures?: Sharing;
  files: DroppedSetting;
}

/** Where Slack does not let us write; the person's direct messages are then the place. */
const CLOSED = ["not_in_channel", "channel_not_found", "is_archived", "restricted_action", "thread_not_found"];

/** What the outbox holds, done in Slack: roots and posts here, effects by whoever performs them. */
export function outsideOf(setting: OutsideSetting): Outside {
  const { client, channels, notes, connect, effects, pictures, files } = setting;
  const openThread: Outside["send"] = async (where, outgoing, key): Promise<Sent> => {
    const { text, person } = outgoing as Extract<Outgoing, { type: "root" }>;
    const { channel, thread } = where;
    const isPerson = /^[UW]/.test(channel);
    const known = isPerson ? undefined : await channels.find(channel);
    if (known?.isExternal && !connect) {
      await notes.tell(key.run, EXTERNAL);
      return { type: "refused", why: "shared with another company" };
    }
    const isOurs = isNewThread(thread);
    const sent = isOurs
      ? await postRoot(client, channel, text, key)
      : await post(client, where, { text, blocks: [] }, key);
    if (sent.type === "sent" && !isOurs) return { type: "sent", answer: { channel, thread } };
    if (sent.type !== "refused" || !CLOSED.includes(sent.why) || isPerson) return sent;
    // Words of a command are the person's own; a message of others stays where we cannot see who reads it.
    if (!isOurs && known?.isPublic !== true) {
      await notes.tell(
        key.run,
        `I am not in this channel, so I cannot answer there. Invite me first: /invite <@${channels.bot}>`,
      );
      return sent;
    }
    const moved = await postRoot(client, person, text, key);
    if (moved.type === "sent")
      await notes.tell(
        key.run,
        `I cannot write in this channel, so I answer in your direct messages with me. To have me here: /invite <@${channels.bot}>`,
      );
    return moved;
  };
  return {
    async send(where, outgoing, key) {
      switch (outgoing.type) {
        case "root":
          return openThread(where, outgoing, key);
        case "post":
          return post(client, where, outgoing.message, key);
        case "effect":
        case "read":
          return effects.send(where, outgoing, key);
        case "pictures":
          return pictures ? pictures.send(where, key) : { type: "refused", why: "nothing draws" };
        case "files":
          return readDropped(outgoing, files);
        default:
          return outgoing satisfies never;
      }
    },
    async find(where, outgoing, key, after): Promise<Found> {
      switch (outgoing.type) {
        case "root": {
          if (isNewThread(where.thread)) return findRoot(client, where, key);
          const found = await findPost(client, where, key, after);
          return found.type === "found"
            ? { type: "found", answer: { channel: where.channel, thread: where.thread } }
            : found;
        }
        case "post":
          return findPost(client, where, key, after);
        case "effect":
        case "read":
          return effects.find(where, outgoing, key, after);
        case "pictures":
          return pictures ? pictures.find(where, key, after) : { type: "absent" };
        case "files":
          // Reading again changes nothing.
          return { type: "absent" };
        default:
          return outgoing satisfies never;
      }
    },
  };
}
