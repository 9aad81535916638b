import type { Template } from "../generate.ts";

/** "8 4090s" is eight cards, "V100 32" is a size, "2 nodes x 8" is sixteen. */
export const countsAndSizes: Template[] = [
  { says: "have {cards}, want to {adapter} {model} on {rows}" },
  { says: "{model} {adapter} on {cards}, will it fit? {batch}, {length}" },
  { says: "can {card} handle a {size} {adapter}?? {length}", means: { modality: "llm" } },
  {
    says: "got {sized} in the basement. want to {method} {model}. realistic?",
    mayMean: { deploymentTarget: "*", owned: "*" },
  },
  { says: "we just got {cards} delivered lol, what can i do with them for {size} models", mayMean: { owned: "*" } },
  {
    says: "2 nodes with 4x H100 each, {method} of {model}, {rows}",
    means: { nodeCount: 2, acceleratorCount: 8, accelerator: "h100" },
  },
  {
    says: "cluster: 4 nodes x 8 A100 80GB. pretrain a {size} on {tokens}",
    means: { nodeCount: 4, acceleratorCount: 32, accelerator: "a100-80gb", acceleratorMemoryGib: 80 },
    mayMean: { method: "full" },
  },
  {
    says: "8 V100 32gb and {rows}, {model} {adapter}",
    means: { acceleratorCount: 8, accelerator: "v100-32gb", acceleratorMemoryGib: 32 },
  },
  { says: "my box: {card}, {ram}. {adapter} for {model} w/ {length}?", mayMean: { deploymentTarget: "*", owned: "*" } },
  { says: "{vram} and {ram}, thats all i have. {adapter} on {model} possible?", mayMean: { acceleratorCount: 1 } },
  { says: "gpu is {card}. ram {ram}. model {model}. dataset {rows}. method {adapter}." },
  { says: "one machine w/ {cards} + {ram}; {method} {model}; {epochs}", mayMean: { nodeCount: 1 } },
  { says: "would {cards} be enough for {model}, {adapter} rank 16, {rows}, {epochs}?" },
  {
    says: "a pair of 3090s with nvlink, {model}, {adapter}, {length}, {batch}",
    means: { accelerator: "rtx-3090", acceleratorCount: 2 },
  },
  {
    says: "half a dozen T4s sitting idle - can they serve {model} at all?",
    means: { accelerator: "t4", acceleratorCount: 6 },
    mayMean: { phase: "serve" },
  },
  {
    says: "p4d.24xlarge on demand, {method} {model}, {rows}",
    means: { accelerator: "a100-40gb", acceleratorCount: 8, platform: { any: ["aws", "sagemaker"] } },
    mayMean: { constraints: ["existing-aws"], nodeCount: 1, platform: "*", acceleratorMemoryGib: 40 },
  },
  {
    says: "mac studio m2 ultra 192gb, want to {adapter} {model} locally",
    means: { accelerator: "apple-m2-ultra", acceleratorMemoryGib: 192 },
    mayMean: { deploymentTarget: "local", hostMemoryGib: 192, acceleratorCount: 1, framework: "mlx" },
  },
  { says: "{cards} (yes really), {model}, {length}, {batch}, flash attn on" },
  {
    says: "Hi team! We own {cards} and would like to fine-tune {model} with {adapter}. Data: {rows}. Thanks!",
    means: { owned: true },
  },
  { says: "rented {cards} for this, {model} {adapter} {rows} {epochs} {batch} {length}" },
];

/** Host memory, device memory and data are all "GB". */
export const memoryKinds: Template[] = [
  { says: "{card}, {ram}, {data} of logs to train on. {model} {adapter}", means: {} },
  {
    says: "laptop with {vram} ({ram}). {adapter} {size}?",
    mayMean: { deploymentTarget: "local", acceleratorCount: 1 },
  },
  {
    says: "server has {ram} but the gpu only {vram}, {model} qlora doable?",
    means: { method: "qlora" },
    mayMean: { acceleratorCount: 1 },
  },
  { says: "dataset is {data} of parquet, {card} w/ {ram}, {model}, {adapter}" },
  {
    says: "we got {data} raw text (~{tokens}), {cards}, continue pretraining {model}",
    mayMean: { method: "*", task: "*" },
  },
  {
    says: "checkpoint is 15GB on disk, {card}, {adapter} on {model}, {rows}",
    never: ["dataSizeGib", "acceleratorMemoryGib", "hostMemoryGib"],
  },
  { says: "{cards} and like {ram}. disk is 2TB nvme. full finetune {model}?", means: { method: "full" } },
  { says: "any gpu with {vram} ok for serving {model}? {users}", mayMean: { acceleratorCount: 1, phase: "serve" } },
  {
    says: "12GB card, {ram}, {adapter} on {model}",
    means: { acceleratorMemoryGib: 12 },
    mayMean: { acceleratorCount: 1 },
  },
  { says: "what fits in {vram}? want to {adapter} something around {size}", mayMean: { acceleratorCount: 1 } },
  { says: "docker limits me to {ram}, gpu is {card}. {adapter} {model} {rows}" },
  {
    says: "i have two gpus with 24GB each and {ram}, {model} with {adapter}",
    means: { acceleratorCount: 2, acceleratorMemoryGib: 24 },
  },
];
