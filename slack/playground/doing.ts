import { z } from "zod";
import { escaped } from "../blocks/escape.ts";
import type { LocalSlack } from "../local/local-slack.ts";
import { OK, type Outcome } from "../local/outcome.ts";
import type { Person } from "../local/person.ts";
import type { View } from "../local/views.ts";
import type { Channel, Message } from "../local/world.ts";
import type { Doing } from "./protocol.ts";

/** What a page may send in one go: a configuration or a log, not a data set. */
const FILE_BYTES = 1024 * 1024;

const entry = z.union([z.string(), z.array(z.string())]);
const inRoom = { room: z.string(), ts: z.string() };
const dropped = z.strictObject({
  name: z.string().min(1).max(255),
  base64: z.base64().max(Math.ceil(FILE_BYTES / 3) * 4, "a file may have 1 MiB here"),
});
export const doing: z.ZodType<Doing> = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.literal("say"),
    room: z.string(),
    thread: z.string().optional(),
    text: z.string(),
    files: z.array(dropped).max(10).optional(),
  }),
  z.strictObject({ type: z.literal("edit"), ...inRoom, text: z.string().min(1) }),
  z.strictObject({
    type: z.literal("press"),
    on: z.union([z.strictObject(inRoom), z.strictObject({ view: z.string() })]),
    action: z.string(),
    entry: entry.optional(),
  }),
  z.strictObject({ type: z.literal("submit"), entries: z.record(z.string(), entry) }),
  z.strictObject({ type: z.literal("dismiss") }),
  z.strictObject({ type: z.literal("shortcut"), id: z.string(), ...inRoom }),
  z.strictObject({ type: z.literal("open"), tab: z.enum(["home", "messages"]) }),
  z.strictObject({ type: z.literal("stop"), ...inRoom }),
]);

/** Does what a person asked the page for, as Slack's own page would. */
export async function perform(asked: Doing, person: Person, slack: LocalSlack): Promise<Outcome> {
  switch (asked.type) {
    case "say":
      return say(asked, person, slack);
    case "edit":
      person.edit(messageOf(asked, person, slack), typed(asked.text, slack));
      return OK;
    case "press":
      return person.click(placeOf(asked.on, person, slack), asked.action, asked.entry);
    case "submit":
      return person.submit(asked.entries);
    case "dismiss":
      return person.dismiss();
    case "shortcut":
      return person.shortcut(asked.id, messageOf(asked, person, slack));
    case "open":
      person.openHome(asked.tab);
      return OK;
    case "stop":
      person.stop(messageOf(asked, person, slack));
      return OK;
    default:
      return asked satisfies never;
  }
}

const COMMAND = /^(\/[a-z0-9_-]+)(?:\s+([\s\S]*))?$/;

async function say(asked: Extract<Doing, { type: "say" }>, person: Person, slack: LocalSlack): Promise<Outcome> {
  const room = roomOf(asked.room, slack);
  const [, command, words = ""] = COMMAND.exec(asked.text.trim()) ?? [];
  if (command !== undefined) {
    if (asked.thread !== undefined)
      return { ok: false, failed: `${command} is not supported in threads. Sorry! Mention the app instead.` };
    return person.command(room, command, words);
  }
  const files = (asked.files ?? []).map((f) => ({ name: f.name, bytes: Buffer.from(f.base64, "base64") }));
  const thread = asked.thread === undefined ? undefined : slack.world.find(room, asked.thread);
  person.say(room, typed(asked.text, slack), { ...(thread && { thread }), files });
  return OK;
}

/** As Slack's own page sends it: markup characters escaped, names of people as mentions. */
function typed(text: string, { world }: LocalSlack): string {
  return escaped(text).replace(/(?<![\w@])@([a-z0-9._-]+)/gi, (whole, name: string) => {
    const user = [...world.users.values()].find((u) => u.name.toLowerCase() === name.toLowerCase());
    return user === undefined ? whole : `<@${user.id}>`;
  });
}

function roomOf(id: string, { world }: LocalSlack): Channel {
  const room = world.channels.get(id);
  if (room === undefined) throw new Error(`there is no conversation "${id}"`);
  return room;
}

function messageOf({ room, ts }: { room: string; ts: string }, person: Person, slack: LocalSlack): Message {
  const message = person.sees(roomOf(room, slack)).find((m) => m.ts === ts);
  if (message === undefined) throw new Error("that message is gone");
  return message;
}

function placeOf(on: Extract<Doing, { type: "press" }>["on"], person: Person, slack: LocalSlack): Message | View {
  if ("ts" in on) return messageOf(on, person, slack);
  const view = [person.modal, person.home].find((v) => v?.id === on.view || on.view === v?.type);
  if (view === undefined) throw new Error("that form is closed");
  return view;
}
