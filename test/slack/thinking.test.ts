import { afterAll, expect, test } from "vitest";
import { EFFECTS } from "../../slack/actions.ts";
import { said } from "../../slack/incoming.ts";
import type { Asked } from "../../slack/work/answer.ts";
import { plannerHere } from "../../slack/work/planner.ts";
import { current } from "../../src/consult.ts";
import { catalog } from "../../src/index.ts";
import { SECRET, SETTING, talk } from "./stage.ts";

const WORDS = "Fine-tune Llama 3.1 8B on 50k support tickets, budget $500";
const { state } = talk(WORDS);
const revision = current(state)!;
// As built: a thread is started from a file of its own.
const built = new URL("../../dist/slack/work/thinking.js", import.meta.url).href;
const { thinkingThreads } = (await import(built)) as typeof import("../../slack/work/thinking.ts");
const { think, planner, close } = thinkingThreads(1, { secrets: [SECRET] });
afterAll(() => close());

const asked: Asked = {
  run: {
    id: "run",
    where: { team: "T", channel: "C", thread: "1.0" },
    person: "U",
    conversation: state,
    revision: 1,
    step: 1,
    state: "waiting",
    headline: "",
    liveTs: null,
  },
  incoming: said("what if two 4090s"),
  policy: { effects: EFFECTS, hosts: [], repository: "" },
  today: SETTING.today,
};

test("what a form and a chart show is planned in the thread that answers, as it would be here", async () => {
  const here = plannerHere(catalog);
  expect(await planner.planOf(revision)).toEqual(await here.planOf(revision));
  expect(await planner.fileCountOf(revision)).toBe(await here.fileCountOf(revision));
}, 120_000);

test("a form, which must open within three seconds, passes the threads of people that stand in line", async () => {
  const order: string[] = [];
  const noted = (name: string) => () => void order.push(name);
  await Promise.all([
    think(asked).then(noted("first answer")),
    think(asked).then(noted("second answer")),
    planner.planOf(revision).then(noted("form")),
  ]);
  expect(order).toEqual(["first answer", "form", "second answer"]);
}, 120_000);

test("what cannot be planned any more is refused in words that a person can be told", async () => {
  // A card that was in the catalog when the revision was made.
  const accelerator = { ...revision.brief.task!, value: "a card of yesterday" };
  const gone = { ...revision, brief: { ...revision.brief, accelerator } } as unknown as typeof revision;
  const refusal = await plannerHere(catalog)
    .planOf(gone)
    .catch((error: unknown) => error);
  await expect(planner.planOf(gone)).rejects.toMatchObject(refusal as Error);
  expect(refusal).toMatchObject({ name: "AdvisorError", hint: expect.any(String) });
}, 120_000);
