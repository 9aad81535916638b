import { describe, expect, it } from "vitest";
import { readText } from "../../src/brief/read.ts";
import { catalog } from "../../src/catalog/catalog.ts";
import { advise } from "../../src/plan/advise.ts";
import { ask } from "../../src/plan/ask.ts";
import { explain } from "../../src/plan/explain.ts";

const today = "2026-11-22";
const read = (text: string) => readText(text, catalog, { today });
const plan = (text: string) => advise(read(text), catalog, { today });

describe("set-ups that are compared", () => {
  const p = plan("fine-tune llama 3.1 8b with lora on 50k chats: one L4 or one A100 80GB, which is cheaper?");
  const [l4, a100] = p.compared!.sides;

  it("are each planned within the same words", () => {
    expect(p.compared!.sides.map((s) => s.hardware?.accelerator.id)).toEqual(["l4", "a100-80gb-sxm"]);
    for (const side of p.compared!.sides) {
      const alone = plan(
        `fine-tune llama 3.1 8b with lora on 50k chats on one ${side === l4 ? "L4" : "A100 80GB"}, we rent it in the cloud`,
      );
      expect(side.trainHours?.expected).toBeCloseTo(alone.time!.trainHours.expected, 6);
    }
  });

  it("the plan is the winner's, and the answer says by how much", () => {
    const winner = p.compared!.sides.find((s) => s.chosen)!;
    expect(p.hardware).toEqual(winner.hardware);
    expect(p.headline.startsWith(p.compared!.answer)).toBe(true);
    // 312 against 121 TFLOP/s of dense bf16, 2039 against 300 GB/s (NVIDIA's data sheets).
    expect(a100!.trainHours!.expected).toBeLessThan(l4!.trainHours!.expected);
    expect(p.compared!.answer).toMatch(/1 × NVIDIA A100 SXM4 80GB is faster/);
    expect(explain(p)).toContain("## What you compare");
  });

  it("a side that does not fit loses to one that does, and is named", () => {
    const q = plan("lora llama 3.1 70b: one 4090 or 4 H100?");
    expect(q.compared!.sides.map((s) => s.status)).toEqual(["infeasible", "feasible"]);
    expect(q.compared!.answer).toMatch(/1 × NVIDIA GeForce RTX 4090 does not work as asked/);
  });

  it("keep the brief as it was said, and questions look at the planned side", () => {
    expect(p.brief.alternatives).toBeDefined();
    expect(p.brief.accelerator).toBeUndefined();
    expect(ask(read("fine-tune llama 3.1 8b, lora: L4 or A100?").brief, catalog).map((q) => q.id)).not.toContain(
      "accelerator",
    );
  });

  it("where models differ, quality is left to an evaluation", () => {
    expect(plan("llama 3.1 8b or qwen 2.5 7b, qlora on my 4090").compared!.answer).toMatch(/only an evaluation/);
  });
});
