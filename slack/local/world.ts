import { randomBytes } from "node:crypto";

export interface Team {
  readonly id: string;
  readonly domain: string;
}
export interface User {
  readonly id: string;
  readonly name: string;
  readonly teamId: string;
}
/** A direct message is always one between a person and the app. */
export type ChannelKind = "public" | "private" | "im";
export interface Channel {
  readonly id: string;
  readonly name: string;
  readonly kind: ChannelKind;
  /** Shared with another company through Slack Connect. */
  readonly isExternal: boolean;
  readonly members: Set<string>;
  readonly messages: Message[];
}
export interface SlackFile {
  readonly id: string;
  readonly name: string;
  title: string;
  readonly user: string;
  readonly size: number;
  bytes?: Buffer;
  /** Channels it was shared to; empty until the upload is completed. */
  readonly channels: string[];
}
export interface Stream {
  state: "in_progress" | "completed" | "expired" | "stopped";
  readonly startedMs: number;
  lastAppendMs: number;
  /** What the first call brought is all that later ones may bring; chunks hold every kind. */
  shape?: "markdown_text" | "chunks" | undefined;
  readonly taskDisplayMode: string;
}
export type Block = { readonly type: string; block_id?: string } & Record<string, unknown>;
export interface Message {
  readonly ts: string;
  readonly channel: string;
  readonly user: string;
  readonly team: string;
  readonly isFromApp: boolean;
  text: string;
  blocks: readonly Block[];
  readonly threadTs?: string | undefined;
  metadata?: unknown;
  readonly files: readonly SlackFile[];
  editedTs?: string;
  /** Set on an ephemeral message: only this person sees it, and no method finds it again. */
  readonly visibleTo?: string | undefined;
  stream?: Stream;
}
export type NewMessage = Pick<Message, "user" | "team" | "isFromApp" | "text"> &
  Partial<Pick<Message, "blocks" | "threadTs" | "metadata" | "files" | "visibleTo" | "stream">>;
/** Status of an agent's session in a thread. */
export type SessionStatus = "processing" | "active" | "suspended" | "closed";

/** What happened, for whoever tells the app or shows the page. */
export type Change =
  | { readonly kind: "posted"; readonly message: Message }
  | { readonly kind: "edited"; readonly message: Message; readonly before: Message; readonly by: string }
  | { readonly kind: "deleted"; readonly message: Message }
  | { readonly kind: "other" };

/** The state of one workspace: who is there, what was said. It knows nothing of HTTP, and refuses nothing. */
export class World {
  readonly team: Team = { id: "T0LOCAL", domain: "local" };
  readonly appId = "A0LOCAL";
  readonly bot: User = { id: "U0BOT", name: "ml-architect", teamId: this.team.id };
  readonly botId = "B0LOCAL";
  readonly users = new Map<string, User>([[this.bot.id, this.bot]]);
  readonly channels = new Map<string, Channel>();
  readonly files = new Map<string, SlackFile>();
  readonly sessions = new Map<string, SessionStatus>();
  readonly statuses = new Map<string, string>();
  readonly suggestedPrompts = new Map<string, unknown>();
  readonly #listeners = new Set<(change: Change) => void>();
  #count = 0;
  #lastTsMicros = 0;

  newId(prefix: string): string {
    this.#count += 1;
    return `${prefix}0${this.#count.toString(36).toUpperCase().padStart(6, "0")}`;
  }

  newSecret(): string {
    return randomBytes(12).toString("hex");
  }

  /** Unique and rising, like Slack's: no two messages of a workspace share one here. */
  newTs(): string {
    this.#lastTsMicros = Math.max(this.#lastTsMicros + 1, Date.now() * 1000);
    const micros = String(this.#lastTsMicros);
    return `${micros.slice(0, -6)}.${micros.slice(-6)}`;
  }

  addUser(name: string, teamId = this.team.id): User {
    const user = { id: this.newId("U"), name, teamId };
    this.users.set(user.id, user);
    return user;
  }

  addChannel(name: string, kind: ChannelKind, members: readonly User[], isExternal = false): Channel {
    const id = this.newId(kind === "im" ? "D" : "C");
    const channel: Channel = { id, name, kind, isExternal, members: new Set(members.map((u) => u.id)), messages: [] };
    this.channels.set(id, channel);
    return channel;
  }

  /** The direct message between a person and the app. */
  directMessage(user: User): Channel {
    const open = [...this.channels.values()].find((c) => c.kind === "im" && c.members.has(user.id));
    return open ?? this.addChannel(user.name, "im", [user, this.bot]);
  }

  find(channel: Channel, ts: string): Message | undefined {
    return channel.messages.find((m) => m.ts === ts && m.visibleTo === undefined);
  }

  post(channel: Channel, draft: NewMessage): Message {
    const message: Message = {
      blocks: [],
      files: [],
      ...draft,
      ts: this.newTs(),
      channel: channel.id,
    };
    channel.messages.push(message);
    this.announce({ kind: "posted", message });
    return message;
  }

  edit(message: Message, content: Partial<Pick<Message, "text" | "blocks" | "metadata">>, by: string): void {
    const before = { ...message };
    Object.assign(message, content);
    message.editedTs = this.newTs();
    this.announce({ kind: "edited", message, before, by });
  }

  remove(message: Message): void {
    const { messages } = this.channels.get(message.channel)!;
    messages.splice(messages.indexOf(message), 1);
    this.announce({ kind: "deleted", message });
  }

  onChange(listener: (change: Change) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  announce(change: Change): void {
    for (const listener of this.#listeners) listener(change);
  }
}

export function sessionKey(channelId: string, threadTs: string | undefined): string {
  return `${channelId}/${threadTs ?? ""}`;
}
