import { findModel } from "../../catalog/names.ts";
import type { Catalog } from "../../catalog/schema.ts";
import type { BriefValues } from "../fields.ts";
import type { Span, Text } from "../text.ts";
import type { Evidence, Finding } from "./evidence.ts";
import { Keys, type Setting } from "./keys.ts";
import { MODEL_KEYS, NUMBER_KEYS } from "./trainer-keys.ts";

/** Field → its names, with those that mean it in a paste and something else in a program's source. */
const NUMBERS = {
  ...NUMBER_KEYS,
  microBatchSize: [...NUMBER_KEYS.microBatchSize, "batch_size"],
  sequenceLength: [...NUMBER_KEYS.sequenceLength, "block_size", "seq_length"],
  exampleCount: ["max_samples", "max_train_samples"],
  acceleratorCount: [...NUMBER_KEYS.acceleratorCount, "nproc_per_node"],
  nodeCount: [...NUMBER_KEYS.nodeCount, "nnodes"],
} as const;

/** Settings that decide memory or time and are no field of a brief: they go to `current`. */
const ADAPTER = ["lora_r", "lora_rank"];
/** Ours, Transformers', LLaMA-Factory's and axolotl's names of the loss that never holds the logits whole. */
const FUSED_LOSS = [
  "fused_loss",
  "use_liger_kernel",
  "use_liger",
  "enable_liger_kernel",
  "liger_fused_linear_cross_entropy",
];
const SETTINGS = [
  "gradient_accumulation_steps",
  "gradient_checkpointing",
  "enable_activation_checkpointing",
  "activation_checkpointing",
  "load_in_4bit",
  "load_in_8bit",
  "quantization_bit",
  "mixed_precision",
  "torch_dtype",
  "attn_implementation",
  "flash_attention",
  "flash_attn",
  "finetuning_type",
  "use_peft",
  "zero_stage",
  "distributed_type",
  "fsdp_sharding_strategy",
  "offload_optimizer_device",
  "offload_param_device",
  "zero_optimization",
  "offload_optimizer",
  "offload_param",
  "bnb_4bit_use_double_quant",
  "double_quantization",
  "learning_rate",
  "lora_alpha",
  "sample_packing",
  ...FUSED_LOSS,
  ...ADAPTER,
];
const WORDS = [
  ...["adapter", "optim", "optimizer", "bf16", "fp16", "dtype", "stage", "deepspeed", "fsdp", "qlora"],
  ...["lr", "packing", "packed", "quantization"],
];
/** Settings that change neither: known so that their numbers are not read as wishes. */
const IDLE = [
  "lora_dropout",
  "warmup_steps",
  "warmup_ratio",
  "weight_decay",
  "logging_steps",
  "save_steps",
  "eval_steps",
  "max_steps",
  "max_grad_norm",
  "lr_scheduler_type",
  "val_set_size",
  "output_dir",
  "per_device_eval_batch_size",
  "save_total_limit",
  "dataloader_num_workers",
  "preprocessing_num_workers",
  "train_batch_size",
  "gradient_clipping",
  "machine_rank",
  "main_process_port",
  "compute_environment",
  "num_workers",
  "lora_target_modules",
  "lora_target",
  "gpu_ids",
  "rdzv_backend",
  "master_port",
];

const KEYS = new Keys(
  [...MODEL_KEYS, ...Object.values(NUMBERS).flat(), ...SETTINGS, ...IDLE].filter((k) => k !== "epochs"),
  [...WORDS, "epochs"],
);

/** `_component_: torchtune.models.llama3_1.lora_llama3_1_8b`: torchtune names the builder and not the model. */
const BUILDER =
  /torchtune\.models\.\w{1,40}\.(?<method>q?lora_)?(?<model>[a-z][a-z0-9_]{1,40}?_\d{1,3}(?:_\d)?[bm])(?![a-z0-9_])/;
const COMPONENT = /_component_: {0,4}torchtune[\w.]{1,120}/g;
/** `"stage": 3` belongs to ZeRO only inside `zero_optimization`. */
const ZERO_STAGE =
  /zero_optimization["']?\s{0,4}:\s{0,4}\{(?:[^{}]|\{[^{}]{0,300}\}){0,300}?["']stage["']\s{0,4}:\s{0,4}([0-3])/;
