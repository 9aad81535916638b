import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { Think } from "../../../slack/work/answer.ts";
import { thinkHere } from "../../../slack/work/answer.ts";
import { fileCountOf } from "../../../slack/work/project.ts";
import { catalog } from "../../../src/index.ts";
import { startSlack } from "../local/apps.ts";
import { values } from "../stage.ts";
import { answered, bring, wordsOf } from "./bots.ts";

const REQUEST = "fine-tune llama 3.1 8b on 50k support tickets, $500";
const here = thinkHere({ catalog, sign: values.sign, fileCountOf });

/** A folder that outlives the bot, as a disk does. */
function disk(): { folder: string } {
  const folder = mkdtempSync(join(tmpdir(), "bot-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return { folder: join(folder, "data") };
}

test("told to stop, it takes nothing more, finishes what it began, is not ready meanwhile, and the rest is lost to nobody", async () => {
  const slack = await startSlack();
  const ada = slack.person("ada");
  const ml = slack.channel("ml", [ada]);
  const place = disk();
  let begun = (): void => {};
  const thinking = new Promise<void>((resolve) => {
    begun = resolve;
  });
  let goOn = (): void => {};
  const seen = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  const slowly: Think = async (asked) => {
    begun();
    await seen;
    return here(asked);
  };
  const health = { host: "127.0.0.1", port: 0 };
  const first = await bring(slack, { place, think: slowly, health });
  const asked = ada.say(ml, `<@${slack.world.bot.id}> ${REQUEST}`);
  await thinking;
  const stopping = first.bot.stop();
  const ready = await fetch(`http://127.0.0.1:${first.bot.healthPort}/readyz`);
  expect([ready.status, await ready.text()]).toEqual([503, "shutting down\n"]);
  goOn();
  await stopping;
  // Nobody is there to take it: Slack keeps it and sends it again.
  const late = ada.say(ml, `<@${slack.world.bot.id}> fine-tune mistral 7b on 10k chats`);
  expect(ada.seesThread(asked).map(wordsOf).join()).toContain("Feasible");
  expect(ada.seesThread(asked).filter((m) => m.stream && m.stream.state !== "completed")).toEqual([]);
  const second = await bring(slack, { place });
  onTestFinished(second.close);
  await answered(slack, () => ada.seesThread(late), /Question 1/);
  expect(ada.seesThread(asked).filter((m) => wordsOf(m).includes("Feasible"))).toHaveLength(1);
});

test("what does not end in time says that it is paused, and the next process goes on with it", async () => {
  const slack = await startSlack();
  const ada = slack.person("ada");
  const ml = slack.channel("ml", [ada]);
  const place = disk();
  let begun = (): void => {};
  const thinking = new Promise<void>((resolve) => {
    begun = resolve;
  });
  const never: Think = () => {
    begun();
    return new Promise(() => {});
  };
  const first = await bring(slack, { place, think: never });
  const asked = ada.say(ml, `<@${slack.world.bot.id}> ${REQUEST}`);
  await thinking;
  await first.bot.stop(300);
  const shown = ada.seesThread(asked).at(-1)!;
  expect(wordsOf(shown)).toContain("Paused, will resume");
  expect(shown.stream?.state).toBe("completed");
  const second = await bring(slack, { place });
  onTestFinished(second.close);
  await answered(slack, () => ada.seesThread(asked), /Feasible/);
  // The same message tells the end.
  await slack.until("the end of what was paused", () => wordsOf(shown).includes("✓ Looking for questions"));
  expect(ada.seesThread(asked).filter((m) => m.stream)).toHaveLength(1);
});
