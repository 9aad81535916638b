import { z } from "zod";
import type { Dropped } from "../incoming.ts";

/** Who did something, and where: every delivery has these. */
interface From {
  /** Slack's name of the delivery: the same when it comes again. */
  id: string;
  team: string;
  person: string;
}

/** By block. */
type Entered = Readonly<Record<string, string>>;

/** A delivery by Slack, as far as we look at it. Addresses and triggers live seconds and are never kept. */
export type Heard =
  | (From & {
      type: "message";
      channel: string;
      ts: string;
      /** Of its thread's first message; absent where it is none's reply. */
      thread?: string;
      /** Who began that thread, where Slack says so. */
      parent?: string;
      text: string;
      files?: Dropped[];
      kind: "mention" | "direct" | "overheard";
      isExternal: boolean;
    })
  | (From & {
      type: "edited";
      channel: string;
      ts: string;
      thread?: string;
      text: string;
      isDirect: boolean;
      isExternal: boolean;
    })
  | { type: "deleted"; team: string; channel: string; ts: string }
  | (From & { type: "command"; channel: string; text: string; trigger: string; respondAt: string })
  | (From & { type: "shortcut"; channel: string; thread: string; ts: string; text: string; respondAt: string })
  | (From & {
      type: "pressed";
      /** Absent on the Home tab. */
      channel?: string;
      /** Absent where only the person who clicked sees the message. */
      thread?: string;
      action: string;
      value: string;
      trigger: string;
      respondAt?: string;
    })
  | (From & { type: "submitted"; callback: string; target: string; values: Entered; labels: Entered })
  | (From & { type: "stopped"; channel: string; thread: string })
  | (From & { type: "home"; channel: string; tab: string })
  | { type: "gone"; team: string }
  | { type: "nothing" };

const nothing: Heard = { type: "nothing" };
const text = z.string().default("");

const event = z.looseObject({ type: z.string(), subtype: z.string().optional(), bot_id: z.string().optional() });
const callback = z.object({
  type: z.literal("event_callback"),
  event_id: z.string(),
  team_id: z.string(),
  is_ext_shared_channel: z.boolean().default(false),
  event,
});
const message = z.object({
  channel: z.string(),
  channel_type: z.string().optional(),
  user: z.string(),
  ts: z.string(),
  thread_ts: z.string().optional(),
  parent_user_id: z.string().optional(),
  text,
  files: z
    .array(z.object({ name: z.string(), size: z.number(), url_private: z.string() }))
    .catch([])
    .optional(),
});
const changed = z.object({
  channel: z.string(),
  channel_type: z.string().optional(),
  message: z.object({
    user: z.string(),
    bot_id: z.string().optional(),
    ts: z.string(),
    thread_ts: z.string().optional(),
    text,
  }),
  previous_message: z.object({ text }),
});
const deleted = z.object({ channel: z.string(), deleted_ts: z.string() });
const stopped = z.object({ channel: z.string(), user: z.string(), thread_ts: z.string() });
const revoked = z.object({ tokens: z.object({ bot: z.array(z.string()).default([]) }) });
const home = z.object({ channel: z.string(), user: z.string(), tab: z.string() });

const command = z.object({
  command: z.string(),
  team_id: z.string(),
  channel_id: z.string(),
  user_id: z.string(),
  text,
  trigger_id: z.string(),
  response_url: z.string(),
});

const who = { team: z.object({ id: z.string() }), user: z.object({ id: z.string() }) };
const shortcut = z.object({
  type: z.literal("message_action"),
  callback_id: z.literal("design_from_message"),
  ...who,
  channel: z.object({ id: z.string() }),
  message: z.object({ ts: z.string(), thread_ts: z.string().optional(), text }),
  trigger_id: z.string(),
  response_url: z.string(),
});
const actions = z.object({
  type: z.literal("block_actions"),
  ...who,
  trigger_id: z.string(),
  response_url: z.string().optional(),
  container: z.object({ is_ephemeral: z.boolean().default(false) }),
  channel: z.object({ id: z.string() }).optional(),
  message: z.object({ ts: z.string(), thread_ts: z.string().optional() }).optional(),
  actions: z.array(z.object({ action_id: z.string(), value: z.string().default("") })).min(1),
});
const entered = z.object({
  value: z.string().nullish(),
  selected_option: z.object({ value: z.string(), text: z.object({ text: z.string() }) }).nullish(),
});
const submission = z.object({
  type: z.literal("view_submission"),
  ...who,
  view: z.object({
    id: z.string(),
    hash: z.string(),
    callback_id: z.string(),
    private_metadata: text,
    state: z.object({ values: z.record(z.string(), z.record(z.string(), entered)) }),
  }),
});

/** Slack's body in our words; what we do not listen to is nothing. */
export function heard(body: unknown): Heard {
  const found = callback.safeParse(body);
  if (found.success) return event_(found.data);
  return interaction(body) ?? nothing;
}

