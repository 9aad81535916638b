import type { BaseQuantization } from "../estimate/request.ts";
import { assumed } from "../plan/assumptions.ts";
import { ATTENTION_KEYS, mediaSettings } from "../plan/configuration.ts";
import { imagePositions } from "../plan/sample.ts";
import { decision, type PlannedRun } from "./context.ts";
import { secondsPerStep } from "./quantities.ts";

/** One value of the project's configuration, and the decision that made it. */
export interface Setting {
  section: "project" | "model" | "method" | "data" | "training" | "evaluation" | "tracking" | "serving";
  key: string;
  value: string | number | boolean | null;
  decidedBy: "framework" | "method" | "hardware" | "data" | "tracking" | "deployment" | "name";
}

/** What stands in model.id while a plan knows only a size such as "7B": it fails at once, with a clear message. */
export const MODEL_TO_CHOOSE = "organisation/model-to-choose";

const HUB_ID = /^(?:[A-Za-z0-9][A-Za-z0-9._-]{0,95}\/)?[A-Za-z0-9][A-Za-z0-9._-]{0,95}$/;
const SIZE = /^\d+(?:\.\d+)?\s?[KMBT]$/i;

/** The hub id to load, or the placeholder where the plan has none. */
export function hubId(context: PlannedRun): string {
  const { id, catalogued } = context.workload.model;
  return HUB_ID.test(id) && !SIZE.test(id) && (catalogued || id.includes("/")) ? id : MODEL_TO_CHOOSE;
}

const TRACKERS: Readonly<Record<string, string>> = {
  tensorboard: "tensorboard",
  wandb: "wandb",
  "weights-and-biases": "wandb",
  "w&b": "wandb",
  mlflow: "mlflow",
  none: "none",
};

/** The tracker's name in the configuration; TensorBoard, which needs no account, where the plan named none we know. */
export const tracker = (context: PlannedRun): string =>
  TRACKERS[decision(context.plan, "tracking")?.choice ?? ""] ?? "tensorboard";

/** Everything the plan says about a run, under the configuration's own keys. */
export function settings(context: PlannedRun): Setting[] {
  return [...projectSettings(context), ...trainingSettings(context), ...servingSettings(context)];
}

function projectSettings(context: PlannedRun): Setting[] {
  const { workload, training } = context;
  const offline = workload.constraints.some((c) => c === "offline" || c === "air-gapped");
  return [
    { section: "project", key: "name", value: context.projectName, decidedBy: "name" },
    { section: "project", key: "seed", value: training?.seed ?? 42, decidedBy: "method" },
    { section: "model", key: "id", value: hubId(context), decidedBy: "framework" },
    { section: "model", key: "revision", value: null, decidedBy: "framework" },
    { section: "model", key: "attention", value: ATTENTION_KEYS[training?.attention ?? "sdpa"], decidedBy: "hardware" },
    {
      section: "model",
      key: "max_length",
      value: workload.sequenceLength + imagePositions(workload),
      decidedBy: "data",
    },
    ...Object.entries(mediaSettings(workload)).map(([path, value]): Setting => {
      const [section, key] = path.split(".") as ["model" | "data", string];
      return { section, key, value, decidedBy: "data" };
    }),
    { section: "tracking", key: "provider", value: tracker(context), decidedBy: "tracking" },
    { section: "tracking", key: "offline", value: offline, decidedBy: "tracking" },
  ];
}

function trainingSettings(context: PlannedRun): Setting[] {
  const t = context.training;
  if (t === undefined) return [];
  const method = (key: string, value: Setting["value"]): Setting => ({
    section: "method",
    key,
    value,
    decidedBy: "method",
  });
  const training = (key: string, value: Setting["value"], decidedBy: Setting["decidedBy"] = "method"): Setting => ({
    section: "training",
    key,
    value,
    decidedBy,
  });
  const adapter =
    t.method === "lora" || t.method === "qlora"
      ? [
          method("lora_rank", t.loraRank ?? 16),
          method("lora_alpha", t.loraAlpha ?? 2 * (t.loraRank ?? 16)),
          method("lora_targets", t.loraTargets ?? "all-linear"),
        ]
      : [];
  return [
    method("name", t.method),
    ...adapter,
    method("quantization", t.method === "qlora" ? t.baseQuantization : "none"),
    training("epochs", t.epochs),
    training("micro_batch_size", t.microBatchSize, "hardware"),
    training("gradient_accumulation_steps", t.gradientAccumulationSteps, "hardware"),
    training("learning_rate", t.learningRate),
    training("optimizer", t.optimizer, "hardware"),
    training("dtype", t.dtype, "hardware"),
    training("gradient_checkpointing", t.gradientCheckpointing, "hardware"),
    training("fused_loss", t.fusedLoss, "hardware"),
    { section: "data", key: "validation_fraction", value: heldOut(context, t.epochs), decidedBy: "data" },
    ...rhythm(context).map(([key, value]) => training(key, value, "data")),
    {
      section: "evaluation",
      key: "batch_size",
      value: context.plan.memoryRequest?.evaluationBatchSize ?? 1,
      decidedBy: "hardware",
    },
  ];
}

