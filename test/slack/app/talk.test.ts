import { expect, test } from "vitest";
import { answered, startAll } from "./bots.ts";

const REQUEST = "fine-tune llama 3.1 8b on 50k support tickets, $500";

test("a command is taken at once, begins a thread in the channel, and its plan is worked out there step by step", async () => {
  const { slack, errors } = await startAll();
  const ada = slack.person("ada");
  const ml = slack.channel("ml", [ada]);
  expect(await ada.command(ml, "/ml-architect", REQUEST)).toEqual({ ok: true });
  expect(ada.sees(ml).at(-1)).toMatchObject({ text: "On it: I answer in a thread here.", visibleTo: ada.user.id });
  const root = await answered(slack, () => ada.sees(ml), /asks: fine-tune llama/);
  const plan = await answered(slack, () => ada.seesThread(root), /Feasible/);
  expect(plan.threadTs).toBe(root.ts);
  const steps = ada.seesThread(root).find((m) => m.stream);
  expect(steps?.stream).toMatchObject({ state: "completed", taskDisplayMode: "plan" });
  expect(JSON.stringify(steps?.blocks)).toMatch(
    /"status":"complete","details":"model meta-llama\/Llama-3.1-8B.*Weighing.*"status":"complete"/,
  );
  expect(steps!.ts < plan.ts).toBe(true);
  await slack.until("a session that waits", () => slack.world.sessions.get(`${ml.id}/${root.ts}`) === "suspended");
  expect(errors()).toEqual([]);
});
