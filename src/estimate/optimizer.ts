import { constant } from "./constants.ts";
import type { Optimizer } from "./request.ts";
import type { Setup } from "./setup.ts";

/** Optimizer state bytes per trainable parameter, given the bytes its moments are held in. */
export function optimizerBytes(optimizer: Optimizer, momentBytes: number): number {
  switch (optimizer) {
    case "adamw":
    case "paged-adamw":
    case "lora-fa":
      return 2 * momentBytes;
    case "adamw-8bit":
    case "paged-adamw-8bit":
      return constant.blockwiseEightBitMoments.value;
    case "adamw-fp8":
      return constant.fp8Moments.value;
    case "adamw-4bit":
      return constant.fourBitMoments.value;
    case "adafactor":
      return constant.factoredMoments.value;
    case "sgd":
    case "lion":
    case "muon":
      return momentBytes;
    case "galore":
      return 2 * momentBytes * constant.galoreProjectionShare.value;
    default:
      return optimizer satisfies never;
  }
}

/** Temporaries of an unsharded step, in bytes, each read off simulated runs (bench/simulate). */
export function stepTemporaryBytes(s: Setup, trainable: number, momentBytes: number, fp32: boolean): number {
  const largest = Math.min(trainable, Math.max(s.shape.embeddingParameters, s.shape.largestLinearParameters));
  switch (s.train.optimizer) {
    case "adamw":
      return s.train.optimizerImplementation === "fused"
        ? 0
        : trainable * momentBytes * constant.foreachTemporaryShare.value;
    case "sgd":
      return 0;
    case "lion":
      return largest * momentBytes;
    case "muon":
      return trainable * momentBytes * constant.muonTemporaryShare.value;
    case "adafactor":
      return largest * (fp32 ? constant.adafactorTemporaryFp32.value : constant.adafactorTemporary16.value);
    default:
      return trainable * momentBytes * constant.otherTemporaryShare.value;
  }
}

/** What a DeepSpeed or Megatron step needs beside the gradients, for a partition of `parameters`. */
export function zeroStepTemporaries(s: Setup, parameters: number): number {
  if (s.train.sharding === "zero-3")
    return Math.min(parameters * 4 + constant.zero3SubGroupBytes.value, parameters * 8);
  // Megatron's main gradients are fp32 already: only the flat copy.
  const fp32Gradients = s.train.trainer === "megatron" && s.train.dtype === "bf16-mixed";
  return parameters * (fp32Gradients ? 4 : constant.zeroStepTemporaryBytes.value);
}
