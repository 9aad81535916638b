import type { ResponseTarget, Site } from "./site.ts";
import { messageJson } from "./wire.ts";
import type { Message, User } from "./world.ts";

/** The parts that the payloads of a person's interactions share. */
export class Payloads {
  readonly #user: User;
  readonly #site: Site;

  constructor(user: User, site: Site) {
    this.#user = user;
    this.#site = site;
  }

  get who() {
    const { world } = this.#site;
    const { id, name, teamId } = this.#user;
    return {
      user: { id, username: name, name, team_id: teamId },
      team: { id: world.team.id, domain: world.team.domain },
      api_app_id: world.appId,
      token: "verification-token-is-deprecated",
      enterprise: null,
      is_enterprise_install: false,
    };
  }

  placeOf(message: Message) {
    const { world } = this.#site;
    const channel = world.channels.get(message.channel)!;
    const isEphemeral = message.visibleTo !== undefined;
    const target = { channelId: channel.id, userId: this.#user.id, threadTs: message.threadTs, message };
    return {
      container: { type: "message", message_ts: message.ts, channel_id: channel.id, is_ephemeral: isEphemeral },
      channel: { id: channel.id, name: channel.kind === "im" ? "directmessage" : channel.name },
      message: messageJson(message, world),
      response_url: this.newResponseUrl(target),
    };
  }

  newTrigger(): string {
    const { triggers, world } = this.#site;
    return triggers.add(`${world.newId("")}.${world.newSecret()}`, this.#user.id);
  }

  newResponseUrl(target: ResponseTarget): string {
    const { origin, responses, world } = this.#site;
    return `${origin}/response/${responses.add(world.newSecret(), target)}`;
  }
}
