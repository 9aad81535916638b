import { describe, expect, it } from "vitest";
import type { BriefValues } from "../../src/brief/brief.ts";
import { readText } from "../../src/brief/read.ts";
import { catalog } from "../../src/catalog/catalog.ts";

/** A Sunday. */
const today = "2026-11-22";

function values(text: string): BriefValues {
  const { brief } = readText(text, catalog, { today });
  return Object.fromEntries(Object.entries(brief).map(([field, said]) => [field, said.value]));
}

/** Fields that must be absent are given as undefined. */
type Row = [text: string, expected: Partial<Record<keyof BriefValues, unknown>>];

function reads(rows: Row[]): void {
  it.each(rows)("%s", (text, expected) => {
    const got = values(text);
    for (const [field, value] of Object.entries(expected)) {
      const actual = got[field as keyof BriefValues];
      if (typeof value === "number") expect(actual, field).toBeCloseTo(value, 6);
      else expect(actual, field).toEqual(value);
    }
  });
}

describe("a count of cards is not their memory", () => {
  reads([
    ["8 4090s", { accelerator: "rtx-4090", acceleratorCount: 8 }],
    ["4*A10G 24gb", { accelerator: "a10g", acceleratorCount: 4, acceleratorMemoryGib: 24 }],
    ["2 nodes x 8 h100", { accelerator: "h100-80gb-sxm", nodeCount: 2, acceleratorCount: 16 }],
    ["two 3090s in a box", { accelerator: "rtx-3090", acceleratorCount: 2 }],
    ["V100 32, bert", { accelerator: "v100-32gb-sxm", acceleratorMemoryGib: 32, acceleratorCount: undefined }],
    ["16 a100 40s", { accelerator: "a100-40gb-sxm", acceleratorCount: 16, acceleratorMemoryGib: 40 }],
    ["7xA800(80G)", { accelerator: "a800-80gb", acceleratorCount: 7, acceleratorMemoryGib: 80 }],
    ["2 h100s please", { accelerator: "h100-80gb-sxm", acceleratorCount: 2 }],
    ["1 a100 80g", { accelerator: "a100-80gb-sxm", acceleratorCount: 1, acceleratorMemoryGib: 80 }],
    ["a100x8 for a week", { acceleratorCount: 8 }],
    ["two dgx h100", { acceleratorCount: 16, nodeCount: 2 }],
    ["2 machines with 4 x 3090 each", { acceleratorCount: 8, nodeCount: 2 }],
    ["8 h100 per node, 4 nodes", { acceleratorCount: 32, nodeCount: 4 }],
    ["gpus=4 type=A100-80GB", { acceleratorCount: 4, accelerator: "a100-80gb-sxm" }],
    ["8卡训练", { acceleratorCount: 8 }],
    ["两张4090", { accelerator: "rtx-4090", acceleratorCount: 2 }],
    ["两台8卡h100", { acceleratorCount: 16, nodeCount: 2 }],
    ["tpu v5e-8", { accelerator: "tpu-v5e", acceleratorCount: 8 }],
    ["RTX 4070 with 12 GB", { accelerator: "rtx-4070", acceleratorMemoryGib: 12 }],
    ["一张24G显存的卡", { acceleratorMemoryGib: 24, acceleratorCount: 1 }],
    ["3090 rows of data", { accelerator: undefined, exampleCount: 3090 }],
  ]);
});

describe("an instance type says which cards it holds", () => {
  reads([
    ["sagemaker ml.g5.2xlarge", { accelerator: "a10g", acceleratorCount: 1, platform: "sagemaker" }],
    ["one p4d.24xlarge", { accelerator: "a100-40gb-sxm", acceleratorCount: 8, platform: "aws" }],
    ["g2-standard-8", { accelerator: "l4", platform: "gcp" }],
  ]);
});

describe("video memory, host memory and data sizes are three things", () => {
  reads([
    ["16 gigs vram 64 gigs ram", { acceleratorMemoryGib: 16, hostMemoryGib: 64 }],
    ["laptop w/ 32gb ram no gpu", { hostMemoryGib: 32, acceleratorMemoryGib: undefined, accelerator: undefined }],
    ["8gb raspberry pi", { hostMemoryGib: 8, acceleratorMemoryGib: undefined, deploymentTarget: "edge" }],
    ["raspberry pi 4b 8gb", { hostMemoryGib: 8, parameterCount: undefined }],
    ["40GB of legal text", { dataSizeGib: 40, acceleratorMemoryGib: undefined, hostMemoryGib: undefined }],
    ["内存800G", { hostMemoryGib: 800 }],
    ["8x3090 w/ 2TB ram", { hostMemoryGib: 2048, acceleratorMemoryGib: undefined }],
    ["m3 max 64gb", { accelerator: "apple-m3-max", acceleratorMemoryGib: 64 }],
    ["m1 macbook pro 16gb", { accelerator: "apple-m1", acceleratorMemoryGib: 16 }],
    ["16gb macbook air", { hostMemoryGib: 16, accelerator: undefined }],
    ["on my 8 GB laptop GPU", { acceleratorMemoryGib: 8, acceleratorCount: 1, hostMemoryGib: undefined }],
  ]);
});

