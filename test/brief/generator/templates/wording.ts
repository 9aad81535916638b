import type { Template } from "../generate.ts";

/** What is refused is not wanted. */
export const negation: Template[] = [
  { says: "not on aws please, {model} {adapter} {rows}", never: ["platform", "constraints"] },
  { says: "no need for hipaa or anything like that. {model} {adapter} {rows}", never: ["constraints"] },
  {
    says: "we don't have a gpu. {model} {adapter} {rows} {usd}",
    never: ["accelerator", "acceleratorCount"],
    mayMean: { owned: false },
  },
  { says: "anything except qwen. {size}, {adapter}, {rows}", never: ["model"] },
  { says: "not lora, we want {~adapter}... sorry, full fine-tuning of {model} on {cards}", means: { method: "full" } },
  { says: "without quantization: lora {model} on {card}", means: { method: "lora" } },
  { says: "no deadline, no budget limit. {model} {method} {rows}", never: ["deadlineHours", "budgetUsd"] },
  { says: "i do not want to use kubernetes or sagemaker. {model} {adapter} {rows}", never: ["platform"] },
  { says: "we can't use llama for legal reasons, {size} otherwise, {card}", never: ["model"] },
  {
    says: "it's not that we can't use the cloud, we just own {cards}. {model} {adapter}",
    never: ["constraints"],
    mayMean: { owned: true },
  },
  { says: "don't need 8 gpus, {card} is plenty. {model} {adapter}" },
  { says: "spot is not an option. {model} {adapter} {rows}", means: { constraints: ["no-spot"] } },
  { says: "aint got no 4090, just {card} with {ram}. {model} {adapter}" },
  {
    says: "gdpr doesn't apply, data is synthetic. {rows} {model} {adapter}",
    never: ["constraints"],
    mayMean: { dataStatus: "*" },
  },
  { says: "rather not azure; {model}, {rps}", never: ["platform", "constraints"], mayMean: { phase: "serve" } },
  { says: "instead of qlora use lora, {model}, {card}, {rows}", means: { method: "lora" } },
  { says: "please no runpod, no vast. {model} {adapter} {rows}", never: ["platform"] },
  { says: "we are not a gcp customer. {model} {adapter} {rows}", never: ["platform", "constraints"] },
  { says: "hipaa is not needed, neither is soc2: {model} {adapter} {card}", never: ["constraints"] },
  { says: "don't suggest llama, we want something around {size}, {card}", never: ["model"] },
  { says: "never used aws and dont plan to. {model} {adapter} {rows} {usd}", never: ["platform", "constraints"] },
  { says: "full fine-tuning is out of the question so lora, {model}, {card}, {rows}", means: { method: "lora" } },
  { says: "qlora no, lora yes. {model} {card} {rows}", means: { method: "lora" } },
  { says: "no quantisation and no full ft: lora on {model}, {cards}", means: { method: "lora" } },
  { says: "we have no A100s, only {cards}. {model} {adapter}" },
  { says: "unfortunately the H100s are gone, what remains is {cards}. {model} {adapter}" },
  { says: "budget isn't the issue, time is: {days}. {model} {adapter} {rows}", never: ["budgetUsd"], means: {} },
  { says: "not a chatbot! classification of {rows} with {model}", means: { task: "classification" } },
  { says: "it does not have to be offline. {model} for {users}", never: ["constraints"], mayMean: { phase: "serve" } },
];

