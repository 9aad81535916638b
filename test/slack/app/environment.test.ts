import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { readEnvironment } from "../../../slack/app/environment.ts";
import { logOf } from "../../../slack/app/log.ts";
import { secretIn } from "../../../slack/app/secret.ts";
import type { AdvisorError } from "../../../src/index.ts";

const SOCKET = { SLACK_BOT_TOKEN: "xoxb-123456789012-abc", SLACK_APP_TOKEN: "xapp-1-A0123-456-abcdef" };
const faultOf = (env: Record<string, string>): string => {
  try {
    readEnvironment(env);
  } catch (error) {
    const { code, message, hint } = error as AdvisorError;
    return `${code}: ${message} ${hint}`;
  }
  return "taken";
};

test("two tokens are enough: sockets, a folder of the person's own, nobody from other companies", () => {
  const read = readEnvironment({ ...SOCKET, XDG_DATA_HOME: "/home/ada/data" });
  expect(read).toMatchObject({
    transport: { type: "socket", connections: 2 },
    place: { folder: "/home/ada/data/ml-architect/slack" },
    policy: { connect: false, burst: 10, perHour: 60 },
    health: { host: "127.0.0.1", port: 9464 },
    retentionDays: 90,
  });
  expect(read.policy.channels).toBeUndefined();
});

test("without anything, both missing tokens are named, with what they look like, where they are, and the way without Slack", () => {
  const fault = faultOf({});
  expect(fault).toMatch(/^invalid-input: /);
  expect(fault).toMatch(/SLACK_BOT_TOKEN is missing: expected xoxb-… \(api\.slack\.com\/apps.*Bot User OAuth Token\)/);
  expect(fault).toMatch(/SLACK_APP_TOKEN is missing: expected xapp-… .*connections:write/);
  expect(fault).toContain("npm run slack:playground");
});

test.each<[string, Record<string, string>, RegExp]>([
  [
    "a token in the other's place",
    { SLACK_BOT_TOKEN: SOCKET.SLACK_APP_TOKEN },
    /SLACK_BOT_TOKEN is wrong: expected xoxb-/,
  ],
  ["a port that is none", { ML_ARCHITECT_PORT: "70000" }, /ML_ARCHITECT_PORT is wrong: expected a port/],
  ["a name where an id belongs", { ML_ARCHITECT_ADMINS: "@ada" }, /ML_ARCHITECT_ADMINS is wrong: expected user ids/],
  ["HTTP without its secret", { ML_ARCHITECT_TRANSPORT: "http" }, /SLACK_SIGNING_SECRET is missing/],
  [
    "a fleet without a shared secret",
    { DATABASE_URL: "postgres://u:p@db/ml" },
    /ML_ARCHITECT_SECRET is missing, and replicas/,
  ],
  ["a short secret", { ML_ARCHITECT_SECRET: "hunter2" }, /ML_ARCHITECT_SECRET is wrong: expected 32 characters/],
  ["a database that is none", { DATABASE_URL: "mysql://db" }, /DATABASE_URL is wrong: expected postgres:/],
  ["another Slack over plain HTTP", { SLACK_API_URL: "http://slack.example/api/" }, /SLACK_API_URL is wrong/],
  ["DEBUG in production", { NODE_ENV: "production", DEBUG: "*" }, /refused in production/],
  ["debug logs in production", { NODE_ENV: "production", ML_ARCHITECT_LOG_LEVEL: "debug" }, /refused in production/],
])("%s is refused, and says what it should be", (_, env, message) => {
  expect(faultOf({ ...SOCKET, ...env })).toMatch(message);
});

test("a wrong value is never repeated: it may be a secret in the wrong place", () => {
  const fault = faultOf({ SLACK_BOT_TOKEN: "hunter2-hunter2", ML_ARCHITECT_SECRET: "also-secret" });
  expect(fault).not.toMatch(/hunter2|also-secret/);
});

test("a secret is made once, for its owner alone, and kept", async () => {
  const folder = mkdtempSync(join(tmpdir(), "secret-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const made = await secretIn(join(folder, "data"));
  expect(Buffer.from(made, "base64")).toHaveLength(48);
  expect(statSync(join(folder, "data", "secret")).mode & 0o777).toBe(0o600);
  expect(await secretIn(join(folder, "data"))).toBe(made);
  expect(readFileSync(join(folder, "data", "secret"), "utf8")).toBe(made);
  writeFileSync(join(folder, "data", "secret"), "short");
  await expect(secretIn(join(folder, "data"))).rejects.toThrow(/holds no secret/);
});

test("a line of the log is JSON, without tokens, addresses to answer at, and the secrets it was told", () => {
  const lines: string[] = [];
  const log = logOf({
    level: "info",
    secrets: ["only-we-know-this"],
    write: (line) => lines.push(line),
    now: () => new Date("2026-11-23T10:00:00Z"),
  });
  log.logger.debug("whole envelopes");
  log.logger.warn(
    "posting to https://hooks.slack.com/commands/T0/1/abcDEF failed",
    new Error("xoxb-123456789012-abcDEF"),
  );
  log.failed(new Error("only-we-know-this leaked"), "a test");
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    {
      time: "2026-11-23T10:00:00.000Z",
      level: "warn",
      message: expect.stringContaining("https://hooks.slack.com/• failed"),
    },
    { level: "error", event: "failed", during: "a test", message: "• leaked" },
  ]);
  expect(lines.join()).not.toMatch(/xoxb-1|abcDEF|only-we-know|envelopes/);
});
