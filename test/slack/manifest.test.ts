import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { type Manifest, overHttp, parseManifest } from "../../slack/manifest.ts";

const yaml = readFileSync(new URL("../../manifest.yml", import.meta.url), "utf8");
const changed = (change: (m: Manifest) => void): string => {
  const m = parse(yaml) as Manifest;
  change(m);
  return stringify(m);
};

test("the manifest asks for no more than the scopes it can explain", () => {
  const { scopes } = parseManifest(yaml).oauth_config;
  expect(scopes.bot).toEqual([
    "app_mentions:read",
    "assistant:write",
    "channels:read",
    "chat:write",
    "commands",
    "files:write",
    "groups:read",
    "im:history",
  ]);
  expect(scopes.bot_optional).toEqual(["channels:history", "groups:history", "files:read"]);
  for (const scope of [...scopes.bot, ...scopes.bot_optional])
    expect(yaml, `${scope} has its reason beside it`).toMatch(new RegExp(`- ${scope} # \\w+`));
});

test("Socket Mode is on, token rotation off, and the app is an agent rather than an assistant", () => {
  const m = parseManifest(yaml);
  expect(m.settings.socket_mode_enabled).toBe(true);
  expect(m.settings.token_rotation_enabled).toBe(false);
  expect(m.features).toHaveProperty("agent_view");
  expect(m.features).not.toHaveProperty("assistant_view");
});

test("the HTTP variant sends events, clicks and commands to one address and changes nothing else", () => {
  const socket = parseManifest(yaml);
  const http = overHttp(socket, "https://bots.example.org/slack/events");
  expect(http.settings.socket_mode_enabled).toBe(false);
  expect(http.settings.event_subscriptions.request_url).toBe("https://bots.example.org/slack/events");
  expect(http.settings.interactivity.request_url).toBe("https://bots.example.org/slack/events");
  expect(http.features.slash_commands.map((c) => c.url)).toEqual(["https://bots.example.org/slack/events"]);
  expect(http.oauth_config).toEqual(socket.oauth_config);
  expect(http.settings.event_subscriptions.bot_events).toEqual(socket.settings.event_subscriptions.bot_events);
});

test.each<[string, (m: Manifest) => void, RegExp]>([
  [
    "an event without its scope",
    (m) => m.oauth_config.scopes.bot.splice(7, 1),
    /"message.im" needs the scope "im:history"/,
  ],
  ["an agent without assistant:write", (m) => m.oauth_config.scopes.bot.splice(1, 1), /assistant:write/],
  [
    "a shortcut name that Slack cuts",
    (m) => {
      m.features.shortcuts[0]!.name = "Design from these messages";
    },
    /shortcuts/,
  ],
  [
    "HTTP without addresses",
    (m) => {
      m.settings.socket_mode_enabled = false;
    },
    /need addresses/,
  ],
  ["a field that Slack does not know", (m) => Object.assign(m.settings, { socket_mode: true }), /Unrecognized key/],
  ["token rotation", (m) => Object.assign(m.settings, { token_rotation_enabled: true }), /leave it off/],
])("%s is refused with its place", (_, change, message) => {
  expect(() => parseManifest(changed(change))).toThrow(message);
});