function event_({
  event: e,
  event_id: id,
  team_id: team,
  is_ext_shared_channel: isExternal,
}: z.infer<typeof callback>): Heard {
  switch (e.type) {
    case "app_mention":
    case "message":
      return e.type === "message" && e.subtype !== undefined && !SAID.includes(e.subtype)
        ? changedMessage(e, id, team, isExternal)
        : said(e, id, team, isExternal);
    case "agent_session_stopped": {
      const { data } = stopped.safeParse(e);
      return data
        ? { type: "stopped", id, team, person: data.user, channel: data.channel, thread: data.thread_ts }
        : nothing;
    }
    case "app_home_opened": {
      const { data } = home.safeParse(e);
      return data ? { type: "home", id, team, person: data.user, channel: data.channel, tab: data.tab } : nothing;
    }
    case "app_uninstalled":
      return { type: "gone", team };
    case "tokens_revoked":
      // People's own tokens may go; ours is the workspace's.
      return (revoked.safeParse(e).data?.tokens.bot.length ?? 0) > 0 ? { type: "gone", team } : nothing;
    default:
      return nothing;
  }
}

/** Messages of people, though they have a subtype: with a file, and a reply that is shown in the channel too. */
const SAID = ["file_share", "thread_broadcast"];

function said(e: z.infer<typeof event>, id: string, team: string, isExternal: boolean): Heard {
  const { data } = message.safeParse(e);
  // Programs talk too, we among them: answering them never ends.
  if (!data || e.bot_id !== undefined) return nothing;
  const kind = e.type === "app_mention" ? "mention" : data.channel_type === "im" ? "direct" : "overheard";
  const { channel, ts, thread_ts, parent_user_id: parent, user: person, text: words } = data;
  return {
    type: "message",
    id,
    team,
    person,
    channel,
    ts,
    ...(thread_ts === undefined ? {} : { thread: thread_ts }),
    ...(parent === undefined ? {} : { parent }),
    text: words,
    ...(data.files && data.files.length > 0
      ? { files: data.files.map(({ name, size, url_private: url }) => ({ name, size, url })) }
      : {}),
    kind,
    isExternal,
  };
}

function changedMessage(e: z.infer<typeof event>, id: string, team: string, isExternal: boolean): Heard {
  if (e.subtype === "message_deleted") {
    const { data } = deleted.safeParse(e);
    return data ? { type: "deleted", team, channel: data.channel, ts: data.deleted_ts } : nothing;
  }
  if (e.subtype !== "message_changed") return nothing;
  const { data } = changed.safeParse(e);
  // A preview of a link, or a reply below, changes a message too: its words are as they were.
  if (!data || data.message.bot_id !== undefined || data.message.text === data.previous_message.text) return nothing;
  const { ts, thread_ts, user: person, text: words } = data.message;
  return {
    type: "edited",
    id,
    team,
    person,
    channel: data.channel,
    ts,
    ...(thread_ts === undefined ? {} : { thread: thread_ts }),
    text: words,
    isDirect: data.channel_type === "im",
    isExternal,
  };
}

function interaction(body: unknown): Heard | undefined {
  const asCommand = command.safeParse(body).data;
  if (asCommand) {
    const {
      trigger_id: trigger,
      team_id: team,
      user_id: person,
      channel_id: channel,
      response_url,
      text: words,
    } = asCommand;
    return { type: "command", id: trigger, team, person, channel, text: words, trigger, respondAt: response_url };
  }
  const asShortcut = shortcut.safeParse(body).data;
  if (asShortcut) {
    const { team, user, channel, message: m, trigger_id: id, response_url: respondAt } = asShortcut;
    const where = { channel: channel.id, thread: m.thread_ts ?? m.ts, ts: m.ts };
    return { type: "shortcut", id, team: team.id, person: user.id, ...where, text: m.text, respondAt };
  }
  const asActions = actions.safeParse(body).data;
  if (asActions) {
    const { team, user, channel, message: m, container, response_url: respondAt, trigger_id: trigger } = asActions;
    const { action_id: action, value } = asActions.actions[0]!;
    return {
      type: "pressed",
      id: trigger,
      team: team.id,
      person: user.id,
      ...(channel ? { channel: channel.id } : {}),
      ...(m && !container.is_ephemeral ? { thread: m.thread_ts ?? m.ts } : {}),
      action,
      value,
      trigger,
      ...(respondAt === undefined ? {} : { respondAt }),
    };
  }
  const asSubmission = submission.safeParse(body).data;
  if (!asSubmission) return undefined;
  const { team, user, view } = asSubmission;
  // A block has one input.
  const entries = Object.entries(view.state.values).map(
    ([block, inputs]) => [block, Object.values(inputs)[0]] as const,
  );
  const of = (read: (entry: z.infer<typeof entered> | undefined) => string | null | undefined): Entered =>
    Object.fromEntries(entries.flatMap(([block, entry]) => (read(entry) ? [[block, read(entry)!]] : [])));
  return {
    type: "submitted",
    // A submission may be sent again without another trigger: the view's hash is one submission's.
    id: `${view.id}.${view.hash}`,
    team: team.id,
    person: user.id,
    callback: view.callback_id,
    target: view.private_metadata,
    values: of((entry) => entry?.value ?? entry?.selected_option?.value),
    labels: of((entry) => entry?.selected_option?.text.text),
  };
}