describe("parameters, tokens and rows are told apart", () => {
  reads([
    ["train a 1.1b on 300B tokens", { parameterCount: 1.1e9, tokenCount: 3e11, exampleCount: undefined }],
    ["1.5 billion parameters", { parameterCount: 1.5e9 }],
    ["a 350M params encoder", { parameterCount: 3.5e8 }],
    ["13b-ish model", { parameterCount: 1.3e10 }],
    ["7-8b chat model", { parameterCount: 8e9 }],
    ["70b, 50k tickets", { parameterCount: 7e10, exampleCount: 50_000 }],
    ["2.3M rows x 180 cols", { exampleCount: 2.3e6, parameterCount: undefined }],
    ["大概3万条数据", { exampleCount: 30_000 }],
    ["1 mil chat samples", { exampleCount: 1e6 }],
    ["12,000 examples", { exampleCount: 12_000 }],
    ["50 000 rows", { exampleCount: 50_000 }],
    ["wir haben 20.000 Beispiele für das Training", { exampleCount: 20_000 }],
    ["temos 6 mil imagens para treinar", { exampleCount: 6000 }],
    ["dataset: 15k, epochs: 3", { exampleCount: 15_000, epochs: 3 }],
    ["500亿token", { tokenCount: 5e10 }],
    ["triage them (12 categories)", { exampleCount: undefined }],
    ["10k hours of audio", { exampleCount: undefined, deadlineHours: undefined }],
    ["100k rows, 1k eval rows", { exampleCount: 100_000 }],
    ["distill 70b -> 8b", { parameterCount: 8e9 }],
    ["２０００ images", { exampleCount: 2000 }],
  ]);
});

describe("lengths, batches and epochs", () => {
  reads([
    ["ctx 2k", { sequenceLength: 2048 }],
    ["seq 4096, batch 1", { sequenceLength: 4096, microBatchSize: 1 }],
    ["500-600 tokens each", { sequenceLength: { low: 500, high: 600 }, tokenCount: undefined }],
    ["cutoff 512 10 epochs", { sequenceLength: 512, epochs: 10 }],
    ["32k context", { sequenceLength: 32_768 }],
    ["最长2048", { sequenceLength: 2048 }],
    ["bs1 on a T4", { microBatchSize: 1 }],
    ["per-device batch 4", { microBatchSize: 4 }],
    ["global batch size 512", { microBatchSize: undefined }],
    ["answers about 200 tokens", { sequenceLength: undefined, tokenCount: undefined }],
    ["cost per 1M tokens", { tokenCount: undefined, sequenceLength: undefined }],
  ]);
});

describe("money is a budget when it may be spent", () => {
  reads([
    ["budget $500", { budgetUsd: 500, budgetPeriod: "total" }],
    ["500 usd max", { budgetUsd: 500 }],
    ["até US$ 300 por mês", { budgetUsd: 300, budgetPeriod: "month" }],
    ["maybe $2k/mo", { budgetUsd: 2000, budgetPeriod: "month" }],
    ["under $200", { budgetUsd: 200 }],
    ["budget is 0", { budgetUsd: 0 }],
    ["budget $3/hr", { budgetUsd: 3, budgetPeriod: "hour" }],
    ["500 eur max", { budgetUsd: undefined, budget: { amount: 500, currency: "EUR" } }],
    ["about 1000€", { budgetUsd: undefined, budget: { amount: 1000, currency: "EUR" } }],
    ["orçamento R$ 5.000 para treinar com os dados", { budget: { amount: 5000, currency: "BRL" } }],
    ["预算500元", { budget: { amount: 500, currency: "CNY" }, budgetUsd: undefined }],
    ["got quoted $38k for a dgx but no way", { budgetUsd: undefined }],
    ["we pay openai about $6k a month", { budgetUsd: undefined }],
    ["h100 rents for $2.2/hr, we can spend $600", { budgetUsd: 600, budgetPeriod: "total" }],
    ["spending $12k/month on an api, want less than $4k/month", { budgetUsd: 4000, budgetPeriod: "month" }],
  ]);
});

