import { expect, test } from "vitest";
import type { BriefValues } from "../../src/brief/brief.ts";
import { briefFromValues } from "../../src/brief/values.ts";
import { catalog } from "../../src/catalog/catalog.ts";
import { advise } from "../../src/plan/advise.ts";
import { paretoFront } from "../../src/plan/alternatives.ts";
import { effortOf, riskOf } from "../../src/plan/rank.ts";
import { resolve } from "../../src/plan/resolve.ts";
import { search } from "../../src/plan/search.ts";

const today = "2026-11-22";
const brief = (values: BriefValues) => briefFromValues(values, "stated");
const support: BriefValues = { model: "Qwen3 8B", exampleCount: 20_000, budgetUsd: 50 };

test("nothing on the front is beaten on cost, time, risk and effort by anything that was tried", () => {
  const { workload } = resolve(brief(support), catalog);
  const { candidates } = search(workload, catalog);
  const front = paretoFront(candidates, workload);
  const axes = [riskOf, effortOf] as const;
  expect(front.length).toBeGreaterThan(2);
  for (const f of front) {
    const beaten = candidates.some(
      (c) =>
        c.usd.expected < f.usd.expected * 0.999 &&
        c.hours.expected < f.hours.expected * 0.999 &&
        axes.every((axis) => axis(c) <= axis(f)) &&
        c.hardware.acceleratorCount <= f.hardware.acceleratorCount &&
        c.hardware.offer!.platform === f.hardware.offer!.platform,
    );
    expect(beaten).toBe(false);
  }
});

test("an alternative is better than the plan at what its name says", () => {
  const p = advise({ brief: brief(support) }, catalog, { today });
  const named = new Map(p.alternatives.map((a) => [a.name, a]));
  expect(named.size).toBeGreaterThan(1);
  expect(named.get("cheapest")!.trainUsd.expected).toBeLessThan(p.cost!.trainUsd.expected);
  expect(named.get("fastest")!.trainHours.expected).toBeLessThan(p.time!.trainHours.expected);
  for (const a of p.alternatives) expect(a.trainUsd.expected).toBeLessThanOrEqual(50);
});

test("the most private way is never a stranger's machine", () => {
  const p = advise({ brief: brief({ ...support, budgetUsd: 500 }) }, catalog, { today });
  const named = p.alternatives.find((a) => a.name === "most private");
  if (named) expect(named.hardware.offer!.platform).not.toBe("vast");
  expect(p.hardware!.offer!.platform).not.toBe("vast");
});
