import { expect, test } from "vitest";
import { answered, startAll } from "./bots.ts";

const REQUEST = "fine-tune llama 3.1 8b on 50k support tickets, $500";

test("a command is taken at once, begins a thread in the channel and is answered there with a plan", async () => {
  const { slack, errors } = await startAll();
  const ada = slack.person("ada");
  const ml = slack.channel("ml", [ada]);
  expect(await ada.command(ml, "/ml-architect", REQUEST)).toEqual({ ok: true });
  const root = await answered(slack, () => ada.sees(ml), /asks: fine-tune llama/);
  const plan = await answered(slack, () => ada.seesThread(root), /Feasible/);
  expect(plan.threadTs).toBe(root.ts);
  expect(errors).toEqual([]);
});
