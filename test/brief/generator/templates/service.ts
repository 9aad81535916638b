import type { Template } from "../generate.ts";

/** Rates, latencies and users. */
export const rates: Template[] = [
  { says: "serve {model} at {rps}, p95 under {latency}", mayMean: { phase: "serve" } },
  { says: "{model} chat for {users}, {tps} each, {cards}", mayMean: { phase: "serve", task: "*" } },
  { says: "host {model} on {card}, {users}, first token < {~latency}", mayMean: { phase: "serve" } },
  {
    says: "api for {model}. {rps} peak. latency budget {latency}. aws",
    mayMean: { phase: "serve", platform: "aws", constraints: ["existing-aws"], deploymentTarget: "cloud" },
  },
  {
    says: "yolov8n on jetson, 30 fps camera, need realtime",
    means: { model: "yolov8n", modality: "vision", requestsPerSecond: 30, deploymentTarget: "edge" },
    mayMean: { accelerator: "*", task: "detection", latencyMs: "*", phase: "*" },
  },
  {
    says: "object detection @ 15fps on 4 streams, {card}",
    means: { modality: "vision", task: "detection", requestsPerSecond: 60 },
    mayMean: { concurrentUsers: 4, latencyMs: "*", phase: "*" },
  },
  {
    says: "{rps} sustained with prompts of 2000 tokens and 300 token answers, {model}, {card}",
    mayMean: { promptTokens: 2000, outputTokens: 300, sequenceLength: "*", phase: "serve" },
  },
  {
    says: "deploying {model}, 3000 requests per minute, {latency} p99",
    means: { requestsPerSecond: 50 },
    mayMean: { phase: "serve" },
  },
  {
    says: "1 million requests a day to {model}, which gpu",
    means: { requestsPerSecond: 11.57 },
    mayMean: { phase: "serve" },
  },
  {
    says: "internal copilot, {users}, {model}, vllm, {cards}",
    mayMean: { phase: "serve", task: "*", framework: "vllm" },
  },
  { says: "getting {tps} on {card} w/ {model} rn, is this normal", mayMean: { tokensPerSecond: "*", phase: "*" } },
  { says: "need at least {tps} per user, {users}, {model}", mayMean: { phase: "serve" } },
  {
    says: "batch inference, 2M documents overnight, {model} on {cards}",
    means: { exampleCount: 2e6 },
    mayMean: { phase: "serve", deadlineHours: "*" },
  },
  {
    says: "inference must stay below {latency} on cpu only, distilbert sentiment",
    means: { model: "distilbert", task: "classification" },
    never: ["accelerator"],
    mayMean: { phase: "serve", modality: "*", deploymentTarget: "*" },
  },
  { says: "{users} max, mostly idle, scale to zero would be nice. {model}", mayMean: { phase: "serve" } },
];

/** What a person rules in or out. */
export const constraints: Template[] = [
  { says: "hipaa workload, {model} {adapter} on {rows}", means: { constraints: ["hipaa"] } },
  {
    says: "everything must stay in the EU. {model} {adapter} {rows}",
    means: { constraints: ["eu-only"] },
    mayMean: { constraints: ["gdpr"] },
  },
  {
    says: "gdpr applies. {cards} on prem. {model} {adapter}",
    means: { constraints: ["gdpr"], deploymentTarget: "on-premises" },
    mayMean: { constraints: ["no-cloud"], owned: "*" },
  },
  {
    says: "no cloud allowed, {cards} in our rack, {model} {method}",
    means: { constraints: ["no-cloud"] },
    mayMean: { deploymentTarget: "on-premises", owned: "*" },
  },
  {
    says: "air gapped network, {card}, {model}, {users}",
    means: { constraints: ["air-gapped"] },
    mayMean: { constraints: ["offline", "no-cloud"], phase: "serve", deploymentTarget: "on-premises" },
  },
  {
    says: "we're all in on google cloud. {model} {adapter} {rows}",
    means: { constraints: ["existing-gcp"] },
    mayMean: { platform: "gcp", deploymentTarget: "cloud" },
  },
  {
    says: "azure shop here, {model}, {rps}, {latency}",
    means: { constraints: ["existing-azure"] },
    mayMean: { platform: "azure", deploymentTarget: "cloud", phase: "serve" },
  },
  { says: "spot is fine, {model} {adapter} {rows} {usd}", means: { constraints: ["spot-ok"] } },
  {
    says: "no spot instances please, last time we got preempted. {model} {adapter} {rows}",
    means: { constraints: ["no-spot"] },
  },
  { says: "soc 2 required, {model} for {users}", means: { constraints: ["soc2"] }, mayMean: { phase: "serve" } },
  { says: "licence must allow commercial use, ~{size}, {card}", means: { constraints: ["commercial-licence"] } },
  {
    says: "codebase is tensorflow/keras, {rows} images, classify defects",
    means: { constraints: ["existing-tensorflow"], task: "classification" },
    mayMean: { framework: "*", modality: "*" },
  },
  {
    says: "we're complete beginners, {card}, want to fine tune {model} on {rows}",
    means: { constraints: ["beginner-team"] },
  },
  { says: "only open weights models, {size}, {adapter}, {rows}", means: { constraints: ["open-weights"] } },
  {
    says: "got TRC credits: v4-32 TPU pod. pretrain {size} on {tokens}",
    means: { constraints: ["tpu"] },
    mayMean: {
      accelerator: "*",
      acceleratorCount: "*",
      platform: "*",
      method: "full",
      constraints: ["existing-gcp"],
      nodeCount: "*",
      budgetUsd: "*",
    },
  },
  {
    says: "runs on a ship without internet. {model}, {card}",
    means: { constraints: ["offline"] },
    mayMean: { constraints: ["air-gapped", "no-cloud"], deploymentTarget: "*" },
  },
  {
    says: "dev + staging + prod envs, {model} api, {rps}",
    means: { environments: ["dev", "staging", "prod"] },
    mayMean: { phase: "serve" },
  },
  {
    says: "must run disconnected from the internet, {card}, {model}",
    means: { constraints: ["offline"] },
    mayMean: { constraints: ["air-gapped", "no-cloud"] },
  },
  {
    says: "patient records, so HIPAA. {model} {adapter} {rows} in our azure tenant",
    means: { constraints: ["hipaa", "existing-azure"] },
    mayMean: { platform: "azure", deploymentTarget: "cloud" },
  },
  {
    says: "customer data stays in germany, {model} {adapter}, {rows}",
    means: { constraints: ["eu-only"] },
    mayMean: { constraints: ["gdpr"] },
  },
  {
    says: "happy to use preemptible machines to save money. {model} {adapter} {rows}",
    means: { constraints: ["spot-ok"] },
  },
  {
    says: "our first ml project ever, nobody here has trained a model. {rows}",
    means: { constraints: ["beginner-team"] },
    mayMean: { modality: "*", task: "*", phase: "*" },
  },
  {
    says: "everything we have runs on AWS. {model} {adapter} {rows}",
    means: { constraints: ["existing-aws"] },
    mayMean: { platform: "aws", deploymentTarget: "cloud" },
  },
  {
    says: "we sell this product, license has to permit commercial use; {size} {adapter}",
    means: { constraints: ["commercial-licence"] },
  },
];
