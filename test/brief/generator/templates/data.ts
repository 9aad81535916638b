import type { Template } from "../generate.ts";

/** 8k is a length, 50k is data, 12 is a number of classes. */
export const lengthsAndRows: Template[] = [
  { says: "{rows}, {length}, {model} {adapter} on {card}" },
  { says: "finetuning {model}: {rows} w/ {length}, {batch}, {epochs}" },
  {
    says: "classify emails into 14 buckets, {rows} labeled already, {model}",
    means: { task: "classification", dataStatus: "have" },
  },
  { says: "{rows} at {length} -> how long on {cards}? {model} {adapter}" },
  { says: "{model} sft, {rows}, {epochs}, grad accum 16, {batch}, {length}", mayMean: { task: "sft", method: "*" } },
  { says: "training set = {rows}, eval set = 500 examples, {model} {adapter} {card}" },
  { says: "need {length} because contracts are long. only {rows} tho. {model}?" },
  { says: "we have 1.2M rows of chat logs, {model}, {adapter}, {cards}", means: { exampleCount: 1.2e6 } },
  {
    says: "lr 2e-4, r=64, alpha 128, {batch}, {length}, {rows}, {model}, {card}, oom or not",
    mayMean: { method: "lora" },
  },
  { says: "{rows} (3 turns per convo, 20 languages), {model}, {adapter}" },
  { says: "pretraining corpus {tokens}, {size} dense model, {cards}, {length}", mayMean: { method: "full" } },
  { says: "only ~200 examples so far. is {adapter} on {model} even worth it", means: { exampleCount: 200 } },
  { says: "{epochs} over {rows}, {card}, {model}, 4bit", mayMean: { method: "qlora" } },
  { says: "{rows} each 1500 chars, {model} {adapter} please", mayMean: { averageTokens: "*", sequenceLength: "*" } },
];

/** Whether the data is there, must be gathered, or must be labelled; and what is data but not a row count. */
export const dataStatus: Template[] = [
  {
    says: "no data yet, we'd have to collect it. idea: {adapter} {model} for sales emails",
    means: { dataStatus: "collect" },
  },
  {
    says: "{rows} but none of it is labeled. want a classifier",
    means: { dataStatus: "label", task: "classification" },
  },
  { says: "dataset is ready: {rows}. {model} {adapter} {card}", means: { dataStatus: "have" } },
  { says: "we already have {rows} cleaned up, {model}, {adapter}", means: { dataStatus: "have" } },
  { says: "still need to annotate our {rows} before training the {size}", means: { dataStatus: "label" } },
  {
    says: "data doesn't exist yet, plan is to scrape forums then {adapter} a {size}",
    means: { dataStatus: "collect" },
  },
  {
    says: "data in s3://acme-data/tickets.jsonl ({rows}). {model} {adapter}",
    means: { dataLocation: "s3://acme-data/tickets.jsonl" },
    mayMean: { dataStatus: "have", constraints: ["existing-aws"], platform: "aws" },
  },
  { says: "we have {rows} labelled by our support ppl, {model}, {card}", means: { dataStatus: "have" } },
  { says: "havent started collecting anything. budget {usd}, {size} model?", means: { dataStatus: "collect" } },
  {
    says: "100k unlabeled images, defect detection, {card}",
    means: { exampleCount: 1e5, modality: "vision", task: "detection", dataStatus: "label" },
    mayMean: { model: "*" },
  },
  { says: "our labels are done ({rows}), {model} {card}", means: { dataStatus: "have" } },
  { says: "we would first need to gather data from users. {size} {adapter}", means: { dataStatus: "collect" } },
  { says: "{rows} raw, unlabelled. sentiment model", means: { dataStatus: "label", task: "classification" } },
  { says: "annotation starts next month for {rows}, then {model} {adapter}", means: { dataStatus: "label" } },
  { says: "we don't have training data, maybe synthetic? {model} {adapter}", means: { dataStatus: "collect" } },
];

/** k, M, mil, spacing, ranges. */
export const suffixesAndRanges: Template[] = [
  { says: "50 k rows, {model}, {adapter}, {card}", means: { exampleCount: 50000 } },
  { says: "1.5 M samples / {model} / {cards}", means: { exampleCount: 1.5e6 } },
  { says: "2.5 mil examples, {length}, {model}, {cards}", means: { exampleCount: 2.5e6 } },
  { says: "between 20k and 30k examples, {model}, {adapter}", means: { exampleCount: { min: 20000, max: 30000 } } },
  {
    says: "prompts are 300-400 tokens, {rows}, {model}, {card}",
    mayMean: { sequenceLength: "*", promptTokens: "*", averageTokens: "*" },
  },
  { says: "7-8b model, {adapter}, {rows}, {card}", means: { parameterCount: { min: 7e9, max: 8e9 } } },
  {
    says: "budget somewhere between $200 and $400, {model}, {adapter}, {rows}",
    means: { budgetUsd: { min: 200, max: 400 } },
  },
  { says: "10k-12k records, {model}, {adapter}, {epochs}", means: { exampleCount: { min: 10000, max: 12000 } } },
  { says: "a few thousand examples, {model} {adapter}, {card}", mayMean: { exampleCount: { min: 2000, max: 5000 } } },
  { says: "half a million rows, {model}, {adapter}, {cards}", means: { exampleCount: 5e5 } },
  { says: "a hundred thousand samples w {length}. {model}. {cards}", means: { exampleCount: 1e5 } },
  { says: "approx. 75 000 samples, {model} {adapter} {card}", means: { exampleCount: 75000 } },
  { says: "75'000 rows (swiss notation sorry), {model} {adapter}", means: { exampleCount: 75000 } },
  {
    says: "it's a 1.3 B param model trained on {tokens}, {cards}",
    means: { parameterCount: 1.3e9 },
    mayMean: { modality: "llm" },
  },
  { says: "~40-50k examples, {model} {adapter} {card}", means: { exampleCount: { min: 40000, max: 50000 } } },
  { says: "2-3 epochs, {rows}, {model} {adapter}", means: { epochs: { min: 2, max: 3 } } },
  { says: "around 1/2 million rows, {model} {adapter}, {cards}", means: { exampleCount: 5e5 } },
  { says: "300K+ rows, {model} {adapter}, {cards}", means: { exampleCount: 3e5 } },
  { says: "0.5M examples, {model} {adapter}, {cards}", means: { exampleCount: 5e5 } },
  { says: "budget 1.5k usd, {model} {adapter}, {rows}", means: { budgetUsd: 1500 } },
  { says: "$1,200 max, {model} {adapter}, {rows}", means: { budgetUsd: 1200 } },
];
