import { expect, test } from "vitest";
import { type Conversation, consult, current, type Event, emptyConversation } from "../../src/consult.ts";
import { type BriefValues, briefFromValues, catalog } from "../../src/index.ts";

const SETTING = { catalog, today: "2026-11-20", effects: [] as const };

const read = (fields: Partial<BriefValues>, text = ""): Event => ({
  type: "project",
  name: "acme/tickets",
  brief: briefFromValues(fields, "project"),
  notices: ["acme/tickets is large."],
  text,
});

function after(...events: (Event | string)[]): Conversation {
  let state = emptyConversation();
  for (const event of events)
    state = consult(state, typeof event === "string" ? { type: "said", text: event } : event, SETTING).state;
  return state;
}
const briefAfter = (...events: (Event | string)[]) => current(after(...events))!.brief;

test("a project begins a conversation: its fields are the brief, and say where they came from", () => {
  const brief = briefAfter(read({ model: "meta-llama/Llama-3.1-8B", exampleCount: 40_000 }));
  expect(brief).toMatchObject({
    model: { value: "meta-llama/Llama-3.1-8B", from: "project" },
    exampleCount: { value: 40_000, from: "project" },
  });
});

test("what a person stated overrules the project, before it was read and beside its name", () => {
  const project = read({ model: "meta-llama/Llama-3.1-8B", exampleCount: 40_000, epochs: 2 }, "with 90k examples");
  const brief = briefAfter("fine-tune Llama 3.1 8B on 50k tickets, 3 epochs", project);
  expect(brief.exampleCount?.value).toBe(90_000);
  expect(brief.epochs).toMatchObject({ value: 3, from: "stated" });
});

test("a budget that was stated is not mixed with the project's, and constraints add up", () => {
  const brief = briefAfter(
    "fine-tune Llama 3.1 8B on 50k tickets, budget $500, data must stay in the EU",
    read({ budgetUsd: 90, budgetPeriod: "month", constraints: ["hipaa"] }),
  );
  expect(brief.budgetUsd?.value).toBe(500);
  expect(brief.budgetPeriod?.value).not.toBe("month");
  expect(brief.constraints?.value).toEqual(expect.arrayContaining(["hipaa", "eu-only"]));
});

test("a project that says nothing new makes no revision", () => {
  const state = after("fine-tune Llama 3.1 8B on 50k tickets");
  const turn = consult(state, read({ exampleCount: 99 }), SETTING);
  expect(turn.state).toBe(state);
  expect(turn.replies).toMatchObject([{ kind: "done", text: expect.stringContaining("nothing that would change") }]);
});
