import { type Constant, fitted, physics, reported, simulated } from "./constant-kinds.ts";
import value from "./fitted.json" with { type: "json" };
import { rateConstant } from "./rate-constants.ts";

/**
 * Every number of the estimator that is not a fact of the catalog or plain arithmetic: one entry each, with its unit,
 * where it comes from and why it is there. Formulas refer to `constant.name.value`; a test lists them all.
 * The values of fitted constants are in fitted.json, which `npm run bench:fit` writes; their meaning is here.
 */
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
    value.savedHiddenPerLayer,
    [8, 17],
    "hidden-sized tensors",
    "Lightning-AI/litgpt resource tables 2023-10, no checkpointing; bench/simulate counts 11.7 for a Llama block",
    "layer input, two norms with their fp32 copies, query, attention output, residual",
  ),
  savedHiddenPerLayerLayerNorm: fitted(
    value.savedHiddenPerLayerLayerNorm,
    [4, 12],
    "hidden-sized tensors",
    "mosaicml/llm-foundry rows that ran; Korthikanti et al. 2022, §4.1, without dropout",
    "as above where the norm is one kernel: plain-MLP decoders use LayerNorm, which keeps no fp32 copy",
  ),
  savedKvPerLayer: fitted(
    value.savedKvPerLayer,
    [2, 5],
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
  routedHiddenPerExpert: simulated(
    4,
    "hidden-sized tensors for each expert of a token",
    "bench/simulate, a mixture of 8 experts, 2 a token, without checkpointing",
    "tokens are gathered for an expert, and its output is kept to be weighted and added",
  ),
  backwardHiddenPerLayer: fitted(
    value.backwardHiddenPerLayer,
    [1, 10],
    "hidden-sized tensors",
    "foundation-model-stack/fms-acceleration, Mistral-7B, fused loss: 541 kB/token",
    "gradients alive beside one layer's recomputed activations",
  ),
  backwardIntermediatePerLayer: fitted(
    value.backwardIntermediatePerLayer,
    [1, 4],
    "intermediate-sized tensors",
    "foundation-model-stack/fms-acceleration, Mistral-7B, fused loss: 541 kB/token",
    "gradients of gate and up alive beside the recomputed activations",
  ),
  selectiveSavedShare: fitted(
    value.selectiveSavedShare,
    [0.15, 0.7],
    "share of a layer's saved tensors",
    "pytorch/torchtitan benchmarks 2024-12, 8B, length 8192",
    "per-operation selective checkpointing keeps attention outputs and every second matrix product",
  ),

  // --- logits and loss, per vocabulary entry and token -------------------------------------------------------
  stockLossBytes: fitted(
    value.stockLossBytes,
    [12, 20],
    "B/(vocabulary entry and token)",
    "foundation-model-stack/fms-acceleration: slope 735 kB/token less 262 kB of boundaries, 32,000 entries",
    "three to five fp32 tensors: the logits that the output keeps, log-softmax, its gradient and that of the shifted logits",
  ),
  noUpcastLossBytes: fitted(
    value.noUpcastLossBytes,
    [4, 14],
    "B/(vocabulary entry and token)",
    "foundation-model-stack/fms-acceleration, SantaCoder in pure bf16",
    "the same tensors where the model's code leaves the logits in 16 bits",
  ),
  engineLossBytes: fitted(
    value.engineLossBytes,
    [4, 16],
    "B/(vocabulary entry and token)",
    "QwenLM/Qwen README, DeepSpeed rows in fp16",
    "without autocast the loss stays in 16 bits: logits, shifted copy, log-softmax, gradient",
  ),
  compiledLossBytes: fitted(
    value.compiledLossBytes,
    [6, 16],
    "B/(vocabulary entry and token)",
    "pytorch/torchtitan benchmarks 2024-12",
    "16-bit logits, one fp32 copy and its gradient; the rest is fused by the compiler",
  ),
  kernelLossBytes: fitted(
    value.kernelLossBytes,
    [2.5, 7],
    "B/(vocabulary entry and token)",
    "mosaicml/llm-foundry rows that ran, fused cross-entropy kernel",
    "16-bit logits and their gradient, written in place by some kernels; no log-softmax is stored",
  ),
  chunkedLossBytes: fitted(
    value.chunkedLossBytes,
    [4, 14],
    "B/(vocabulary entry and token)",
    "Lightning-AI/litgpt resource tables 2023-10",
    "logits, and of every chunk its log-softmax and gradient, in 16 bits or fp32: chunks are kept until they are joined",
  ),
  fusedLossBytes: physics(
    0.25,
    "B/(vocabulary entry and token)",
    "Hsu et al. 2024, Liger Kernel, §3.2",
    "fused linear cross-entropy keeps one chunk of logits",
  ),

  stockLossBytesSince5: simulated(
    12,
    "B/(vocabulary entry and token)",
    "bench/simulate, transformers 5.23: 12.0 at the loss's backward, 10.0 before it",
    "fp32 log-softmax, its gradient and that of the logits; the output object no longer keeps a copy",
  ),

  fsdpAdapterBoundaries: fitted(
    value.fsdpAdapterBoundaries,
    [1, 3],
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

  // --- adapters: what their layers keep ------------------------------------------------------------------------------
  adapterDropoutBytes: physics(
    3,
    "B/element of an adapted matrix's input",
    "peft/tuners/lora/layer.py, forward()",
    "dropout's 16-bit output and its mask are kept for the gradient of A, one pair for each adapted matrix",
  ),
  adapterCastBytes: simulated(
    1,
    "B/element of an adapted matrix's input",
    "bench/simulate, LoRA in mixed precision without dropout",
    "the 16-bit copy that autocast makes of the fp32 input of A, for the adapters that do not share one",
  ),

  eagerPairBytes16: physics(
    5,
    "B/(head and pair of positions)",
    "Korthikanti et al. 2022, Reducing Activation Recomputation, §4.1",
    "eager attention keeps scores and softmax in 16 bits and the dropout's mask",
  ),
  eagerPairBytesFp32: physics(
    13,
    "B/(head and pair of positions)",
    "Korthikanti et al. 2022, §4.1, with fp32 tensors",
    "scores, softmax and dropped-out softmax in fp32, and the mask",
  ),

  // --- windows, context parallelism ----------------------------------------------------------------------------------
  attentionMaskBytes: physics(
    3,
    "B/pair of positions",
    "transformers masking_utils: sliding windows are a boolean mask; torch SDPA turns it into 16 bits",
    "a window narrower than the sequence cannot be told to a fused kernel as plain causality",
  ),
  contextParallelCopies: physics(
    4,
    "key/value tensors of the whole sequence",
    "torch.distributed.tensor.experimental context_parallel, rotation by all-gather (torchtitan's default)",
    "keys and values of all ranks, and their gradients before they are scattered, one layer at a time",
  ),

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
  generateRoomShare: physics(
    0.95,
    "share of the card's memory",
    "transformers generate grows its cache until the card is full; the rest is the allocator's rounding",
    "what a generate loop can use",
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

  // --- serving --------------------------------------------------------------------------------------------------
  engineOverheadGib: fitted(
    value.engineOverheadGib,
    [1, 2.25],
    "GiB",
    "vllm-project/vllm#10511 (2024-12): Llama-3-8B on H100, 1.26 GiB of activations and 1.79 outside torch, context included; graphs 0.2 GiB (club-3090#127, 2026-05) to 1.4 GiB (sglang#8538, vLLM 0.9.2)",
    "a server's graphs and scratch beside weights, KV cache and the prefill pass",
  ),
  sglangOverheadGib: reported(
    1.4,
    "GiB",
    "sgl-project/sglang#12978 (2025-11): CUDA graphs 1.0 GB on two devices; FlashInfer workspace of 384 MiB (SGLang global_config, from memory)",
    "graphs and attention workspace beside weights, KV cache and the prefill pass",
  ),
  vllmLargeCardGib: reported(
    70,
    "GiB",
    "vLLM engine/arg_utils.py, get_batch_defaults (v0.10 and later, read 2026-11); A100 is excepted by name (vllm#17885)",
    "from this size on the API server prefills large chunks",
  ),
  sglangLargeCardGib: reported(
    25,
    "GiB",
    "SGLang server_args.py, chunked_prefill_size (v0.4 and later, read 2026-11)",
    "from this size on SGLang prefills large chunks",
  ),
  prefillTokensLargeCard: reported(
    8192,
    "tokens",
    "defaults of max_num_batched_tokens (vLLM) and chunked_prefill_size (SGLang), read 2026-11; max_num_tokens (TensorRT-LLM, from memory)",
    "the longest prefill pass: what activations are sized for",
  ),
  prefillTokensSmallCard: reported(
    2048,
    "tokens",
    "defaults of max_num_batched_tokens (vLLM) and chunked_prefill_size (SGLang) on smaller cards, read 2026-11",
    "the longest prefill pass where memory is short",
  ),
  tgiPrefillTokens: reported(
    4096,
    "tokens",
    "text-generation-launcher, --max-batch-prefill-tokens default before v3 (from memory)",
    "the longest prefill pass of TGI, which warms up with it",
  ),
  defaultSlots: reported(
    256,
    "requests",
    "SGLang server_args.py, cuda_graph_max_bs on 80 GB cards, read 2026-11; vLLM max_num_seqs before v0.9, later 1024 on large cards",
    "requests that a server works on at once unless told otherwise",
  ),
  unsharedCacheCopies: physics(
    2,
    "copies of the KV cache",
    "ONNX Runtime, past_present_share_buffer off",
    "a step reads the past and writes the present: both are bound",
  ),
  pinnedLoadShare: reported(
    0.1,
    "share of a device's weights",
    "not measured: safetensors are mapped and copied shard by shard, and published shards hold 4 to 5 GB",
    "host memory that weights pass through while they load",
  ),
  concatenatedCacheCopies: fitted(
    value.concatenatedCacheCopies,
    [1, 3],
    "copies of the KV cache",
    "QwenLM/Qwen README: 32.4 GiB more at batch 32 than at batch 1 where one copy is 15.7",
    "transformers grows its cache by concatenation: the old and the new copy, and the holes between",
  ),
  generateWorkspaceGib: fitted(
    value.generateWorkspaceGib,
    [0.05, 1],
    "GiB",
    "QwenLM/Qwen1.5 speed benchmark, small models",
    "cuBLAS and attention workspaces, rotary tables and sampling buffers of a generate loop",
  ),
  prefillHiddenTensors: fitted(
    value.prefillHiddenTensors,
    [3, 14],
    "hidden-sized tensors",
    "QwenLM/Qwen1.5 speed benchmark, growth with prompt length",
    "activations alive in one layer during prefill",
  ),

  // --- host and memory -----------------------------------------------------------------------------------------
  hostProcessGib: fitted(
    value.hostProcessGib,
    [2.5, 6.4],
    "GiB",
    "resident set of a PyTorch 2 process with CUDA and one data loader worker, Linux x86-64, 2026-11",
    "host memory of one training process beside what was offloaded",
  ),
  memoryBandwidthShare: fitted(
    value.memoryBandwidthShare,
    [0.75, 0.86],
    "share of nominal",
    "ai-dynamo/aiconfigurator mem_bw_empirical_scaling_factor",
    "what decoding reaches of the nominal memory bandwidth",
  ),
  prefillUtilisation: fitted(
    value.prefillUtilisation,
    [0.35, 0.8],
    "share of dense 16-bit peak",
    "NVIDIA/TensorRT-LLM performance.md v0.6.1 and InternLM/lmdeploy A100 tables, prompts of 2048; ceilings 0.51-0.87, stas00/ml-engineering 2026-08",
    "matrix products of a prefill pass",
  ),
  prefillUtilisationFp8: fitted(
    value.prefillUtilisationFp8,
    [0.25, 0.7],
    "share of dense fp8 peak",
    "NVIDIA/TensorRT-LLM performance.md v0.6.1, H100 and L40S, prompts of 2048",
    "scaling and the layers that stay in 16 bits eat a part of the double peak",
  ),
  prefillAttentionUtilisation: fitted(
    value.prefillAttentionUtilisation,
    [0.2, 0.7],
    "share of dense 16-bit peak",
    "QwenLM/Qwen1.5 speed benchmark, vLLM, prompts of 30k to 129k on A100",
    "fused attention, forward only",
  ),
  graphLayerSeconds: fitted(
    value.graphLayerSeconds,
    [0.00001, 0.0001],
    "s per layer and pass",
    "InternLM/lmdeploy A100 tables and vLLM 0.21-0.23 on H100 and L4, one request",
    "about ten kernels a layer that start one after the other inside a captured graph, and what sampling adds",
  ),
  allReduceSeconds: fitted(
    value.allReduceSeconds,
    [0.000004, 0.00005],
    "s",
    "sgl-project/sglang#2904 (2025-01): 4-10 µs up to 32 KiB on H100; InternLM/lmdeploy tables on two and four A100",
    "what an all-reduce takes before its bytes count",
  ),
  requestSeconds: fitted(
    value.requestSeconds,
    [0.002, 0.03],
    "s",
    "vLLM 0.23 on L4, Qwen2.5-0.5B, one request",
    "HTTP, tokeniser, scheduler and the first sample of an HTTP server",
  ),
  eagerExposed: fitted(
    value.eagerExposed,
    [0.1, 1],
    "share of the shorter of host and device time",
    "QwenLM/Qwen1.5 speed benchmark, transformers, 7B and 72B on A100",
    "what a generate loop does not hide: it waits for each token before it launches the next",
  ),
  vllmHostStepSeconds: fitted(
    value.vllmHostStepSeconds,
    [0.001, 0.006],
    "s per step",
    "QwenLM/Qwen1.5 speed benchmark, vLLM 0.4, 0.5B and 1.5B on A100",
    "scheduler, sampler and detokeniser between two steps; hidden since 0.6 (vLLM blog, 2024-09)",
  ),
  vllmOverlapsFrom: reported(
    6,
    "minor version",
    "vLLM blog, v0.6.0, 2024-09-05",
    "from 0.6 on the host's work of a step overlaps with the device's",
  ),
  vllmCaptureTokens: reported(
    8192,
    "tokens",
    "vLLM max_seq_len_to_capture default of early releases (from memory); rows of Qwen1.5 halve in speed between 8k and 16k",
    "a longer context ran without captured graphs",
  ),
  pcie4GBps: physics(
    31.5,
    "GB/s per direction",
    "PCI Express 4.0, 16 lanes at 16 GT/s with 128b/130b coding; a generation doubles it",
    "between devices without NVLink",
  ),
  unknownCardTflops: reported(
    30.2,
    "dense 16-bit TFLOP/s",
    "catalog, rtx-4060: the slowest current card with tensor cores that is sold on its own",
    "a card known only by its memory is taken to be no faster",
  ),
  unknownCardGBps: reported(
    272,
    "GB/s",
    "catalog, rtx-4060: the slowest current card with tensor cores that is sold on its own",
    "a card known only by its memory is taken to be no faster",
  ),
  plannedUtilisation: reported(
    0.7,
    "share of a replica's capacity",
    "M/G/1: the mean wait is u/(1-u) of half a service time or more, 2.3 at 0.7 and 9 at 0.9",
    "replicas are planned at this share of the estimated rate, so that a burst does not queue",
  ),
  servingTimeLow: fitted(
    value.servingTimeLow,
    [0.4, 0.95],
    "share of expected",
    "spread of measured against estimated times over all serving sources",
    "low end of the band of a serving time; a rate's high end",
  ),
  servingTimeHigh: fitted(
    value.servingTimeHigh,
    [1.05, 2.5],
    "share of expected",
    "spread of measured against estimated times over all serving sources",
    "high end of the band of a serving time; a rate's low end",
  ),
  uncalibratedServingSpread: reported(
    1.5,
    "times the band",
    "two engines on one task: first token of Llama 2 70B, 128 tokens, four A100: 47 ms (TensorRT-LLM) and 74 ms (lmdeploy)",
    "an engine or card without published rows",
  ),

  ...rateConstant,
} as const satisfies Record<string, Constant>;
