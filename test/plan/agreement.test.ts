import { describe, expect, test } from "vitest";
import { readText } from "../../src/brief/read.ts";
import { catalog } from "../../src/catalog/catalog.ts";
import { ask } from "../../src/plan/ask.ts";
import { explain } from "../../src/plan/explain.ts";
import { gib, usd } from "../../src/plan/format.ts";
import type { Decision, DecisionName, Plan } from "../../src/plan/plan.ts";
import { planFor } from "../../src/plan/planner.ts";

const today = "2026-11-22";
const briefOf = (words: string) => readText(words, catalog, { today }).brief;
const planOf = (words: string): Plan => planFor({ brief: briefOf(words) }, catalog, { today });
const decisionOf = (plan: Plan, name: DecisionName): Decision => plan.decisions.find((d) => d.name === name)!;

describe("training from scratch", () => {
  const plan = planOf("pretrain a 1B model on 20B tokens on 8 H100");

  test("is not called fine-tuning anywhere, and loads no published weights", () => {
    expect(plan.headline).toMatch(/^Training from scratch: 1B/);
    const { title, reasons } = decisionOf(plan, "framework");
    expect(title).toBe("Hugging Face Transformers");
    expect(reasons.join(" ")).toMatch(/fresh weights/);
    expect(reasons.join(" ")).not.toMatch(/pretrained decoder|PEFT/);
  });

  test("is what an architecture of one's own needs, whose memory is a stand-in's", () => {
    const own = planOf("our own novel attention architecture, 300M parameters, train on 2M examples with one A100");
    expect(decisionOf(own, "method").title).toMatch(/from scratch/);
    expect(decisionOf(own, "method").refused.find((r) => r.option === "lora")?.why).toMatch(/a base to adapt/);
    expect(own.risks.map((r) => r.text).join(" ")).toMatch(/plain decoder of 300M parameters/);
  });
});

test("what Keras trains for a phone is served by LiteRT: framework and deployment name one stack", () => {
  const plan = planOf("image classifier with 12 classes for our android app, train on 5k photos");
  expect(decisionOf(plan, "framework").choice).toBe("tensorflow-keras");
  expect(decisionOf(plan, "deployment").choice).toBe("litert");
  expect(decisionOf(plan, "deployment").refused.find((r) => r.option === "onnx-tensorrt")?.why).toMatch(
    /second export/,
  );
});

describe("a server without an engine", () => {
  // Kernel by kernel from the host, an 8B takes tens of milliseconds a token whatever the card.
  const plan = planOf("Serve Llama 3.1 8B, 2,000 requests a day");

  test("answers one request at a time, at the rate from which an engine takes over", () => {
    const { serving } = plan;
    expect(decisionOf(plan, "deployment").choice).toBe("fastapi-docker");
    expect(serving!.engine).toBe("transformers");
    expect(serving!.maxConcurrentRequests).toBe(1);
    expect(serving!.autoscaling.targetConcurrentRequests).toBe(1);
    // Planned at seven tenths of what one request at a time does.
    const over = serving!.ways.find((x) => x.deployment === "vllm")!.betterAbove!;
    expect(serving!.requestsPerSecondPerReplica.expected * 0.7).toBeCloseTo(over, 3);
  });

  test("is refused where a plain loop is too slow for the latency, and 4-bit weights are then for speed, not for room", () => {
    const fast = planOf("Serve Llama 3.1 8B, 100 requests a day, answers within 3 seconds");
    expect(fast.serving!.engine).toBe("vllm");
    expect(fast.serving!.notes.join(" ")).toMatch(/16-bit weights fit and take too long to read for 3 s/);
  });

  test("stands beside a hosted model where requests are rare, and not where the fleet is cheaper", () => {
    const [hosted] = plan.offRamps;
    expect(hosted?.kind).toBe("api");
    expect(hosted!.usd!.low).toBeLessThan(plan.cost!.servingUsdPerMonth!.expected);
    expect(planOf("Serve Llama 3.1 8B at 5 requests per second").offRamps).toEqual([]);
    expect(planOf("Serve Qwen3 8B on our own A100, air-gapped, 0.05 requests per second").offRamps).toEqual([]);
  });
});

test("a fleet that writes slower than people read says so, unless a latency was asked for", () => {
  // 238 words a minute are 317 tokens a minute: 189 ms a token.
  const words = "Serve Llama 3.3 70B at 2 requests per second";
  const slow = planOf(words);
  expect(slow.serving!.timePerOutputTokenSeconds.expected).toBeGreaterThan(0.189);
  expect(slow.risks.map((r) => r.text).join(" ")).toMatch(/slower than people read/);
  expect(
    planOf(`${words}, answers within 20 seconds`)
      .risks.map((r) => r.text)
      .join(" "),
  ).not.toMatch(/slower than/);
});

test("a latency that nothing keeps is refused with what the fastest machine takes", () => {
  const plan = planOf("Serve Qwen3 32B at 2 requests per second, answers within 1 second");
  expect(plan.status).toBe("infeasible");
  expect(plan.headline).toMatch(
    /the fastest, a complete answer of 256 tokens takes about [\d.]+ s, and 1 s were asked/,
  );
});

test("where the high end of memory is over the card, the plan does not say plainly that it fits", () => {
  const plan = planOf("LoRA for SDXL on 60 product photos on my RTX 3060 12GB");
  expect(plan.memory!.neededGib.high).toBeGreaterThan(plan.memory!.usableGib);
  expect(explain(plan)).toMatch(/should fit, with nothing to spare|It is tight/);
  expect(plan.risks.map((r) => r.text).join(" ")).toMatch(/high end of its estimate would not|Memory is tight/);
});