describe("a deadline is not an observation", () => {
  reads([
    ["first version in 2 weeks", { deadlineHours: 336 }],
    ["by tomorrow", { deadlineHours: 24 }],
    ["want it done by friday", { deadlineHours: 120 }],
    ["周五前要", { deadlineHours: 120 }],
    ["8 A100 80GB for a month", { deadlineHours: 720 }],
    ["by 2026-12-10", { deadlineHours: 432 }],
    ["deadline: 15 december", { deadlineHours: 552 }],
    ["antes del viernes", { deadlineHours: 120 }],
    ["d'ici 3 semaines", { deadlineHours: 504 }],
    ["10 epochs says 88 hrs, normal?", { deadlineHours: undefined }],
    ["on a T4 and it takes 9h", { deadlineHours: undefined }],
    ["how long for 1 epoch", { deadlineHours: undefined }],
  ]);
});

describe("what the service must bear", () => {
  reads([
    ["20 rps", { requestsPerSecond: 20 }],
    ["serve 5 requests/s", { requestsPerSecond: 5 }],
    ["1000 requests per minute", { requestsPerSecond: 1000 / 60 }],
    ["86400 requests per day", { requestsPerSecond: 1 }],
    ["12 requests an hour", { requestsPerSecond: 12 / 3600 }],
    ["a few requests a day", { requestsPerSecond: 5 / 86_400 }],
    ["several hundred queries per hour", { requestsPerSecond: 500 / 3600 }],
    ["tens of thousands of requests per day", { requestsPerSecond: 100_000 / 86_400 }],
    ["hundreds of requests per second", { requestsPerSecond: 1000 }],
    ["p99 800ms end to end", { latencyMs: 800 }],
    ["p95 under 2 s", { latencyMs: 2000 }],
    ["首token延迟1秒以内", { latencyMs: 1000 }],
    ["10 second clips", { latencyMs: undefined }],
    ["10 users at once", { concurrentUsers: 10 }],
    ["30 devs for code completion", { concurrentUsers: 30 }],
    ["we are 3 people", { concurrentUsers: undefined }],
    ["~50 tok/s per user is fine", { tokensPerSecond: 50 }],
    ["we get 12 tok/s now, need 30 tok/s", { tokensPerSecond: 30 }],
  ]);
});

describe("models by their usual names", () => {
  reads([
    ["llama 3.1 8b", { model: "meta-llama/Llama-3.1-8B", modality: "llm" }],
    ["mixtral 8x7b", { model: "mistralai/Mixtral-8x7B-v0.1", parameterCount: undefined, acceleratorCount: undefined }],
    ["405b llama 3.1", { model: "meta-llama/Llama-3.1-405B" }],
    ["sdxl lora", { model: "stabilityai/stable-diffusion-xl-base-1.0", modality: "diffusion" }],
    ["whisper-large-v3", { model: "openai/whisper-large-v3", modality: "audio" }],
    ["yolov5s", { model: "ultralytics/yolov5s", modality: "vision", task: "detection" }],
    ["finetune foobar-9b", { model: "foobar-9b", parameterCount: 9e9 }],
    ["acme/doc-reader-2b", { model: "acme/doc-reader-2b", parameterCount: 2e9 }],
    ["llama-7b is another model than Llama 2", { model: "llama-7b" }],
    ["anything but llama pls", { model: undefined }],
    ["instead of llama use mistral 7b", { model: "mistralai/Mistral-7B-v0.3" }],
    ["phi data, hipaa", { model: undefined }],
    [
      "llama 3.1 8b or qwen2.5 7b?",
      { model: undefined, alternatives: [{ model: "meta-llama/Llama-3.1-8B" }, { model: "Qwen/Qwen2.5-7B" }] },
    ],
    ["train on data/train-v2.jsonl", { model: undefined }],
  ]);
});

describe("methods, refused and compared", () => {
  reads([
    ["qlora llama 3.1 70b", { method: "qlora" }],
    ["lora in 4bit", { method: "qlora" }],
    ["not using LoRA, full fine-tune", { method: "full" }],
    ["全量微调", { method: "full" }],
    ["freeze the backbone", { method: "freeze" }],
    [
      "13b full finetune possible or lora?",
      { method: undefined, alternatives: [{ method: "full" }, { method: "lora" }] },
    ],
  ]);
});

