import { describe, expect, it } from "vitest";
import { sidesOf } from "../../src/brief/alternatives.ts";
import type { BriefValues } from "../../src/brief/brief.ts";
import { readText } from "../../src/brief/read.ts";
import { catalog } from "../../src/catalog/catalog.ts";
import { resolve } from "../../src/plan/resolve.ts";

const read = (text: string) => readText(text, catalog, { today: "2026-11-22" }).brief;
const sides = (text: string): BriefValues[] | undefined => read(text).alternatives?.value;

describe("two set-ups in one question", () => {
  it("A100 LoRA against 4090 QLoRA: each side keeps its own method", () => {
    expect(sides("A100 LoRA against 4090 QLoRA, which is cheaper?")).toEqual([
      { accelerator: "a100-80gb-sxm", method: "lora" },
      { accelerator: "rtx-4090", method: "qlora" },
    ]);
  });

  it("a method before its card belongs to it as well", () => {
    expect(sides("full ft on 8x H100 versus lora on 2x A6000, llama 3.1 8b")).toEqual([
      { accelerator: "h100-80gb-sxm", acceleratorCount: 8, method: "full" },
      { accelerator: "rtx-a6000", acceleratorCount: 2, method: "lora" },
    ]);
  });

  it("models, sizes, platforms and methods are compared like cards", () => {
    expect(sides("mistral 7b or qwen2.5 7b, lora on an L4?")).toHaveLength(2);
    expect(sides("7b or 13b for classification on a T4")).toEqual([{ parameterCount: 7e9 }, { parameterCount: 13e9 }]);
    expect(sides("modal or runpod for qlora of mistral 7b?")).toEqual([{ platform: "modal" }, { platform: "runpod" }]);
    expect(sides("lora vs qlora on a 4090 for llama 3.1 8b")).toEqual([{ method: "lora" }, { method: "qlora" }]);
  });

  it("what all sides share stays in the brief, what differs does not", () => {
    const brief = read("option A: 2x 4090, option B: 1x A100 80GB. mistral 7b lora, 50k rows");
    expect(brief.method?.value).toBe("lora");
    expect(brief.exampleCount?.value).toBe(50_000);
    expect(brief.accelerator).toBeUndefined();
    expect(brief.acceleratorCount).toBeUndefined();
  });

  it("two cards that are both there are no comparison", () => {
    expect(sides("we have a 4090 and a 3090, mistral 7b lora")).toBeUndefined();
  });

  it("of a card that was enough and one that runs out, the second is what must be helped", () => {
    const brief = read("gpt-oss-20b lora takes 50GB on A100, why does 4x3090 OOM");
    expect(brief.accelerator?.value).toBe("rtx-3090");
    expect(brief.acceleratorCount?.value).toBe(4);
  });
});

describe("the sides of a comparison", () => {
  it("are briefs of their own, each with what all share", () => {
    const [first, second] = sidesOf(read("4x L4 or 1x L40S for llama 3.1 8b at 20 rps"));
    expect(first?.accelerator?.value).toBe("l4");
    expect(second?.accelerator?.value).toBe("l40s");
    for (const side of [first, second]) {
      expect(side?.requestsPerSecond?.value).toBe(20);
      expect(side?.alternatives).toBeUndefined();
    }
  });

  it("a brief that compares nothing is its own only side", () => {
    const brief = read("mistral 7b lora on a 4090");
    expect(sidesOf(brief)).toEqual([brief]);
  });

  it("joins what each names: card and method", () => {
    const [first, second] = sidesOf(read("A100 LoRA against 4090 QLoRA for llama 3.1 8b"));
    expect([resolve(first!, catalog).workload.method, resolve(second!, catalog).workload.method]).toEqual([
      "lora",
      "qlora",
    ]);
  });
});

describe("numbers of other people", () => {
  it.each([
    [
      "the paper used 8 H100s but we only have two 3090s. mistral 7b lora",
      { accelerator: "rtx-3090", acceleratorCount: 2 },
    ],
    [
      "a friend did it with 4x A100 in 2 days. i have a 4090. mistral 7b qlora",
      { accelerator: "rtx-4090", acceleratorCount: 1 },
    ],
    [
      "chatgpt told me i need 4x A100. true? i have 2x A6000, mistral 7b lora",
      { accelerator: "rtx-a6000", acceleratorCount: 2 },
    ],
    ["my old setup was 2x 2080ti, now 1x 4090. llama 3.1 8b qlora", { accelerator: "rtx-4090", acceleratorCount: 1 }],
    ["openai spent $2000 on this. mistral 7b lora, 10k rows", { exampleCount: 10_000 }],
  ])("%s", (text, expected) => {
    const values = Object.fromEntries(Object.entries(read(text)).map(([field, said]) => [field, said.value]));
    expect(values).toMatchObject(expected);
    expect(values).not.toHaveProperty("budgetUsd");
    expect(values).not.toHaveProperty("deadlineHours");
  });

  it("their own documents, and what a cloud's name ends in, are no other people", () => {
    expect(read("our internal docs say 600 pages, mistral 7b lora").exampleCount?.value).toBe(600);
    expect(read("google cloud used for everything, mistral 7b lora 10k rows").exampleCount?.value).toBe(10_000);
  });

  it("the model of a quoted clause is still what is asked about, when it is the only one", () => {
    expect(read("the docs say mistral 7b needs 24gb vram. true for lora?").model?.value).toContain("Mistral-7B");
    expect(read("README says 48GB for a 70b qlora; 8x T4 still OOM").parameterCount?.value).toBe(70e9);
  });
});
