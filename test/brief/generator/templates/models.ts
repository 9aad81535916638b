import type { Template } from "../generate.ts";

/** Several models named, of which one is meant. */
export const severalModels: Template[] = [
  { says: "distill {~model} into {model}, {rows}, {cards}", mayMean: { task: "*", method: "*" } },
  { says: "currently on gpt-4o-mini, want to switch to {model}, {rows}, {adapter}", never: ["platform"] },
  { says: "tried {~model}, too slow. going with {model} {adapter} on {card}" },
  { says: "replace our bert classifier with {model}, {rows}, {adapter}", mayMean: { task: "classification" } },
  {
    says: "labels come from gpt-4, student is {model}, {rows} synthetic, {card}",
    mayMean: { dataStatus: "*", task: "*" },
  },
  { says: "{model} as base (not the instruct one), {adapter}, {rows}, {cards}" },
  { says: "claude does it well but too expensive. {model} {adapter} {rows}?", never: ["budgetUsd"] },
  { says: "draft model {~model} for speculative decoding, target {model}, {cards}", mayMean: { phase: "serve" } },
  {
    says: "is {model} good enough or do i need something like gpt-4? {card}",
    mayMean: { phase: "*", alternatives: "*" },
  },
  { says: "Mixtral 8x7b on {cards}, {adapter}", means: { model: "Mixtral-8x7B" } },
  { says: "qwen3-30b-a3b {adapter} on {card}, {rows}", means: { model: "Qwen3-30B-A3B" } },
  { says: "deepseek r1 distill llama 8b, {card}, {adapter}, {rows}", means: { model: "DeepSeek-R1-Distill-Llama-8B" } },
  { says: "dpo on top of {model}, {rows}, {cards}", means: { task: "dpo" }, mayMean: { method: "*" } },
];

/** Beyond language models. */
export const modalities: Template[] = [
  {
    says: "resnet50 on 1.2M images, {cards}, {epochs}, {batch}",
    means: { model: "resnet50", modality: "vision", exampleCount: 1.2e6 },
    mayMean: { task: "*", method: "*" },
  },
  {
    says: "fine tune whisper small on 80h of swahili, {card}",
    means: { model: "whisper-small", modality: "audio" },
    never: ["deadlineHours"],
    mayMean: { task: "*", exampleCount: "*" },
  },
  {
    says: "sdxl lora for my cat, 25 pics, {card}",
    means: { model: "stable-diffusion-xl", modality: "diffusion", method: "lora", exampleCount: 25 },
    mayMean: { task: "*" },
  },
  {
    says: "flux dev dreambooth, 15 images, {vram}",
    means: { model: "FLUX.1-dev", modality: "diffusion", exampleCount: 15 },
    mayMean: { method: "*", acceleratorCount: 1, task: "*" },
  },
  {
    says: "xgboost vs deep learning for fraud, 8M transactions, tabular",
    means: { modality: "tabular", exampleCount: 8e6 },
    mayMean: { alternatives: "*", task: "*", framework: "*", model: "*" },
  },
  {
    says: "bge-m3 embeddings finetune with {rows}, {card}",
    means: { model: "bge-m3", modality: "embedding" },
    mayMean: { method: "*", task: "*" },
  },
  {
    says: "yolov8m on 12k annotated images, {epochs}, {card}",
    means: { model: "yolov8m", modality: "vision", exampleCount: 12000 },
    mayMean: { task: "detection", dataStatus: "have", method: "*" },
  },
  {
    says: "deberta-v3-large for NER, {rows}, {card}, {length}",
    means: { model: "deberta-v3-large", task: { any: ["token-classification", "ner", "extraction"] } },
    mayMean: { modality: "*" },
  },
  {
    says: "qwen2.5-vl 7b for receipts, 9k scans, {adapter}, {card}",
    means: { model: "Qwen2.5-VL-7B", modality: "vlm", exampleCount: 9000 },
    mayMean: { task: "*" },
  },
  {
    says: "segment cell images w/ a unet, 600 slides, {card}",
    means: { modality: "vision", task: "segmentation", exampleCount: 600 },
    mayMean: { model: "*" },
  },
  {
    says: "demand forecasting for 4000 SKUs, 3 years daily history",
    means: { task: "forecasting" },
    never: ["deadlineHours"],
    mayMean: { modality: "*", exampleCount: "*" },
  },
  {
    says: "roberta-base toxicity classifier, {rows}, {epochs}, {card}",
    means: { model: "roberta-base", task: "classification" },
    mayMean: { modality: "*" },
  },
];

/** Typos, slack, no punctuation. */
export const register: Template[] = [
  { says: "yo whats the cheapest way 2 finetune {model} on {rows}, got like {usd}" },
  { says: "fintune {model} w/ {adapter}, {rows}, {cards}, thx" },
  { says: "so basically {cards}, {model}, {adapter}, {length}. go" },
  { says: "@arch pls: {model} {adapter}, {rows}, {card}, {usd} max 🙏" },
  {
    says: "Dear Sir or Madam, our institute intends to adapt {model} by means of {adapter} to {rows}. We possess {cards}.",
    mayMean: { owned: true },
  },
  { says: "{model}\n{adapter}\n{rows}\n{cards}\n{epochs}" },
  { says: "- model: {model}\n- method: {adapter}\n- data: {rows}\n- gpus: {cards}" },
  { says: "hey!! :) quick q — {card}, can it do {model} {adapter} at {length}, {batch}?" },
  {
    says: "ok so idk much about this but {model} seems good?? have {rows} and {card}",
    mayMean: { constraints: ["beginner-team"], owned: "*" },
  },
  { says: "TL;DR {model}, {rows}, {adapter}, {days}, {usd}" },
  { says: "finetunning {model} whit {adapter} on my {card}, {rows} alltogether???" },
  { says: "WE NEED {model} TRAINED ON {rows} BY MEANS OF {adapter} ON {cards}" },
  { says: "{rows} | {model} | {adapter} | {cards} | {usd}" },
  { says: "re: yesterday's meeting (room 404, 14:30): {model} {adapter}, {rows}. ticket #8812" },
];
