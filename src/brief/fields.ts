/**
 * What a field of a brief may hold. One table for everybody: the reader checks what it read, `--set` and `--brief`
 * check what was given, and the types follow from it. Plain data instead of zod, because every plan needs it at start-up.
 */
type Rule =
  | { kind: "number"; min: number; exclusive?: boolean; max: number; integer?: boolean }
  /** A number, or `{ low, high }` where a person gave a range. */
  | { kind: "range"; max: number }
  | TextRule
  | ChoiceRule
  | { kind: "list"; options: readonly string[] }
  | FlagRule
  | { kind: "money" }
  /** Several facts of one thing, each optional. */
  | RecordRule
  /** Several such things. */
  | { kind: "records"; max: number; of: RecordRule };
type RecordRule = { kind: "record"; parts: Readonly<Record<string, Part>> };
type Part =
  | { kind: "number"; min: number; exclusive?: boolean; max: number; integer?: boolean }
  | TextRule
  | ChoiceRule
  | FlagRule;
type TextRule = { kind: "text"; max: number; pattern?: RegExp; expected?: string };
type ChoiceRule = { kind: "choice"; options: readonly string[] };
type FlagRule = { kind: "flag" };

const positive = (max: number): { kind: "number"; min: 0; exclusive: true; max: number } => ({
  kind: "number",
  min: 0,
  exclusive: true,
  max,
});
const count = (max: number): { kind: "number"; min: 1; max: number; integer: true } => ({
  kind: "number",
  min: 1,
  max,
  integer: true,
});
const text = (max: number): { kind: "text"; max: number } => ({ kind: "text", max });
const choice = <const T extends readonly string[]>(...options: T): { kind: "choice"; options: T } => ({
  kind: "choice",
  options,
});
const list = <const T extends readonly string[]>(...options: T): { kind: "list"; options: T } => ({
  kind: "list",
  options,
});

const record = <const P extends Readonly<Record<string, Part>>>(parts: P): { kind: "record"; parts: P } => ({
  kind: "record",
  parts,
});

