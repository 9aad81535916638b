import type { TrainingSettings } from "./plan.ts";

/** Attention kernels under the configuration's names. */
export const ATTENTION_KEYS = { flash: "flash_attention_2", sdpa: "sdpa", eager: "eager" } as const satisfies Record<
  TrainingSettings["attention"],
  string
>;

/** A field of an `estimate` request under the configuration's key: how a repair is told to a person. */
export const CONFIG_KEYS: Readonly<Record<string, string>> = {
  microBatchSize: "training.micro_batch_size",
  gradientAccumulationSteps: "training.gradient_accumulation_steps",
  gradientCheckpointing: "training.gradient_checkpointing",
  fusedLoss: "training.fused_loss",
  optimizer: "training.optimizer",
  dtype: "training.dtype",
  sequenceLength: "model.max_length",
  attention: "model.attention",
  method: "method.name",
  baseQuantization: "method.quantization",
  loraRank: "method.lora_rank",
  loraTargets: "method.lora_targets",
  evaluationBatchSize: "evaluation.batch_size",
};

/** `training.micro_batch_size: 1`; a change that no key can make keeps the estimator's own name. */
export function asConfiguration(change: Readonly<Record<string, unknown>>): string {
  return Object.entries(change)
    .map(([field, value]) => {
      const shown =
        field === "attention" && typeof value === "string" && Object.hasOwn(ATTENTION_KEYS, value)
          ? ATTENTION_KEYS[value as keyof typeof ATTENTION_KEYS]
          : typeof value === "object"
            ? JSON.stringify(value)
            : String(value);
      return `${CONFIG_KEYS[field] ?? field}: ${shown}`;
    })
    .join(", ");
}
