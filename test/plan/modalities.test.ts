import { describe, expect, test } from "vitest";
import { readText } from "../../src/brief/read.ts";
import { catalog } from "../../src/catalog/catalog.ts";
import { advise } from "../../src/plan/advise.ts";
import { ask } from "../../src/plan/ask.ts";
import { explain } from "../../src/plan/explain.ts";
import type { Plan } from "../../src/plan/plan.ts";

const today = "2026-11-22";
const planOf = (text: string): Plan => advise(readText(text, catalog, { today }), catalog, { today });

/** A brief, the model that most would start from, the method, and hours that an engineer would expect. */
const BRIEFS: [brief: string, model: RegExp, method: string, hours: [number, number]][] = [
  ["classify product photos into 40 classes, 20k images, laptop with RTX 3060", /convnext/, "full", [0.3, 6]],
  ["train an image classifier on 300 labelled x-rays, one RTX 4090", /dinov2/, "freeze", [0.1, 1]],
  ["segment tumours in CT scans, 2500 labelled images, our A100", /convnext/, "full", [0.1, 4]],
  ["train yolo on 10k images of road damage, our 4090", /yolo/, "full", [0.2, 12]],
  ["fine-tune whisper on 30k Portuguese call clips, one 4090", /whisper/, "lora", [1, 48]],
  ["fine-tune whisper small on 5k clips, our RTX 3090", /whisper-small/, "full", [0.2, 8]],
  ["fine-tune bge-m3 for semantic search, 50k pairs", /bge-m3/, "full", [0.3, 8]],
  ["train an embedding model for our product search on 200k pairs, 24GB GPU", /bge-base/, "full", [0.2, 8]],
  ["fine-tune Qwen3-VL 8B on 20k invoices to JSON, budget $300", /Qwen3-VL/, "lora", [0.5, 24]],
  ["sdxl lora with 30 product images on a 3090", /xl-base/, "lora", [0.2, 6]],
  ["sentiment of 100k reviews, 3 classes", /ModernBERT/, "full", [0.2, 6]],
  ["NER on 5k legal documents", /ModernBERT/, "full", [0.1, 4]],
  ["classify 30k support emails into 12 intents with distilbert", /distilbert/, "full", [0.1, 3]],
];

describe("what is not a language model is planned as what it is", () => {
  test.each(BRIEFS)("%s", (brief, model, method, [least, most]) => {
    const p = planOf(brief);
    expect(p.status, p.headline).toBe("feasible");
    expect(p.workload!.model.id).toMatch(model);
    expect(p.training!.method).toBe(method);
    expect(p.memory!.status).not.toBe("does-not-fit");
    expect(p.time!.trainHours.expected).toBeGreaterThan(least);
    expect(p.time!.trainHours.expected).toBeLessThan(most);
    expect(explain(p)).not.toMatch(/undefined|NaN|\[object|Infinity/);
  });
});

test("an image costs what its pixels cost: twice the side, about four times the time", () => {
  const at = (imageSize: number): number => {
    const read = readText("classify 20k photos into 40 classes, our RTX 3090", catalog, { today });
    const brief = { ...read.brief, imageSize: { value: imageSize, from: "stated" as const } };
    const p = advise({ brief }, catalog, { today });
    // Set-up and download do not grow with the pixels.
    return p.time!.tokens;
  };
  expect(at(448) / at(224)).toBeCloseTo(4, 1);
});

test("a pair of texts is two texts", () => {
  const p = planOf("fine-tune bge-m3 for semantic search, 50k pairs");
  const w = p.workload!;
  expect(p.time!.tokens).toBe(50_000 * w.averageTokens * w.epochs * 2);
  expect(p.time!.formula).toMatch(/2 texts a pair/);
});

test("a preference pair is two answers, each also through the frozen reference", () => {
  const p = planOf("dpo on mistral 7b with 30k pairs");
  const w = p.workload!;
  expect(p.time!.tokens).toBeCloseTo(30_000 * w.averageTokens * w.epochs * 2 * (4 / 3), 3);
});

test("image side and clip length are assumptions that a person can correct", () => {
  const image = planOf("classify product photos into 40 classes, 20k images, laptop with RTX 3060");
  expect(image.assumptions.some((a) => a.field === "imageSize")).toBe(true);
  const sound = planOf("fine-tune whisper small on 5k clips, our RTX 3090");
  expect(sound.assumptions.some((a) => a.field === "audioSeconds")).toBe(true);
});

test("how large a model is asked only where models come in all sizes", () => {
  const asked = (text: string): boolean =>
    ask(readText(text, catalog, { today }).brief, catalog, { atATime: 20 }).some((q) => q.id === "parameterCount");
  expect(asked("classify 20k product photos into 40 classes")).toBe(false);
  expect(asked("sentiment of 100k reviews, 3 classes")).toBe(false);
  expect(asked("fine-tune a model on 20k support chats")).toBe(true);
});
