import { type Constant, physics, simulated } from "./constant-kinds.ts";

/** What weights, gradients and optimizer states take: layouts of formats and optimizers. */
export const stateConstant = {
  // --- quantised bases -----------------------------------------------------------------------------------------
  nf4BytesPerParameter: physics(
    0.5625,
    "B/parameter",
    "Dettmers et al. 2023, QLoRA, §3",
    "4 bits, and one fp32 scale per block of 64: 0.5 + 4/64",
  ),
  nf4DoubleQuantBytesPerParameter: physics(
    0.516,
    "B/parameter",
    "Dettmers et al. 2023, QLoRA, §3",
    "scales quantised to 8 bits with a second fp32 scale per 256: 0.5 + 1/64 + 4/(64*256)",
  ),
  gptq4BytesPerParameter: physics(
    0.52,
    "B/parameter",
    "Frantar et al. 2022, GPTQ; group size 128",
    "4 bits, an fp16 scale and a 4-bit zero per group of 128: 0.5 + 2.5/128",
  ),
  int8BytesPerParameter: physics(
    1.01,
    "B/parameter",
    "Dettmers et al. 2022, LLM.int8()",
    "8 bits and one fp32 scale per row",
  ),
  mxfp4BytesPerParameter: physics(
    0.53125,
    "B/parameter",
    "OCP Microscaling v1.0, §5",
    "4 bits and an 8-bit scale per block of 32",
  ),

  // --- optimizer step -------------------------------------------------------------------------------------------
  foreachTemporaryShare: physics(
    1,
    "copies of the trainable weights",
    "torch.optim.AdamW(foreach=True); measured 10.0 B/parameter for Mistral-7B in bf16 where states are 8",
    "the multi-tensor step makes one temporary of every parameter's size",
  ),
  zeroBucketBytes: physics(
    2e9,
    "B",
    "DeepSpeed default reduce_bucket_size 5e8 in 16 bits, two of them with overlap_comm",
    "gradients are reduced from contiguous buckets in the backward pass",
  ),
  zero3LiveParameters: physics(
    1e9,
    "parameters",
    "DeepSpeed stage 3 default stage3_max_live_parameters",
    "gathered parameters that may be alive at a time",
  ),
  zero3SubGroupBytes: physics(
    4e9,
    "B",
    "DeepSpeed stage 3 default sub_group_size 1e9, fp32",
    "the optimizer steps over one sub-group of fp32 gradients at a time",
  ),

  // --- states of optimizers, bytes per trainable parameter unless said otherwise ------------------------------------
  blockwiseEightBitMoments: physics(
    2 * (1 + 4 / 256),
    "B/parameter",
    "Dettmers et al. 2021, 8-bit Optimizers, §2.1",
    "two 8-bit moments, one fp32 scale per block of 256 each",
  ),
  fp8Moments: physics(2, "B/parameter", "Peng et al. 2023, FP8-LM, §2.2", "two 8-bit moments"),
  fourBitMoments: physics(
    1 + 8 / 128,
    "B/parameter",
    "Li et al. 2023, Memory Efficient Optimizers with 4-bit States, §4",
    "two 4-bit moments, one fp32 scale per block of 128 each",
  ),
  factoredMoments: physics(
    0.02,
    "B/parameter",
    "Shazeer & Stern 2018, Adafactor, §3",
    "row and column sums of a matrix in place of its second moment",
  ),
  galoreProjectionShare: physics(
    0.25,
    "share of a moment",
    "Zhao et al. 2024, GaLore, §4: rank a quarter of the width",
    "moments of a projection instead of the weights",
  ),
  muonTemporaryShare: simulated(
    0.35,
    "copies of the trainable weights",
    "bench/simulate, torch.optim.Muon on matrices with AdamW on the rest",
    "Newton-Schulz works on one matrix at a time, AdamW's multi-tensor step on embeddings and head",
  ),
  otherTemporaryShare: simulated(
    0.1,
    "copies of the trainable weights",
    "bench/simulate, optimizers that step over one tensor at a time",
    "the largest tensor's temporaries",
  ),
  adafactorTemporaryFp32: simulated(
    8,
    "B/entry of the largest matrix",
    "bench/simulate, transformers' Adafactor",
    "works on one parameter at a time: its fp32 update and the squared gradient",
  ),
  adafactorTemporary16: simulated(
    16,
    "B/entry of the largest matrix",
    "bench/simulate, transformers' Adafactor",
    "as in fp32, with fp32 copies of the 16-bit weight and gradient",
  ),
  zeroStepTemporaryBytes: physics(
    6,
    "B/parameter of the partition",
    "deepspeed/runtime/zero/stage_1_and_2.py, step(); hiyouga/LlamaFactory#1158: 77.65 GiB held, 12.94 more asked for",
    "the partition's gradients are made flat in 16 bits and copied to fp32; both are there beside the gradients",
  ),
  frozenLayersShare: physics(
    0.25,
    "share of the weights",
    "hiyouga/LlamaFactory freeze tuning: head and last quarter of the layers",
    "what the method freeze trains",
  ),
} as const satisfies Record<string, Constant>;
