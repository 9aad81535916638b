import { expect, test } from "vitest";
import { readText } from "../../src/brief/read.ts";
import { catalog } from "../../src/catalog/catalog.ts";
import { estimate } from "../../src/estimate/estimate.ts";
import { advise } from "../../src/plan/advise.ts";
import { explain } from "../../src/plan/explain.ts";
import { parsePlan } from "../../src/plan/parse.ts";
import type { Plan } from "../../src/plan/plan.ts";

const today = "2026-11-22";
const planOf = (text: string): Plan => advise(readText(text, catalog, { today }), catalog, { today });

test("a request may be four times the typical one: lengths have a long tail, and four fit a replica at a time", () => {
  const plan = planOf("serve Llama 3.1 8B at 5 requests per second");
  // 512 tokens in and 256 out are assumed.
  expect(plan.serving).toMatchObject({
    contextLength: 768,
    longestRequest: { promptTokens: 2048, outputTokens: 1024 },
  });
  expect(explain(plan)).toContain("2,048 tokens in and 1,024 out");
});

test("the model's own context bounds it", () => {
  // Phi-2 was trained for 2,048 tokens: 2048 / (900 + 300) = 1.707 times the typical request.
  const plan = planOf("serve phi-2 at 2 requests per second, 900 tokens in, 300 tokens out");
  expect(plan.workload!.model.maxContextLength).toBe(2048);
  expect(plan.serving!.longestRequest).toEqual({ promptTokens: 1536, outputTokens: 512 });
});

test("a clip and a text that is read in one pass are as long as they are", () => {
  expect(planOf("serve whisper large v3, 20 requests per second").serving!.longestRequest).toEqual({
    promptTokens: 1500,
    outputTokens: 120,
  });
  const encoder = planOf("serve bert-base for classification at 20 requests per second").serving!;
  expect(encoder.longestRequest).toEqual({ promptTokens: encoder.contextLength, outputTokens: 0 });
});

test.each([
  "fine-tune Llama 3.1 8B on 20k chats on our 4090 and serve it at 1 request a minute",
  "serve Qwen2.5 14B on our A100 40GB, 20 requests an hour",
  "serve Llama 3.3 70B at 3 requests per second",
])("%s: the longest request fits the planned replica, alone in a plain process too", (words) => {
  const { serving } = planOf(words);
  const { promptTokens, outputTokens } = serving!.longestRequest;
  for (const engine of ["vllm", "transformers"] as const) {
    const answer = estimate(
      {
        phase: "serve",
        model: planOf(words).workload!.model.id,
        accelerator: serving!.accelerator.id,
        acceleratorCount: serving!.acceleratorCountPerReplica,
        ...(serving!.acceleratorCountPerReplica > 1 ? { tensorParallel: serving!.acceleratorCountPerReplica } : {}),
        engine,
        baseQuantization: serving!.baseQuantization as "none",
        contextLength: promptTokens + outputTokens,
        outputLength: outputTokens,
        concurrentRequests: 1,
      },
      catalog,
    );
    expect(answer.status, engine).toBe("fits");
  }
});

test("a plan of before knew none: the typical one is read in its place", () => {
  const plan = planOf("serve Llama 3.1 8B at 5 requests per second");
  const { longestRequest: _, ...before } = plan.serving!;
  expect(parsePlan(JSON.parse(JSON.stringify({ ...plan, serving: before }))).serving!.longestRequest).toEqual({
    promptTokens: 768,
    outputTokens: 0,
  });
});