describe("set-ups that are compared or refused are not the set-up", () => {
  reads([
    [
      "100 rps on L4 vs A10?",
      { accelerator: undefined, alternatives: [{ accelerator: "l4" }, { accelerator: "a10" }] },
    ],
    [
      "4090 or A100?",
      { accelerator: undefined, alternatives: [{ accelerator: "rtx-4090" }, { accelerator: "a100-80gb-sxm" }] },
    ],
    ["tried colab t4, kaggle p100, 2xT4, none enough", { accelerator: undefined, acceleratorCount: undefined }],
    ["no gpu", { accelerator: undefined, acceleratorCount: undefined }],
  ]);
});

describe("constraints and places", () => {
  reads([
    ["nothing leaves our vpc, we run everything on gcp", { constraints: ["existing-gcp"], platform: undefined }],
    ["on-prem only", { constraints: ["no-cloud"], deploymentTarget: "on-premises" }],
    ["we have an on-prem cluster", { constraints: undefined, deploymentTarget: "on-premises" }],
    ["patient scans can't leave the hospital network", { constraints: ["no-cloud"] }],
    ["air-gapped", { constraints: ["air-gapped"] }],
    ["spot instances ok", { constraints: ["spot-ok"] }],
    ["no spot please", { constraints: ["no-spot"] }],
    ["needs to be commercial ok", { constraints: ["commercial-licence"] }],
    ["azure only", { constraints: ["existing-azure"], platform: undefined }],
    ["we're an AWS shop", { constraints: ["existing-aws"] }],
    ["must stay in the EU", { constraints: ["eu-only"] }],
    ["DSGVO und SOC 2", { constraints: ["gdpr", "soc2"] }],
    ["our stack is tensorflow", { constraints: ["existing-tensorflow"], framework: undefined }],
    ["no ml background", { constraints: ["beginner-team"] }],
    ["1x L4 na gcp", { platform: "gcp" }],
    ["train on runpod with axolotl", { platform: "runpod", framework: "axolotl" }],
    ["multi modal model", { platform: undefined }],
    ["dev, staging and prod", { environments: ["dev", "staging", "prod"] }],
    ["logs in s3://acme/tickets", { dataLocation: "s3://acme/tickets" }],
  ]);
});

describe("training, serving, or both", () => {
  reads([
    ["fine-tune llama 3.1 8b and serve 20 rps", { phase: "both" }],
    ["deploy our finetuned mixtral 8x7b", { phase: "serve" }],
    ["inference only, no training, 8b", { phase: "serve" }],
    // A backbone has no head for somebody's own classes.
    ["classify 50k tickets into 12 categories with modernbert, serve 5 rps", { phase: "both" }],
    ["classify 20k photos with vit-b/16, serve 2 requests a minute", { phase: "both" }],
    ["classify photos with vit-b/16, serve 2 requests a minute", { phase: "serve" }],
    ["serve our fine-tuned modernbert classifier at 5 rps", { phase: "serve" }],
    ["classify tickets with llama 3.1 8b, 5 rps, zero-shot", { phase: "serve" }],
    ["sentiment classification api at 10 rps without training", { phase: "serve" }],
    ["qlora of a 3b", { phase: "train", task: "sft" }],
    ["dpo with 20k pairs", { task: "dpo" }],
    ["predict churn", { task: "classification", modality: "tabular" }],
  ]);
});

describe("what is, against what is wanted", () => {
  reads([
    ["tried llama 70b with vllm, 9 tok/s. want 25", { tokensPerSecond: 25 }],
    ["cut latency from 900ms to 300ms", { latencyMs: 300 }],
    ["rent 2 h100 at lambda for $5/hr total, budget 300", { budgetUsd: 300, budgetPeriod: "total" }],
    ["our team (4 backend devs)", { concurrentUsers: undefined }],
    ["2k notes/day", { exampleCount: undefined }],
    ["lora vs qlora for 8b on 16gb", { acceleratorMemoryGib: 16, method: undefined }],
    ["no gpus here so cloud only", { deploymentTarget: "cloud", accelerator: undefined }],
    [
      "mistral 7b en 2 L4 con 3 mil ejemplos, quiero afinar",
      { model: "mistralai/Mistral-7B-v0.3", acceleratorCount: 2, exampleCount: 3000 },
    ],
    ["bert-base-chinese 20万条", { model: "bert-base-chinese", exampleCount: 200_000 }],
    ["deploy distilbert on cpu", { phase: "serve" }],
  ]);
});
