import { stringify } from "yaml";
import type { TrainingSettings } from "../plan/plan.ts";
import { fileHeader } from "./configs.ts";
import { decision, type ProjectContext } from "./context.ts";
import { PYYAML } from "./yaml-edit.ts";

export const LAUNCH_FILE = "configs/accelerate.yaml";
const DEEPSPEED_FILE = "configs/deepspeed.json";

/** Whether a plan is trained by DeepSpeed, which is a package of its own. */
export const usesDeepSpeed = (t: Pick<TrainingSettings, "sharding">): boolean => t.sharding.startsWith("zero");

/**
 * How many processes train and how states are spread over them, as accelerate's launcher reads it. Path → text; nothing
 * where the plan trains nothing or the template has its own way.
 */
export function launchFiles(context: ProjectContext): Map<string, string> {
  const { training, template, plan } = context;
  const files = new Map<string, string>();
  if (training === undefined || !template.files.has(LAUNCH_FILE)) return files;
  const head = fileHeader(context, [
    `distributed (${decision(plan, "distributed")?.choice ?? "the plan's devices"}) decided this file`,
    "scripts/launch.sh reads it; distributed/README.md tells how to change the strategy and how to start several machines.",
    "Precision and activation checkpointing are not set here but by training.dtype and training.gradient_checkpointing.",
  ]);
  files.set(LAUNCH_FILE, `${head}\n\n${stringify(launchSettings(training), { ...PYYAML, lineWidth: 0 })}`);
  if (usesDeepSpeed(training))
    files.set(DEEPSPEED_FILE, `${JSON.stringify(deepSpeedSettings(training), undefined, 2)}\n`);
  return files;
}

/** The keys of accelerate 1.15's `ClusterConfig`; what is left out keeps its default. */
function launchSettings(t: TrainingSettings): object {
  const cluster = {
    compute_environment: "LOCAL_MACHINE",
    distributed_type: distributedType(t),
    num_machines: t.nodeCount,
    num_processes: t.acceleratorCount,
  };
  if (t.sharding === "fsdp")
    return {
      ...cluster,
      fsdp_config: {
        fsdp_version: 2,
        fsdp_auto_wrap_policy: "TRANSFORMER_BASED_WRAP",
        fsdp_reshard_after_forward: true,
        fsdp_state_dict_type: "SHARDED_STATE_DICT",
        fsdp_offload_params: false,
        // One process of a machine reads the weights and hands the shards out: the host holds them once. Quantised
        // weights cannot be handed out so; each process reads them for itself.
        fsdp_cpu_ram_efficient_loading: t.method !== "qlora",
      },
    };
  if (usesDeepSpeed(t))
    return {
      ...cluster,
      deepspeed_config: {
        deepspeed_config_file: DEEPSPEED_FILE,
        zero3_init_flag: t.sharding === "zero-3",
        // One command on each machine, as for every other strategy; the default would need pdsh and ssh between them.
        ...(t.nodeCount > 1 ? { deepspeed_multinode_launcher: "standard" } : {}),
      },
    };
  return cluster;
}

const distributedType = (t: TrainingSettings): string =>
  usesDeepSpeed(t) ? "DEEPSPEED" : t.acceleratorCount === 1 ? "NO" : t.sharding === "fsdp" ? "FSDP" : "MULTI_GPU";

/** DeepSpeed 0.19's own keys (deepspeed.ai/docs/config-json); "auto" is filled in by transformers from configs/train.yaml. */
function deepSpeedSettings(t: TrainingSettings): object {
  const host = { device: "cpu", pin_memory: true };
  return {
    train_micro_batch_size_per_gpu: "auto",
    gradient_accumulation_steps: "auto",
    train_batch_size: "auto",
    gradient_clipping: "auto",
    bf16: { enabled: "auto" },
    fp16: { enabled: "auto" },
    zero_optimization: {
      stage: t.sharding === "zero-3" ? 3 : 2,
      ...(t.offload === "none" ? {} : { offload_optimizer: host }),
      ...(t.offload === "optimizer+parameters" && t.sharding === "zero-3" ? { offload_param: host } : {}),
      overlap_comm: true,
      contiguous_gradients: true,
      reduce_bucket_size: "auto",
      ...(t.sharding === "zero-3"
        ? {
            stage3_prefetch_bucket_size: "auto",
            stage3_param_persistence_threshold: "auto",
            stage3_gather_16bit_weights_on_model_save: true,
          }
        : {}),
    },
    // PyTorch's fused AdamW steps on the host too; DeepSpeed's would be compiled there at the first start.
    zero_force_ds_cpu_optimizer: false,
  };
}
