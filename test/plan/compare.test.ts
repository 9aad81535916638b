import { describe, expect, test } from "vitest";
import { catalog } from "../../src/catalog/catalog.ts";
import {
  AdvisorError,
  advise,
  compare,
  explainDifference,
  explainReasons,
  type Plan,
  readText,
  why,
} from "../../src/index.ts";

const today = "2026-11-22";
const plan = (text: string): Plan => advise(readText(text, catalog, { today }), catalog, { today });
const RENT = "fine-tune Llama 3.1 8B on 50k chats, budget $500";
const one = plan(`${RENT}, on one H100`);
const two = plan(`${RENT}, on two RTX 4090`);

describe("the difference of two plans", () => {
  const { changes, same, before, after } = compare(one, two);
  const of = (name: string) => changes.find((c) => c.name === name)!;

  test("names both, cost and memory first, then time, machine, decisions, settings, and what was said", () => {
    expect([same, before, after]).toEqual([false, one.planHash, two.planHash]);
    const kinds = [...new Set(changes.map((c) => c.kind))];
    expect(kinds.slice(0, 3)).toEqual(["cost", "memory", "time"]);
    expect(kinds.at(-1)).toBe("said");
    expect(changes[0]!.name).toBe("training cost");
  });

  test("explains cost as hours times price, with the plans' own numbers", () => {
    const longer = two.time!.trainHours.expected / one.time!.trainHours.expected;
    const prices = [one, two].map((p) => p.hardware!.offer!.usdPerHour.toFixed(2));
    expect(of("training cost").why).toContain(`at $${prices[1]} instead of $${prices[0]} an hour`);
    expect(Number(/^([\d.]+) ×/.exec(of("training cost").why!)![1])).toBeCloseTo(longer, 0);
    const paid = (p: Plan) => p.time!.trainHours.expected * p.hardware!.offer!.usdPerHour;
    expect(paid(two)).toBeCloseTo(two.cost!.trainUsd.expected, 6);
  });

  test("explains memory by the parts that moved most, which sum as the estimate's parts do", () => {
    const size = (p: Plan, name: string) => p.memory!.parts.find((x) => x.name === name)?.gib ?? 0;
    const [, name, sign, gib] = /^([\w -]+?) ([+−])([\d.]+) GiB/.exec(of("memory per device").why!)!;
    const moved = size(two, name!) - size(one, name!);
    expect(Number(gib) * (sign === "−" ? -1 : 1)).toBeCloseTo(moved, 1);
    for (const part of two.memory!.parts)
      expect(Math.abs(size(two, part.name) - size(one, part.name))).toBeLessThanOrEqual(Math.abs(moved) + 1e-9);
  });

  test("says what was said otherwise", () => {
    expect(of("accelerator")).toMatchObject({ kind: "said", before: "h100-80gb-sxm", after: "rtx-4090" });
  });

  test("of a plan and itself is none", () => {
    expect(compare(one, one)).toEqual({ before: one.planHash, after: one.planHash, same: true, changes: [] });
    expect(explainDifference(compare(one, one))).toContain("Nothing changes");
  });

  test("to a plan that is not possible is its verdict with what blocks it, not a list of missing settings", () => {
    const none = plan("full fine-tuning of Llama 3.1 70B on one RTX 4090 that I own");
    const { changes: lost } = compare(one, none);
    expect(none.status).toBe("infeasible");
    expect(lost[0]).toMatchObject({
      kind: "verdict",
      before: "feasible",
      after: "not possible",
      why: none.blockers[0]!.text,
    });
    expect(lost.some((c) => c.kind === "setting" || c.kind === "decision")).toBe(false);
  });
});

describe("why", () => {
  test.each([
    ["framework", "framework", undefined],
    ["this GPU", "hardware", undefined],
    ["the card", "hardware", undefined],
    ["so expensive", "cost", undefined],
    ["how long", "time", undefined],
    ["not QLoRA", "method", "qlora"],
    ["LoRA", "method", "lora"],
    ["full fine-tuning", "method", "full"],
    ["not jax", "framework", "jax-flax"],
    ["TensorFlow", "framework", "tensorflow-keras"],
    ["modal", "platform", "modal"],
    ["fastapi", "deployment", "fastapi-docker"],
  ])("%s is a question about %s", (words, topic, option) => {
    const reasons = why(one, words);
    expect([reasons.topic, reasons.option]).toEqual([topic, option]);
    expect(reasons.reasons.length).toBeGreaterThan(0);
  });

  test("not QLoRA gives the refusal from the record; why LoRA gives its reasons", () => {
    const method = one.decisions.find((d) => d.name === "method")!;
    const refusal = method.refused.find((r) => r.option === "qlora")!;
    expect(why(one, "not QLoRA")).toMatchObject({ chosen: false, refused: [refusal] });
    expect(explainReasons(why(one, "not QLoRA"))).toContain(refusal.why);
    expect(why(one, "lora")).toMatchObject({ chosen: true, reasons: method.reasons });
  });

  test("a slip of the fingers is an error that names the nearest", () => {
    expect(() => why(one, "framwork")).toThrow(AdvisorError);
    try {
      why(one, "framwork");
    } catch (error) {
      expect((error as AdvisorError).hint).toBe('Did you mean "framework"?');
    }
  });
});
