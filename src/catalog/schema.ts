import { z } from "zod";

/** Where a fact was read and when it was true. No fact enters the catalog without both. */
const provenance = {
  source: z.string().min(3),
  /** YYYY, YYYY-MM or YYYY-MM-DD */
  asOf: z.string().regex(/^\d{4}(-\d{2}(-\d{2})?)?$/),
};

const id = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._/-]*$/);
const positive = z.number().positive();
/** Widths, counts of layers and entries: far beyond any model, and far from overflowing a product of four of them. */
const dimension = z.number().positive().max(1e8);

/** One kind of accelerator. Rates are dense (no sparsity) and in the vendor's unit; a missing rate is unknown. */
export const Accelerator = z.strictObject({
  id,
  name: z.string(),
  /** Other names people use, beside `id` and `name`. */
  aliases: z.array(z.string()).default([]),
  vendor: z.string(),
  kind: z.enum(["gpu", "tpu", "npu", "soc"]),
  architecture: z.string(),
  /** As advertised. */
  memoryGib: positive,
  /** What the driver reports as the device's total, where somebody measured it. */
  usableMemoryGib: positive.optional(),
  memoryBandwidthGBps: positive.optional(),
  fp32Tflops: positive.optional(),
  tf32Tflops: positive.optional(),
  fp16Tflops: positive.optional(),
  bf16Tflops: positive.optional(),
  fp8Tflops: positive.optional(),
  fp4Tflops: positive.optional(),
  int8Tops: positive.optional(),
  /** Highest bf16 matmul rate anybody measured: no training run exceeds it. */
  bf16MatmulCeilingTflops: positive.optional(),
  /** Bidirectional, per accelerator. */
  nvlinkGBps: positive.optional(),
  pcieGeneration: positive.optional(),
  supportsBf16: z.boolean(),
  supportsFp8: z.boolean(),
  supportsFlashAttention2: z.boolean(),
  computeCapability: positive.optional(),
  tdpWatts: positive.optional(),
  releaseYear: z.number().int().optional(),
  notes: z.string().optional(),
  ...provenance,
});
export type Accelerator = z.infer<typeof Accelerator>;

/** Modalities of catalogued models. */
export const Modality = z.enum(["llm", "vlm", "vision", "audio", "embedding", "diffusion", "encoder", "tabular"]);
export type Modality = z.infer<typeof Modality>;

/** The shape of a transformer: what memory and FLOPs are computed from. Also accepted inline in a request. */
export const Architecture = z.strictObject({
  parameterCount: z.number().min(1).max(1e15),
  activeParameterCount: z.number().min(1).max(1e15).optional(),
  hiddenSize: dimension.optional(),
  layers: dimension.optional(),
  heads: dimension.optional(),
  kvHeads: dimension.optional(),
  headDim: dimension.optional(),
  intermediateSize: dimension.optional(),
  vocabSize: dimension.optional(),
  tieEmbeddings: z.boolean().optional(),
  gatedMlp: z.boolean().optional(),
  experts: dimension.optional(),
  expertsPerToken: dimension.optional(),
  sharedExperts: z.number().nonnegative().max(1e8).optional(),
  moeIntermediateSize: dimension.optional(),
  /** Width of all shared experts together, where it differs from `sharedExperts` times `moeIntermediateSize`. */
  sharedExpertIntermediateSize: dimension.optional(),
  /** Layers without experts. Their width is `intermediateSize`. */
  denseLayers: z.number().nonnegative().max(1e8).optional(),
  kvLoraRank: dimension.optional(),
  qkRopeHeadDim: dimension.optional(),
  slidingWindow: dimension.optional(),
  /** One layer in this many attends globally; the others use `slidingWindow`. */
  globalAttentionEvery: dimension.optional(),
  /** Encoder layers of an encoder-decoder: `layers` are then the decoder's. */
  encoderLayers: dimension.optional(),
  modality: Modality.optional(),
});
export type Architecture = z.infer<typeof Architecture>;

