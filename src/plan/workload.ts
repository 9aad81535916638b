import type { Constraint } from "../brief/brief.ts";
import type { Accelerator, Architecture, Modality } from "../catalog/schema.ts";

/** The model to train or serve: a catalogued one, or a size with a typical shape. */
export interface WorkloadModel {
  /** Hub id, or "7B" where only a size is known. */
  id: string;
  architecture: Architecture;
  catalogued: boolean;
  maxContextLength?: number;
  licence?: string;
  licenceVerified?: boolean;
  gated?: boolean;
}

/** The hardware a person has or wants; absent fields are ours to choose. */
export interface WorkloadHardware {
  /** A named card. */
  accelerator?: Accelerator;
  /** A board that was named as the place where the model runs, not where it trains. */
  board?: { name: string; nvidia: boolean; memoryGib?: number };
  /** A card known only by its memory. */
  memoryGib?: number;
  acceleratorCount?: number;
  nodeCount?: number;
  hostMemoryGib?: number;
  /** Machines that are theirs and may be chosen from: each kind alone, up to its count. */
  stock?: { accelerator: Accelerator; count: number; nodes: number; hostMemoryGib?: number }[];
  /** The person has it: renting is not needed. */
  owned: boolean;
}

export interface ServingWorkload {
  requestsPerSecond: number;
  promptTokens: number;
  outputTokens: number;
  latencyMs?: number;
  concurrentUsers?: number;
  /** The format of the weights that was asked for; left out, it is ours to choose. */
  quantization?: ServedFormat;
}

/** What a server may hold a model's weights in. */
export type ServedFormat = "none" | "fp8" | "int8" | "awq-int4" | "gptq-int4";

export interface KeptSettings {
  loraRank?: number;
  loraAlpha?: number;
  loraTargets?: "attention" | "qv" | "all-linear";
  learningRate?: number;
  /** Samples of one optimizer step, over all devices. */
  samplesPerStep?: number;
}

/** What decides where one may rent. */
export type Wishes = Pick<Workload, "constraints" | "platform" | "ownAccount">;

/** A brief made complete: everything the planner needs, nothing left to guess. */
export interface Workload {
  phase: "train" | "serve" | "both";
  modality: Modality;
  task: string;
  model: WorkloadModel;
  method?: "full" | "lora" | "qlora" | "freeze";
  exampleCount: number;
  /** Longest sample that is trained on, tokens. */
  sequenceLength: number;
  /** Typical sample, tokens or what stands for them (image patches, audio frames): time and cost follow from it. */
  averageTokens: number;
  epochs: number;
  /** Side of an image, pixels, and length of a clip: what a sample of those modalities costs. */
  imageSize?: number;
  audioSeconds?: number;
  microBatchSize?: number;
  /** Choices of the set-up that ran which the plan keeps: they decide quality, not whether it fits. */
  kept?: KeptSettings;
  hardware: WorkloadHardware;
  budgetUsd?: number;
  /** Money in another currency: shown, never compared. */
  otherBudget?: { amount: number; currency: string };
  budgetPeriod: "total" | "month" | "hour";
  deadlineHours?: number;
  platform?: string;
  framework?: string;
  /** An architecture of one's own: no published weights to start from. */
  architecture?: "pretrained" | "custom";
  /** Whether what the model must know holds still. */
  knowledge?: "stable" | "changing";
  tracker?: "tensorboard" | "wandb" | "mlflow";
  deploymentTarget: "cloud" | "on-premises" | "edge" | "mobile" | "browser" | "local";
  serving?: ServingWorkload;
  dataStatus?: "have" | "collect" | "label";
  dataLocation?: string;
  dataSizeGib?: number;
  constraints: Constraint[];
  /** Machines have to stand in a cloud account of the person's, such as inside a VPC. */
  ownAccount?: boolean;
  environments: ("dev" | "staging" | "prod")[];
}
