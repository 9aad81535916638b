import { readFileSync } from "node:fs";
import { beforeAll, expect, test } from "vitest";
import { LIMITS } from "../../slack/blocks/limits.ts";
import { type Message, messages } from "../../slack/blocks/message.ts";
import { planBlocks, wholePlan } from "../../slack/blocks/plan.ts";
import { refuseMessage, textCharacters } from "../../slack/blocks/validate.ts";
import { AdvisorError, advise, catalog, explain, type Plan, readText } from "../../src/index.ts";
import { generate } from "../brief/generator/generate.ts";
import { TEMPLATES } from "../brief/generator/templates/all.ts";
import { answered, sharedBot } from "./app/bots.ts";
import { SETTING, stage } from "./stage.ts";

const { today } = SETTING;
const ofFile = (file: string): string[] =>
  readFileSync(new URL(`../brief/${file}`, import.meta.url), "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => (JSON.parse(line) as { text: string }).text);
const BRIEFS = [
  ...ofFile("briefs.jsonl"),
  ...ofFile("cases.jsonl"),
  ...Object.entries(TEMPLATES).flatMap(([phenomenon, templates]) =>
    templates.map((template) => generate(phenomenon, template, 0).text),
  ),
].filter((_, i) => process.env.ML_ARCHITECT_FULL || i % 4 === 0);
BRIEFS.push(
  // As much as one request can ask for at once.
  "Fine-tune and serve Mixtral 8x22B and compare with Llama 3.1 70B on 5M tickets of 8k tokens on 4 nodes of 8 A100s, HIPAA, EU only, AWS, 20 requests/s under 300 ms, $50 total, by tomorrow",
);

/** Nothing, where the words name what nobody knows: that is told in a sentence. */
function planned(words: string): Plan | undefined {
  try {
    return advise(readText(words, catalog, { today }), catalog, { today });
  } catch (error) {
    if (error instanceof AdvisorError) return undefined;
    throw error;
  }
}

let plans: { words: string; plan: Plan; brief: Message[]; whole: Message[] }[] = [];
beforeAll(() => {
  plans = BRIEFS.flatMap((words) => {
    const plan = planned(words);
    if (!plan) return [];
    const sent = (blocks: Parameters<typeof messages>[0]): Message[] => messages(blocks, plan.headline);
    return [{ words, plan, brief: sent(planBlocks(plan, stage())), whole: sent(wholePlan(plan, stage())) }];
  });
});

const characters = (found: readonly Message[]): number =>
  found.reduce((sum, { blocks }) => sum + blocks.reduce((n, block) => n + textCharacters(block), 0), 0);

/** Everything that people read of messages, in order. */
function readable(found: readonly Message[]): string {
  const texts: string[] = [];
  const visit = (node: unknown): void => {
    if (typeof node !== "object" || node === null) return;
    const { text } = node as { text?: unknown };
    if (typeof text === "string") texts.push(text);
    for (const child of Object.values(node)) visit(child);
  };
  for (const { blocks } of found) visit(blocks);
  return texts.join(" ").replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}

/** Words and figures, with how often each is there. */
function counted(text: string): Map<string, number> {
  const found = new Map<string, number>();
  for (const [word] of text.matchAll(/[\p{L}\p{N}]+/gu)) found.set(word, (found.get(word) ?? 0) + 1);
  return found;
}

test(`Slack takes every message of the plans of ${BRIEFS.length} briefs, short and whole`, () => {
  expect(plans.length).toBeGreaterThan(0.9 * BRIEFS.length);
  const refused = plans.flatMap(({ words, brief, whole }) =>
    [...brief, ...whole].flatMap((message) => {
      const why = refuseMessage(message);
      return why === undefined ? [] : [{ words, why }];
    }),
  );
  expect(refused).toEqual([]);
});

test("the longest of them needs several messages, in which no word and no figure of it is missing", () => {
  const { whole } = plans.reduce((a, b) => (characters(b.whole) > characters(a.whole) ? b : a));
  expect(characters(whole)).toBeGreaterThan(LIMITS.messageBlockCharacters);
  expect(whole.length).toBeGreaterThan(1);
  for (const each of plans) {
    const shown = counted(readable(each.whole));
    // The addresses of links stand in the link; names with their values are a list, which needs no head.
    const written = explain(each.plan)
      .replace(/\]\(https?:[^)]*\)/g, "]")
      .replace(/^\|[^|\n]+\|[^|\n]+\|\n(?=\| ?:?-)/gm, "");
    const said = counted(written);
    const missing = [...said].filter(([word, count]) => (shown.get(word) ?? 0) < count);
    expect(missing, each.words).toEqual([]);
  }
});

test("in the short form the longest plan keeps every decision, number, assumption and risk", () => {
  for (const { plan, brief, words } of plans) {
    const shown = readable(brief).replace(/[`*]/g, "");
    const said = [
      ...plan.decisions.map((d) => d.title),
      ...plan.assumptions.map((a) => a.why),
      ...plan.risks.map((r) => r.text),
    ].map((text) => text.replace(/[`*]/g, ""));
    expect(
      said.filter((text) => !shown.includes(text.slice(0, 200))),
      words,
    ).toEqual([]);
  }
});

const running = sharedBot({ now: () => new Date() });

test("asked for it in a thread, the bot posts the longest plan whole, in order, and Slack refuses nothing", async () => {
  const { slack, errors } = running();
  const longest = plans.reduce((a, b) => (characters(b.whole) > characters(a.whole) ? b : a));
  const ada = slack.person("ada");
  const ml = slack.channel("longest", [ada]);
  const asked = ada.say(ml, `<@${slack.world.bot.id}> ${longest.words}`);
  await answered(slack, () => ada.seesThread(asked), /effect:zip|verb:show/);
  ada.say(ml, "show the plan", { thread: asked });
  await answered(slack, () => ada.seesThread(asked), `(${longest.whole.length} of ${longest.whole.length})`);
  const counts = ada
    .seesThread(asked)
    .flatMap(({ text }) => /\((\d+) of (\d+)\)$/.exec(text)?.slice(1, 3).map(Number) ?? []);
  const whole = counts.slice(-2 * longest.whole.length).filter((_, i) => i % 2 === 0);
  expect(whole).toEqual(longest.whole.map((_, i) => i + 1));
  expect(errors()).toEqual([]);
});