/** Two set-ups in one question: neither is the brief. */
export const comparison: Template[] = [
  {
    says: "{1.cards} {1.adapter} against {2.cards} {2.adapter} for {model}, which is cheaper?",
    compares: [{}, {}],
    never: ["accelerator", "acceleratorCount", "method"],
  },
  { says: "{model} {adapter}: {1.card} vs {2.card}?", compares: [{}, {}], never: ["accelerator"] },
  { says: "{1.name} or {2.name} for {adapter} on {model}, {rows}?", compares: [{}, {}], never: ["accelerator"] },
  {
    says: "lora vs qlora on {card} for {model}",
    compares: [{ method: "lora" }, { method: "qlora" }],
    never: ["method"],
  },
  {
    says: "should i get {1.cards} or {2.cards}? want to {adapter} {model}",
    compares: [{}, {}],
    never: ["accelerator", "acceleratorCount"],
  },
  {
    says: "is {1.cards} better than {2.cards} for serving {model}, {rps}",
    compares: [{}, {}],
    never: ["accelerator"],
    mayMean: { phase: "serve" },
  },
  { says: "compare {1.model} and {2.model} on {card}, {adapter}, {rows}", compares: [{}, {}], never: ["model"] },
  {
    says: "full ft on {1.cards} versus lora on {2.cards}, {model}, {rows}",
    compares: [{ method: "full" }, { method: "lora" }],
    never: ["method", "accelerator"],
  },
  {
    says: "option A: {1.cards}, option B: {2.cards}. {model} {adapter} {rows}. which one",
    compares: [{}, {}],
    never: ["accelerator"],
  },
  {
    says: "runpod vs lambda for {adapter} of {model} on {cards}",
    compares: [{ platform: "runpod" }, { platform: "lambda" }],
    never: ["platform"],
  },
  {
    says: "{1.name} LoRA or {2.name} QLoRA? {model}, {length}",
    compares: [{ method: "lora" }, { method: "qlora" }],
    never: ["accelerator", "method"],
  },
  { says: "{1.model} or {2.model}? {rows}, {adapter}, {cards}", compares: [{}, {}], never: ["model"] },
  {
    says: "whats cheaper: {1.cards} or {2.cards}, {model} {adapter} {rows} {epochs}",
    compares: [{}, {}],
    never: ["accelerator"],
  },
  { says: "torn between {1.card} and {2.card}, {model} {adapter}", compares: [{}, {}], never: ["accelerator"] },
  {
    says: "would you take {1.cards} or {2.cards} for {model} {adapter}?",
    compares: [{}, {}],
    never: ["accelerator", "acceleratorCount"],
  },
  {
    says: "{model}: qlora on {1.card} or lora on {2.card}",
    compares: [{ method: "qlora" }, { method: "lora" }],
    never: ["accelerator", "method"],
  },
  {
    says: "difference in cost between {1.cards} and {2.cards} for {adapter} {model} {rows}?",
    compares: [{}, {}],
    never: ["accelerator"],
  },
  {
    says: "thinking about {1.cards}. or would {2.cards} be smarter? {model} {adapter}",
    compares: [{}, {}],
    never: ["accelerator"],
  },
  {
    says: "either {1.cards} or {2.cards}, both available. {model} {adapter} {rows}",
    compares: [{}, {}],
    never: ["accelerator"],
  },
  { says: "a) {1.cards} b) {2.cards} - which for {model} {adapter}?", compares: [{}, {}], never: ["accelerator"] },
  {
    says: "{model} on {card}: full finetune or lora?",
    compares: [{ method: "full" }, { method: "lora" }],
    never: ["method"],
  },
  {
    says: "{1.size} or {2.size} for {users}? {card}",
    compares: [{}, {}],
    never: ["parameterCount"],
    mayMean: { phase: "serve" },
  },
  {
    says: "aws or gcp for {adapter} of {model}, {rows}?",
    compares: [{ platform: "aws" }, { platform: "gcp" }],
    never: ["platform"],
  },
  {
    says: "{1.cards} w/ qlora vs {2.cards} w/ lora vs renting, {model}",
    compares: [{ method: "qlora" }, { method: "lora" }],
    never: ["accelerator", "method"],
  },
  { says: "price/perf {1.name} vs {2.name} for {adapter} on {model}", compares: [{}, {}], never: ["accelerator"] },
];

