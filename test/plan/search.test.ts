import { describe, expect, test } from "vitest";
import { readText } from "../../src/brief/read.ts";
import { catalog } from "../../src/catalog/catalog.ts";
import { offersFor } from "../../src/catalog/prices.ts";
import { estimate } from "../../src/estimate/estimate.ts";
import type { Plan } from "../../src/plan/plan.ts";
import { planFor } from "../../src/plan/planner.ts";
import { waitingUsd } from "../../src/plan/rank.ts";

const today = "2026-11-22";
const planOf = (words: string): Plan =>
  planFor({ brief: readText(words, catalog, { today }).brief }, catalog, { today });

describe("what one device is given before it is given up, several are given too", () => {
  const words = "Fine-tune Llama 3.1 8B on 20k examples of 2048 tokens on";
  const one = planOf(`${words} one RTX 4090 we own`);
  const two = planOf(`${words} two RTX 4090s we own`);

  test("a second 4090 does not turn LoRA into QLoRA: copies with the chunked loss fit as one card does", () => {
    // 8.03e9 × 2 B = 15.0 GiB of weights, and a loss that never holds 2048 × 128,256 logits.
    expect(one.training).toMatchObject({ method: "lora", fusedLoss: true });
    expect(two.training).toMatchObject({ method: "lora", fusedLoss: true, sharding: "none" });
    expect(two.time!.trainHours.expected).toBeLessThan(one.time!.trainHours.expected * 0.6);
  });

  test("shards with whole logits fit as well, and lose to copies by time alone", () => {
    const sharded = estimate({ ...two.memoryRequest!, sharding: "fsdp", fusedLoss: false }, catalog);
    const rate = (e: typeof sharded): number => e.throughput.tokensPerSecondPerDevice.expected;
    expect(sharded.status).toBe("fits");
    expect(rate(two.memory!)).toBeGreaterThan(rate(sharded) / 0.95);
  });
});

describe("a stated deadline", () => {
  const range = { low: 10, expected: 20, high: 30 };

  test("ends the worth of being done sooner, and counts the hours by which the slow end misses it", () => {
    // 20 hours at $0.50; nothing; six hours at $0.50.
    expect(waitingUsd(range, undefined)).toBe(10);
    expect(waitingUsd(range, 30)).toBe(0);
    expect(waitingUsd(range, 24)).toBe(3);
    // 48 hours at $0.50 and 52 at $5.
    expect(waitingUsd({ low: 50, expected: 100, high: 150 }, undefined)).toBe(24 + 260);
  });

  test("that is far away lets a cheaper, slower machine win, and never a dearer one", () => {
    for (const brief of [
      "LoRA of Llama 3.1 8B on 200k chats, budget $2000",
      "QLoRA of Llama 3.3 70B on 20k chats, budget $2000",
      "full fine-tuning of Qwen2.5 1.5B on 100k chats, budget $2000",
    ]) {
      const hurried = planOf(brief);
      const patient = planOf(`${brief}, we have three months`);
      expect(patient.workload!.deadlineHours, brief).toBeGreaterThan(1000);
      expect(patient.cost!.trainUsd.expected, brief).toBeLessThanOrEqual(hurried.cost!.trainUsd.expected);
      expect(patient.time!.trainHours.high).toBeLessThanOrEqual(patient.workload!.deadlineHours!);
    }
  });
});

describe("a card that a platform sells only in machines of eight", () => {
  const sizes = offersFor(catalog, "a100-80gb-sxm")
    .filter((o) => o.platform === "lambda" && o.confidence !== "stale")
    .map((o) => o.acceleratorCount);

  test("is rented whole and used whole", () => {
    expect(new Set(sizes)).toEqual(new Set([8]));
    const plan = planOf("QLoRA of Llama 3.1 8B on A100 80GB SXM on Lambda, 20k examples, budget $500");
    expect(plan.hardware).toMatchObject({ acceleratorCount: 8, offer: { platform: "lambda", acceleratorCount: 8 } });
    expect(plan.decisions.find((d) => d.name === "platform")!.reasons.join(" ")).toMatch(
      /only in machines of 8: the whole machine is paid for, so all of it is used/,
    );
  });

  test("is paid for whole where one card was asked for, and the plan says so", () => {
    const plan = planOf("QLoRA of Llama 3.1 8B on one A100 80GB SXM on Lambda, 20k examples, budget $500");
    expect(plan.hardware).toMatchObject({ acceleratorCount: 1, offer: { acceleratorCount: 8 } });
    expect(plan.decisions.find((d) => d.name === "platform")!.reasons.join(" ")).toMatch(
      /the price is that of the whole machine/,
    );
  });
});

describe("where a plan flips does not depend on where one starts", () => {
  /** The length of run at which the plan leaves this platform for another, hours on the platform it leaves. */
  const crossing = (plan: Plan, to: string): number | undefined => {
    const flip = plan.decisions
      .find((d) => d.name === "platform")!
      .flips.find((f) => f.to === to && f.when.startsWith("the run is"));
    const [, amount, unit] = /about ([\d.]+) (h|min)/.exec(flip?.when ?? "") ?? [];
    return amount === undefined ? undefined : Number(amount) / (unit === "min" ? 60 : 1);
  };

  test("plans of 2,000, 8,000 and 20,000 examples name one length from which Modal is the better platform", () => {
    const plans = [2000, 8000, 20_000].map((n) => planOf(`LoRA of Llama 3.1 8B on ${n} examples, budget $2000`));
    expect(new Set(plans.map((p) => p.hardware!.offer!.platform))).toEqual(new Set(["hf-jobs"]));
    const lengths = plans.map((p) => crossing(p, "modal")!);
    for (const length of lengths) expect(length / lengths[0]!).toBeCloseTo(1, 1);
  });

  test("and fleets for 0.1 to 20 requests a second one rate below which functions cost less", () => {
    const rates = [0.1, 1, 5, 20].map(
      (n) =>
        planOf(`Serve Llama 3.1 8B at ${n} requests per second`).serving!.ways.find(
          (x) => x.deployment === "modal-functions",
        )!.betterBelow!,
    );
    for (const rate of rates) expect(rate / rates[0]!).toBeCloseTo(1, 3);
  });
});

describe("a month of serving", () => {
  test("on one machine that never sleeps is as wide as months are long: 672 to 744 hours", () => {
    const { cost, serving } = planOf("Serve Llama 3.1 8B at 1 request per second");
    const { low, expected, high } = cost!.servingUsdPerMonth!;
    expect(serving!.replicas).toBe(1);
    expect(low).toBeCloseTo((expected * 672) / 730, 6);
    expect(high).toBeCloseTo((expected * 744) / 730, 6);
  });

  test("in functions widens with what a request and a cold start may take", () => {
    const { low, expected, high } = planOf("Serve Llama 3.1 8B, 100 requests a day").cost!.servingUsdPerMonth!;
    expect(low).toBeLessThan((expected * 672) / 730);
    expect(high).toBeGreaterThan((expected * 744) / 730);
  });

  test("through a hosted model is no single number either: vendors count tokens differently", () => {
    const [api] = planOf("Serve Llama 3.3 70B, 100 requests a day").offRamps;
    expect(api!.usd!.high).toBeGreaterThan(api!.usd!.expected);
    expect(api!.usd!.low).toBeLessThan(api!.usd!.expected);
  });
});