const DEEPSPEED_OFFLOAD =
  /["']?offload_(?<what>optimizer|param)["']?\s{0,4}:\s{0,4}\{\s{0,20}["']device["']\s{0,4}:\s{0,4}["'](?:cpu|nvme)["']/g;

/** A trainer's configuration, whole or a fragment: YAML, JSON, Python arguments or flags. */
export function readConfiguration(text: Text, catalog: Catalog): Evidence {
  const settings = KEYS.find(text);
  const findings: Finding[] = [];
  const spans: Span[] = [...settings].map(([key, s]) => (isModelKey(key) ? s.keySpan : s.span));
  for (const [field, keys] of Object.entries(NUMBERS) as [keyof typeof NUMBERS, readonly string[]][]) {
    const setting = firstOf(settings, keys);
    const value = setting && amount(setting.value);
    if (setting && value !== undefined) findings.push({ field, value, span: setting.span });
  }
  perNode(settings, findings);
  const builder = BUILDER.exec(text.low);
  const built = builder?.groups && builtModel(catalog, builder.groups.model!);
  if (builder && built)
    findings.push({ field: "model", value: built.id, span: [builder.index, builder.index + builder[0].length] });
  for (const match of text.low.matchAll(COMPONENT)) spans.push([match.index, match.index + match[0].length]);
  const method = methodOf(settings, builder?.groups?.method);
  if (method) findings.push(method);
  else if (builder?.groups?.method)
    findings.push({
      field: "method",
      value: builder.groups.method.startsWith("q") ? "qlora" : "lora",
      span: [builder.index, builder.index + builder[0].length],
    });
  const current = { ...currentOf(settings, text), ...adapterOf(settings, text) };
  const nested = NESTED.flatMap((pattern) => {
    const match = pattern.exec(text.low);
    return match === null ? [] : [[match.index, match.index + match[0].length] satisfies Span];
  });
  spans.push(...nested);
  const first = [...settings.values()][0]?.span ?? nested[0];
  if (first && Object.keys(current).length > 0) findings.push({ field: "current", value: current, span: first });
  return { findings, spans };
}

/** "llama3_1_8b" is Llama 3.1 8B and "qwen2_5_1_5b" Qwen 2.5 1.5B: which digits are the size, the catalog tells. */
function builtModel(catalog: Catalog, written: string) {
  const sizes = [/_(\d{1,3})([bm])$/, /_(\d_\d)([bm])$/];
  for (const size of sizes) {
    const name = written.replace(size, " $1$2").replaceAll("_", ".");
    const model = findModel(catalog, name);
    if (model) return model;
  }
  return undefined;
}

/** The name of the model is left for the reader of models: only its key is taken out. */
const isModelKey = (key: string): boolean => (MODEL_KEYS as readonly string[]).includes(key);

const firstOf = (settings: ReadonlyMap<string, Setting>, keys: readonly string[]): Setting | undefined =>
  keys.map((key) => settings.get(key)).find((s) => s !== undefined);

/** A positive number; "auto", "-1" and the like say nothing. */
function amount(written: string): number | undefined {
  const value = /^\d{1,12}(?:\.\d{1,6})?$/.test(written) ? Number(written) : 0;
  return value > 0 ? value : undefined;
}

const on = (setting: Setting | undefined): boolean =>
  setting !== undefined && /^(?:true|yes|1|on|auto)$/.test(setting.value);

/** torchrun counts processes a node, accelerate in all. */
function perNode(settings: ReadonlyMap<string, Setting>, findings: Finding[]): void {
  const each = amount(settings.get("nproc_per_node")?.value ?? "");
  const nodes = amount(settings.get("nnodes")?.value ?? "");
  const count = findings.find((f) => f.field === "acceleratorCount");
  if (each !== undefined && nodes !== undefined && count?.field === "acceleratorCount") count.value = each * nodes;
}

function quantization(settings: ReadonlyMap<string, Setting>): "nf4" | "nf4-dq" | "int8" | undefined {
  const named = settings.get("quantization")?.value;
  if (named === "nf4" || named === "nf4-dq" || named === "int8") return named;
  if (on(settings.get("load_in_4bit")) || settings.get("quantization_bit")?.value === "4")
    return on(firstOf(settings, ["bnb_4bit_use_double_quant", "double_quantization"])) ? "nf4-dq" : "nf4";
  if (on(settings.get("load_in_8bit")) || settings.get("quantization_bit")?.value === "8") return "int8";
  return undefined;
}