/** Numbers of other people, of the past, of papers. */
export const foreignNumbers: Template[] = [
  { says: "the paper used {~cards} but we only have {cards}. {model} {adapter}" },
  { says: "the llama authors trained on {~tokens}. we have {rows}, {model} {adapter} {card}" },
  {
    says: "a friend did this with {~cards} in 2 days. i have {card}. {model} {adapter} {rows}",
    never: ["deadlineHours"],
  },
  {
    says: "saw a blog where someone full finetuned on {~cards} for {~usd}. my budget is {usd}. {model}",
    never: ["accelerator", "acceleratorCount"],
    mayMean: { method: "*" },
  },
  { says: "meta used 16k H100s, obviously we dont. {cards}, {model} {adapter}" },
  { says: "the readme says {~vram} is enough but {model} {adapter} OOMs on {card}" },
  { says: "openai's gpt-4 rumored 1.8T params... we just want {model} on {rows}", never: ["parameterCount"] },
  { says: "our competitor spent {~usd} on theirs. {model}, {adapter}, {rows}", never: ["budgetUsd"] },
  {
    says: "in the alpaca repo they use 4 A100s with bs 128. i got {card}. {model} {adapter} {length}",
    never: ["microBatchSize"],
  },
  { says: "like that 405b model but smaller. {model} {adapter} {card}", never: ["parameterCount"] },
  { says: "previously had {~cards}, now down to {cards}. {model} {adapter}" },
  { says: "docs recommend {~cards}, can i do it with {cards}? {model} {method}" },
  {
    says: "according to a colleague {~cards} would be needed; we own {cards}. {model} {adapter}",
    mayMean: { owned: true },
  },
];

/** Things that cannot both hold: said, not resolved silently. */
export const contradiction: Template[] = [
  {
    says: "on-prem only, no cloud, but rent {cards} on runpod for {model}",
    conflict: true,
    mayMean: { constraints: "*", deploymentTarget: "*", platform: "*" },
  },
  {
    says: "air-gapped site. use the openai api for evaluation. {model} on {card}",
    conflict: true,
    mayMean: { constraints: "*", deploymentTarget: "*", platform: "*" },
  },
  {
    says: "qlora with full fine-tuning of all weights, {model}, {card}",
    conflict: true,
    mayMean: { method: "*", alternatives: "*" },
  },
  {
    says: "budget is $100. actually budget is $900 at most. {model} {adapter} {rows}",
    conflict: true,
    mayMean: { budgetUsd: "*", budgetPeriod: "*" },
  },
  {
    says: "no gpu at all. {cards} for {model} {adapter}",
    conflict: true,
    mayMean: { accelerator: "*", acceleratorCount: "*", constraints: "*", owned: "*" },
  },
  {
    says: "no cloud whatsoever, deploy {model} to sagemaker, {rps}",
    conflict: true,
    mayMean: { constraints: "*", platform: "*", deploymentTarget: "*", phase: "serve" },
  },
  {
    says: "spot instances are ok. no spot though. {model} {adapter} {rows}",
    conflict: true,
    mayMean: { constraints: "*" },
  },
  {
    says: "we have exactly 20k rows. the 45k rows are ready. {model} {adapter}",
    conflict: true,
    mayMean: { exampleCount: "*", dataStatus: "*" },
  },
  {
    says: "strictly offline box. train {model} on aws with {cards}",
    conflict: true,
    mayMean: { constraints: "*", platform: "*", deploymentTarget: "*" },
  },
  {
    says: "data must not leave the EU. run it in us-east-1. {model} {adapter} {rows}",
    conflict: true,
    mayMean: { constraints: "*", platform: "*", deploymentTarget: "*" },
  },
  {
    says: "max budget $200, we can spend up to $2000. {model} {adapter} {rows}",
    conflict: true,
    mayMean: { budgetUsd: "*", budgetPeriod: "*" },
  },
  {
    says: "2 nodes with a total of 1 gpu, {model} {adapter}",
    conflict: true,
    mayMean: { nodeCount: "*", acceleratorCount: "*" },
  },
  {
    says: "no spot, spot is cheap so use spot. {model} {adapter} {rows}",
    conflict: true,
    mayMean: { constraints: "*" },
  },
];