const FIELDS = {
  /** Hub id of a catalogued model, or the name as given when the catalog does not know it. */
  model: text(200),
  /** The largest published model has about 3e12 parameters; 1e15 is beyond any machine. */
  parameterCount: positive(1e15),
  modality: choice("llm", "vlm", "vision", "audio", "embedding", "diffusion", "tabular"),
  phase: choice("train", "serve", "both"),
  task: { kind: "text", max: 40, pattern: /^[a-z][a-z0-9-]+$/, expected: "a word such as sft or classification" },
  method: choice("full", "lora", "qlora", "freeze"),
  exampleCount: positive(1e18),
  tokenCount: positive(1e18),
  /** Tokens. */
  sequenceLength: { kind: "range", max: 1e9 },
  /** Tokens of a typical sample: what time and cost follow from. */
  averageTokens: positive(1e9),
  /** Side of an image, pixels; length of a clip, seconds. */
  imageSize: count(1e5),
  audioSeconds: positive(1e5),
  /** Hours of recordings to learn from. */
  audioHours: positive(1e9),
  microBatchSize: count(1e6),
  epochs: positive(1e6),
  /** Whether the hardware is theirs: nothing is rented then. */
  owned: { kind: "flag" },
  ownAccount: { kind: "flag" },
  /** Catalog id. A card known only by its memory goes to `acceleratorMemoryGib`. */
  accelerator: text(100),
  acceleratorCount: count(1e6),
  acceleratorMemoryGib: positive(1e6),
  nodeCount: count(1e5),
  /** Machines that are theirs and may be chosen from, one kind at a time: `acceleratorCount` of each in all. */
  stock: {
    kind: "records",
    max: 50,
    of: record({
      accelerator: text(200),
      acceleratorCount: count(1e6),
      nodeCount: count(1e5),
      hostMemoryGib: positive(1e7),
    }),
  },
  hostMemoryGib: positive(1e7),
  budgetUsd: { kind: "number", min: 0, max: 1e15 },
  budgetPeriod: choice("total", "month", "hour"),
  /** Money in another currency: never converted here. */
  budget: { kind: "money" },
  deadlineHours: positive(1e7),
  platform: text(60),
  framework: text(60),
  /** A published model, or an architecture of one's own. */
  architecture: choice("pretrained", "custom"),
  /** Whether what the model must know changes from week to week: retrieval's ground, not training's. */
  knowledge: choice("stable", "changing"),
  tracker: choice("tensorboard", "wandb", "mlflow"),
  deploymentTarget: choice("cloud", "on-premises", "edge", "mobile", "browser", "local"),
  latencyMs: positive(1e10),
  requestsPerSecond: positive(1e12),
  tokensPerSecond: positive(1e15),
  concurrentUsers: positive(1e12),
  /** Tokens of one request, and of its answer. */
  promptTokens: positive(1e9),
  /** Pictures in one request to a model that reads them. */
  imagesPerPrompt: count(1e4),
  outputTokens: positive(1e9),
  dataStatus: choice("have", "collect", "label"),
  dataLocation: text(200),
  dataSizeGib: positive(1e12),
  environments: list("dev", "staging", "prod"),
  /** What instruments said of a run, as pasted: the error it died of, the memory it held then. */
  measured: record({
    failed: choice("device-memory", "host-memory"),
    triedToAllocateGib: positive(1e6),
    capacityGib: positive(1e6),
    freeGib: { kind: "number", min: 0, max: 1e6 },
    /** Of the whole process on the device, as nvidia-smi counts. */
    deviceGib: positive(1e6),
    allocatedGib: positive(1e6),
    reservedGib: positive(1e6),
    hostGib: positive(1e7),
    driver: text(30),
  }),
  /** The set-up that ran, as its configuration states it, under the names of an `estimate` request. */
  current: record({
    gradientAccumulationSteps: count(1e6),
    gradientCheckpointing: { kind: "flag" },
    optimizer: text(40),
    dtype: choice("fp32", "bf16", "fp16", "bf16-mixed", "fp16-mixed"),
    baseQuantization: choice("none", "nf4", "nf4-dq", "int8", "gptq-int4", "awq-int4", "fp8"),
    loraRank: count(1e5),
    loraAlpha: positive(1e6),
    loraTargets: choice("attention", "qv", "all-linear"),
    learningRate: positive(10),
    /** Several samples in one sequence. */
    packing: { kind: "flag" },
    evaluationBatchSize: count(1e6),
    /** Answers are written in evaluation, as predict_with_generate asks for. */
    evaluationGenerates: { kind: "flag" },
    /** Devices that hold one model together: what a server splits over. */
    tensorParallel: count(1e4),
    fusedLoss: { kind: "flag" },
    sharding: choice("none", "zero-1", "zero-2", "zero-3", "fsdp"),
    offload: choice("none", "optimizer", "optimizer+parameters"),
    attention: choice("flash", "sdpa", "eager"),
  }),
  constraints: list(
    "offline",
    "no-cloud",
    "hipaa",
    "gdpr",
    "soc2",
    "air-gapped",
    "eu-only",
    "spot-ok",
    "no-spot",
    "commercial-licence",
    "open-weights",
    "existing-tensorflow",
    "existing-aws",
    "existing-gcp",
    "existing-azure",
    "tpu",
    "beginner-team",
    "managed-mlops",
  ),
} as const satisfies Record<string, Rule>;

type Value<R> = R extends { kind: "choice"; options: readonly (infer O)[] }
  ? O
  : R extends { kind: "list"; options: readonly (infer O)[] }
    ? O[]
    : R extends { kind: "number" }
      ? number
      : R extends { kind: "flag" }
        ? boolean
        : R extends { kind: "range" }
          ? Ranged
          : R extends { kind: "money" }
            ? { amount: number; currency: string }
            : R extends { kind: "record"; parts: infer P }
              ? { -readonly [K in keyof P]?: Value<P[K]> }
              : R extends { kind: "records"; of: infer O }
                ? Value<O>[]
                : string;

/** A number, or a range where a person gave one. */
export type Ranged = number | { low: number; high: number };