function methodOf(settings: ReadonlyMap<string, Setting>, builder: string | undefined): Finding | undefined {
  const named = firstOf(settings, ["adapter", "finetuning_type"]);
  const adapter = named ?? firstOf(settings, ["use_peft", ...ADAPTER]);
  if (adapter === undefined || builder !== undefined) return undefined;
  const { span } = adapter;
  if (named && (named.value === "full" || named.value === "freeze"))
    return { field: "method", value: named.value, span };
  if (named && !/^q?lora$/.test(named.value)) return undefined;
  if (!named && adapter === settings.get("use_peft") && !on(adapter)) return undefined;
  const quantized = named?.value === "qlora" || quantization(settings) !== undefined;
  return { field: "method", value: quantized ? "qlora" : "lora", span };
}

const SHARDING: [RegExp, NonNullable<NonNullable<BriefValues["current"]>["sharding"]>][] = [
  [/full_shard|fsdp/, "fsdp"],
  [/shard_grad_op/, "zero-2"],
  [/no_shard|multi_gpu|^no$/, "none"],
];

function currentOf(settings: ReadonlyMap<string, Setting>, text: Text): NonNullable<BriefValues["current"]> {
  const current: NonNullable<BriefValues["current"]> = {};
  const steps = amount(settings.get("gradient_accumulation_steps")?.value ?? "");
  if (steps !== undefined && Number.isInteger(steps)) current.gradientAccumulationSteps = steps;
  const checkpointing = firstOf(settings, ["gradient_checkpointing", "enable_activation_checkpointing"]);
  if (checkpointing && /^(?:true|false)$/.test(checkpointing.value)) current.gradientCheckpointing = on(checkpointing);
  const optimizer = firstOf(settings, ["optim", "optimizer"]);
  if (optimizer && OPTIMIZERS.test(optimizer.value)) current.optimizer = optimizer.value;
  else {
    const built = OPTIMIZER.exec(text.low)?.[1];
    if (built !== undefined) current.optimizer = built;
  }
  const rate = Number(firstOf(settings, ["learning_rate", "lr"])?.value);
  if (rate > 0 && rate < 1) current.learningRate = rate;
  const packing = firstOf(settings, ["sample_packing", "packing", "packed"]);
  if (packing && /^(?:true|false)$/.test(packing.value)) current.packing = on(packing);
  const fused = firstOf(settings, FUSED_LOSS);
  if (fused && /^(?:true|false)$/.test(fused.value)) current.fusedLoss = on(fused);
  const dtype = dtypeOf(settings, text);
  if (dtype) current.dtype = dtype;
  const quantized = quantization(settings);
  if (quantized) current.baseQuantization = quantized;
  const stage = settings.get("zero_stage")?.value ?? ZERO_STAGE.exec(text.low)?.[1];
  if (stage === "1" || stage === "2" || stage === "3") current.sharding = `zero-${stage}`;
  const spread = firstOf(settings, ["fsdp_sharding_strategy", "distributed_type", "fsdp"])?.value ?? "";
  current.sharding ??= SHARDING.find(([written]) => written.test(spread))?.[1];
  if (current.sharding === undefined) delete current.sharding;
  const offloaded = new Set([...text.low.matchAll(DEEPSPEED_OFFLOAD)].map((m) => m.groups!.what));
  if (settings.get("offload_optimizer_device")?.value === "cpu") offloaded.add("optimizer");
  if (settings.get("offload_param_device")?.value === "cpu") offloaded.add("param");
  if (offloaded.size > 0) current.offload = offloaded.has("param") ? "optimizer+parameters" : "optimizer";
  const attention =
    settings.get("attn_implementation")?.value ??
    (on(firstOf(settings, ["flash_attention", "flash_attn"])) ? "flash" : "");
  if (/^flash/.test(attention)) current.attention = "flash";
  else if (attention === "sdpa" || attention === "eager") current.attention = attention;
  return current;
}

