import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { LocalSlack } from "../../../slack/local/local-slack.ts";
import { startSlack } from "../local/apps.ts";
import { answered, wordsOf } from "./bots.ts";
import { type Life, spawnBot } from "./processes.ts";

const REQUEST = "fine-tune llama 3.1 8b on 50k support tickets, $500";
/** Slack's own come after a minute and after five: here as long as a start may take, on any machine. */
const RETRIES_MS = [500, 2_000, 5_000, 10_000, 20_000, 40_000, 60_000];

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), "process-"));
  onTestFinished(() => rmSync(made, { recursive: true, force: true, maxRetries: 20 }));
  return made;
}

/** A bot that has started; it is gone after the test. */
async function live(slack: LocalSlack, data: string): Promise<Life> {
  const life = spawnBot(slack, { ML_ARCHITECT_DATA: data });
  onTestFinished(() => void life.child.kill("SIGKILL"));
  if (!(await life.started)) throw new Error(`ended before it started: ${life.log()}`);
  return life;
}

test("the command line runs the bot; SIGTERM ends it with 0, and no token is in what it printed", async () => {
  const slack = await startSlack();
  const ada = slack.person("ada");
  const ml = slack.channel("ml", [ada]);
  const { child, log, ended } = await live(slack, folder());
  await ada.command(ml, "/ml-architect", REQUEST);
  const root = await answered(slack, () => ada.sees(ml), /asks: /);
  await answered(slack, () => ada.seesThread(root), /Question 1/);
  child.kill("SIGTERM");
  expect(await ended).toEqual({ code: 0, signal: null });
  expect(log()).toContain('"event":"stopped"');
  expect(log()).not.toContain('"level":"error"');
  for (const secret of [slack.tokens.bot, slack.tokens.app, "llama", ada.user.id]) expect(log()).not.toContain(secret);
});

test("killed with kill -9 in the middle of it, the next process answers, each message once and in order", async () => {
  const slack = await startSlack({ retryDelaysMs: RETRIES_MS });
  const ada = slack.person("ada");
  const ml = slack.channel("ml", [ada]);
  const data = folder();
  const first = await live(slack, data);
  await ada.command(ml, "/ml-architect", REQUEST);
  const root = await answered(slack, () => ada.sees(ml), /asks: /);
  ada.say(ml, "actually 100k tickets", { thread: root });
  await answered(slack, () => ada.seesThread(root), /Read what you said/);
  first.child.kill("SIGKILL");
  await first.ended;
  // Said while nobody is there: Slack sends it again.
  ada.say(ml, "what if two 4090s", { thread: root });
  await live(slack, data);
  const whatIf = await answered(slack, () => ada.seesThread(root), /What if: /);
  const said = ada
    .seesThread(root)
    .filter((m) => m.isFromApp)
    .map(wordsOf);
  for (const once of ["What I understood*\\n• `model`", "Changed: actually 100k"])
    expect(
      said.filter((text) => text.includes(once)),
      once,
    ).toHaveLength(1);
  expect(said.findIndex((text) => text.includes("Changed: "))).toBeLessThan(said.indexOf(wordsOf(whatIf)));
  expect(ada.sees(ml).filter((m) => m.isFromApp && m.threadTs === undefined && m.visibleTo === undefined)).toHaveLength(
    1,
  );
}, 600_000);
