import { z } from "zod";
import { AdvisorError } from "../error.ts";
import { EstimateRequest } from "../estimate/request.ts";
import type { Measured } from "./measured.ts";
import type { Plan } from "./plan.ts";

const finite = z.number().finite();
const positive = finite.positive();
const Range = z
  .looseObject({ low: finite.min(0), expected: finite.min(0), high: finite.min(0) })
  .refine((r) => r.low <= r.expected && r.expected <= r.high, { message: "low ≤ expected ≤ high does not hold" });
const texts = z.array(z.string());
const listOf = <T extends z.ZodRawShape>(shape: T) => z.array(z.looseObject(shape));

/** What a reader of a plan relies on. Fields of a later version pass through. */
const PlanShape = z.looseObject({
  schemaVersion: z.literal(1),
  plannerVersion: z.string(),
  planHash: z.string().min(1),
  inputHash: z.string().min(1),
  status: z.enum(["feasible", "infeasible", "off-ramp"]),
  headline: z.string(),
  asked: listOf({ part: z.string(), met: z.boolean(), text: z.string() }).optional(),
  brief: z.looseObject({}),
  workload: z
    .looseObject({
      phase: z.enum(["train", "serve", "both"]),
      model: z.looseObject({
        id: z.string().min(1),
        architecture: z.looseObject({ parameterCount: positive.max(1e15) }),
        catalogued: z.boolean(),
      }),
      exampleCount: positive,
      sequenceLength: z.int().positive(),
      averageTokens: positive,
      epochs: positive,
      hardware: z.looseObject({ owned: z.boolean() }),
      constraints: z.array(z.string()),
    })
    .optional(),
  hardware: z
    .looseObject({
      accelerator: z.looseObject({ id: z.string(), name: z.string(), memoryGib: positive }),
      acceleratorCount: z.int().positive(),
      owned: z.boolean(),
      offer: z.looseObject({ platform: z.string(), usdPerHour: positive, asOf: z.string() }).optional(),
    })
    .optional(),
  training: z
    .looseObject({
      method: z.enum(["full", "lora", "qlora", "freeze"]),
      sequenceLength: z.int().positive(),
      microBatchSize: z.int().positive(),
      gradientAccumulationSteps: z.int().positive(),
    })
    .optional(),
  memoryRequest: EstimateRequest.optional(),
  memory: z
    .looseObject({
      status: z.enum(["fits", "tight", "does-not-fit"]),
      usableGib: positive,
      perDevice: z.looseObject({ allocatedGib: Range, reservedGib: Range, deviceGib: Range }),
      parts: listOf({ name: z.string(), gib: finite.min(0) }),
      hostGib: Range,
    })
    .optional(),
  time: z
    .looseObject({
      trainHours: Range,
      tokens: positive,
      optimizerSteps: positive,
      secondsPerStep: positive.optional(),
      formula: z.string(),
    })
    .optional(),
  cost: z.looseObject({ trainUsd: Range, formula: z.string(), notIncluded: texts }).optional(),
  described: z
    .looseObject({
      headline: z.string(),
      request: z.looseObject({}),
      status: z.enum(["fits", "tight", "does-not-fit"]),
      neededGib: Range,
      usableGib: positive,
      comparison: listOf({ name: z.string(), predicted: Range, measured: finite, error: finite }),
      assumptions: listOf({ field: z.string(), why: z.string() }),
      notes: texts,
    })
    .optional(),
  compared: z.looseObject({ answer: z.string(), sides: listOf({ name: z.string(), status: z.string() }) }).optional(),
  assumptions: listOf({ field: z.string(), why: z.string() }),
  conflicts: listOf({ text: z.string() }),
  decisions: listOf({
    name: z.string(),
    choice: z.string(),
    title: z.string(),
    reasons: texts,
    refused: listOf({ option: z.string(), why: z.string() }),
    flips: listOf({ when: z.string(), to: z.string() }),
    documents: texts,
  }),
  alternatives: listOf({ name: z.string(), summary: z.string() }),
  offRamps: listOf({ kind: z.string(), title: z.string(), why: z.string(), formula: z.string() }).default([]),
  blockers: listOf({ rule: z.string(), text: z.string() }),
  repairs: listOf({ change: z.looseObject({}), summary: z.string() }),
  risks: listOf({ severity: z.enum(["low", "medium", "high"]), text: z.string(), mitigation: z.string() }),
  questions: listOf({ id: z.string(), text: z.string(), why: z.string() }),
  documents: listOf({ id: z.string(), title: z.string(), url: z.string(), asOf: z.string() }),
  facts: listOf({ name: z.string(), source: z.string(), asOf: z.string() }),
  notices: z.array(z.string()),
});

