import type { Brief, Conflict, Question } from "../brief/brief.ts";
import type { Pricing } from "../catalog/schema.ts";
import type { Assumption, EstimateAnswer, Repair } from "../estimate/answer.ts";
import type { EstimateRequest } from "../estimate/request.ts";
import type { Range } from "../units.ts";
import type { ComparedSide } from "./compared.ts";
import type { DescribedRun } from "./failed.ts";
import type { Workload } from "./workload.ts";

export type DecisionName =
  | "framework"
  | "platform"
  | "method"
  | "distributed"
  | "deployment"
  | "data"
  | "tracking"
  | "registry"
  | "monitoring"
  | "configuration"
  | "reproducibility";

/** One choice with what spoke for it, what was refused and why, and what would change it. */
export interface Decision {
  name: DecisionName;
  /** Catalog id of the option, e.g. "transformers", "local", "qlora", "fastapi-docker". */
  choice: string;
  /** For people. */
  title: string;
  reasons: string[];
  refused: { option: string; why: string }[];
  flips: Flip[];
  /** Ids of documents in the catalog. */
  documents: string[];
}

/** What would change a choice. Where a number decides, it was found by planning again on either side of it. */
export interface Flip {
  when: string;
  to: string;
  /** The brief's field that decides, and where. */
  field?: "budgetUsd" | "deadlineHours" | "sequenceLength" | "exampleCount" | "acceleratorMemoryGib";
  below?: number;
  above?: number;
}

/** The machine a plan trains on. */
export interface Hardware {
  accelerator: { id: string; name: string; memoryGib: number };
  acceleratorCount: number;
  nodeCount: number;
  hostMemoryGib?: number;
  owned: boolean;
  /** Absent for hardware the person owns. */
  offer?: {
    platform: string;
    instanceType: string;
    /** In the machine that is rented: may be more than the plan uses, where a platform sells no smaller one. */
    acceleratorCount: number;
    region: string;
    pricing: Pricing;
    usdPerHour: number;
    source: string;
    asOf: string;
    /** Whose cloud it stands in, where the platform sells several ("aws"). */
    vendor?: string;
  };
}

/** How the machine of a plan is asked for. */
export interface Launch {
  /** Catalog id. */
  platform: string;
  /** What it calls the accelerator ("H100") or the whole machine ("gpu_1x_a10"); absent where no dated fact says. */
  name?: string;
  source?: string;
  asOf?: string;
  /** Where SkyPilot is the launcher: what it calls the cloud, and what it can do there. */
  skypilot?: { infra: string; mountsBuckets: boolean; severalNodes: boolean };
}

/** Settings of the training run: exactly what the generated configs contain. */
export interface TrainingSettings {
  /** `freeze` trains the head and the last layers of an encoder. */
  method: "full" | "lora" | "qlora" | "freeze";
  baseQuantization: "none" | "nf4" | "nf4-dq" | "int8";
  loraRank?: number;
  loraAlpha?: number;
  loraTargets?: "attention" | "qv" | "all-linear";
  dtype: "bf16" | "fp16-mixed" | "bf16-mixed" | "fp32";
  optimizer: "adamw" | "adamw-8bit" | "paged-adamw-8bit" | "adafactor";
  learningRate: number;
  sequenceLength: number;
  microBatchSize: number;
  gradientAccumulationSteps: number;
  gradientCheckpointing: boolean;
  attention: "flash" | "sdpa" | "eager";
  fusedLoss: boolean;
  epochs: number;
  seed: number;
  acceleratorCount: number;
  nodeCount: number;
  /** How states are spread over the devices: "none" is one device, or a whole copy on each (DDP). */
  sharding: "none" | "zero-2" | "zero-3" | "fsdp";
  /** States kept in host memory. */
  offload: "none" | "optimizer" | "optimizer+parameters";
}

/** A way to the goal without training this model, with what it takes. */
export interface OffRamp {
  kind: "prompting" | "api" | "retrieval" | "smaller-model" | "classic-ml";
  title: string;
  why: string;
  /** How the figure was made. */
  formula: string;
  /** Absent where no dated price is known, or nothing is paid. */
  usd?: Range;
  /** Of a machine, until it works. */
  hours?: Range;
  per?: "month" | "million requests";
  source?: string;
  asOf?: string;
}

export interface TimePlan {
  trainHours: Range;
  tokens: number;
  optimizerSteps: number;
  /** Of one optimizer step, without set-up and evaluation; absent where nothing is stepped. */
  secondsPerStep?: number;
  formula: string;
}

export interface CostPlan {
  /** Renting the training hardware; zero for hardware that is owned. */
  trainUsd: Range;
  /** Serving per month at the asked rate, where serving was asked for. */
  servingUsdPerMonth?: Range;
  /** Of text. */
  usdPerMillionTokens?: Range;
  /** Of pictures, sound and rows. */
  usdPerThousandRequests?: Range;
  formula: string;
  priceSource?: string;
  priceAsOf?: string;
  notIncluded: string[];
}

/** Ways to serve, by the id of the decision's option. */
export type Deployment =
  | "fastapi-docker"
  | "vllm"
  | "hf-inference-endpoints"
  | "modal-functions"
  | "onnx-tensorrt"
  | "litert";

/** One way to serve the asked load: what a month costs, or why it is out of the question. */
export interface ServingWay {
  deployment: Deployment;
  refused?: string;
  /** For people: "2 × NVIDIA L4 on gcp". */
  machine?: string;
  platform?: string;
  usdPerMonth?: number;
  /** Of requests that find nothing running. */
  coldShare?: number;
  /** Below this rate (requests per second) the way is the better one, or above it. */
  betterBelow?: number;
  betterAbove?: number;
}

