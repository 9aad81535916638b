import { describe, expect, test } from "vitest";
import { elementsOf } from "../../../slack/local/block-ids.ts";
import type { Person } from "../../../slack/local/person.ts";
import type { Channel } from "../../../slack/local/world.ts";
import { advise, catalog, readText } from "../../../src/index.ts";
import { answered, button, sharedBot, wordsOf } from "./bots.ts";

const REQUEST = "fine-tune llama 3.1 8b on 50k support tickets, $500";
const ADMIN = "U0000001";
const running = sharedBot({ admins: [ADMIN] });
let rooms = 0;

function room(kind: "public" | "private" = "public", more: { isExternal?: boolean; withoutApp?: boolean } = {}) {
  const { slack } = running();
  // The first person of this workspace is its administrator.
  const [ada, ben] = [slack.person("ada"), slack.person("ben")];
  rooms += 1;
  return { slack, ada, ben, ml: slack.channel(`ml-${rooms}`, [ada, ben], { kind, ...more }) };
}
const whispers = (person: Person, channel: Channel): string[] =>
  person
    .sees(channel)
    .filter((m) => m.visibleTo === person.user.id)
    .map(wordsOf);
const whisper = (person: Person, channel: Channel, says: RegExp): Promise<unknown> =>
  running().slack.until(`a line ${says}`, () => whispers(person, channel).some((text) => says.test(text)));

describe("orders", () => {
  test("settings are an administrator's to change, for a channel, and say what they take", async () => {
    const { slack, ada, ben, ml } = room();
    expect(ada.user.id).toBe(ADMIN);
    const config = async (person: Person, words: string): Promise<string> => {
      await person.command(ml, "/ml-architect", `config ${words}`);
      return whispers(person, ml).at(-1)!;
    };
    expect(await config(ben, "thread_replies mention")).toContain("ML_ARCHITECT_ADMINS");
    expect(await config(ada, "")).toContain("`thread_replies` auto");
    expect(await config(ada, "thread_replies never")).toContain("takes `auto`");
    expect(await config(ada, "colour blue")).toContain("There is no such setting");
    expect(await config(ada, "thread_replies mention")).toContain("is mention now");
    const asked = ada.say(ml, `<@${slack.world.bot.id}> ${REQUEST}`);
    await answered(slack, () => ada.seesThread(asked), /Question 1/);
    ada.say(ml, "actually 100k tickets", { thread: asked });
    ada.say(ml, `<@${slack.world.bot.id}> actually 70k tickets`, { thread: asked });
    await answered(slack, () => ada.seesThread(asked), /Changed: .*70k/);
    expect(ada.seesThread(asked).map(wordsOf).join()).not.toContain("Changed: actually 100k");
  });

  test("help, examples, list and status are told to the one who asked", async () => {
    const { slack, ada, ml } = room();
    await ada.command(ml, "/ml-architect", "help");
    await ada.command(ml, "/ml-architect", "examples");
    await ada.command(ml, "/ml-architect", "list");
    await ada.command(ml, "/ml-architect", "status");
    expect(whispers(ada, ml).map((text) => text.split("\n")[0])).toEqual([
      "What you can say",
      "Requests to start from",
      "Your runs: 0",
      "You have no runs",
    ]);
    await ada.command(ml, "/ml-architect", REQUEST);
    const root = await answered(slack, () => ada.sees(ml), /asks: /);
    await answered(slack, () => ada.seesThread(root), /Question 1/);
    await ada.command(ml, "/ml-architect", "status");
    const status = ada.sees(ml).at(-1)!;
    expect(wordsOf(status)).toMatch(/revision 1, waiting for you/);
    expect(await ada.click(status, button(status, "Stop").id)).toEqual({ ok: true });
    await answered(slack, () => ada.seesThread(root), /Stopped/);
    await ada.command(ml, "/ml-architect", "cancel");
    await whisper(ada, ml, /no run here that could be stopped/);
    await ada.command(ml, "/ml-architect", "list");
    expect(whispers(ada, ml).at(-1)).toMatch(/Your runs: 1[\s\S]*stopped/);
  });

  test("what a person said is deleted when they say so twice", async () => {
    const { slack, ada, ml } = room();
    await ada.command(ml, "/ml-architect", REQUEST);
    const root = await answered(slack, () => ada.sees(ml), /asks: /);
    await answered(slack, () => ada.seesThread(root), /Question 1/);
    await ada.command(ml, "/ml-architect", "delete my data");
    expect(whispers(ada, ml).at(-1)).toContain("delete my data now");
    await ada.command(ml, "/ml-architect", "delete my data now");
    expect(whispers(ada, ml).at(-1)).toMatch(/^Deleted: 1 of your runs/);
    const asks = ada.seesThread(root).find((m) => /Question 1/.test(wordsOf(m)))!;
    await ada.click(asks, button(asks, /Use your judgement/).id);
    await whisper(ada, ml, /its run is gone/);
  });
});

