import { expect, test } from "vitest";
import type { Brief, BriefValues } from "../../src/brief/brief.ts";
import { briefFromValues } from "../../src/brief/values.ts";
import { catalog } from "../../src/catalog/catalog.ts";
import { advise } from "../../src/plan/advise.ts";
import type { Flip, Plan } from "../../src/plan/plan.ts";

const today = "2026-11-22";
const plan = (values: BriefValues): Plan => {
  const brief: Brief = briefFromValues(values, "stated");
  return advise({ brief }, catalog, { today });
};

const briefs: BriefValues[] = [
  { model: "Qwen3 8B", exampleCount: 20_000, budgetUsd: 10 },
  { model: "Llama 3.1 8B", exampleCount: 200_000, averageTokens: 500, deadlineHours: 48, constraints: ["no-spot"] },
  { model: "Qwen3 8B", exampleCount: 5000, accelerator: "rtx-3060", deploymentTarget: "local" },
  { model: "Qwen2.5 14B", exampleCount: 5000, accelerator: "rtx-4090", deploymentTarget: "on-premises" },
  { model: "Mistral 7B v0.3", task: "dpo", exampleCount: 30_000, budgetUsd: 100 },
];

/** The plan at a value of the field that decides. */
function at(values: BriefValues, field: NonNullable<Flip["field"]>, value: number): Plan {
  const whole = field === "sequenceLength" || field === "exampleCount" ? Math.round(value) : value;
  return plan({ ...values, [field]: whole });
}

function choice(p: Plan, decision: string): string {
  return p.status === "infeasible" ? "infeasible" : p.decisions.find((d) => d.name === decision)!.choice;
}

const machine = (p: Plan): string =>
  p.hardware ? `${p.hardware.acceleratorCount} × ${p.hardware.accelerator.id} on ${p.hardware.offer?.platform}` : "";

const numbered = briefs.flatMap((values) =>
  plan(values).decisions.flatMap((d) =>
    d.flips
      .filter((f) => f.field !== undefined && f.field !== "acceleratorMemoryGib")
      .map((flip) => ({ values, decision: d.name, flip })),
  ),
);

test("budget, deadline, length and examples each decide something among these briefs", () => {
  expect(new Set(numbered.map(({ flip }) => flip.field))).toEqual(
    new Set(["budgetUsd", "deadlineHours", "sequenceLength", "exampleCount"]),
  );
});

test.each(numbered)("$decision of $values.model changes to $flip.to when $flip.when", ({ values, decision, flip }) => {
  const number = (flip.below ?? flip.above)!;
  const beyond = flip.below === undefined ? number * 1.05 : number / 1.05;
  const before = plan(values);
  const after = at(values, flip.field!, beyond);
  expect(choice(after, decision)).toBe(flip.to);
  // A platform may stay while its card changes: then the machine is what flipped.
  if (choice(before, decision) === flip.to) expect(machine(after)).not.toBe(machine(before));
});

test("on this side of a flip's number the plan stands", () => {
  for (const { values, decision, flip } of numbered) {
    const number = (flip.below ?? flip.above)!;
    const within = flip.below === undefined ? number / 1.05 : number * 1.05;
    const now = plan(values);
    // Between the brief's own value and the number: anything there gives the same method.
    if (flip.field === "sequenceLength" || flip.field === "exampleCount")
      expect(choice(at(values, flip.field, within), "method"), flip.when).toBe(choice(now, "method"));
    else expect(choice(at(values, flip.field!, within), decision), flip.when).toBe(choice(now, decision));
  }
});

test("a 12 GB card that trains in 4 bits says from how much memory 16 bits would do", () => {
  const flip = plan(briefs[2]!)
    .decisions.find((d) => d.name === "method")!
    .flips.find((f) => f.field === "acceleratorMemoryGib")!;
  expect(flip.to).toBe("lora");
  // 8.19 B parameters in 16 bits are 15.3 GiB before a single activation.
  expect(flip.above).toBeGreaterThan(15.3);
  expect(flip.above).toBeLessThan(40);
});
