import { describe, expect, test } from "vitest";
import { elementsOf } from "../../../slack/local/block-ids.ts";
import type { Person } from "../../../slack/local/person.ts";
import type { Channel, Message } from "../../../slack/local/world.ts";
import type { Outgoing } from "../../../slack/store/outbox.ts";
import { answered, button, sharedBot, terminalPlan, wordsOf } from "./bots.ts";

const REQUEST = "fine-tune llama 3.1 8b on 50k support tickets, $500";
/** Effects that were asked for, and how they end. */
const performed: Extract<Outgoing, { type: "effect" }>[] = [];
const running = sharedBot({
  repositoriesIn: () => ["acme/tickets", "acme/models"],
  effects: () => ({
    async send(_, outgoing) {
      if (outgoing.type !== "effect") return { type: "refused", why: "not here" };
      performed.push(outgoing);
      const { id, kind, target } = outgoing.effect;
      const heard = { type: "ended" as const, effect: id, ok: true, text: `Done: ${kind} ${target}` };
      return { type: "sent", answer: null, heard };
    },
    find: async () => ({ type: "absent" }),
  }),
});
let rooms = 0;

/** A channel of its own for a test, with people in it. */
function room(...names: string[]): { ml: Channel; people: Person[] } {
  const { slack } = running();
  const people = names.map((name) => slack.person(name));
  rooms += 1;
  return { ml: slack.channel(`ml-${rooms}`, people), people };
}

/** A run that a command began, with its plan. */
async function began(ada: Person, ml: Channel, words = REQUEST): Promise<{ root: Message; plan: Message }> {
  const { slack } = running();
  expect(await ada.command(ml, "/ml-architect", words)).toEqual({ ok: true });
  const root = await answered(slack, () => ada.sees(ml), /asks: /);
  const plan = await answered(slack, () => ada.seesThread(root), /Feasible|Not possible/);
  return { root, plan };
}
const next = (ada: Person, root: Message, says: string | RegExp, after: Message): Promise<Message> =>
  answered(running().slack, () => ada.seesThread(root).filter((m) => m.ts > after.ts), says);
const last = (ada: Person, root: Message): Message => ada.seesThread(root).at(-1)!;