/**
 * An evaluation reads what is held out forward only, a third of the work: the share of time that the plan keeps for
 * it pays for this much of the data, in all evaluations of a pass together.
 */
const HELD_OUT_A_PASS = 3 * assumed.evaluationShare.value;
/** As many as show which way a loss goes; for them less than a tenth is held out where that still is enough to measure on. */
const EVALUATIONS = 4;
const ENOUGH_EXAMPLES = 500;

/** What share of the data is held out. */
export function heldOut({ workload }: PlannedRun, epochs: number): number {
  const wanted = Math.max((HELD_OUT_A_PASS * epochs) / EVALUATIONS, ENOUGH_EXAMPLES / workload.exampleCount);
  return Math.min(10, Math.ceil(100 * wanted - 1e-9)) / 100;
}

/** Optimizer steps of the run, over what is left when validation is held out; the plan counts all that was said. */
export function stepsOf(context: PlannedRun): number {
  const { plan, training } = context;
  if (!training || !plan.time) return 0;
  return Math.ceil(plan.time.optimizerSteps * (1 - heldOut(context, training.epochs)) - 1e-9);
}

/** The most work that a machine which is taken away may cost. */
const SECONDS_TO_LOSE = 1800;

/** As often as the plan's time has room for evaluations; checkpoints with them, and between them where they lie far apart. */
function rhythm(context: PlannedRun): [key: string, steps: number][] {
  const { plan, training: t } = context;
  if (t === undefined || plan.time === undefined) return [];
  const evaluations = Math.max(1, Math.floor((HELD_OUT_A_PASS * t.epochs) / heldOut(context, t.epochs) + 1e-9));
  const evaluate = Math.max(1, Math.ceil(stepsOf(context) / evaluations));
  const saves = Math.max(1, Math.ceil((evaluate * secondsPerStep(plan.time)) / SECONDS_TO_LOSE));
  return [
    ["eval_steps", evaluate],
    ["save_steps", Math.ceil(evaluate / saves)],
  ];
}

const SERVING_DTYPES = { bf16: "bf16", "bf16-mixed": "bf16", "fp16-mixed": "fp16", fp32: "fp32" } as const;

/**
 * What a model is served in: as it was trained, without the fp32 copies; processors calculate in fp32. It may be served
 * on another card than it was trained on, an older one without bf16.
 */
export function servingDtype({ plan, training }: PlannedRun): "bf16" | "fp16" | "fp32" {
  const card = plan.serving?.accelerator;
  if (card?.id === "cpu") return "fp32";
  const trained = SERVING_DTYPES[training?.dtype ?? "bf16"];
  return trained === "bf16" && card?.supportsBf16 === false ? "fp16" : trained;
}

/** Twice the planned rate is a burst, more is abuse; one process may get all of it. */
const LEAST_A_MINUTE = 600;

function servingSettings(context: PlannedRun): Setting[] {
  const { serving } = context.plan;
  const asked = context.workload.serving;
  if (serving === undefined) return [];
  const { promptTokens, outputTokens } = serving.longestRequest;
  // The project's own server generates without batching: an engine's number of requests at a time is not its.
  const atATime = serving.engine === "transformers" ? Math.max(1, Math.floor(serving.maxConcurrentRequests)) : 1;
  const of = (key: string, value: Setting["value"]): Setting => ({
    section: "serving",
    key,
    value,
    decidedBy: "deployment",
  });
  return [
    of("dtype", servingDtype(context)),
    of("max_input_tokens", promptTokens),
    of("max_new_tokens", Math.max(1, outputTokens)),
    of("max_concurrent_requests", atATime),
    ...(asked === undefined
      ? []
      : [of("requests_per_minute", Math.max(LEAST_A_MINUTE, Math.ceil(2 * 60 * asked.requestsPerSecond)))]),
  ];
}

/** How a base is held, for people. */
export const QUANTIZATION_TITLES: Readonly<Record<BaseQuantization, string>> = {
  none: "16-bit",
  nf4: "4-bit (NF4)",
  "nf4-dq": "4-bit (NF4, double quantisation)",
  int8: "8-bit",
  "gptq-int4": "4-bit (GPTQ)",
  "gptq-int8": "8-bit (GPTQ)",
  "awq-int4": "4-bit (AWQ)",
  fp8: "8-bit (FP8)",
  mxfp4: "4-bit (MXFP4)",
};