const MAKE_PLAN = 'A plan is what `ml-architect plan "TEXT" --json` prints, and `plan.json` in a written project.';

/** Checks a value that should be a plan; `name` is what the person called it. */
export function parsePlan(value: unknown, name = "the plan"): Plan {
  if (isObject(value) && "allocated_gib" in value)
    throw new AdvisorError("invalid-input", `"${name}" is a probe's result, not a plan`, MAKE_PLAN);
  const result = PlanShape.safeParse(value);
  if (result.success) return completed(value as Plan);
  throw new AdvisorError("invalid-input", `"${name}" is not a plan: ${sentence(result.error)}`, MAKE_PLAN);
}

/** Plans of an earlier version had no ways around training, and no request longer than the typical one. */
function completed(plan: Plan): Plan {
  const { offRamps, serving }: Partial<Plan> = plan;
  const longestRequest = serving?.longestRequest ?? { promptTokens: serving?.contextLength ?? 0, outputTokens: 0 };
  return { ...plan, offRamps: offRamps ?? [], ...(serving && { serving: { ...serving, longestRequest } }) };
}

// A number of GiB that no accelerator has: a slip of units, such as bytes or MiB.
const gib = finite.min(0).max(10_000).nullish().default(null);

/** `outputs/probe.json` as the generated project writes it. */
const ProbeShape = z.looseObject({
  status: z.enum(["measured", "out-of-memory"]),
  // It is shown and written into files: one line of text.
  device: z
    .string()
    .min(1)
    .max(200)
    .transform((text) => text.replace(/[\p{Cc}\p{Cf}\s]+/gu, " ").trim()),
  longest_tokens: z.int().positive().max(1e8).nullable(),
  max_length: z.int().positive().max(1e8).nullable(),
  config_hash: z.string().max(200).optional(),
  config: z.record(z.string(), z.record(z.string(), z.unknown())).optional(),
  device_before_gib: gib,
  allocated_gib: gib,
  allocated_training_gib: gib,
  reserved_gib: gib,
  device_gib: gib,
  host_gib: gib,
  tokens_per_second: positive.max(1e9).nullish().default(null),
  examples_per_second: positive.max(1e9).nullish().default(null),
  message: z.string().max(20_000).optional(),
});

const MAKE_PROBE = "Run `make probe` in the generated project on the planned machine; it writes outputs/probe.json.";

/** Checks a value that should be the probe's result; `name` is what the person called it. */
export function parseMeasured(value: unknown, name = "the measurement"): Measured {
  if (isObject(value) && "planHash" in value)
    throw new AdvisorError("invalid-input", `"${name}" is a plan, not a probe's result`, MAKE_PROBE);
  const result = ProbeShape.safeParse(value);
  if (!result.success)
    throw new AdvisorError("invalid-input", `"${name}" is not a probe's result: ${sentence(result.error)}`, MAKE_PROBE);
  const p = result.data;
  const refuse = (why: string) =>
    new AdvisorError("invalid-input", `"${name}" cannot be true: ${why}`, `Do not edit the file. ${MAKE_PROBE}`);
  if (p.longest_tokens !== null && p.max_length !== null && p.longest_tokens > p.max_length)
    throw refuse(`the longest sample has ${p.longest_tokens} tokens and max_length is ${p.max_length}`);
  if (p.allocated_gib !== null && p.reserved_gib !== null && p.allocated_gib > p.reserved_gib * 1.001)
    throw refuse(`${p.allocated_gib} GiB allocated of ${p.reserved_gib} GiB reserved`);
  if (p.allocated_gib !== null && p.device_gib !== null && p.allocated_gib > p.device_gib * 1.001)
    throw refuse(`${p.allocated_gib} GiB allocated on a device that held ${p.device_gib} GiB`);
  return {
    status: p.status,
    device: p.device,
    longestTokens: p.longest_tokens,
    maxLength: p.max_length,
    ...(p.config_hash === undefined ? {} : { configHash: p.config_hash }),
    ...(p.config === undefined ? {} : { config: p.config }),
    deviceBeforeGib: p.device_before_gib,
    allocatedGib: p.allocated_gib,
    allocatedTrainingGib: p.allocated_training_gib,
    reservedGib: p.reserved_gib,
    deviceGib: p.device_gib,
    hostGib: p.host_gib,
    tokensPerSecond: p.tokens_per_second,
    examplesPerSecond: p.examples_per_second,
    ...(p.message === undefined ? {} : { message: p.message }),
  };
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function sentence(error: z.ZodError): string {
  return error.issues
    .slice(0, 2)
    .map(({ path, message }) => (path.length > 0 ? `${path.map(String).join(".")}: ${message}` : message))
    .join("; ");
}
