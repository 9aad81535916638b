import { LIMITS } from "../../blocks/limits.ts";
import { type Chunk, refuseChunks, refuseMessage } from "../../blocks/validate.ts";
import type { Arguments } from "../arguments.ts";
import { withIds } from "../block-ids.ts";
import { Refused, refuse } from "../refused.ts";
import type { Site } from "../site.ts";
import type { Block, Message, Stream } from "../world.ts";
import { sessionKey } from "../world.ts";
import { metadataOf } from "./chat.ts";
import { joinedChannel, type Method, needs, ownMessage, threadOf } from "./method.ts";
import { setSession } from "./sessions.ts";

function shapeOf(args: Arguments): Stream["shape"] {
  if (args.maybe("markdown_text") !== undefined) return "markdown_text";
  return args.maybe("chunks") === undefined ? undefined : "chunks";
}

function chunksOf(args: Arguments): readonly Chunk[] {
  const markdown = args.maybe("markdown_text");
  const chunks = args.json("chunks", "invalid_chunks_format");
  if (markdown !== undefined && chunks !== undefined) throw new Refused("markdown_text_conflict");
  const given = markdown === undefined ? (chunks ?? []) : [{ type: "markdown_text", text: markdown }];
  refuse(refuseChunks(given));
  return given as Chunk[];
}

interface Content {
  readonly text: string;
  readonly blocks: readonly Block[];
}

/** What a reader sees after these chunks: the plan above, then text and blocks in their order. */
function append(before: Content, chunks: readonly Chunk[], site: Site): Content {
  let { text } = before;
  let blocks = [...before.blocks];
  for (const chunk of chunks) {
    switch (chunk.type) {
      case "markdown_text": {
        const last = blocks.at(-1);
        text += chunk.text;
        if (last?.type === "markdown") blocks[blocks.length - 1] = { ...last, text: `${last.text}${chunk.text}` };
        else blocks.push(...withIds([{ type: "markdown", text: chunk.text }], site.world));
        break;
      }
      case "plan_update":
        blocks = withPlan(blocks, site, (plan) => ({ ...plan, title: chunk.title }));
        break;
      case "task_update":
        blocks = withPlan(blocks, site, (plan) => ({ ...plan, tasks: withTask(plan.tasks as Block[], chunk, site) }));
        break;
      case "blocks":
        blocks.push(...withIds(chunk.blocks, site.world));
        break;
      default:
        chunk satisfies never;
    }
  }
  if (text.length > LIMITS.markdownCharacters) throw new Refused("msg_too_long");
  const shown = blocks.filter((b) => b.type !== "plan");
  if (shown.length > 0) refuse(refuseMessage({ blocks: shown }));
  return { text, blocks };
}

function extend(message: Message, chunks: readonly Chunk[], site: Site): void {
  Object.assign(message, append(message, chunks, site));
  message.stream!.lastAppendMs = Date.now();
  site.world.announce({ kind: "other" });
}

function withPlan(blocks: readonly Block[], site: Site, change: (plan: Block) => Block): Block[] {
  const plan = blocks.find((b) => b.type === "plan");
  if (plan !== undefined) return blocks.map((b) => (b === plan ? change(plan) : b));
  return [change(withIds([{ type: "plan", title: "Plan", tasks: [] }], site.world)[0]!), ...blocks];
}

/** A task is known by its id; a new title or status replaces, details and output are added to. */
function withTask(tasks: readonly Block[], chunk: Extract<Chunk, { type: "task_update" }>, site: Site): Block[] {
  const known = tasks.find((t) => t.task_id === chunk.id);
  const added = (name: "details" | "output"): object => {
    const text = `${known?.[name] ?? ""}${chunk[name] ?? ""}`;
    return text === "" ? {} : { [name]: text };
  };
  const { id: task_id, title, status, sources } = chunk;
  const task = { type: "task_card", task_id, title, status, ...added("details"), ...added("output") };
  const filled = { ...withIds([{ ...known, ...task, ...(sources ? { sources } : {}) }], site.world)[0]! };
  return known === undefined ? [...tasks, filled] : tasks.map((t) => (t === known ? filled : t));
}

/** The stream that the call goes on with, if it still goes on. */
function streaming(args: Arguments, site: Site): Message {
  const channel = joinedChannel(site, args.text("channel"));
  const message = ownMessage(site, channel, args.text("ts"), "message_not_owned_by_app");
  const { stream } = message;
  if (stream === undefined) throw new Refused("message_not_in_streaming_state");
  const { streamIdleMs, streamMs } = site.settings;
  const isOver = Date.now() - stream.lastAppendMs > streamIdleMs || Date.now() - stream.startedMs > streamMs;
  if (stream.state === "in_progress" && isOver) stream.state = "expired";
  if (stream.state === "stopped") throw new Refused("stopped_by_user");
  if (stream.state !== "in_progress") throw new Refused("message_not_in_streaming_state");
  const shape = shapeOf(args);
  stream.shape ??= shape;
  if (shape !== undefined && shape !== stream.shape) throw new Refused("streaming_mode_mismatch");
  return message;
}

const startStream: Method = {
  tier: "tier2",
  scopes: needs("chat:write"),
  call(args, site) {
    const { world } = site;
    const channel = joinedChannel(site, args.text("channel"));
    const threadTs = threadOf(site, channel, args.text("thread_ts"));
    if (channel.kind !== "im") {
      for (const field of ["recipient_user_id", "recipient_team_id"])
        if (args.maybe(field) === undefined) throw new Refused(`missing_${field}`);
      if (!channel.members.has(args.text("recipient_user_id"))) throw new Refused("user_not_in_channel");
    }
    const taskDisplayMode = args.maybe("task_display_mode") ?? "timeline";
    if (!["timeline", "plan"].includes(taskDisplayMode)) throw new Refused("invalid_arguments");
    const content = append({ text: "", blocks: [] }, chunksOf(args), site);
    const startedMs = Date.now();
    const shape = shapeOf(args);
    const stream = { state: "in_progress" as const, startedMs, lastAppendMs: startedMs, shape, taskDisplayMode };
    const author = { user: world.bot.id, team: world.team.id, isFromApp: true };
    const message = world.post(channel, { ...author, ...content, threadTs, stream });
    world.statuses.delete(sessionKey(channel.id, threadTs));
    return { channel: channel.id, ts: message.ts };
  },
};

const appendStream: Method = {
  tier: "tier4",
  scopes: needs("chat:write"),
  call(args, site) {
    const message = streaming(args, site);
    const chunks = chunksOf(args);
    if (chunks.length === 0) throw new Refused("no_text");
    extend(message, chunks, site);
    return { channel: message.channel, ts: message.ts };
  },
};

const stopStream: Method = {
  tier: "tier2",
  scopes: needs("chat:write"),
  call(args, site) {
    const message = streaming(args, site);
    const last = args.json("blocks", "invalid_blocks_format");
    const blocks = last === undefined ? [] : [{ type: "blocks", blocks: last } as Chunk];
    if (last !== undefined) refuse(refuseChunks(blocks));
    const metadata = metadataOf(args);
    extend(message, [...chunksOf(args), ...blocks], site);
    if (metadata !== undefined) message.metadata = metadata;
    message.stream!.state = "completed";
    const status = args.maybe("session_status");
    if (status !== undefined) setSession(site, message.channel, message.threadTs, status);
    return { channel: message.channel, ts: message.ts };
  },
};

export const STREAMS: Readonly<Record<string, Method>> = {
  "chat.startStream": startStream,
  "chat.appendStream": appendStream,
  "chat.stopStream": stopStream,
};
