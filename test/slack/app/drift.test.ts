import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { VARIABLES } from "../../../slack/app/environment.ts";
import { LISTENED } from "../../../slack/app/listeners.ts";
import { Arguments } from "../../../slack/local/arguments.ts";
import type { Site } from "../../../slack/local/site.ts";
import { METHODS } from "../../../slack/local/web-api.ts";
import { World } from "../../../slack/local/world.ts";
import { EVENT_SCOPES } from "../../../slack/manifest.ts";
import { MANIFEST } from "../local/apps.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const { bot, bot_optional } = MANIFEST.oauth_config.scopes;

/** Files of the bot that speak to Slack: the local Slack and the playground are not part of it, and GitHub is another. */
const sources = readdirSync(join(ROOT, "slack"), { recursive: true, encoding: "utf8" })
  .map((file) => file.replaceAll("\\", "/"))
  .filter((file) => file.endsWith(".ts") && !/^(?:local|playground|github)\//.test(file))
  .map((file) => readFileSync(join(ROOT, "slack", file), "utf8"));

/** The Web API's methods that the bot calls, as Slack writes them. */
const called = [
  ...new Set([
    ...sources.flatMap((text) =>
      [...text.matchAll(/\bclient\.((?:[a-z][A-Za-z]*\.)+[a-z][A-Za-z]*|filesUploadV2)\(/g)].map((m) => m[1]!),
    ),
    "apps.connections.open",
  ]),
];

/** The library's own names for several methods at once. */
const TOGETHER: Readonly<Record<string, readonly string[]>> = {
  filesUploadV2: ["files.getUploadURLExternal", "files.completeUploadExternal"],
};
const methods = called.flatMap((name) => TOGETHER[name] ?? [name]);

const scopesOf = (name: string): readonly string[] =>
  METHODS[name]!.scopes(new Arguments({}), { world: new World() } as unknown as Site);

test("the manifest subscribes to what is listened to, and the other way round", () => {
  const events = new Set(MANIFEST.settings.event_subscriptions.bot_events.map((name) => name.split(".")[0]));
  expect([...events].sort()).toEqual([...LISTENED.events].sort());
  expect(MANIFEST.features.slash_commands.map((c) => c.command)).toEqual(LISTENED.commands);
  expect(MANIFEST.features.shortcuts.map((s) => s.callback_id)).toEqual(LISTENED.shortcuts);
});

test("every method that the bot calls is one of Slack's, and a scope of the manifest allows it", () => {
  expect(methods).toContain("chat.postMessage");
  expect(methods).toContain("agents.sessions.setStatus");
  expect(methods.filter((name) => METHODS[name] === undefined)).toEqual([]);
  const refused = methods.filter((name) => {
    const needed = scopesOf(name);
    return (
      METHODS[name]!.token !== "app" && needed.length > 0 && !needed.some((s) => [...bot, ...bot_optional].includes(s))
    );
  });
  expect(refused).toEqual([]);
});

test("no scope is asked for that no event, method or feature needs", () => {
  const events = MANIFEST.settings.event_subscriptions.bot_events.map((name) => EVENT_SCOPES[name]);
  // A file's own address is fetched with the bot's token; the command and the shortcut are features.
  const features = ["commands", ...(sources.some((text) => text.includes("url_private")) ? ["files:read"] : [])];
  const used = new Set([...events, ...methods.flatMap(scopesOf), ...features]);
  expect([...bot, ...bot_optional].filter((scope) => !used.has(scope))).toEqual([]);
});

test("docs/slack.md gives a reason for every scope and a line to every variable, and knows no others", () => {
  const guide = readFileSync(join(ROOT, "docs", "slack.md"), "utf8");
  for (const scope of [...bot, ...bot_optional]) expect(guide, scope).toContain(`| \`${scope}\` |`);
  for (const name of Object.keys(VARIABLES)) expect(guide, name).toContain(`| \`${name}\` |`);
  const listed = [...guide.matchAll(/^\| `([A-Z][A-Z_]+)` \|/gm)].map((m) => m[1]!);
  expect(listed.filter((name) => !(name in VARIABLES) && !name.startsWith("GITHUB_"))).toEqual([]);
});
