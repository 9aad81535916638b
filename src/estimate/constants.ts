/**
 * Every number of the estimator that is not a fact of the catalog or plain arithmetic: one entry each, with its unit,
 * where it comes from and why it is there. Formulas refer to `constant.name.value`; a test lists them all.
 */
export interface Constant {
  value: number;
  unit: string;
  /** physics: follows from a data layout or an algorithm. fitted: chosen so that published measurements are met. */
  kind: "physics" | "fitted";
  source: string;
  reason: string;
}

const physics = (value: number, unit: string, source: string, reason: string): Constant => ({
  value,
  unit,
  kind: "physics",
  source,
  reason,
});

const fitted = (value: number, unit: string, source: string, reason: string): Constant => ({
  value,
  unit,
  kind: "fitted",
  source,
  reason,
});

export const constant = {
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

  // --- activations, per token --------------------------------------------------------------------------------
  savedHiddenPerLayer: fitted(
    9,
    "hidden-sized tensors",
    "Lightning-AI/litgpt resource tables 2023-10, no checkpointing",
    "layer input, two norms with their fp32 copies, query, attention output, residual",
  ),
  savedHiddenPerLayerLayerNorm: fitted(
    6,
    "hidden-sized tensors",
    "mosaicml/llm-foundry rows that ran; Korthikanti et al. 2022, §4.1, without dropout",
    "as above where the norm is one kernel: plain-MLP decoders use LayerNorm, which keeps no fp32 copy",
  ),
  savedKvPerLayer: fitted(
    3,
    "key/value-sized tensors",
    "Lightning-AI/litgpt resource tables 2023-10, no checkpointing",
    "key and value before and after the rotation",
  ),
  savedIntermediateGated: physics(
    4,
    "intermediate-sized tensors",
    "Llama MLP: down(silu(gate(x)) * up(x))",
    "gate, up, silu(gate) and their product are saved for the backward pass",
  ),
  savedIntermediatePlain: physics(
    2,
    "intermediate-sized tensors",
    "GPT MLP: down(act(up(x)))",
    "the activation's input and output are saved for the backward pass",
  ),
  backwardHiddenPerLayer: fitted(
    4,
    "hidden-sized tensors",
    "foundation-model-stack/fms-acceleration, Mistral-7B, fused loss: 541 kB/token",
    "gradients alive beside one layer's recomputed activations",
  ),
  backwardIntermediatePerLayer: fitted(
    2,
    "intermediate-sized tensors",
    "foundation-model-stack/fms-acceleration, Mistral-7B, fused loss: 541 kB/token",
    "gradients of gate and up alive beside the recomputed activations",
  ),
  selectiveSavedShare: fitted(
    0.34,
    "share of a layer's saved tensors",
    "pytorch/torchtitan benchmarks 2024-12, 8B, length 8192",
    "per-operation selective checkpointing keeps attention outputs and every second matrix product",
  ),

  // --- logits and loss, per vocabulary entry and token -------------------------------------------------------
  stockLossBytes: fitted(
    14.8,
    "B/(vocabulary entry and token)",
    "foundation-model-stack/fms-acceleration: slope 735 kB/token less 262 kB of boundaries, 32,000 entries",
    "16-bit logits, their fp32 copy, the shifted copy, log-softmax and its gradient, as they overlap",
  ),
  noUpcastLossBytes: fitted(
    8.5,
    "B/(vocabulary entry and token)",
    "foundation-model-stack/fms-acceleration, SantaCoder in pure bf16",
    "the same tensors where the model's code leaves the logits in 16 bits",
  ),
  engineLossBytes: fitted(
    7.5,
    "B/(vocabulary entry and token)",
    "QwenLM/Qwen README, DeepSpeed rows in fp16",
    "without autocast the loss stays in 16 bits: logits, shifted copy, log-softmax, gradient",
  ),
  compiledLossBytes: fitted(
    10,
    "B/(vocabulary entry and token)",
    "pytorch/torchtitan benchmarks 2024-12",
    "16-bit logits, one fp32 copy and its gradient; the rest is fused by the compiler",
  ),
  chunkedLossBytes: fitted(
    6,
    "B/(vocabulary entry and token)",
    "Lightning-AI/litgpt resource tables 2023-10",
    "logits in 16 bits and their gradient; the loss itself runs over chunks",
  ),
  fusedLossBytes: physics(
    0.25,
    "B/(vocabulary entry and token)",
    "Hsu et al. 2024, Liger Kernel, §3.2",
    "fused linear cross-entropy keeps one chunk of logits",
  ),

  fsdpAdapterBoundaries: fitted(
    2,
    "copies of the layer inputs",
    "foundation-model-stack/fms-acceleration: 787-831 kB/token for Mistral-7B, 43.5 GiB for Llama-2-70B on two devices",
    "in the backward pass of adapters under FSDP the layer inputs are held twice",
  ),

  // --- optimizer step -------------------------------------------------------------------------------------------
  foreachTemporaryShare: physics(
    1,
    "copies of the trainable weights",
    "torch.optim.AdamW(foreach=True); measured 10.0 B/parameter for Mistral-7B in bf16 where states are 8",
    "the multi-tensor step makes one temporary of every parameter's size",
  ),
  zeroBucketBytes: fitted(
    2.0e9,
    "B",
    "DeepSpeed defaults: reduce_bucket_size and allgather_bucket_size 5e8 elements in 16 bits",
    "communication buckets held beside the states",
  ),
  zero3SubGroupBytes: physics(
    4e9,
    "B",
    "DeepSpeed stage 3 default sub_group_size 1e9, fp32",
    "the optimizer steps over one sub-group of fp32 gradients at a time",
  ),

  // --- between the instruments ---------------------------------------------------------------------------------
  cudaContextGib: fitted(
    0.5,
    "GiB",
    "nvidia-smi less reserved on A100, H100 and V100 rows; huggingface/transformers performance guide: 1343 MiB on V100 with CUDA 11",
    "the driver's context and loaded kernels",
  ),
  ncclGib: fitted(
    1.0,
    "GiB",
    "foundation-model-stack/fms-acceleration, two and four A100",
    "communicator buffers, where several devices work together",
  ),
  workspaceGib: fitted(
    0.15,
    "GiB",
    "cuBLAS workspace: 32 MiB on Hopper, 8 MiB before, a stream each; bitsandbytes and FlashAttention scratch",
    "libraries' workspaces, allocated through the caching allocator",
  ),
  slackShare: fitted(
    0.045,
    "share of allocated",
    "foundation-model-stack/fms-acceleration, 158 runs with both readings",
    "the caching allocator's rounding and fragmentation",
  ),
  fsdpReservedLayers: fitted(
    8,
    "gathered layers in fp32",
    "foundation-model-stack/fms-acceleration, full fine-tuning under FSDP: device reading 13-18 GiB above allocated",
    "gathered and reduced layers live on their own stream, whose blocks other streams cannot reuse",
  ),
  slackStepShare: fitted(
    0.8,
    "share of the smaller of step temporaries and passing activations",
    "foundation-model-stack/fms-acceleration and bigscience rows",
    "the optimizer's large blocks and the activations' do not reuse each other",
  ),
  slackTransientShare: fitted(
    0.45,
    "share of the largest passing tensor group",
    "foundation-model-stack/fms-acceleration, 158 runs with both readings",
    "freed blocks of one moment that the next cannot reuse",
  ),

  // --- serving --------------------------------------------------------------------------------------------------
  engineOverheadGib: fitted(
    1.5,
    "GiB",
    "vLLM start-up reports: CUDA graphs 0.5-1.5 GiB, activation profile 0.5-1 GiB",
    "a server's graphs and scratch beside weights and KV cache",
  ),
  concatenatedCacheCopies: fitted(
    2,
    "copies of the KV cache",
    "QwenLM/Qwen README: 32.4 GiB more at batch 32 than at batch 1 where one copy is 15.7",
    "transformers grows its cache by concatenation: the old and the new copy, and the holes between",
  ),
  generateWorkspaceGib: fitted(
    0.3,
    "GiB",
    "QwenLM/Qwen1.5 speed benchmark, small models",
    "cuBLAS and attention workspaces, rotary tables and sampling buffers of a generate loop",
  ),
  prefillHiddenTensors: fitted(
    6,
    "hidden-sized tensors",
    "QwenLM/Qwen1.5 speed benchmark, growth with prompt length",
    "activations alive in one layer during prefill",
  ),

  // --- rates ----------------------------------------------------------------------------------------------------
  hostProcessGib: fitted(
    4,
    "GiB",
    "resident set of a PyTorch 2 process with CUDA and one data loader worker, Linux x86-64, 2026-11",
    "host memory of one training process beside what was offloaded",
  ),
  memoryBandwidthShare: fitted(
    0.8,
    "share of nominal",
    "ai-dynamo/aiconfigurator mem_bw_empirical_scaling_factor",
    "what decoding reaches of the nominal memory bandwidth",
  ),
  prefillUtilisation: fitted(
    0.5,
    "share of dense peak",
    "bounded by measured matmul ceilings 0.51-0.87, stas00/ml-engineering 2026-08",
    "prefill's share of the dense peak",
  ),
  reachAmpere: fitted(
    0.72,
    "share of dense bf16 peak",
    "mosaicml/llm-foundry benchmark tables; matmul ceiling 0.87, stas00/ml-engineering 2026-08",
    "large matrix products on A100",
  ),
  reachHopper: fitted(
    0.55,
    "share of dense bf16 peak",
    "mosaicml/llm-foundry benchmark tables; pytorch/torchtitan 2024-12; ceiling 0.80",
    "large matrix products on H100 and H200",
  ),
  reachBlackwell: fitted(
    0.55,
    "share of dense bf16 peak",
    "NVIDIA-NeMo/Megatron-Bridge 2025-2026; ceiling 0.73-0.78",
    "large matrix products on B200 and GB200",
  ),
  reachConsumer: fitted(
    0.65,
    "share of dense bf16 peak",
    "no published MFU: taken between Ampere and Hopper",
    "large matrix products on GeForce and workstation cards",
  ),
  reachOlder: fitted(
    0.45,
    "share of dense fp16 peak",
    "bigscience and BERT rows on V100",
    "large matrix products on Volta and Turing",
  ),
  reachCdna: fitted(
    0.4,
    "share of dense bf16 peak",
    "matmul ceiling 0.51-0.68, stas00/ml-engineering 2026-08",
    "large matrix products on MI200 and MI300",
  ),
  reachUnknown: fitted(
    0.45,
    "share of dense bf16 peak",
    "below every card with measurements",
    "matrix products on a card known only by its memory",
  ),
  reachAttention: fitted(
    0.4,
    "share of dense 16-bit peak",
    "mosaicml/llm-foundry benchmark tables, lengths 16k-64k on A100",
    "fused attention, forward and backward together",
  ),
  reachAttentionHopper: fitted(
    0.3,
    "share of dense 16-bit peak",
    "mosaicml/llm-foundry benchmark tables and pytorch/torchtitan 2024-12, lengths 32k-128k on H100",
    "fused attention, forward and backward together",
  ),
  fp8Speedup: fitted(
    1.5,
    "times the 16-bit rate",
    "pytorch/torchtitan 2024-12 and NVIDIA/NeMo 24.07",
    "scaling, casts and the layers that stay in 16 bits eat a part of the double peak",
  ),
  mxfp8Speedup: fitted(
    1.45,
    "times the 16-bit rate",
    "NVIDIA-NeMo/Megatron-Bridge 2025-2026",
    "as fp8, with block scales",
  ),
  nvfp4Speedup: fitted(
    2.2,
    "times the 16-bit rate",
    "NVIDIA-NeMo/Megatron-Bridge 2025-2026",
    "as fp8, with 4-bit operands",
  ),
  elementwiseTraffic: fitted(
    2.5,
    "reads and writes of a layer's saved tensors",
    "foundation-model-stack/fms-acceleration, LoRA against full",
    "norms, activations, residuals and casts are bound by memory bandwidth",
  ),
  dequantiseBytes: fitted(
    5,
    "B per quantised parameter and pass",
    "Lightning-AI/litgpt: nf4 against bf16, 2.36 to 3.68 min",
    "reading 4 bits, writing and reading the 16-bit copy",
  ),
  dequantiseGptqBytes: fitted(
    25,
    "B per quantised parameter and pass",
    "QwenLM/Qwen README, GPTQ rows at 256 tokens: 3.4 s a micro step for 72B",
    "AutoGPTQ unpacks 4-bit weights through int32 intermediates",
  ),
  launchLayer: fitted(
    0.0006,
    "s",
    "QwenLM/Qwen README, 256 tokens",
    "about 60 eager operations a layer and pass at 10 µs of host time each",
  ),
  launchAdapter: fitted(
    0.00013,
    "s",
    "QwenLM/Qwen README, LoRA on all linear layers, 256 tokens",
    "dropout, two products, scaling and casts of one adapted matrix",
  ),
  launchGather: fitted(
    0.002,
    "s",
    "QwenLM/Qwen README, ZeRO-3, 256 tokens",
    "hooks and gathers of one layer under ZeRO-3",
  ),
  launchFused: fitted(
    0.00025,
    "s",
    "NVIDIA-NeMo/Megatron-Bridge and pytorch/torchtitan",
    "fused or compiled layers launch few kernels",
  ),
  communicationExposed: fitted(
    0.15,
    "share not hidden behind compute",
    "mosaicml/llm-foundry benchmark tables, 8 to 128 devices",
    "gathers and reductions overlap with matrix products",
  ),
  expertTokensForHalfRate: fitted(
    500,
    "tokens per expert",
    "foundation-model-stack/fms-acceleration, Mixtral-8x7B; Megatron-Bridge mixtures at 0.05-0.2 MFU",
    "small grouped products reach half the rate at this many tokens each",
  ),
  rateLow: fitted(
    0.68,
    "share of expected",
    "spread of measured against estimated rates over all sources",
    "low end of the band of a rate",
  ),
  rateHigh: fitted(
    1.4,
    "share of expected",
    "spread of measured against estimated rates over all sources",
    "high end of the band of a rate",
  ),
} as const satisfies Record<string, Constant>;
