import { type Constant, fitted, physics, reported } from "./constant-kinds.ts";
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
    [5, 16],
    "hidden-sized tensors",
    "Lightning-AI/litgpt resource tables 2023-10, no checkpointing",
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
    [6, 22],
    "B/(vocabulary entry and token)",
    "foundation-model-stack/fms-acceleration: slope 735 kB/token less 262 kB of boundaries, 32,000 entries",
    "16-bit logits, their fp32 copy, the shifted copy, log-softmax and its gradient, as they overlap",
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
    [4, 10],
    "B/(vocabulary entry and token)",
    "mosaicml/llm-foundry rows that ran, fused cross-entropy kernel",
    "16-bit logits and their gradient, with an fp32 copy of one or the other; no log-softmax is stored",
  ),
  chunkedLossBytes: fitted(
    value.chunkedLossBytes,
    [2, 12],
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
  zeroBucketBytes: fitted(
    value.zeroBucketBytes,
    [1e9, 4e9],
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
    "communicator buffers, where several devices work together",
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
  hostLow: reported(
    0.8,
    "share of expected",
    "not measured: a process without data workers, and pages that are shared",
    "low end of the band of host memory",
  ),
  hostHigh: reported(
    1.4,
    "share of expected",
    "not measured: more data workers, and a checkpoint in the page cache",
    "high end of the band of host memory",
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