/** Field name → the type of its bare value. */
export type BriefValues = { [K in keyof typeof FIELDS]?: Value<(typeof FIELDS)[K]> } & {
  /** Set-ups that the text compares. */
  alternatives?: BriefValues[];
};
export type BriefField = keyof BriefValues;
export type Constraint = (typeof FIELDS.constraints.options)[number];

/** All field names in the order people read them. */
export const BRIEF_FIELDS = [...Object.keys(FIELDS), "alternatives"] as BriefField[];

export const isBriefField = (name: string): name is BriefField =>
  name === "alternatives" || Object.hasOwn(FIELDS, name);

/** More set-ups than anybody compares in one question. */
const MOST_ALTERNATIVES = 8;

/** What is wrong with a value, as "expected …", or undefined. */
export function problemWith(field: BriefField, value: unknown): string | undefined {
  if (field === "alternatives") {
    const fine = Array.isArray(value) && value.length <= MOST_ALTERNATIVES;
    return fine ? undefined : `expected a list of at most ${MOST_ALTERNATIVES} set-ups`;
  }
  return problemOf(FIELDS[field], value);
}

function problemOf(rule: Rule, value: unknown): string | undefined {
  switch (rule.kind) {
    case "number":
      return numberProblem(rule, value);
    case "range": {
      const bounds = { kind: "number", min: 0, exclusive: true, max: rule.max } as const;
      if (typeof value !== "object" || value === null) return numberProblem(bounds, value);
      const { low, high, ...rest } = value as Record<string, unknown>;
      const fine = !numberProblem(bounds, low) && !numberProblem(bounds, high) && Object.keys(rest).length === 0;
      return fine && (low as number) <= (high as number) ? undefined : "expected a number or { low, high }";
    }
    case "text": {
      const fine = typeof value === "string" && value.trim() !== "" && value.length <= rule.max;
      return fine && (rule.pattern?.test(value) ?? true)
        ? undefined
        : `expected ${rule.expected ?? `text of at most ${rule.max} characters`}`;
    }
    case "choice":
      return rule.options.includes(value as string) ? undefined : `expected one of ${rule.options.join(", ")}`;
    case "list":
      return Array.isArray(value) && value.every((v) => rule.options.includes(v))
        ? undefined
        : `expected a list of ${rule.options.join(", ")}`;
    case "flag":
      return typeof value === "boolean" ? undefined : "expected true or false";
    case "money": {
      const { amount, currency } = (value ?? {}) as Record<string, unknown>;
      const fine = typeof amount === "number" && amount >= 0 && /^[A-Z]{3}$/.test(String(currency));
      return fine ? undefined : "expected { amount, currency } with a currency such as EUR";
    }
    case "record": {
      const known = Object.keys(rule.parts);
      if (typeof value !== "object" || value === null || Array.isArray(value))
        return `expected an object of ${known.join(", ")}`;
      for (const [key, part] of Object.entries(value)) {
        const of = Object.hasOwn(rule.parts, key) ? rule.parts[key] : undefined;
        if (of === undefined) return `expected the keys ${known.join(", ")} and not "${key}"`;
        const problem = problemOf(of, part);
        if (problem) return `${key}: ${problem}`;
      }
      return undefined;
    }
    case "records":
      if (!Array.isArray(value) || value.length === 0 || value.length > rule.max)
        return `expected a list of at most ${rule.max}`;
      return value.map((one) => problemOf(rule.of, one)).find((problem) => problem !== undefined);
    default:
      return rule satisfies never;
  }
}

function numberProblem(rule: Rule & { kind: "number" }, value: unknown): string | undefined {
  const least = rule.exclusive ? `more than ${rule.min}` : `at least ${rule.min}`;
  const fine =
    typeof value === "number" &&
    Number.isFinite(value) &&
    (rule.exclusive ? value > rule.min : value >= rule.min) &&
    value <= rule.max &&
    (!rule.integer || Number.isInteger(value));
  return fine ? undefined : `expected a ${rule.integer ? "whole " : ""}number, ${least} and at most ${rule.max}`;
}
