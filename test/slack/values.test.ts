import fc from "fast-check";
import { expect, test } from "vitest";
import { type Action, actionId, actionOf, EFFECTS } from "../../slack/actions.ts";
import { LIMITS } from "../../slack/blocks/limits.ts";
import { buttonValues } from "../../slack/values.ts";
import { BRIEF_FIELDS } from "../../src/index.ts";
import { SECRET, values } from "./stage.ts";

const PRESSED = { run: "5f0c9a52-8e0f-4a51-9c3c-2f7f0f6f6f6f", revision: 12 };
const FOREIGN = /not made by this bot/;

test("a value says run and revision again, and nothing else is in it", () => {
  const value = values.sign("effect:zip", PRESSED);
  expect(values.open("effect:zip", value)).toEqual(PRESSED);
  expect(value).toMatch(/^5f0c9a52-8e0f-4a51-9c3c-2f7f0f6f6f6f\.12\.[A-Za-z0-9_-]{22}$/);
  // Short enough for an option of a menu too, the tightest place there is.
  expect(value.length).toBeLessThanOrEqual(LIMITS.optionCharacters);
});

test("a value that was changed anywhere, moved to another button, or made with another secret is refused", () => {
  const value = values.sign("effect:zip", PRESSED);
  expect(() => values.open("effect:pull-request", value)).toThrow(FOREIGN);
  expect(() => buttonValues([`${SECRET}!`]).open("effect:zip", value)).toThrow(FOREIGN);
  expect(() => values.open("effect:zip", value.replace(".12.", ".13."))).toThrow(FOREIGN);
  expect(() => values.open("effect:zip", undefined)).toThrow(FOREIGN);
  fc.assert(
    fc.property(fc.nat(value.length - 1), fc.constantFrom(..."abcXYZ019-_."), (at, letter) => {
      fc.pre(value[at] !== letter);
      const changed = value.slice(0, at) + letter + value.slice(at + 1);
      // The last letter of 22 carries two unused bits: four letters mean the same code.
      fc.pre(at < value.length - 1);
      expect(() => values.open("effect:zip", changed)).toThrow(FOREIGN);
    }),
  );
});

test("whatever is sent as a value is an error that a person understands, never another", () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 300 }), (text) => {
      expect(() => values.open("stop", text)).toThrow(FOREIGN);
    }),
  );
});

test("after a rotation old buttons still work, and new ones are signed with the new secret", () => {
  const next = "another secret of a test, long enough to be taken for one";
  const rotated = buttonValues([next, SECRET]);
  expect(rotated.open("stop", values.sign("stop", PRESSED))).toEqual(PRESSED);
  expect(buttonValues([next]).open("stop", rotated.sign("stop", PRESSED))).toEqual(PRESSED);
});

test("a secret that could be guessed is refused", () => {
  expect(() => buttonValues(["short"])).toThrow(/32 characters/);
});

test("every action is read back from its id, and an id of a later version is none", () => {
  const about = fc.stringMatching(/^[A-Za-z]{1,40}$/);
  const actions: fc.Arbitrary<Action> = fc.oneof(
    fc.record({
      type: fc.constant("answer" as const),
      question: about,
      value: fc.oneof(fc.string({ maxLength: 60 }), fc.integer(), fc.boolean()),
    }),
    fc.record({ type: fc.constant("judgement" as const), question: about }),
    fc.record({ type: fc.constant("words" as const), question: about }),
    fc.record({ type: fc.constant("change" as const), field: fc.constantFrom(...BRIEF_FIELDS) }),
    fc.record({ type: fc.constant("effect" as const), effect: fc.constantFrom(...EFFECTS) }),
    fc.constantFrom<Action>(
      { type: "judgement" },
      { type: "verb", verb: "show" },
      { type: "wish", wish: "cheaper" },
      { type: "keep", proposal: "0123456789ab" },
      { type: "feedback", verdict: "bad" },
      { type: "stop" },
      { type: "new" },
    ),
  );
  fc.assert(fc.property(actions, (action) => void expect(actionOf(actionId(action))).toEqual(action)));
  for (const id of [
    "",
    "effect:format-disk",
    "change:__proto__",
    "verb:",
    "answer:epochs",
    "answer:epochs:{}",
    "keep:1",
  ])
    expect(actionOf(id)).toBeUndefined();
});
