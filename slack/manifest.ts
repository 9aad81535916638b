import { parse } from "yaml";
import { z } from "zod";
import { AdvisorError } from "../src/index.ts";

/** The scope that each event needs before Slack delivers it; null where none is needed. */
export const EVENT_SCOPES = {
  agent_session_stopped: "assistant:write",
  app_home_opened: null,
  app_mention: "app_mentions:read",
  app_uninstalled: null,
  "message.channels": "channels:history",
  "message.groups": "groups:history",
  "message.im": "im:history",
  tokens_revoked: null,
} as const;
export type EventName = keyof typeof EVENT_SCOPES;

const url = z.url({ protocol: /^https?$/ });
const eventNames = Object.keys(EVENT_SCOPES) as [EventName, ...EventName[]];

/** Lengths and counts: docs.slack.dev/reference/app-manifest. */
const shape = z.strictObject({
  _metadata: z.strictObject({ major_version: z.literal(2), minor_version: z.int() }),
  display_information: z.strictObject({
    name: z.string().min(1).max(35),
    description: z.string().max(140),
    long_description: z.string().min(174).max(4000),
    background_color: z.string().regex(/^#[0-9a-f]{6}$/i),
  }),
  features: z.strictObject({
    app_home: z.strictObject({
      home_tab_enabled: z.boolean(),
      messages_tab_enabled: z.boolean(),
      messages_tab_read_only_enabled: z.boolean(),
    }),
    bot_user: z.strictObject({ display_name: z.string().regex(/^[a-z0-9._-]{1,80}$/), always_online: z.boolean() }),
    agent_view: z.strictObject({
      agent_description: z.string().min(1).max(300),
      suggested_prompts: z.array(z.strictObject({ title: z.string().min(1), message: z.string().min(1) })).max(4),
    }),
    shortcuts: z
      .array(
        z.strictObject({
          name: z.string().min(1).max(24),
          type: z.enum(["message", "global"]),
          callback_id: z.string().min(1).max(255),
          description: z.string().max(150),
        }),
      )
      .max(10),
    slash_commands: z
      .array(
        z.strictObject({
          command: z.string().regex(/^\/[a-z0-9_-]{1,31}$/),
          description: z.string().min(1).max(2000),
          usage_hint: z.string().max(1000),
          should_escape: z.boolean(),
          url: url.optional(),
        }),
      )
      .max(50),
  }),
  oauth_config: z.strictObject({
    scopes: z.strictObject({ bot: z.array(z.string()).min(1).max(255), bot_optional: z.array(z.string()) }),
  }),
  settings: z.strictObject({
    event_subscriptions: z.strictObject({ request_url: url.optional(), bot_events: z.array(z.enum(eventNames)) }),
    interactivity: z.strictObject({ is_enabled: z.literal(true), request_url: url.optional() }),
    org_deploy_enabled: z.boolean(),
    socket_mode_enabled: z.boolean(),
    token_rotation_enabled: z.literal(false, "token rotation cannot be switched off again: leave it off"),
  }),
});
export type Manifest = z.infer<typeof shape>;

/** Faults that no field shows alone: a feature or an event without its scope, a variant without its addresses. */
const manifest = shape.superRefine((m, context) => {
  const fail = (path: string[], message: string): void => context.addIssue({ code: "custom", path, message });
  const { bot, bot_optional } = m.oauth_config.scopes;
  const scopes = [...bot, ...bot_optional];
  for (const s of scopes.filter((x, i) => scopes.indexOf(x) !== i)) fail(["oauth_config", "scopes"], `"${s}" twice`);
  for (const event of m.settings.event_subscriptions.bot_events) {
    const needed = EVENT_SCOPES[event];
    if (needed !== null && !scopes.includes(needed))
      fail(["settings", "event_subscriptions", "bot_events"], `"${event}" needs the scope "${needed}"`);
  }
  if (!bot.includes("assistant:write")) fail(["features", "agent_view"], 'needs the scope "assistant:write"');
  if (!bot.includes("commands")) fail(["features", "slash_commands"], 'need the scope "commands"');
  const { socket_mode_enabled, event_subscriptions, interactivity } = m.settings;
  const addresses = [event_subscriptions, interactivity].map((x) => x.request_url);
  addresses.push(...m.features.slash_commands.map((c) => c.url));
  if (!socket_mode_enabled && addresses.includes(undefined))
    fail(["settings", "socket_mode_enabled"], "without Socket Mode, events, interactivity and commands need addresses");
});

/** Reads `manifest.yml`. */
export function parseManifest(yaml: string): Manifest {
  const read = manifest.safeParse(parse(yaml));
  if (read.success) return read.data;
  const faults = read.error.issues.map((i) => `${i.path.join(".")}: ${i.message}`).join("; ");
  throw new AdvisorError("invalid-input", `manifest.yml is not a Slack manifest: ${faults}`, "Correct these lines.");
}

/** The variant for a load balancer: the same app, with every request sent to one address. */
export function overHttp(m: Manifest, requestUrl: string): Manifest {
  return manifest.parse({
    ...m,
    features: {
      ...m.features,
      slash_commands: m.features.slash_commands.map((c) => ({ ...c, url: requestUrl })),
    },
    settings: {
      ...m.settings,
      event_subscriptions: { ...m.settings.event_subscriptions, request_url: requestUrl },
      interactivity: { ...m.settings.interactivity, request_url: requestUrl },
      socket_mode_enabled: false,
    },
  });
}