test("pictures and clips have no length to raise: only texts are offered longer samples", () => {
  for (const words of [
    "image classifier with 12 classes on our server, train on 5k photos",
    "fine-tune whisper on 20k clips, one 4090",
  ])
    expect(planOf(words).repairs.filter((r) => r.change.sequenceLength !== undefined)).toEqual([]);
});

test("work is counted in what the data is made of: rows and trees, images, clips, tokens with both texts of a pair", () => {
  expect(explain(planOf("predict churn from 200k rows of customer data"))).toMatch(/200,000 rows, 1,000 trees a fit/);
  expect(explain(planOf("classify product photos into 40 classes, 20k images, one RTX 3060"))).toMatch(
    // 20,000 photos, ten passes.
    /200,000 images, /,
  );
  expect(explain(planOf("fine-tune whisper small on 20k clips of 12 seconds, our T4"))).toMatch(
    /100,000 clips, .*\| clips of 30 s × epochs \|/,
  );
  expect(explain(planOf("DPO on Llama 3.1 8B with 30k preference pairs, one H100"))).toMatch(
    /× epochs × 2 answers × 4\/3 with the reference \|/,
  );
});

test("a table assumes no epochs and asks for no GPU", () => {
  const words = "predict churn from 200k rows of customer data";
  expect(planOf(words).assumptions.map((a) => a.field)).not.toContain("epochs");
  expect(ask(briefOf(words), catalog).map((q) => q.id)).not.toContain("accelerator");
});

test("a question that leads to one answer whoever owns a card is not asked", () => {
  const words = "Fine-tune a chatbot on our wiki, 800 documents that change every week";
  expect(planOf(words).status).toBe("off-ramp");
  expect(ask(briefOf(words), catalog).map((q) => q.id)).not.toContain("accelerator");
});

test("platforms are ruled out by name where others are open, and elsewhere altogether where none is", () => {
  const reasons = (words: string): string => decisionOf(planOf(words), "platform").reasons.join(" ");
  expect(reasons("EU only, GDPR: fine-tune Mistral 7B on 20k samples, budget $300")).toMatch(
    /Ruled out: Vast\.ai: its hosts/,
  );
  expect(reasons("We live on AWS: LoRA of Llama 3.1 8B, 200k examples, budget $2000")).toMatch(
    /Elsewhere is ruled out/,
  );
});

test("the price of several machines is said a machine, and sixteen cards are not sold for the price of eight", () => {
  const plan = planOf("full fine-tuning of Llama 3.1 70B on 16x H100 on Lambda, 50k examples, budget $5000");
  const offer = plan.hardware!.offer!;
  expect(plan.hardware!.nodeCount).toBe(2);
  expect(plan.cost!.trainUsd.expected).toBeCloseTo(plan.time!.trainHours.expected * 2 * offer.usdPerHour, 4);
  expect(decisionOf(plan, "platform").reasons[0]).toContain(`in 2 machines at ${usd(offer.usdPerHour)} per hour each`);
});

test("a layout that is refused for memory shows the figure that is over the card", () => {
  const plan = planOf("pretrain a 1B model on 20B tokens on 8 TPU v5e");
  const why = decisionOf(plan, "distributed").refused.find((r) => r.option === "zero-2")!.why;
  const [, high, usable] = /up to ([\d.]+) GiB\) of the ([\d.]+) GiB/.exec(why)!;
  expect(Number(high)).toBeGreaterThan(Number(usable));
});

test("where the machine at hand cannot train, a rented one that can is offered", () => {
  const plan = planOf("I have a MacBook Pro M3 with 36GB and want to fine-tune Mistral 7B on 2000 examples");
  expect(plan.status).toBe("infeasible");
  expect(plan.repairs.map((r) => r.summary).join(" ")).toMatch(/^Rent 1 × .* about .* \$/);
});

test("own hardware costs time in a repair, not $0.00", () => {
  const plan = planOf("full fine-tune Llama 3.1 8B on one 24 GB GPU of ours, 50k examples");
  expect(plan.repairs.length).toBeGreaterThan(0);
  for (const { summary } of plan.repairs) expect(summary).not.toContain("$0.00");
});

test("a Jetson is where the model runs: training is rented, and the engine is built on the board", () => {
  for (const board of ["Jetson Orin Nano", "Jetson AGX Orin"]) {
    const plan = planOf(`detect defects from camera images, 3000 labelled images, must run on a ${board}`);
    expect(plan.status, plan.headline).toBe("feasible");
    expect(plan.hardware!.accelerator.name).not.toMatch(/Jetson/);
    expect(decisionOf(plan, "deployment").title).toMatch(/TensorRT engine, built on the device/);
    expect(plan.assumptions.find((a) => a.field === "accelerator")?.why).toMatch(/runs?, not where it trains/);
  }
});

test("personal data is warned of, and leaves for a hosted model under a contract alone", () => {
  const plan = planOf("GDPR: fine-tune Mistral 7B on 20k samples, budget $300");
  expect(plan.risks.map((r) => r.mitigation).join(" ")).toMatch(/data processing agreement/);
  expect(plan.offRamps.find((r) => r.kind === "api")?.why).toMatch(/contract covers this data/);
});

test("amounts too small for two decimals are not nothing", () => {
  expect(usd(0.0019)).toBe("$0.0019");
  expect(usd(0)).toBe("$0.00");
  // 25e6 weights in int8 with scales: 0.0238 GiB.
  expect(gib(0.0238)).toBe("24 MiB");
  expect(gib(0)).toBe("0.0 GiB");
});