/** What the platform's autoscaler is told. */
export interface Autoscaling {
  minReplicas: number;
  maxReplicas: number;
  /** Requests in flight per replica that add one. */
  targetConcurrentRequests: number;
  idleSeconds?: number;
}

/** How the model is served. */
export interface ServingPlan {
  deployment: Deployment;
  engine: NonNullable<EstimateRequest["engine"]>;
  /** `supportsBf16` is said only of one that does not: weights are served in fp16 there. */
  accelerator: { id: string; name: string; memoryGib: number; supportsBf16?: false };
  /** More than one where a replica is cut over devices (tensor parallel). */
  acceleratorCountPerReplica: number;
  replicas: number;
  /** Tokens of prompt and answer of a typical request: what rates and memory are counted with. */
  contextLength: number;
  /** The most that a request may bring and be answered with. */
  longestRequest: { promptTokens: number; outputTokens: number };
  maxConcurrentRequests: number;
  baseQuantization: string;
  timeToFirstTokenSeconds: Range;
  timePerOutputTokenSeconds: Range;
  requestsPerSecondPerReplica: Range;
  coldStartSeconds: Range;
  autoscaling: Autoscaling;
  owned: boolean;
  usdPerHourPerReplica?: number;
  /** Rent at the asked load. */
  usdPerMonth?: number;
  /** Absent where the hardware is owned. */
  offer?: Hardware["offer"];
  /** Every way that was weighed, the chosen one among them. */
  ways: ServingWay[];
  /** Memory under load; absent on a machine without accelerator. */
  estimate?: EstimateAnswer;
  notes: string[];
}

export interface Blocker {
  /** Rule id, e.g. "does-not-fit", "over-budget", "bf16-needs-ampere". */
  rule: string;
  text: string;
}

export interface Risk {
  severity: "low" | "medium" | "high";
  text: string;
  mitigation: string;
}

/** A point on the Pareto front of cost, time and risk, with a name a person would give it. */
export interface Alternative {
  name: string;
  summary: string;
  hardware: Hardware;
  method: string;
  trainHours: Range;
  trainUsd: Range;
  status: EstimateAnswer["status"];
}

/** What stays when nothing fits: a change of the brief, and what would then be true. */
export interface PlanRepair extends Repair {
  /** For people: "rent one A100 80 GB on lambda for about $12". */
  summary: string;
  /** Of the set-up that the person described, on their hardware; the others are changes of the plan. */
  of?: "your run";
}

/** One number as it was predicted for the probe's own run, beside what the probe read. */
export interface Comparison {
  name: string;
  unit: "GiB" | "tokens/s" | "images/s" | "clips/s";
  predicted: Range;
  measured: number;
  /** The reading is a floor: the run died there. */
  atLeast?: boolean;
  /** predicted ÷ measured − 1. */
  error: number;
}

/** What a measurement on the planned machine changed. */
export interface Calibration {
  from: "measured";
  /** Of the plan as it was estimated: a second calibration starts from there again. */
  inputHash: string;
  /** UTC day. */
  date: string;
  device: string;
  /** Tokens of the longest sample that the probe ran. */
  longestTokens: number;
  headline: string;
  comparison: Comparison[];
  /** Numbers of the plan before and after. */
  changes: { name: string; unit: "GiB" | "tokens/s" | "h" | "USD"; before: Range; after: Range }[];
  /** How to read it. */
  notes: string[];
}

/** One part of what was asked for, and whether the answer gives it. */
export interface AskedPart {
  part: "training" | "serving";
  met: boolean;
  text: string;
}

/** "feasible" where all of what was asked for is given: `asked` says which part is not. */
export type PlanStatus = "feasible" | "infeasible" | "off-ramp";

/** The answer. `plan.json` in a generated project is this value. */
export interface Plan {
  schemaVersion: 1;
  plannerVersion: string;
  /** UTC day the plan was made for. */
  today: string;
  inputHash: string;
  planHash: string;
  status: PlanStatus;
  headline: string;
  /** Present where training and what the model is for were both asked about. */
  asked?: AskedPart[];
  brief: Brief;
  workload?: Workload;
  assumptions: Assumption[];
  conflicts: Conflict[];
  decisions: Decision[];
  hardware?: Hardware;
  /** Absent where nothing is rented. */
  launch?: Launch;
  training?: TrainingSettings;
  /** The request behind `memory`: what `estimate` and `calibrate` are given. */
  memoryRequest?: EstimateRequest;
  memory?: EstimateAnswer;
  /** The least memory of each method at this length, one device: micro batch 1, checkpointing, fused loss. */
  memoryFloors?: { method: TrainingSettings["method"]; neededGib: Range }[];
  time?: TimePlan;
  cost?: CostPlan;
  serving?: ServingPlan;
  /** Present where memory, time and cost rest on a run of the project's probe. */
  calibration?: Calibration;
  /** Present where a run died, or where a set-up was described that does not fit comfortably. */
  described?: DescribedRun;
  /** Present where set-ups were compared: the plan is the chosen one's. */
  compared?: { sides: ComparedSide[]; answer: string };
  alternatives: Alternative[];
  /** Cheaper ways to the same goal. The first is the answer where `status` is "off-ramp". */
  offRamps: OffRamp[];
  blockers: Blocker[];
  repairs: PlanRepair[];
  risks: Risk[];
  questions: Question[];
  notices: string[];
  documents: { id: string; title: string; url: string; asOf: string }[];
  /** Dates of the facts that were used. */
  facts: { name: string; source: string; asOf: string }[];
}
