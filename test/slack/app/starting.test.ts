import { expect, onTestFinished, test } from "vitest";
import { AdvisorError } from "../../../src/index.ts";
import { startSlack } from "../local/apps.ts";
import { bring, type Running } from "./bots.ts";

const LIMITED = (seconds: number) => ({ kind: "rate-limited", retryAfterSeconds: seconds }) as const;
const AWAY = { kind: "status", status: 503 } as const;
/** A call is repeated three times before the start hears of it. */
const ONE_CALL = 4;

/** How a start ended that must not succeed. */
async function refused(starting: Promise<Running & { close(): Promise<void> }>): Promise<AdvisorError> {
  const ended = await starting.catch((error: unknown) => error);
  if (ended instanceof AdvisorError) return ended;
  throw new Error(`It started, or ended otherwise: ${ended}`);
}

test("a bot that starts while Slack is away, or asks to wait, waits and starts", async () => {
  const slack = await startSlack();
  slack.faults.next("auth.test", LIMITED(1));
  slack.faults.next("auth.test", AWAY, ONE_CALL);
  slack.faults.next("apps.connections.open", LIMITED(1), 2);
  const { bot, errors, close } = await bring(slack);
  onTestFinished(close);
  expect(bot.user).toBe(slack.world.bot.id);
  // Whoever looks at the log sees what it waited for.
  expect(errors().filter((line) => line.includes('"during":"start"'))).toHaveLength(4);
});

test("a start that Slack refuses says which token is wrong and where the right one is, at once", async () => {
  const slack = await startSlack();
  const bot = await refused(bring(slack, { botToken: "xoxb-of-another-app" }));
  expect(bot.message).toBe("Slack does not take SLACK_BOT_TOKEN: invalid_auth");
  expect(bot.hint).toContain("OAuth & Permissions");
  const transport = { type: "socket", appToken: "xapp-of-another-app", connections: 2 } as const;
  const app = await refused(bring(slack, { transport }));
  expect(app.message).toBe("Slack does not take SLACK_APP_TOKEN: invalid_auth");
  expect(app.hint).toContain("connections:write");
});

test("a start that would wait too long ends, and says for what", async () => {
  const slack = await startSlack();
  slack.faults.next("auth.test", LIMITED(300));
  expect((await refused(bring(slack))).message).toBe("Slack asks this bot to wait 300 seconds before it starts");
  slack.faults.next("auth.test", AWAY, 10 * ONE_CALL);
  const away = await refused(bring(slack, { patienceSeconds: 1 }));
  expect(away.message).toBe("Cannot reach Slack, tried for 1 seconds");
  expect(away.hint).toContain("https://slack.com");
});
