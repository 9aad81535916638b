import { describe, expect, test } from "vitest";
import { readText } from "../../src/brief/read.ts";
import { catalog } from "../../src/catalog/catalog.ts";
import type { Plan } from "../../src/plan/plan.ts";
import { planFor } from "../../src/plan/planner.ts";

const today = "2026-11-22";
const planOf = (words: string): Plan =>
  planFor({ brief: readText(words, catalog, { today }).brief }, catalog, { today });

describe("a format of the served weights that is asked for", () => {
  test.each([
    ["Serve Mixtral 8x7B AWQ at 1 request per second", "awq-int4", "4-bit AWQ"],
    ["host Llama 3.1 8B GPTQ on a 3090, 10 users", "gptq-int4", "4-bit GPTQ"],
    ["serve Llama 3.3 70B in fp8 at 5 requests per second", "fp8", "fp8"],
    [
      "fine-tune Llama 3.1 8B on 20k examples, then serve it with AWQ at 5 requests per second",
      "awq-int4",
      "4-bit AWQ",
    ],
  ])("%s: is planned and said", (words, format, name) => {
    const { serving } = planOf(words);
    expect(serving!.baseQuantization).toBe(format);
    expect(serving!.notes.join(" ")).toContain(`${name} weights, as you asked`);
  });

  test("of 16 bits is not quietly quantised to save a machine", () => {
    // 70.6e9 × 2 B = 131 GiB.
    const plain = planOf("serve Llama 3.3 70B in bf16 at 2 requests per second").serving!;
    expect(plain.baseQuantization).toBe("none");
    expect(plain.acceleratorCountPerReplica * plain.accelerator.memoryGib).toBeGreaterThan(131);
  });

  test("that nothing holds is refused by name, with what is left", () => {
    // 70.6e9 × 0.52 B = 34 GiB of weights on a card of 24.
    const plan = planOf("serve Llama 3.3 70B GPTQ on our 3090 at 5 requests per second");
    expect(plan.status).toBe("infeasible");
    expect(plan.headline).toMatch(/with 4-bit GPTQ weights, as you asked/);
    expect(plan.offRamps.map((r) => r.kind)).toEqual(["api"]);
    expect(plan.offRamps[0]!.usd!.expected).toBeGreaterThan(0);
  });

  test("is no format of a training base: QLoRA's nf4 leaves the server as it was", () => {
    expect(
      planOf("QLoRA of Llama 3.1 8B in nf4 on 20k examples, serve at 5 requests per second").workload!.serving!,
    ).not.toHaveProperty("quantization");
  });
});

test("a card without bf16 is told of, as its server must calculate in fp16", () => {
  // Compute capability 7.5 (T4) and 8.9 (L4); bf16 begins with 8.0.
  expect(planOf("serve Qwen2.5 1.5B on my T4 at 2 requests per second").serving!.accelerator).toMatchObject({
    id: "t4",
    supportsBf16: false,
  });
  const newer = planOf("serve Qwen2.5 1.5B on my L4 at 2 requests per second").serving!.accelerator;
  expect(newer.id).toBe("l4");
  expect(newer).not.toHaveProperty("supportsBf16");
});

test("own cards hold so many replicas and no more, however busy they are", () => {
  const growth = (cards: string): unknown => {
    const { serving } = planOf(`serve Qwen3 8B on my ${cards} at 2 requests per second`);
    return [serving!.replicas, serving!.autoscaling.minReplicas, serving!.autoscaling.maxReplicas];
  };
  expect(growth("L40S")).toEqual([1, 1, 1]);
  expect(growth("4 L40S")).toEqual([1, 1, 2]);
  expect(planOf("serve Qwen3 8B on my L40S at 2 requests per second").decisions).toContainEqual(
    expect.objectContaining({
      name: "deployment",
      reasons: expect.arrayContaining(["Stays at 1 replica, as your own cards hold no more."]),
    }),
  );
});

test("what is over the budget for a server is costed as a hosted model, billed by the token", () => {
  const plan = planOf("Serve Llama 3.3 70B, 100 requests a day, $20 a month");
  expect(plan.blockers[0]!.rule).toBe("over-budget");
  // 100 × 30.4 days × (512 × $2 + 256 × $10) ÷ 1e6 = $10.90.
  expect(plan.offRamps[0]!.usd!.expected).toBeCloseTo(10.9, 1);
});

test("images of a request are counted with its text: five of 896 pixels are 5 × 32² tokens of 28 pixels a side", () => {
  const { assumptions, workload } = planOf("Serve Qwen2.5-VL 7B, 5 images + 3 videos per prompt, 1 request per second");
  expect(workload!.serving!.promptTokens).toBe(512 + 5 * 32 * 32);
  expect(assumptions.find((a) => a.field === "promptTokens")?.why).toMatch(/other media are not counted/);
});