/** A catalogued model: its architecture, licence and where to get it. */
export const Model = Architecture.extend({
  id,
  aliases: z.array(z.string()).default([]),
  family: z.string(),
  modality: Modality,
  /** `parameterCount` counted from the config, or the publisher's round figure. */
  parameterCountBasis: z.enum(["exact", "nominal"]),
  /** Parameters loaded beside `parameterCount`: the vision tower of a text decoder, the text encoders and VAE of a denoiser. */
  companionParameterCount: positive.optional(),
  /** Parameters of the token embedding alone, where the source gives them: a look-up, so no FLOPs. */
  embeddingParameterCount: positive.optional(),
  /** Length of the vector that an embedding model returns. */
  embeddingDimension: positive.optional(),
  /** The format of the published weights, where it is not 16-bit: fp8, mxfp4, … */
  checkpointQuantization: z.string().optional(),
  qkNopeHeadDim: positive.optional(),
  vHeadDim: positive.optional(),
  qLoraRank: positive.optional(),
  /** Layers that hold a KV cache, where some are linear attention or state-space. */
  kvCacheLayers: positive.optional(),
  slidingLayers: positive.optional(),
  maxContextLength: positive.optional(),
  /** Forward multiply-accumulates of one image, 1e9. */
  gmacs: positive.optional(),
  inputSize: positive.optional(),
  licence: z.string().optional(),
  /** An unverified licence may warn, never refuse. */
  licenceVerified: z.boolean(),
  gated: z.boolean().optional(),
  notes: z.string().optional(),
  ...provenance,
});
export type Model = z.infer<typeof Model>;

export const Pricing = z.enum(["on-demand", "spot", "reserved-1y"]);
export type Pricing = z.infer<typeof Pricing>;

/** What one instance costs. `accelerator` is a catalog id. */
const Offer = z.strictObject({
  platform: id,
  product: z.string(),
  instanceType: z.string(),
  accelerator: id,
  acceleratorCount: positive,
  region: z.string(),
  pricing: Pricing,
  usdPerHour: positive,
  vcpus: positive.optional(),
  hostMemoryGib: positive.optional(),
  /** Sold by the single accelerator: the same offer may be taken for up to this many in one machine, at the multiple of its price. */
  maxAcceleratorCount: positive.optional(),
  /** What the price leaves out, or how it was read. */
  notes: z.string().optional(),
});
type Offer = z.infer<typeof Offer>;

/** Offers that were read from one place at one time. */
export const PriceList = z.strictObject({
  ...provenance,
  confidence: z.enum(["vendor", "mirror", "third-party", "stale"]),
  offers: z.array(Offer).min(1),
});
export type PriceList = z.infer<typeof PriceList>;

/** An offer with the list it came from: what the planner uses and cites. */
export interface Price extends Offer {
  source: string;
  asOf: string;
  confidence: PriceList["confidence"];
}

/** A machine without accelerator: what encoders, classifiers and embedding models may be served on. */
export const CpuMachine = z.strictObject({
  id,
  platform: id,
  vcpus: positive,
  memoryGib: positive,
  usdPerHour: positive,
  region: z.string(),
  ...provenance,
});
export type CpuMachine = z.infer<typeof CpuMachine>;

/** How a platform is billed, launched and lived with. Hours are a person's. */
const PlatformTraits = z.strictObject({
  billing: z.enum(["second", "minute", "hour", "none"]),
  /** Nothing is billed while nothing runs, and nobody has to stop a machine. */
  scaleToZero: z.boolean(),
  /** Queues, retries, logs and artifacts are the platform's. */
  managed: z.boolean(),
  spot: z.boolean(),
  /** Accelerators in the smallest machine sold. */
  smallestNode: positive,
  servingOnly: z.boolean(),
  launch: z.enum(["direct", "skypilot"]),
  launchCommand: z.string(),
  /** How SkyPilot reaches it, where it is the launcher. */
  skypilot: z
    .strictObject({
      /** `--infra`. */
      infra: z.string(),
      /** Buckets can be mounted: an interrupted run finds its checkpoints on the next machine. */
      mountsBuckets: z.boolean(),
      severalNodes: z.boolean(),
    })
    .optional(),
  /** Of a person who has an account. */
  setUpHours: z.number().min(0),
  /** On top, to open an account with billing, quotas and permissions. */
  newAccountHours: z.number().min(0),
  /** On top, where a certificate is asked for: contract, isolation, audit logs. */
  complianceHours: z.number().min(0),
  /** From the order to the first line of code. */
  startMinutes: z.strictObject({ low: z.number().min(0), expected: z.number().min(0), high: z.number().min(0) }),
  /** The brief's constraint that says that this account exists. */
  account: z.enum(["existing-aws", "existing-gcp", "existing-azure"]).optional(),
  egressUsdPerGb: z.number().min(0).optional(),
  /** Processor and memory, where they are billed on top of the accelerator. */
  hostUsdPerCoreHour: positive.optional(),
  hostUsdPerGibHour: positive.optional(),
  traitsSource: z.string().min(1),
});

