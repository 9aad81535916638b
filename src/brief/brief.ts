import { z } from "zod";

/** Where a value came from, strongest first: what a person states overrules everything else. */
export const Origin = z.enum(["stated", "inferred", "measured", "project", "team", "model", "assumed"]);
export type Origin = z.infer<typeof Origin>;

/** A value with where it came from. `span` is [start, end) in UTF-16 code units of the text that was read. */
export interface Said<T> {
  value: T;
  from: Origin;
  span?: [number, number];
}

const positive = z.number().positive().finite();
const count = z.number().positive().max(1e18);
/** A number, or a range where a person gave one. */
const ranged = z.union([positive, z.strictObject({ low: positive, high: positive })]);
export type Ranged = z.infer<typeof ranged>;

export const Constraint = z.enum([
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
]);
export type Constraint = z.infer<typeof Constraint>;

const fields = {
  /** Hub id of a catalogued model, or the name as given when the catalog does not know it. */
  model: z.string().min(1).max(200),
  parameterCount: z.number().positive().max(1e15),
  modality: z.enum(["llm", "vlm", "vision", "audio", "embedding", "diffusion", "tabular"]),
  phase: z.enum(["train", "serve", "both"]),
  task: z.string().regex(/^[a-z][a-z0-9-]{1,40}$/),
  method: z.enum(["full", "lora", "qlora", "freeze"]),
  exampleCount: count,
  tokenCount: count,
  sequenceLength: ranged,
  microBatchSize: z.number().int().positive().max(1e6),
  epochs: positive.max(1e6),
  /** Catalog id. A card known only by its memory goes to `acceleratorMemoryGib`. */
  accelerator: z.string().min(1).max(100),
  acceleratorCount: z.number().int().positive().max(1e6),
  acceleratorMemoryGib: positive.max(1e6),
  nodeCount: z.number().int().positive().max(1e5),
  hostMemoryGib: positive.max(1e7),
  budgetUsd: z.number().nonnegative().finite(),
  budgetPeriod: z.enum(["total", "month", "hour"]),
  /** Money in another currency: never converted here. */
  budget: z.strictObject({ amount: z.number().nonnegative(), currency: z.string().regex(/^[A-Z]{3}$/) }),
  deadlineHours: positive,
  platform: z.string().min(1).max(60),
  framework: z.string().min(1).max(60),
  deploymentTarget: z.enum(["cloud", "on-premises", "edge", "mobile", "browser", "local"]),
  latencyMs: positive,
  requestsPerSecond: positive,
  tokensPerSecond: positive,
  concurrentUsers: positive,
  dataStatus: z.enum(["have", "collect", "label"]),
  dataLocation: z.string().min(1).max(200),
  dataSizeGib: positive,
  environments: z.array(z.enum(["dev", "staging", "prod"])),
  constraints: z.array(Constraint),
} as const;

type FieldSchemas = typeof fields;
/** Field name → the type of its bare value. */
export type BriefValues = { [K in keyof FieldSchemas]?: z.infer<FieldSchemas[K]> } & {
  /** Set-ups that the text compares. */
  alternatives?: BriefValues[];
};
export type BriefField = keyof BriefValues;

/** What a person said: every field optional, each with where it came from. */
export type Brief = { [K in BriefField]?: Said<NonNullable<BriefValues[K]>> };

/** Bare values, as in a brief file (`--brief`), `--set` or team.yaml. An unknown key is an error. */
export const BriefValues: z.ZodType<BriefValues> = z.lazy(() =>
  z.strictObject({
    ...(Object.fromEntries(Object.entries(fields).map(([k, v]) => [k, v.optional()])) as {
      [K in keyof FieldSchemas]: z.ZodOptional<FieldSchemas[K]>;
    }),
    alternatives: z.array(BriefValues).max(8).optional(),
  }),
);

/** All field names in the order people read them. */
export const BRIEF_FIELDS = [...Object.keys(fields), "alternatives"] as BriefField[];

/** The schema of one field's bare value. */
export function fieldSchema(field: string): z.ZodType | undefined {
  if (field === "alternatives") return z.array(BriefValues);
  return Object.hasOwn(fields, field) ? fields[field as keyof FieldSchemas] : undefined;
}

/** Two statements that cannot both hold; shown to the person, never resolved in silence. */
export interface Conflict {
  fields: BriefField[];
  text: string;
}

/** A question that earned its place: its answers lead to different plans. */
export interface Question {
  id: string;
  text: string;
  options: { value: string | number | boolean; label: string }[];
  default: string | number | boolean;
  why: string;
}

/** The answer of `read`. */
export interface ReadAnswer {
  brief: Brief;
  conflicts: Conflict[];
  questions: Question[];
  /** Things the person should know about their own text, such as a key that must be rotated. */
  notices: string[];
}