describe("the Home tab", () => {
  test("shows a person's runs and begins new ones in their direct messages", async () => {
    const { slack, ada } = room();
    ada.openHome();
    const home = await slack.until("the Home tab", () => ada.home);
    expect(JSON.stringify(home.blocks)).toContain("You have no runs");
    expect(await ada.click(home, "new")).toEqual({ ok: true });
    await slack.until("the form", () => ada.modal?.fields.callback_id === "form");
    expect(await ada.submit({ request: REQUEST })).toEqual({ ok: true });
    const root = await answered(slack, () => ada.sees(ada.directMessage), /asks: /);
    await answered(slack, () => ada.seesThread(root), /Feasible/);
    ada.openHome();
    await slack.until("the run on the Home tab", () => JSON.stringify(ada.home?.blocks).includes("Your runs (1)"));
  });

  test("opening the messages shows the manifest's suggested prompts", async () => {
    const { slack, ada } = room();
    ada.openHome("messages");
    const key = `${ada.directMessage.id}/`;
    const prompts = await slack.until("prompts", () => slack.world.suggestedPrompts.get(key));
    expect(prompts).toContainEqual(expect.objectContaining({ title: "Fine-tune a model" }));
  });
});

describe("where it may not speak", () => {
  test("in a public channel that it is not in, the thread is in the person's direct messages, and a line says why", async () => {
    const { slack, ada, ml } = room("public", { withoutApp: true });
    expect(await ada.command(ml, "/ml-architect", REQUEST)).toEqual({ ok: true });
    await whisper(ada, ml, /direct messages/);
    const root = await answered(slack, () => ada.sees(ada.directMessage), /asks: /);
    await answered(slack, () => ada.seesThread(root), /Feasible/);
    expect(ada.sees(ml).filter((m) => m.visibleTo === undefined)).toEqual([]);
  });

  test("a message of a private channel that it is not in stays there: nothing of it is posted anywhere", async () => {
    const { slack, ada, ben, ml } = room("private", { withoutApp: true });
    const secret = ben.say(ml, "train on the merger papers, 12k pages");
    expect(await ada.shortcut("design_from_message", secret)).toEqual({ ok: true });
    await whisper(ada, ml, /Invite me first/);
    const said = [...slack.world.channels.values()].flatMap((c) => c.messages.filter((m) => m.isFromApp).map(wordsOf));
    expect(said.join("\n")).not.toContain("merger");
  });

  test("in a private channel that it is in, the answer is there and nowhere else", async () => {
    const { slack, ada, ml } = room("private");
    await ada.command(ml, "/ml-architect", REQUEST);
    const root = await answered(slack, () => ada.sees(ml), /asks: /);
    await answered(slack, () => ada.seesThread(root), /Feasible/);
    expect(ada.directMessage.messages).toEqual([]);
  });

  test("in a channel that another company sees, a command and a mention are refused to the person alone", async () => {
    const { slack, ada, ml } = room("public", { isExternal: true });
    await ada.command(ml, "/ml-architect", REQUEST);
    await whisper(ada, ml, /shared with another company/);
    ada.say(ml, `<@${slack.world.bot.id}> ${REQUEST}`);
    await slack.until("two lines", () => whispers(ada, ml).filter((t) => /shared with/.test(t)).length === 2);
    expect(ml.messages.filter((m) => m.isFromApp && m.visibleTo === undefined)).toEqual([]);
  });
});

describe("what was said is taken back or said otherwise", () => {
  test("an edited request is planned again, and its deletion takes the words out of what is kept", async () => {
    const { slack, ada, ml } = room();
    const asked = ada.say(ml, `<@${slack.world.bot.id}> ${REQUEST}`);
    await answered(slack, () => ada.seesThread(asked), /Question 1/);
    ada.edit(asked, `<@${slack.world.bot.id}> fine-tune llama 3.1 8b on 90k support tickets, $500`);
    await answered(slack, () => ada.seesThread(asked), /Changed: .*90k/);
    slack.world.remove(asked);
  });
});