/** The rank where it is called plainly `r`: in peft's LoraConfig, as a call or as its adapter_config.json. */
const PEFT_RANK = /\bloraconfig\([^()]{0,300}?\br ?= ?(\d{1,4})\b|"r": ?(\d{1,4})\b(?=[^{}]{0,600}"target_modules")/;
/** `target_modules=["q_proj", …]`, a list below its key, `lora_target: all`, torchtune's `lora_attn_modules`. */
const TARGETS =
  /\b(?:target_modules|lora_target(?:s|_modules)?|lora_attn_modules)["']? {0,4}[:=] {0,4}(?:\[([^\]]{1,400})\]|((?:\n[ \t]{0,12}- {0,4}["']?\w{1,40}["']?){1,40})|["']?((?:all|all-linear|\w{1,20}_proj|c_attn|query_key_value)(?:,\w{1,40}){0,12})["']?)|\blora_target_linear["']?: {0,4}(true)/;
const ATTENTION = /^(?:[qkvo]_proj|output_proj|c_attn|qkv_proj|query_key_value|query|value|wqkv|out_proj)$/;

function adapterOf(settings: ReadonlyMap<string, Setting>, text: Text): NonNullable<BriefValues["current"]> {
  const found: NonNullable<BriefValues["current"]> = {};
  const peft = PEFT_RANK.exec(text.low);
  const rank = amount(firstOf(settings, ADAPTER)?.value ?? peft?.[1] ?? peft?.[2] ?? "");
  if (rank !== undefined && Number.isInteger(rank)) found.loraRank = rank;
  const alpha = amount(settings.get("lora_alpha")?.value ?? "");
  if (alpha !== undefined) found.loraAlpha = alpha;
  const targets = targetsIn(text);
  if (targets !== undefined) found.loraTargets = targets;
  return found;
}

/** Which matrices carry adapters, as the nearest of the usual choices; lists that are none of them say nothing. */
function targetsIn(text: Text): NonNullable<BriefValues["current"]>["loraTargets"] {
  const match = TARGETS.exec(text.low);
  if (match === null) return undefined;
  const names = (match[1] ?? match[2] ?? match[3] ?? "all").match(/[a-z][\w-]*/g) ?? [];
  const attention = names.filter((name) => ATTENTION.test(name));
  // torchtune: `lora_attn_modules` beside `apply_lora_to_mlp`.
  const all =
    names.some((name) => name === "all" || name === "all-linear") || /apply_lora_to_mlp: {0,4}true/.test(text.low);
  if (all || (attention.length > 0 && attention.length < names.length)) return "all-linear";
  if (attention.length === 0) return undefined;
  return attention.every((name) => /^(?:q_proj|v_proj|query|value)$/.test(name)) ? "qv" : "attention";
}

/** Names of optimizers, so that a type in a program ("optimizer: Literal[…]") is none. */
const OPTIMIZERS =
  /^[\w.-]{0,30}(?:ada(?:m|grad|delta|factor|lomo)|sgd|lion|muon|galore|lamb|lars|lomo|prodigy|rms_?prop|apollo|sophia|schedule_?free|stable)[\w.-]{0,30}$/;
/** torchtune builds its optimizer: `_component_: bitsandbytes.optim.PagedAdamW8bit`. */
const OPTIMIZER = /\boptimizer: {0,4}\n[ \t]{1,12}_component_: {0,4}(?:\w{1,40}\.){1,4}(\w{2,38})/;
/** DeepSpeed: `"bf16": {"enabled": true}`. */
const ENABLED = /["'](bf16|fp16)["']\s{0,4}:\s{0,4}\{\s{0,20}["']enabled["']\s{0,4}:\s{0,4}true/;

const DTYPES = ["bf16", "fp16", "fp32", "bf16-mixed", "fp16-mixed"] as const;
const NESTED = [ZERO_STAGE, PEFT_RANK, TARGETS, OPTIMIZER, ENABLED];

/** `bf16: true` in a trainer is autocast over fp32 copies; `dtype: bf16` in torchtune holds everything in 16 bits. */
function dtypeOf(settings: ReadonlyMap<string, Setting>, text: Text): NonNullable<BriefValues["current"]>["dtype"] {
  const mixed = settings.get("mixed_precision")?.value ?? ENABLED.exec(text.low)?.[1];
  if (on(settings.get("bf16")) || mixed === "bf16") return "bf16-mixed";
  if (on(settings.get("fp16")) || mixed === "fp16") return "fp16-mixed";
  const held = settings.get("dtype")?.value;
  return DTYPES.find((known) => known === held);
}
