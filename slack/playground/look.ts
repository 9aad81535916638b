import type { LocalSlack } from "../local/local-slack.ts";
import type { Person } from "../local/person.ts";
import type { View } from "../local/views.ts";
import type { Channel, Message } from "../local/world.ts";
import type { Manifest } from "../manifest.ts";
import type { Seen, SeenMessage, SeenPrompt, SeenRoom, SeenSession, SeenView } from "./protocol.ts";

/** Rooms that a person may open: public ones, and their own private ones and direct message. */
export const roomsOf = (person: Person, slack: LocalSlack): Channel[] =>
  [...slack.world.channels.values()].filter((c) => c.kind === "public" || c.members.has(person.user.id));

export function look(person: Person, slack: LocalSlack, { features }: Manifest): Seen {
  const { world } = slack;
  const { home, modal } = person;
  const rooms = roomsOf(person, slack);
  return {
    me: person.user.id,
    bot: world.bot.id,
    people: [...world.users.values()].map(({ id, name }) => ({ id, name })),
    rooms: rooms.map((room) => seenRoom(room, person, world.bot.id)),
    sessions: rooms.flatMap((room) => sessionsOf(room, slack)),
    prompts: promptsOf(person.directMessage, slack) ?? features.agent_view.suggested_prompts,
    home: home?.blocks,
    modal: modal && seenView(modal),
    commands: features.slash_commands.map((c) => ({ command: c.command, hint: c.usage_hint })),
    shortcuts: features.shortcuts.filter((s) => s.type === "message").map((s) => ({ id: s.callback_id, name: s.name })),
  };
}

function seenRoom(room: Channel, person: Person, bot: string): SeenRoom {
  const { id, name, kind, isExternal, members } = room;
  const order = person.sees(room).map((m) => m.ts);
  return { id, name, kind, isExternal, hasApp: members.has(bot), isMember: members.has(person.user.id), order };
}

export const seenMessage = (message: Message): SeenMessage => ({
  ts: message.ts,
  room: message.channel,
  thread: message.threadTs,
  user: message.user,
  isFromApp: message.isFromApp,
  isForMeOnly: message.visibleTo !== undefined,
  isEdited: message.editedTs !== undefined && !message.isFromApp,
  isGrowing: message.stream?.state === "in_progress",
  text: message.text,
  blocks: message.blocks,
  files: message.files.map(({ id, name, title, size }) => ({ id, name, title, size })),
});

function sessionsOf(room: Channel, { world }: LocalSlack): SeenSession[] {
  const prefix = `${room.id}/`;
  const keys = new Set([...world.sessions.keys(), ...world.statuses.keys()].filter((key) => key.startsWith(prefix)));
  return [...keys].map((key) => {
    const [state, status] = [world.sessions.get(key), world.statuses.get(key)];
    return {
      room: room.id,
      thread: key.slice(prefix.length),
      ...(state === undefined ? {} : { state }),
      ...(status === undefined ? {} : { status }),
    };
  });
}

const promptsOf = (room: Channel, { world }: LocalSlack): readonly SeenPrompt[] | undefined =>
  world.suggestedPrompts.get(`${room.id}/`) as readonly SeenPrompt[] | undefined;

function seenView({ id, blocks, fields, errors }: View): SeenView {
  const words = (name: string): string | undefined => (fields[name] as { text: string } | null | undefined)?.text;
  return {
    id,
    blocks,
    title: words("title") ?? "",
    submit: words("submit"),
    close: words("close") ?? "Close",
    errors,
  };
}