describe("clicks that are not what they seem", () => {
  test("a value that was changed, or that belongs to another thread, does nothing and says so", async () => {
    const { slack, ada, ml } = room();
    const first = ada.say(ml, `<@${slack.world.bot.id}> ${REQUEST}`);
    const asks = await answered(slack, () => ada.seesThread(first), /Question 1/);
    const target = button(asks, /Use your judgement/);
    const element = elementsOf(asks.blocks).find((e) => e.element.action_id === target.id)!.element;
    const signed = element.value as string;
    element.value = `${signed.slice(0, -2)}xx`;
    await ada.click(asks, target.id);
    await whisper(ada, ml, /was not made by this bot/);
    // The same button, posted by somebody into another thread.
    const elsewhere = slack.world.post(ml, {
      user: slack.world.bot.id,
      team: slack.world.team.id,
      isFromApp: true,
      text: "copied",
      blocks: [{ type: "actions", block_id: "b", elements: [{ ...element, value: signed }] }],
    });
    await ada.click(elsewhere, target.id);
    await whisper(ada, ml, /does not belong here/);
    const later = ada.seesThread(first).filter((m) => m.ts > asks.ts && m.isFromApp && m.visibleTo === undefined);
    expect(later).toEqual([]);
  });

  test("a button that no version knows is acknowledged and answered", async () => {
    const { slack, ada, ml } = room();
    const strange = slack.world.post(ml, {
      user: slack.world.bot.id,
      team: slack.world.team.id,
      isFromApp: true,
      text: "old",
      blocks: [
        {
          type: "actions",
          block_id: "b",
          elements: [{ type: "button", action_id: "launch", text: { type: "plain_text", text: "Launch" }, value: "x" }],
        },
      ],
    });
    expect(await ada.click(strange, "launch")).toEqual({ ok: true });
    await whisper(ada, ml, /another version/);
  });

  test("feedback and the session's stop are heard", async () => {
    const { slack, ada, ml } = room();
    const asked = ada.say(ml, `<@${slack.world.bot.id}> ${REQUEST}`);
    await answered(slack, () => ada.seesThread(asked), /Question 1/);
    const rated = ada.seesThread(asked).find((m) => wordsOf(m).includes("feedback_buttons"))!;
    const { element } = elementsOf(rated.blocks).find((e) => e.element.type === "feedback_buttons")!;
    const good = (element.positive_button as { value: string }).value;
    expect(await ada.click(rated, element.action_id, good)).toEqual({ ok: true });
    ada.stop(asked);
    await answered(slack, () => ada.seesThread(asked), /Stopped/);
    await slack.until("rest", () => slack.world.sessions.get(`${ml.id}/${asked.ts}`) === "active");
  });
});

describe("files that are dropped into a thread", () => {
  const drop = (person: Person, ml: Channel, text: string, name: string, bytes: string | Buffer) =>
    person.say(ml, `<@${running().slack.world.bot.id}> ${text}`, { files: [{ name, bytes: Buffer.from(bytes) }] });

  test("a configuration is read with the words beside it", async () => {
    const { slack, ada, ml } = room();
    const asked = drop(ada, ml, REQUEST, "train.yaml", "per_device_train_batch_size: 2\nnum_train_epochs: 5\n");
    await answered(slack, () => ada.seesThread(asked), /Reading train\.yaml/);
    const plan = await answered(slack, () => ada.seesThread(asked), /Feasible|Not possible/);
    expect(wordsOf(plan)).toMatch(/epochs\D{1,20}5/);
  });

  test("what is no text, or too long, is named; the words beside it are answered all the same", async () => {
    const { slack, ada, ml } = room();
    const asked = drop(ada, ml, REQUEST, "model.bin", Buffer.from([0, 1, 2]));
    await answered(slack, () => ada.seesThread(asked), /model\.bin was not read: it is no text/);
    await answered(slack, () => ada.seesThread(asked), /Question 1/);
  });

  test("a plan that was made elsewhere is gone on with", async () => {
    const { slack, ada, ml } = room();
    const today = new Date().toISOString().slice(0, 10);
    const plan = advise(readText("fine-tune qwen2.5 7b on 20k chats with two rtx 4090", catalog, { today }), catalog, {
      today,
    });
    const asked = drop(ada, ml, "", "plan.json", JSON.stringify(plan));
    const shown = await answered(slack, () => ada.seesThread(asked), /Feasible|Not possible/);
    expect(wordsOf(shown)).toContain("Qwen2.5-7B");
  });
});

test("a key that somebody pastes is in no line of the log, in no answer, and its owner is told", async () => {
  const { slack, ada, ml } = room();
  const key = `hf_${"aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1dF3g"}`;
  const asked = ada.say(ml, `<@${slack.world.bot.id}> ${REQUEST}, my token is ${key}`);
  await answered(slack, () => ada.seesThread(asked), /Hugging Face/);
  await answered(slack, () => ada.seesThread(asked), /Question 1/);
  expect(ada.seesThread(asked).slice(1).map(wordsOf).join()).not.toContain(key);
  expect(running().lines.join("\n")).not.toContain(key);
});

test("nothing failed in all of this", () => {
  expect(running().errors()).toEqual([]);
});
