import pc from "picocolors";
import { describe, expect, it, test } from "vitest";
import { FLAGS } from "../../cli/phrasing.ts";
import { planShown } from "../../cli/shown-plan.ts";
import { columnsOf } from "../../cli/width.ts";
import { readText } from "../../src/brief/read.ts";
import { catalog } from "../../src/catalog/catalog.ts";
import { advise } from "../../src/plan/advise.ts";
import { explain } from "../../src/plan/explain.ts";
import { SPOKEN, sayable } from "../../src/plan/phrasing.ts";
import type { Plan } from "../../src/plan/plan.ts";

const today = "2026-11-22";
const planOf = (words: string): Plan => advise(readText(words, catalog, { today }), catalog, { today });
const REQUESTS = [
  "Fine-tune Llama 3.1 8B on 50k support tickets on one 24 GB GPU, budget $200, serve 5 requests/s",
  "Train a 70B on my 8 GB laptop GPU for $5 by tomorrow",
  "fine-tune Qwen2.5-VL 7B on 10k receipts",
  "predict churn from 300k rows of customer data",
  "serve llama 3.1 70B at 10 requests per second, latency 5 s",
  "fine-tune mistral 7b on our one RTX 3090, on premises, must serve 20 requests per second, 100k chats",
];

describe("the short form", () => {
  const made = planOf(REQUESTS[0]!);
  const short = explain(made, { short: true });

  it("keeps verdict, numbers with ranges, main decisions, top risks, assumptions, questions and what to do next", () => {
    for (const kept of [
      `# Feasible\n\n${made.headline}`,
      "| training time | ",
      ...["framework", "platform", "method", "deployment", "data", "tracking"].map((name) => `| ${name} | `),
      made.risks.find((r) => r.severity === "high")!.text,
      ...made.assumptions.map((a) => `\`${a.field}\``),
      ...made.questions.map((q) => q.text),
      "**Next**",
    ])
      expect(short).toContain(kept);
  });

  it("leaves settings, documents, facts and the refusals of each decision to the whole plan", () => {
    for (const left of ["## Training settings", "## Documents", "## Facts used", "not hydra", "reproducibility"]) {
      expect(explain(made)).toContain(left);
      expect(short).not.toContain(left);
    }
  });

  test.each(REQUESTS)("fits one and a half screens of 80 × 48, and no line is wider than the screen: %s", (words) => {
    const plan = planOf(words);
    for (const columns of [60, 80, 120]) {
      const text = planShown(plan, { columns, colors: pc.createColors(false) }, FLAGS, false);
      const lines = text.split("\n");
      expect(Math.max(...lines.map(columnsOf))).toBeLessThanOrEqual(columns);
      if (columns >= 80) expect(lines.length).toBeLessThanOrEqual(72);
    }
  });

  it("is coloured on a terminal without another word, and is the whole document in a pipe", () => {
    const draw = (colour: boolean): string =>
      planShown(made, { columns: 80, colors: pc.createColors(colour) }, FLAGS, false);
    expect(draw(true).replace(/\x1b\[[\d;]*m/g, "")).toBe(draw(false));
    expect(draw(true)).not.toBe(draw(false));
    expect(planShown(made, { colors: pc.createColors(false) }, FLAGS, false)).toBe(explain(made, { phrasing: FLAGS }));
  });
});

describe("what a person says next", () => {
  it("is a flag on a command line and a word in a conversation, of the same fields", () => {
    expect(FLAGS.state({ epochs: 3, model: "Qwen3 8B" })).toBe("`--set epochs=3 --set 'model=Qwen3 8B'`");
    expect(SPOKEN.state({ epochs: 3, method: "qlora" })).toBe("say `epochs=3, method=qlora`");
  });

  it("stands beside each change that can be stated", () => {
    const plan = planOf("LoRA on Qwen3 8B, 9k rows, ctx 2048, 16 GB card");
    expect(explain(plan, { phrasing: FLAGS })).toMatch(/Use QLoRA instead of LoRA: .* \(`--set method=qlora`\)\./);
    expect(explain(plan)).toMatch(/Use QLoRA instead of LoRA: .* \(say `method=qlora`\)\./);
  });

  it("speaks of a brief's fields alone, not of a trainer's settings", () => {
    expect(sayable({ microBatchSize: 16, gradientAccumulationSteps: 2 })).toEqual({ microBatchSize: 16 });
  });

  it("offers the project only where there is one", () => {
    expect(explain(planOf(REQUESTS[0]!), { short: true, phrasing: FLAGS })).toContain("--out DIR");
    expect(explain(planOf(REQUESTS[1]!), { short: true, phrasing: FLAGS })).not.toContain("--out DIR");
  });
});
