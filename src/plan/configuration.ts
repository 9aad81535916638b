import { WHISPER_SECONDS } from "../estimate/modality.ts";
import type { TrainingSettings } from "./plan.ts";
import type { Workload } from "./workload.ts";

/** Attention kernels under the configuration's names. */
export const ATTENTION_KEYS = { flash: "flash_attention_2", sdpa: "sdpa", eager: "eager" } as const satisfies Record<
  TrainingSettings["attention"],
  string
>;

/** What pictures and sounds are brought to, under the configuration's keys. */
export function mediaSettings({
  modality,
  imageSize,
  audioSeconds,
}: Pick<Workload, "modality" | "imageSize" | "audioSeconds">): Readonly<Record<string, number>> {
  if (modality === "vision" && imageSize !== undefined) return { "model.image_size": imageSize };
  if (modality === "vlm" && imageSize !== undefined) return { "model.max_pixels": imageSize ** 2 };
  // Whisper hears half a minute at a time, whatever its clips hold.
  if (modality === "audio" && audioSeconds !== undefined)
    return { "data.max_seconds": Math.min(audioSeconds, WHISPER_SECONDS) };
  return {};
}

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
