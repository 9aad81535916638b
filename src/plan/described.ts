import type { Brief, BriefValues } from "../brief/brief.ts";
import type { EstimateRequest } from "../estimate/request.ts";
import type { Workload } from "./workload.ts";

type Change = Partial<EstimateRequest>;

/** The set-up as a person describes it, before anything is improved. */
export interface Described {
  request: EstimateRequest;
  /**
   * What they did not say, as trainers set it where nobody does: single settings first, then several. A run that died
   * although the estimate says that it fits probably had one of them.
   */
  defaults: { change: Change; words: string }[];
}

/** Trainers whose own memory the estimator knows; every other one is a wrapper of transformers. */
const TRAINERS = ["torchtune", "torchtitan", "litgpt", "megatron", "unsloth", "deepspeed", "nemo"];

/** `adamw_torch_fused`, `paged_adamw_32bit`, `adamw_bnb_8bit`: the names of TrainingArguments and torchtune. */
export function optimizerNamed(written: string): EstimateRequest["optimizer"] | undefined {
  const name = written.toLowerCase().replaceAll("-", "_");
  const bits = /8_?bit/.test(name) ? "-8bit" : "";
  if (/4_?bit/.test(name) && name.includes("adamw")) return "adamw-4bit";
  if (/paged.*adam/.test(name)) return bits ? "paged-adamw-8bit" : "paged-adamw";
  if (/adam/.test(name)) return bits ? "adamw-8bit" : "adamw";
  return (["adafactor", "lion", "muon", "galore", "sgd"] as const).find((known) => name.includes(known));
}

/**
 * The set-up that a brief describes, as an `estimate` request, where it names model and hardware and says how it is
 * trained or what happened. What was not said is taken as kindly as people usually set it: micro batch 1, checkpointing,
 * states sharded over the devices.
 */
export function describedSetup(brief: Brief, w: Workload): Described | undefined {
  const card = w.hardware.accelerator;
  const memoryGib = w.hardware.memoryGib;
  if ((card === undefined && memoryGib === undefined) || (!brief.model && !brief.parameterCount)) return undefined;
  const told = brief.current !== undefined || brief.measured !== undefined;
  const machine: Change & Pick<EstimateRequest, "model" | "accelerator"> = {
    model: w.model.catalogued ? w.model.id : w.model.architecture,
    accelerator:
      card === undefined ? { memoryGib: memoryGib! } : memoryGib === undefined ? card.id : { id: card.id, memoryGib },
    ...optional("hostMemoryGib", w.hardware.hostMemoryGib),
  };
  if (w.phase === "serve")
    return told || brief.framework?.value === "vllm" ? servedSetup(brief, w, machine) : undefined;
  return told || w.method !== undefined ? trainedSetup(brief, w, machine) : undefined;
}

const optional = <K extends string, T>(key: K, value: T | undefined): { [P in K]?: T } =>
  value === undefined ? {} : ({ [key]: value } as { [P in K]?: T });

type Machine = Change & Pick<EstimateRequest, "model" | "accelerator">;

function trainedSetup(brief: Brief, w: Workload, machine: Machine): Described {
  const current: NonNullable<BriefValues["current"]> = brief.current?.value ?? {};
  const count = w.hardware.acceleratorCount ?? 1;
  const method = w.method ?? "lora";
  const adapter = method === "lora" || method === "qlora";
  const trainer = TRAINERS.find((name) => w.framework?.includes(name));
  const optimizer = current.optimizer === undefined ? undefined : optimizerNamed(current.optimizer);
  const sharding = current.sharding ?? (count > 1 ? "fsdp" : "none");
  const request: EstimateRequest = {
    phase: "train",
    ...machine,
    acceleratorCount: count,
    ...optional("nodeCount", w.hardware.nodeCount),
    method,
    // A quantised base under "lora" is what people call QLoRA; without one, `lora` is 16-bit.
    ...(adapter && current.baseQuantization !== undefined ? { baseQuantization: current.baseQuantization } : {}),
    ...optional("loraRank", current.loraRank),
    ...optional("loraTargets", current.loraTargets),
    ...optional("dtype", current.dtype),
    ...optional("optimizer", optimizer),
    task: w.task,
    sharding,
    ...optional("offload", current.offload),
    ...(w.model.architecture.modality === "llm" || w.model.architecture.modality === "vlm"
      ? { sequenceLength: w.sequenceLength }
      : {}),
    ...optional("imageSize", brief.imageSize && w.imageSize),
    ...optional("audioSeconds", brief.audioSeconds && w.audioSeconds),
    microBatchSize: w.microBatchSize ?? 1,
    ...optional("gradientAccumulationSteps", current.gradientAccumulationSteps),
    gradientCheckpointing: current.gradientCheckpointing ?? true,
    ...optional("evaluationBatchSize", current.evaluationBatchSize),
    ...optional("evaluationGenerates", current.evaluationGenerates),
    ...optional("attention", current.attention),
    ...optional("fusedLoss", current.fusedLoss),
    ...optional("trainer", trainer),
  };
  return { request, defaults: trainerDefaults(brief, current, count) };
}

/** Transformers' TrainingArguments (documentation of autumn 2026): eight samples a device, no checkpointing; copies on every device. */
function trainerDefaults(brief: Brief, current: NonNullable<BriefValues["current"]>, count: number) {
  const single: Described["defaults"] = [];
  if (count > 1 && current.sharding === undefined)
    single.push({ change: { sharding: "none" }, words: "a whole copy of the model on every device (DDP)" });
  if (current.gradientCheckpointing === undefined)
    single.push({ change: { gradientCheckpointing: false }, words: "gradient checkpointing off" });
  if (brief.microBatchSize === undefined)
    single.push({ change: { microBatchSize: 8 }, words: "eight samples at a time on each device" });
  if (brief.method === undefined) single.push({ change: { method: "full" }, words: "every weight trained" });
  if (current.evaluationBatchSize === undefined)
    single.push({ change: { evaluationBatchSize: 8 }, words: "evaluation in batches of eight" });
  const joined = single.slice(0, -1).map((_, i) => {
    const several = single.slice(0, i + 2);
    return {
      change: Object.assign({}, ...several.map((s) => s.change)) as Change,
      words: several.map((s) => s.words).join(", "),
    };
  });
  return [...single, ...joined];
}

/** `vllm serve MODEL` on a machine: one device and the model's whole context, unless told otherwise. */
function servedSetup(brief: Brief, w: Workload, machine: Machine): Described | undefined {
  const current: NonNullable<BriefValues["current"]> = brief.current?.value ?? {};
  const failed = brief.measured?.value.failed !== undefined;
  const length = brief.sequenceLength === undefined ? undefined : w.sequenceLength;
  const split = current.tensorParallel;
  if (split === undefined && length === undefined && !failed && (w.hardware.acceleratorCount ?? 1) === 1)
    return undefined;
  const quantization = current.baseQuantization;
  const served =
    quantization === "gptq-int4" || quantization === "awq-int4" || quantization === "fp8" ? quantization : undefined;
  return {
    request: {
      phase: "serve",
      ...machine,
      acceleratorCount: split ?? 1,
      tensorParallel: split ?? 1,
      ...optional("baseQuantization", served),
      engine: "vllm",
      contextLength: length ?? Math.min(w.model.maxContextLength ?? 4096, 4096),
    },
    defaults:
      w.model.maxContextLength === undefined || length !== undefined
        ? []
        : [{ change: { contextLength: w.model.maxContextLength }, words: "the model's whole context" }],
  };
}
