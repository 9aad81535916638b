import { describe, expect, test } from "vitest";
import { person } from "../../bench/questions/people.mjs";
import type { Brief } from "../../src/brief/brief.ts";
import { catalog } from "../../src/catalog/catalog.ts";
import { AdvisorError, briefFromValues, readText } from "../../src/index.ts";
import { answered, ask, loss } from "../../src/plan/ask.ts";
import { outcomeOf, probeOf } from "../../src/plan/outcome.ts";
import { planFor } from "../../src/plan/planner.ts";
import { resolve } from "../../src/plan/resolve.ts";
import { unknowns } from "../../src/plan/unknowns.ts";

const today = "2026-11-22";
const read = (text: string): Brief => readText(text, catalog, { today }).brief;
const ALL = { atATime: 99 };

const BRIEFS: Brief[] = [
  "Fine-tune Llama 3.1 8B on 50k support tickets on one 24 GB GPU, budget $200, serve 5 requests/s",
  "fine-tune a chat model",
  "fine-tune Llama 3.1 8B on 50k chats",
  "serve Qwen 2.5 7B at 5 requests a second",
  "fine-tune a 70B model on 4 H100, 20k examples",
  "QLoRA on my laptop GPU, no cloud",
]
  .map(read)
  .concat(Array.from({ length: 8 }, (_, i) => briefFromValues(person(7 + i, catalog).said, "stated")));

describe("a question", () => {
  test("is asked only if two of its answers lead to different outcomes", () => {
    const probe = probeOf(catalog);
    for (const brief of BRIEFS)
      for (const question of ask(brief, catalog, ALL)) {
        const outcomes = question.options.map(({ value }) => probe(answered(brief, question.id, value, catalog)));
        expect(
          outcomes.some((o) => loss(outcomes[0]!, o) > 0),
          question.id,
        ).toBe(true);
      }
  });

  test("that is left out loses less than a twentieth of a plan on average", () => {
    const probe = probeOf(catalog);
    let leftOut = 0;
    for (const brief of BRIEFS) {
      const ids = new Set(ask(brief, catalog, ALL).map((q) => q.id));
      for (const { id, options } of unknowns(brief, resolve(brief, catalog).workload)) {
        if (ids.has(id)) continue;
        leftOut += 1;
        const lost = options.map((o) => o.weight * loss(probe(brief), probe(answered(brief, id, o.value, catalog))));
        expect(
          lost.reduce((a, b) => a + b, 0),
          id,
        ).toBeLessThan(0.05);
      }
    }
    expect(leftOut).toBeGreaterThan(5);
  });

  test("keeps the plan as it is with its default answer", () => {
    const probe = probeOf(catalog);
    for (const brief of BRIEFS)
      for (const { id, default: taken, options } of ask(brief, catalog, ALL)) {
        expect(options.map((o) => o.value)).toContain(taken);
        expect(loss(probe(brief), probe(answered(brief, id, taken, catalog))), id).toBe(0);
      }
  });

  test("says why with numbers: the machine and the money, or the time on one's own", () => {
    for (const brief of BRIEFS)
      for (const { why, id } of ask(brief, catalog))
        expect(why, id).toMatch(
          /^It decides between .*(?:\$\d|\d h|\d min|days|nothing that (?:fits|serves)|deployment)/,
        );
  });
});

describe("asking", () => {
  test("is at most three questions at a time, the same ones each time", () => {
    for (const brief of BRIEFS) {
      const first = ask(brief, catalog);
      expect(first.length).toBeLessThanOrEqual(3);
      expect(ask(brief, catalog)).toEqual(first);
    }
  });

  test("three questions are the first three of all: those given up early could not be among them", () => {
    for (const brief of BRIEFS) expect(ask(brief, catalog)).toEqual(ask(brief, catalog, ALL).slice(0, 3));
  });

  test("holds the four that an advisor always asks: kind of model, place, hardware with money and time, data", () => {
    const brief = briefFromValues({ phase: "train" }, "stated");
    const open = unknowns(brief, resolve(brief, catalog).workload).map((u) => u.id);
    expect(open).toEqual(
      expect.arrayContaining([
        "modality",
        "deploymentTarget",
        "accelerator",
        "budgetUsd",
        "deadlineHours",
        "dataStatus",
      ]),
    );
    const ids = ask(brief, catalog, ALL).map((q) => q.id);
    expect(ids).toEqual(expect.arrayContaining(["modality", "accelerator", "constraints", "exampleCount"]));
  });

  test("stops when every open point is answered or left to our judgement", () => {
    let brief = read("fine-tune a chat model");
    const settled: string[] = [];
    for (let i = 0; i < 30; i++) {
      const [question] = ask(brief, catalog, { settled, atATime: 1 });
      if (!question) break;
      expect(settled).not.toContain(question.id);
      settled.push(question.id);
      brief = answered(brief, question.id, question.options[0]!.value, catalog);
    }
    expect(ask(brief, catalog, { settled })).toEqual([]);
    expect(settled.length).toBeGreaterThan(2);
  });

  test("a card that nobody knows has no question; its name is the error elsewhere", () => {
    expect(ask(briefFromValues({ model: "Qwen3 8B", accelerator: "rtx-9090" }, "stated"), catalog)).toEqual([]);
  });
});

test("a draft decides what the plan decides: the answers that are tried are the plans that follow", () => {
  const probe = probeOf(catalog);
  for (let seed = 0; seed < 12; seed++) {
    const { truth, said } = person(100 + seed, catalog);
    for (const values of [said, truth, { ...truth, exampleCount: 777 }, { ...truth, budgetUsd: 3 }]) {
      const brief = briefFromValues(values, "stated");
      expect(probe(brief)).toEqual(outcomeOf(planFor({ brief }, catalog, { today })));
    }
  }
});

describe("an answer", () => {
  const brief = read("fine-tune Llama 3.1 8B");

  test("of one's own is taken where the field allows it", () => {
    expect(answered(brief, "exampleCount", 12_345, catalog).exampleCount).toEqual({ value: 12_345, from: "stated" });
    expect(answered(brief, "requestsPerSecond", 7, catalog)).toMatchObject({
      phase: { value: "both" },
      requestsPerSecond: { value: 7 },
    });
    expect(answered(brief, "accelerator", "rtx-4090", catalog)).toMatchObject({
      accelerator: { value: "rtx-4090" },
      owned: { value: true },
    });
  });

  test("that cannot be is refused with the options", () => {
    expect(() => answered(brief, "exampleCount", -3, catalog)).toThrow(AdvisorError);
    expect(() => answered(brief, "deadlineHours", "soon", catalog)).toThrow(/Cannot take "soon" as deadlineHours/);
  });

  test("to a question that does not stand is an error", () => {
    expect(() => answered(brief, "model", "x", catalog)).toThrow(/no open question "model"/);
  });
});

test("the answers of each question have weights that sum to one", () => {
  for (const brief of BRIEFS)
    for (const { id, options } of unknowns(brief, resolve(brief, catalog).workload))
      expect(
        options.reduce((sum, o) => sum + o.weight, 0),
        id,
      ).toBeCloseTo(1, 9);
});
