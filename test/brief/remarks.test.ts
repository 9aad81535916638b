import { expect, test } from "vitest";
import { readText } from "../../src/brief/read.ts";
import { catalog } from "../../src/catalog/catalog.ts";

const read = (text: string) => readText(text, catalog, { today: "2026-11-22" });

test.each([
  ["we own two L40S, lora llama 3.1 8b", true],
  ["fine-tune qwen3 8b on my 4090", true],
  ["our own A100 80GB, mistral 7b", true],
  ["we have 50k tickets, one 4090, budget $20", undefined],
  ["rent a 4090 for our qwen3 8b", false],
  ["my a100 on aws", undefined],
])("%s: owned is %s", (text, owned) => {
  expect(read(text).brief.owned?.value).toBe(owned);
});

test.each([
  ["track with Weights & Biases", "wandb"],
  ["log to mlflow please", "mlflow"],
  ["no wandb, qwen3 8b", undefined],
])("%s: the tracker is %s", (text, tracker) => {
  expect(read(text).brief.tracker?.value).toBe(tracker);
});

test("a typical length is told apart from a longest one", () => {
  const typical = read("10k rows of about 1000 tokens each, qwen3 8b").brief;
  expect(typical.averageTokens?.value).toBe(1000);
  const both = read("rows of about 1500 tokens each, ctx 2048, qwen3 8b").brief;
  expect([both.averageTokens?.value, both.sequenceLength?.value]).toEqual([1500, 2048]);
  expect(read("max 4096 tokens, qwen3 8b").brief.averageTokens).toBeUndefined();
});

test("the length of answers is not the length of samples", () => {
  const { outputTokens, sequenceLength } = read("serve a 7b, answers about 200 tokens").brief;
  expect([outputTokens?.value, sequenceLength]).toEqual([200, undefined]);
});

test.each([
  ["fine-tune FooBarBaz-xyz on 5k chats", /"FooBarBaz-xyz" was not recognised/],
  ["fine-tune GPT-4o on 5k chats", /closed model/],
  ["train qwen3 8b on cpu only", /CPU takes weeks/],
])("%s: what cannot be used is said back", (text, notice) => {
  expect(read(text).notices.join(" ")).toMatch(notice);
});

test("ordinary words after a verb are no names", () => {
  for (const text of ["train on-prem with 20k rows", "fine-tune a chatbot on 5k rows", "serve 20 rps"])
    expect(read(text).notices).toEqual([]);
});

test("examples that we already have are no machine of ours", () => {
  const owned = (text: string) => readText(text, catalog, { today: "2026-11-22" }).brief.owned?.value;
  expect(owned("we already have 400 labeled examples for bert-base")).toBeUndefined();
  expect(owned("we already have two L40S")).toBe(true);
});

test.each([
  ["Fine-tune Whisper large-v3 on 100 hours of German call-centre audio", ["de"]],
  ["transcribe 200 h of Spanish and Portuguese interviews with whisper small", ["es", "pt"]],
  ["Whisper auf 40 Stunden deutsche Anrufe feinabstimmen, eine RTX 4090", ["de"]],
  ["fine-tune whisper on 20 hours of English calls", []],
  ["fine-tune whisper small, we polish transcripts by hand", []],
  ["Fine-tune Qwen3 8B to translate English to German, 50k pairs", []],
])("%s: a speech project must be told of %j", (text, codes) => {
  const told = read(text).notices.flatMap((notice) => /data\.language: (\w+)/.exec(notice)?.[1] ?? []);
  expect(told).toEqual(codes);
});
