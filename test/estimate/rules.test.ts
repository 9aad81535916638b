import { expect, test } from "vitest";
import { catalog } from "../../src/catalog/catalog.ts";
import { estimate } from "../../src/estimate/estimate.ts";
import { parseRequest } from "../../src/estimate/parse.ts";
import type { EstimateRequest } from "../../src/estimate/request.ts";

const train = (request: Partial<EstimateRequest>) =>
  estimate({ phase: "train", model: "meta-llama/Llama-3.2-1B", accelerator: "rtx-4090", ...request }, catalog);

test.each<[string, Partial<EstimateRequest>]>([
  ["bf16-needs-ampere", { accelerator: "t4", dtype: "bf16" }],
  ["flash-attention-needs-ampere", { accelerator: "t4", dtype: "fp16-mixed", attention: "flash" }],
  ["fp8-needs-ada-or-hopper", { accelerator: "a100-80gb-sxm", computeDtype: "fp8" }],
  ["block-scaled-formats-need-blackwell", { accelerator: "h100-sxm", computeDtype: "nvfp4" }],
  ["block-scaled-formats-need-blackwell", { accelerator: "h100-sxm", computeDtype: "mxfp8" }],
  ["expert-parallel-divides-experts", { expertParallel: 2, acceleratorCount: 2 }],
  ["expert-parallel-divides-experts", { model: "mistralai/Mixtral-8x7B-v0.1", expertParallel: 3, acceleratorCount: 3 }],
  ["expert-parallel-divides-devices", { model: "mistralai/Mixtral-8x7B-v0.1", expertParallel: 4, acceleratorCount: 2 }],
  ["int8-with-fsdp", { baseQuantization: "int8", method: "qlora", sharding: "fsdp", acceleratorCount: 2 }],
  ["full-fine-tune-of-quantised-weights", { method: "full", baseQuantization: "nf4" }],
  ["tensor-parallel-divides-heads", { tensorParallel: 7, acceleratorCount: 7 }],
  ["parallelism-divides-devices", { tensorParallel: 2, acceleratorCount: 3 }],
])("%s is refused before money is spent", (rule, request) => {
  const answer = train(request);
  expect(answer.status).toBe("does-not-fit");
  expect(answer.warnings.map((w) => w.rule)).toContain(rule);
});

test("Blackwell computes in block-scaled formats", () => {
  const rules = train({ accelerator: "b200-sxm", computeDtype: "nvfp4" }).warnings.map((w) => w.rule);
  expect(rules).not.toContain("block-scaled-formats-need-blackwell");
});

test("heads that nobody stated only warn when tensor parallelism would not divide them", () => {
  // A typical 13B has 38 heads of 128; the real Llama 2 13B has 40, which five devices share.
  const rules = train({ model: "13B", tensorParallel: 5, acceleratorCount: 5 }).warnings.map((w) => w.rule);
  expect(rules).toContain("tensor-parallel-may-not-divide-heads");
  expect(rules).not.toContain("tensor-parallel-divides-heads");
});

test("an unknown trainer is estimated as transformers, with a warning", () => {
  expect(train({ trainer: "my-trainer" }).warnings.map((w) => w.rule)).toContain("unknown-trainer");
});

test("what is left out is assumed, and each assumption is listed with its reason", () => {
  const { assumptions } = train({});
  expect(assumptions.map((a) => a.field)).toEqual(
    expect.arrayContaining(["method", "dtype", "optimizer", "sequenceLength", "microBatchSize"]),
  );
  for (const a of assumptions) expect(a.why).not.toBe("");
});

test.each([
  [
    { phase: "train", model: "7B", accelerator: "rtx-4090", micoBatchSize: 2 },
    'Unknown field "micoBatchSize"',
    "microBatchSize",
  ],
  [{ phase: "train", model: "7B", accelerator: "rtx-4090", microBatchSize: -1 }, "microBatchSize", "microBatchSize"],
  [{ phase: "train", model: "7B" }, "accelerator", "accelerator"],
])("a bad request says what is wrong and what to do: %#", (request, message, hint) => {
  expect(() => parseRequest(request)).toThrowError(
    expect.objectContaining({ message: expect.stringContaining(message), hint: expect.stringContaining(hint) }),
  );
});

test.each([["gpt-9000"], ["Llama 3.1 9B"]])("an unknown model such as %s is an error with near names", (model) => {
  expect(() => train({ model })).toThrowError(
    expect.objectContaining({ code: "unknown-name", hint: expect.stringMatching(/Did you mean|size/) }),
  );
});

test("an accelerator known only by its memory is enough", () => {
  expect(train({ accelerator: { memoryGib: 24 } }).status).toBe("fits");
});

test("the ladder offers single changes that fit, gentlest first", () => {
  const answer = train({ model: "meta-llama/Llama-3.1-8B", method: "lora", microBatchSize: 8, sequenceLength: 4096 });
  expect(answer.status).toBe("does-not-fit");
  expect(answer.repairs.length).toBeGreaterThan(0);
  for (const repair of answer.repairs) expect(["fits", "tight"]).toContain(repair.status);
});