/** Where training or serving runs. */
export const Platform = z.strictObject({
  id,
  name: z.string(),
  kind: z.enum(["serverless", "vm", "managed", "local", "marketplace"]),
  /** What it is best at, in the mission's words. */
  bestFor: z.array(z.string()),
  /** Why one would refuse it. */
  limits: z.array(z.string()),
  certifications: z.array(z.string()).default([]),
  traits: PlatformTraits,
  documents: z.array(id).min(1),
  ...provenance,
});
export type Platform = z.infer<typeof Platform>;

/** What a platform, or the launcher that reaches it, calls accelerators and machines: one entry a platform, named by its id. */
export const LaunchNames = z.strictObject({
  id,
  names: z
    .array(
      z.strictObject({
        /** Catalog id. */
        accelerator: id,
        /** Where a whole machine has the name: how many accelerators it holds. */
        count: positive.optional(),
        name: z.string().min(1),
      }),
    )
    .min(1),
  ...provenance,
});
export type LaunchNames = z.infer<typeof LaunchNames>;

/** A way of training. */
export const Method = z.strictObject({
  id: z.enum(["full", "lora", "qlora", "freeze"]),
  name: z.string(),
  bestFor: z.array(z.string()),
  limits: z.array(z.string()),
  documents: z.array(id).min(1),
  ...provenance,
});
export type Method = z.infer<typeof Method>;

/** A library that models are written in. */
export const Framework = z.strictObject({
  id,
  name: z.string(),
  bestFor: z.array(z.string()),
  limits: z.array(z.string()),
  documents: z.array(id).min(1),
  ...provenance,
});
export type Framework = z.infer<typeof Framework>;

/** What a hosted model costs, at the provider's standard tier. Only price and size class: what it answers is not a fact of ours. */
export const ApiPrice = z.strictObject({
  id,
  name: z.string(),
  tier: z.enum(["small", "middle"]),
  inputUsdPerMillionTokens: positive,
  outputUsdPerMillionTokens: positive,
  confidence: z.enum(["vendor", "mirror", "third-party", "stale"]),
  ...provenance,
});
export type ApiPrice = z.infer<typeof ApiPrice>;

/** A page of documentation that a decision may cite, with facts read from it. */
export const Document = z.strictObject({
  id,
  title: z.string(),
  url: z.url(),
  /** The address the mission names, where the page has moved since. */
  missionUrl: z.url().optional(),
  facts: z.array(z.string()),
  ...provenance,
});
export type Document = z.infer<typeof Document>;

/** Every fact the core may use. Passed as an argument; nothing reads it from a global. */
export interface Catalog {
  accelerators: readonly Accelerator[];
  models: readonly Model[];
  prices: readonly Price[];
  platforms: readonly Platform[];
  launchNames: readonly LaunchNames[];
  cpuMachines: readonly CpuMachine[];
  methods: readonly Method[];
  frameworks: readonly Framework[];
  documents: readonly Document[];
  apiPrices: readonly ApiPrice[];
  /** SHA-256 of the data files: part of every input hash. */
  digest: string;
  /** What was left out of the facts by a rule of somebody's own, so that a plan can name the rule that leaves nothing. */
  limits?: readonly CatalogLimit[];
}

/** A rule such as the platforms of a team's file. */
interface CatalogLimit {
  /** The file and the field that states it. */
  file: string;
  field: string;
  value: readonly string[];
  /** The facts that there would be without this rule alone. */
  without(): Catalog;
}
