import type { EventName } from "../manifest.ts";
import type { Delivery } from "./delivery.ts";
import { channelType, messageJson } from "./wire.ts";
import type { Change, Channel, Message, World } from "./world.ts";

const MESSAGE_EVENT = {
  public: "message.channels",
  private: "message.groups",
  im: "message.im",
} as const satisfies Record<Channel["kind"], EventName>;

/** Tells the app what happened in the channels that it is in; its own messages too, as Slack does. */
export function tellApp(world: World, delivery: Delivery): (change: Change) => void {
  return (change) => {
    if (change.kind === "other" || change.message.visibleTo !== undefined) return;
    const channel = world.channels.get(change.message.channel)!;
    if (!channel.members.has(world.bot.id)) return;
    const where = { channel: channel.id, channel_type: channelType(channel) };
    const name = MESSAGE_EVENT[channel.kind];
    switch (change.kind) {
      case "posted":
        return tellPosted(change.message, channel, world, delivery);
      case "edited": {
        const ts = world.newTs();
        const [message, previous_message] = [change.message, change.before].map((m) => messageJson(m, world));
        const hidden = { type: "message", subtype: "message_changed", hidden: true };
        return delivery.event(name, { ...hidden, ...where, ts, event_ts: ts, message, previous_message }, channel);
      }
      case "deleted": {
        const ts = world.newTs();
        const previous_message = messageJson(change.message, world);
        const hidden = { type: "message", subtype: "message_deleted", hidden: true, deleted_ts: change.message.ts };
        return delivery.event(name, { ...hidden, ...where, ts, event_ts: ts, previous_message }, channel);
      }
      default:
        return change satisfies never;
    }
  };
}

/** A mention arrives twice, as app_mention and as message, with one ts. */
function tellPosted(message: Message, channel: Channel, world: World, delivery: Delivery): void {
  const json = {
    ...messageJson(message, world),
    channel: channel.id,
    event_ts: message.ts,
    ...(message.isFromApp ? {} : { client_msg_id: world.newId("client-") }),
  };
  const isMention = message.text.includes(`<@${world.bot.id}>`) && !message.isFromApp && channel.kind !== "im";
  if (isMention) delivery.event("app_mention", { ...json, type: "app_mention" }, channel);
  delivery.event(MESSAGE_EVENT[channel.kind], { ...json, channel_type: channelType(channel) }, channel);
}