test("a command is taken at once, begins a thread in the channel, and its plan is worked out there step by step", async () => {
  const { slack, errors } = running();
  const { ml, people } = room("ada");
  const ada = people[0]!;
  const { root, plan } = await began(ada, ml);
  expect(ada.sees(ml)[0]).toMatchObject({ text: "On it.", visibleTo: ada.user.id });
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

test("the same words give the terminal's plan, hash for hash", async () => {
  const { ml, people } = room("ada");
  const { plan } = await began(people[0]!, ml);
  terminalPlan(REQUEST, people[0]!.seesThread(plan).map(wordsOf).join("\n"));
});

test("questions are answered by button and in words, a what-if is shown with its difference and kept by a click", async () => {
  const { slack, errors } = running();
  const { ml, people } = room("ada");
  const ada = people[0]!;
  const { root } = await began(ada, ml);
  const asks = await answered(slack, () => ada.seesThread(root), /Question 1/);
  const first = button(asks, /^(?!In my own|Use your)/);
  expect(await ada.click(asks, first.id)).toEqual({ ok: true });
  const changed = await next(ada, root, /Changed:|Noted:|What I understood/, asks);
  ada.say(ml, "what if two 4090s", { thread: root });
  const whatIf = await next(ada, root, /What if: /, changed);
  const keep = button(whatIf, "Keep it");
  const before = last(ada, root);
  expect(await ada.click(whatIf, keep.id)).toEqual({ ok: true });
  await next(ada, root, /4090/, before);
  ada.say(ml, `<@${slack.world.bot.id}> alternatives`, { thread: root });
  await next(ada, root, /Alternatives|no alternative/i, whatIf);
  expect(errors()).toEqual([]);
});

test("an answer in one's own words and the correction of an assumption are typed into modals", async () => {
  const { slack } = running();
  const { ml, people } = room("ada");
  const ada = people[0]!;
  const { root, plan } = await began(ada, ml);
  const withChange = await next(ada, root, /"Change"/, { ...plan, ts: root.ts });
  const change = elementsOf(withChange.blocks).find(({ element }) => element.action_id === "change:epochs");
  expect(await ada.click(withChange, change?.element.action_id ?? "no assumption of epochs")).toEqual({ ok: true });
  await slack.until("the modal of the assumption", () => ada.modal?.fields.callback_id === "change");
  expect(await ada.submit({ value: "2" })).toEqual({ ok: true });
  const changed = await next(ada, root, /Changed: epochs/, plan);
  const asks = await next(ada, root, /Question 1/, changed);
  expect(await ada.click(asks, button(asks, /In my own words/).id)).toEqual({ ok: true });
  await slack.until("the modal of the question", () => ada.modal?.fields.callback_id === "words");
  expect(await ada.submit({ value: "two RTX 3090" })).toEqual({ ok: true });
  await next(ada, root, /3090/, asks);
  // Made for the revision before: what it would change is not what stands now.
  expect(await ada.click(withChange, "change:epochs")).toEqual({ ok: true });
  await slack.until("a line for Ada", () => ada.sees(ml).some((m) => /plan is at revision/.test(m.text)));
});

test("a click on a button of an earlier revision changes nothing and says that it was superseded", async () => {
  const { ml, people } = room("ada");
  const ada = people[0]!;
  const { root, plan } = await began(ada, ml);
  const withZip = ada.seesThread(root).find((m) => wordsOf(m).includes("effect:zip"))!;
  const zip = button(withZip, "Download zip");
  ada.say(ml, "actually 100k tickets", { thread: root });
  const changed = await next(ada, root, /Changed/, plan);
  expect(await ada.click(withZip, zip.id)).toEqual({ ok: true });
  await next(ada, root, /belongs to revision 1; the plan is at revision 2/, changed);
});

test("a zip is made on a click, a pull request after the repository was picked, each with its steps and its end", async () => {
  const { slack } = running();
  const { ml, people } = room("ada");
  const ada = people[0]!;
  const { root } = await began(ada, ml);
  const acts = await answered(slack, () => ada.seesThread(root), /effect:zip/);
  expect(await ada.click(acts, "effect:zip")).toEqual({ ok: true });
  await answered(slack, () => ada.seesThread(root), /Packing the project.*"status":"complete"/);
  const zipped = await answered(slack, () => ada.seesThread(root), /Done: zip/);
  expect(await ada.click(acts, "effect:pull-request")).toEqual({ ok: true });
  const modal = await slack.until("the modal", () => ada.modal);
  expect(JSON.stringify(modal.blocks)).toMatch(
    /draft pull request with (?:at most )?\d+ files on branch `ml-architect\/[0-9a-f]{8}-r1`/,
  );
  expect(await ada.submit({ value: "1" })).toEqual({ ok: true });
  await next(ada, root, /Done: pull-request acme\/models/, zipped);
  const here = performed
    .filter(({ person }) => person === ada.user.id)
    .map(({ effect }) => [effect.kind, effect.target]);
  expect(here).toEqual([
    ["zip", ""],
    ["pull-request", "acme/models"],
  ]);
});

test("two people answer at once: both answers count, in some order, and nothing is said twice", async () => {
  const { slack } = running();
  const { ml, people } = room("ada", "ben");
  const [ada, ben] = people as [Person, Person];
  const { root } = await began(ada, ml);
  const asks = await answered(slack, () => ada.seesThread(root), /Question 2/);
  const ids = elementsOf(asks.blocks).flatMap(({ element }) => element.action_id.match(/^answer:[^:]+(?=:)/) ?? []);
  const [one, other] = [...new Set(ids)];
  const first = (question: string | undefined): string =>
    elementsOf(asks.blocks).find(({ element }) => element.action_id.startsWith(`${question}:`))!.element.action_id;
  const both = await Promise.all([ada.click(asks, first(one)), ben.click(asks, first(other))]);
  expect(both).toEqual([{ ok: true }, { ok: true }]);
  const changes = (): Message[] => ada.seesThread(root).filter((m) => /Changed: |Noted: /.test(wordsOf(m)));
  await slack.until("both changes", () => changes().length === 2);
  const texts = ada.seesThread(root).filter((m) => /superseded|belongs to/.test(wordsOf(m)));
  expect(texts).toEqual([]);
});

describe("where somebody speaks to it", () => {
  test("a mention in a channel begins a run in that message's thread; it comes as two events and counts once", async () => {
    const { slack } = running();
    const { ml, people } = room("ada");
    const ada = people[0]!;
    const asked = ada.say(ml, `<@${slack.world.bot.id}> ${REQUEST}`);
    const plan = await answered(slack, () => ada.seesThread(asked), /Feasible/);
    await answered(slack, () => ada.seesThread(asked), /Question 1/);
    expect(ada.seesThread(asked).filter((m) => wordsOf(m).includes("Feasible"))).toEqual([plan]);
  });

  test("a direct message is a run of its own", async () => {
    const { slack } = running();
    const { people } = room("ada");
    const ada = people[0]!;
    const asked = ada.say(ada.directMessage, REQUEST);
    await answered(slack, () => ada.seesThread(asked), /Feasible/);
  });

  test("in its threads what nobody mentioned it for is heard, and what says nothing to it is left alone", async () => {
    const { slack } = running();
    const { ml, people } = room("ada", "ben");
    const [ada, ben] = people as [Person, Person];
    const { root, plan } = await began(ada, ml);
    ben.say(ml, "thanks, that looks good to me", { thread: root });
    ben.say(ml, `<@${ada.user.id}> shall we take 200k tickets?`, { thread: root });
    ada.say(ml, "actually 100k tickets", { thread: root });
    const changed = await next(ada, root, /Changed/, plan);
    expect(wordsOf(changed)).toContain("100k");
    const all = ada.seesThread(root).map(wordsOf).join("\n");
    expect(all).not.toMatch(/Nothing in “thanks|200k tickets.{0,40}What I understood/);
    void slack;
  });

  test("the message shortcut designs from somebody's message, in its thread", async () => {
    const { slack } = running();
    const { ml, people } = room("ada", "ben");
    const [ada, ben] = people as [Person, Person];
    const message = ben.say(ml, REQUEST);
    expect(await ada.shortcut("design_from_message", message)).toEqual({ ok: true });
    await answered(slack, () => ada.seesThread(message), /asks me to design from this message/);
    await answered(slack, () => ada.seesThread(message), /Feasible/);
  });

  test("without words the command opens the form, and what is entered begins a run", async () => {
    const { slack } = running();
    const { ml, people } = room("ada");
    const ada = people[0]!;
    expect(await ada.command(ml, "/ml-architect")).toEqual({ ok: true });
    const form = await slack.until("the form", () => ada.modal);
    expect(form.fields.callback_id).toBe("form");
    const entries = {
      request: "fine-tune llama 3.1 8b on 50k tickets",
      budget: "$500",
      place: "eu",
    };
    expect(await ada.submit(entries)).toEqual({ ok: true });
    const root = await answered(
      slack,
      () => ada.sees(ml),
      /asks: fine-tune llama 3.1 8b on 50k tickets, budget \$500, data must stay in the EU/,
    );
    await answered(slack, () => ada.seesThread(root), /Feasible|Not possible/);
  });
});
