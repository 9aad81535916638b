import { type Constant, fitted, physics, reported } from "./constant-kinds.ts";
import value from "./fitted.json" with { type: "json" };

/** What instruments see beside the tensors, what a request leaves out, and what a card has to give. */
export const deviceConstant = {
  // --- evaluation and host --------------------------------------------------------------------------------------------
  evaluationLossBytes: physics(
    10,
    "B/(vocabulary entry and token)",
    "transformers ForCausalLMLoss without gradients",
    "16-bit logits, their fp32 copy and the log-softmax",
  ),
  evaluationHiddenBytes: physics(
    12,
    "B/hidden element and token",
    "transformers decoder layer without gradients",
    "layer input, residual and the norm's fp32 copy of one layer",
  ),
  loadingHostShare: physics(
    0.15,
    "share of the checkpoint",
    "safetensors files are mapped, not read; shards of 5 GB pass through pinned buffers",
    "host memory while weights go to the device",
  ),
  hostProcessGib: fitted(
    value.hostProcessGib,
    [2.5, 6.4],
    "GiB",
    "resident set of a PyTorch 2 process with CUDA and one data loader worker, Linux x86-64, 2026-11",
    "host memory of one training process beside what was offloaded",
  ),

  // --- between the instruments ---------------------------------------------------------------------------------
  cudaContextGib: fitted(
    value.cudaContextGib,
    [0.25, 1.4],
    "GiB",
    "nvidia-smi less reserved on A100, H100 and V100 rows; huggingface/transformers performance guide: 1343 MiB on V100 with CUDA 11",
    "the driver's context and loaded kernels",
  ),
  ncclGib: fitted(
    value.ncclGib,
    [0.3, 3],
    "GiB",
    "foundation-model-stack/fms-acceleration, two and four A100",
    "buffers of one communicator: each way in which devices work together has its own",
  ),
  workspaceGib: fitted(
    value.workspaceGib,
    [0.05, 0.25],
    "GiB",
    "cuBLAS workspace: 32 MiB on Hopper, 8 MiB before, a stream each; bitsandbytes and FlashAttention scratch",
    "libraries' workspaces, allocated through the caching allocator",
  ),
  slackShare: fitted(
    value.slackShare,
    [0.01, 0.12],
    "share of allocated",
    "foundation-model-stack/fms-acceleration, 158 runs with both readings",
    "the caching allocator's rounding and fragmentation",
  ),
  fsdpReservedLayers: fitted(
    value.fsdpReservedLayers,
    [2, 16],
    "gathered layers in fp32",
    "foundation-model-stack/fms-acceleration, full fine-tuning under FSDP: device reading 13-18 GiB above allocated",
    "gathered and reduced layers live on their own stream, whose blocks other streams cannot reuse",
  ),
  slackStepShare: fitted(
    value.slackStepShare,
    [0.1, 1],
    "share of the smaller of step temporaries and passing activations",
    "foundation-model-stack/fms-acceleration and bigscience rows",
    "the optimizer's large blocks and the activations' do not reuse each other",
  ),
  slackTransientShare: fitted(
    value.slackTransientShare,
    [0.1, 1],
    "share of the largest passing tensor group",
    "foundation-model-stack/fms-acceleration, 158 runs with both readings",
    "freed blocks of one moment that the next cannot reuse",
  ),

  // --- what a request leaves out -------------------------------------------------------------------------------------
  usualSampleTokens: reported(
    2048,
    "tokens",
    "no vendor figure: a common length of instruction data",
    "a sample whose length a request leaves out",
  ),
  usualAnswerTokens: reported(
    512,
    "tokens",
    "no vendor figure: a page of text",
    "an answer whose length a request leaves out",
  ),
  usualCompletionTokens: reported(
    256,
    "tokens",
    "trl GRPOConfig, docstring read 2026-11: max_completion_length defaults to 256",
    "a completion that reinforcement learning writes, where a request leaves its length out",
  ),
  usualLoraDropout: physics(
    0.05,
    "probability",
    "Dettmers et al. 2023, QLoRA, appendix B.2; templates/transformers-sft",
    "any dropout costs the same memory, none costs less",
  ),
  serverMemoryShare: physics(
    0.9,
    "share of the card's memory",
    "vLLM engine arguments: gpu_memory_utilization",
    "what a server takes unless told otherwise",
  ),
  sizeExponent: physics(
    0.36,
    "exponent of the size",
    "Llama 3.2 1B to Llama 3.1 405B, configurations: 2048 to 16,384 wide, 16 to 126 deep",
    "width and depth of a decoder that is known only by its size",
  ),
  typicalMlpRatio: physics(
    3.5,
    "hidden sizes",
    "Llama 3.1 8B: 14,336 of 4096",
    "width of a gated MLP that an architecture leaves out",
  ),
  leastLinearShare: physics(
    0.2,
    "share of the parameters",
    "smallest in the catalog's decoders: a vocabulary of 256k on a width of 640",
    "keeps linear layers above nothing where an architecture's vocabulary does not fit its size",
  ),
  hostLow: physics(
    0.8,
    "share of expected",
    "pinned buffers of offloaded states against DeepSpeed's memory estimators",
    "low end of the host memory's band",
  ),
  hostHigh: physics(
    1.4,
    "share of expected",
    "PyTorch rounds pinned buffers up to powers of two (pin_memory in CachingHostAllocator)",
    "high end of the host memory's band",
  ),

  // --- the card ----------------------------------------------------------------------------------------------------
  reportedShareUnknown: physics(
    0.97,
    "share of the advertised memory",
    "between cards with and without ECC on their memory bus",
    "what the driver reports of a card that is known only by its memory",
  ),
  reportedShareGeForce: physics(
    0.998,
    "share of the advertised memory",
    "nvidia-smi: RTX 4090 23.99 of 24 GiB",
    "GeForce cards have no ECC",
  ),
  reportedShareHbm: physics(
    0.99,
    "share of the advertised memory",
    "nvidia-smi: H100 79.6 of 80 GiB",
    "stacked memory has its own ECC bits; the driver keeps a little",
  ),
  reportedShareEcc: physics(
    0.9375,
    "share of the advertised memory",
    "nvidia-smi: A10G 22.35 of 24, L40S 44.99 of 48, A6000 44.55 of 48 GiB",
    "ECC on GDDR takes a sixteenth",
  ),
} as const satisfies Record<string, Constant>;
