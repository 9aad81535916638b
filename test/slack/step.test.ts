import { expect, test } from "vitest";
import type { Action } from "../../slack/actions.ts";
import { said } from "../../slack/incoming.ts";
import { proposalHash, step } from "../../slack/work/step.ts";
import { type Conversation, current, emptyConversation } from "../../src/consult.ts";
import { SETTING, talk } from "./stage.ts";

const GIVEN = { catalog: SETTING.catalog, today: SETTING.today, repository: "team/models" };
const REQUEST = "Fine-tune Llama 3.1 8B on 50k support tickets, budget $500, serve 5 requests/s";
const press = (state: Conversation, action: Action, revision: number) =>
  step(state, { type: "pressed", action, revision }, GIVEN);

test("the same words give the plan that the terminal gives", () => {
  const there = talk(REQUEST).state;
  const here = step(emptyConversation(), said(REQUEST), GIVEN).conversation;
  expect(current(here)?.planHash).toBe(current(there)?.planHash);
});

test("two people who answer two questions of one revision are both heard", () => {
  const { state } = talk(REQUEST);
  const [first, second] = state.asked;
  const one = press(state, { type: "answer", question: first!.id, value: first!.options[0]!.value }, 1);
  const two = press(one.conversation, { type: "answer", question: second!.id, value: second!.options[0]!.value }, 1);
  expect(one.replies.some((r) => r.kind === "error")).toBe(false);
  const still = one.conversation.asked.some((q) => q.id === second!.id);
  // An answer to a question that the first answer made idle is told so; one that stands is taken.
  expect(two.replies.some((r) => r.kind === "error")).toBe(!still);
  expect(two.conversation.next).toBe(still ? 4 : 3);
});

test("an effect from a button of an earlier revision is refused and names both revisions", () => {
  const { state } = talk(REQUEST, "actually 100k examples");
  const old = press(state, { type: "effect", effect: "pull-request" }, 1);
  expect(old.effects).toEqual([]);
  expect(old.audits).toEqual([]);
  expect(old.replies).toEqual([
    expect.objectContaining({ kind: "error", message: expect.stringMatching(/revision 1.*revision 2/) }),
  ]);
  const now = press(state, { type: "effect", effect: "pull-request" }, 2);
  expect(now.effects).toMatchObject([{ kind: "pull-request", revision: 2, target: "team/models" }]);
  expect(now.audits).toEqual([{ what: "pull-request", target: "team/models", revision: 2 }]);
});

test("an effect that is clicked twice happens once", () => {
  const { state } = talk(REQUEST);
  const once = press(state, { type: "effect", effect: "zip" }, 1);
  const twice = press(once.conversation, { type: "effect", effect: "zip" }, 1);
  expect([once.effects.length, twice.effects.length]).toEqual([1, 0]);
});

test("Keep it takes the change it stood under and no later one", () => {
  const { state } = talk(REQUEST, "what if 2 epochs");
  const shown = proposalHash(state)!;
  const other = step(state, said("what if 4 epochs"), GIVEN).conversation;
  expect(press(other, { type: "keep", proposal: shown }, 1).replies[0]).toMatchObject({ kind: "error" });
  const kept = press(state, { type: "keep", proposal: shown }, 1).conversation;
  expect(current(kept)?.brief.epochs?.value).toBe(2);
});

test("what is written into a modal is a value first and words second", () => {
  const { state } = talk(REQUEST);
  const wrote = (text: string) =>
    step(state, { type: "wrote", about: { type: "change", field: "epochs" }, text, revision: 1 }, GIVEN);
  expect(current(wrote("5").conversation)?.brief.epochs?.value).toBe(5);
  expect(current(wrote("train for 4 epochs").conversation)?.brief.epochs?.value).toBe(4);
  expect(wrote("purple").replies[0]).toMatchObject({ kind: "error" });
});

test("words that answer no question are told as they were written", () => {
  const { state } = talk(REQUEST);
  const about = { type: "words", question: state.asked[0]!.id } as const;
  const { replies } = step(state, { type: "wrote", about, text: "banana", revision: 1 }, GIVEN);
  expect(replies).toMatchObject([{ kind: "error", message: 'Nothing in "banana" changes the plan' }]);
});

test("who overhears is silent at chat, and answers an order that makes no sense", () => {
  const { state } = talk(REQUEST);
  const heard = (text: string) => step(state, { type: "said", text, overheard: true }, GIVEN).replies;
  expect(heard("lunch at noon?")).toEqual([]);
  expect(heard("undo")).toMatchObject([{ kind: "error", message: "There is nothing to undo" }]);
});

test("an answer in one's own words goes to the question it was written for", () => {
  const { state } = talk(REQUEST);
  const question = state.asked[0]!;
  const about = { type: "words", question: question.id } as const;
  const wrote = step(state, { type: "wrote", about, text: "two RTX 3090", revision: 1 }, GIVEN);
  expect(current(wrote.conversation)?.brief).toMatchObject({
    accelerator: { value: "rtx-3090" },
    acceleratorCount: { value: 2 },
  });
});

test("Stop changes no plan, and a pasted key is followed by where to revoke it", () => {
  const { state } = talk(REQUEST);
  const stopped = press(state, { type: "stop" }, 1);
  expect(stopped).toMatchObject({ stopped: true, conversation: state, audits: [{ what: "stop" }] });
  const pasted = step(state, said(`use my key hf_${"AbCdEfGhIj1234567890".repeat(2)}`), GIVEN);
  expect(pasted.replies[0]).toMatchObject({ kind: "notice", text: expect.stringContaining("Hugging Face") });
});
