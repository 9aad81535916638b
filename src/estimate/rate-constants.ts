import { fitted, physics } from "./constant-kinds.ts";
import value from "./fitted.json" with { type: "json" };

/**
 * Constants of training rates. What architectures share is one constant: a card's reach is a share of the ceiling that
 * was measured on it, its low-precision gain follows from its peaks, host time is a number of operations times one
 * latency. A card or a trainer without rows of its own then stands on the rows of all others.
 */
export const rateConstant = {
  // --- matrix products ----------------------------------------------------------------------------------------
  reachOfCeiling: fitted(
    value.reachOfCeiling,
    [0.65, 0.95],
    "share of the best matrix product measured on the card",
    "mosaicml/llm-foundry (A100, H100), NVIDIA/NeMo (H100), NVIDIA-NeMo/Megatron-Bridge (GB200)",
    "a transformer's products, width 4096, forward and backward together; no shape is always the best one",
  ),
  ceilingUnmeasured: physics(
    0.8,
    "share of the dense 16-bit peak",
    "median of ceilings over peaks: A100 0.87, A100 PCIe 0.81, H100 0.80, GH200 0.84, B200 0.78, GB200 0.73; stas00/ml-engineering 2026-08",
    "the best product on an NVIDIA card of Ampere or later whose ceiling nobody published",
  ),
  ceilingOlder: physics(
    0.72,
    "share of the dense fp16 peak",
    "V100 SXM: 90 of 125 TFLOP/s in cuBLAS, Jia et al. 2018, Dissecting the NVIDIA Volta GPU Architecture via Microbenchmarking, §4",
    "the first tensor cores are fed through registers",
  ),
  ceilingOtherVendor: physics(
    0.58,
    "share of the dense bf16 peak",
    "middle of MI300X 0.51, MI325X 0.60, MI355X 0.63 by the catalog's peaks; stas00/ml-engineering 2026-08",
    "the best product on AMD and other cards whose ceiling nobody published",
  ),
  peakUnknownTflops: physics(
    60,
    "TFLOP/s",
    "RTX 3080, 59.6 dense with fp32 accumulation: NVIDIA GA102 whitepaper v2, table 2",
    "a card known only by its memory is taken for a middling consumer card",
  ),
  bandwidthUnknownGBps: physics(
    500,
    "GB/s",
    "RTX 4070, 504 GB/s: NVIDIA Ada whitepaper v2",
    "a card known only by its memory is taken for a middling consumer card",
  ),
  referenceWidth: physics(
    4096,
    "elements",
    "hidden size of Llama-2-7B and Mistral-7B, the models with most rows",
    "the width at which reachOfCeiling is stated",
  ),
  widthExponent: fitted(
    value.widthExponent,
    [0.1, 0.4],
    "power of width over 4096",
    "mosaicml/llm-foundry, 125M to 70B on one card",
    "narrow products fill fewer tiles and reread their operands more",
  ),
  lowPrecisionShare: fitted(
    value.lowPrecisionShare,
    [0.8, 0.99],
    "share of the time of 16-bit products",
    "pytorch/torchtitan 2024-12, NVIDIA/NeMo 24.07, NVIDIA-NeMo/Megatron-Bridge 2025-2026: fp8, mxfp8 and nvfp4 together",
    "what the higher peak divides of a layer's products; scaling and casts keep the rest (Amdahl)",
  ),
  int8Slowdown: physics(
    2.5,
    "times the 16-bit time",
    "bitsandbytes issue 465 (2023-06): LoRA on an RTX A5000 2-3 times slower on int8; earino/applied-deep-learning, read 2026-11: 2.5 times on a T4, 149M and 494M",
    "LLM.int8() scans each input for outliers, multiplies twice and converts between layouts; the backward pass unpacks to 16 bits",
  ),
  expertTokensForHalfRate: fitted(
    value.expertTokensForHalfRate,
    [100, 2500],
    "tokens per expert",
    "foundation-model-stack/fms-acceleration, Mixtral-8x7B",
    "small grouped products reach half the rate at this many tokens each",
  ),
  // --- attention ----------------------------------------------------------------------------------------------
  reachAttention: fitted(
    value.reachAttention,
    [0.25, 0.63],
    "share of the dense 16-bit peak of Ampere",
    "Dao 2023, FlashAttention-2, §1 and §4: FlashAttention 0.25-0.4 of 312 TFLOP/s, FlashAttention-2 up to 0.63 backward; mosaicml/llm-foundry, 16k-64k",
    "fused attention, forward and backward together, counting no recomputation inside the kernel",
  ),
  attentionAfterAmpere: physics(
    0.56,
    "share of what the kernel reaches on Ampere",
    "Dao 2023, FlashAttention-2, §4: 335 of 989 TFLOP/s on H100, 0.34, against 0.5-0.73 on A100",
    "FlashAttention-2 does not use the instructions that came with Hopper",
  ),
  // --- memory-bound operations ----------------------------------------------------------------------------------
  elementwiseTraffic: fitted(
    value.elementwiseTraffic,
    [1, 3],
    "reads and writes of a layer's saved tensors",
    "foundation-model-stack/fms-acceleration, LoRA against full",
    "each saved tensor is written once and read once; norms, residuals and casts add a pass",
  ),
  elementwiseFusedShare: physics(
    0.5,
    "share of elementwiseTraffic",
    "Transformer Engine's LayerNormLinear, LayerNormMLP and fused bias-dropout-add: each fused pair saves a write and a read",
    "half of the reads and writes go where norm, product and activation are one kernel",
  ),
  adapterTraffic: fitted(
    value.adapterTraffic,
    [2, 8],
    "reads and writes of an adapted matrix's input and output",
    "QwenLM/Qwen README, LoRA on all linear layers, against foundation-model-stack/fms-acceleration, on attention",
    "dropout, scaling, addition and casts around the two small products",
  ),
  adapterTrafficFused: physics(
    2,
    "reads and writes of an adapted matrix's input and output",
    "megatron-core LoRA linear: 16-bit adapters, no dropout by default",
    "the input is read once more, the output read and written once more",
  ),
  dequantiseBytes: fitted(
    value.dequantiseBytes,
    [3, 8],
    "B per quantised parameter and pass",
    "Lightning-AI/litgpt: nf4 against bf16, 2.36 to 3.68 min",
    "reading 4 bits, writing and reading the 16-bit copy: 4.5 B at least",
  ),
  dequantiseGptqBytes: fitted(
    value.dequantiseGptqBytes,
    [12, 40],
    "B per quantised parameter and pass",
    "QwenLM/Qwen README, GPTQ rows at 256 tokens: 3.4 s a micro step for 72B",
    "AutoGPTQ unpacks 4-bit weights through int32 intermediates: shift, mask, subtract, scale, each written and read",
  ),
  updateTraffic: physics(
    3,
    "passes over states",
    "torch.optim.AdamW(foreach=True): reads and writes of weights and moments, and a temporary",
    "the optimizer's step reads gradients and states and writes states and weights, in several kernels",
  ),
  lossTraffic: physics(
    2,
    "passes over the loss tensors",
    "each tensor of the loss is written once and read once",
    "log-softmax and its gradient are bound by memory bandwidth",
  ),
  // --- host time ------------------------------------------------------------------------------------------------
  launchOperation: fitted(
    value.launchOperation,
    [0.000009, 0.00002],
    "s",
    "pytorch.org/blog/accelerating-generative-ai-2 (2023-11): Llama-7B in eager mode, 39 ms for 32 layers on an A100 host, 20 µs an operation; bitsandbytes issue 347: 33 ms, 17 µs; backward from C++ about half",
    "host time of one eager operation, forward and backward averaged: Python, dispatch, launch",
  ),
  operationsLayer: physics(
    60,
    "operations",
    "modeling_llama.py, transformers 4.36: 7 products, two norms of 6, rotation 14, attention and reshapes 16, MLP 3, residuals 2 and casts",
    "what eager mode launches for one layer and pass",
  ),
  operationsFusedLayer: physics(
    16,
    "operations",
    "Transformer Engine layer: 4 fused products, rotation, attention, two fused bias-dropout-adds, activation, and their casts or transposes",
    "what fused or compiled layers launch",
  ),
  operationsAdapter: physics(
    9,
    "operations",
    "peft/tuners/lora/layer.py: cast, dropout, two transposed products, scaling, addition, cast back, and the module calls",
    "what one adapted matrix adds",
  ),
  operationsExpert: physics(
    10,
    "operations",
    "modeling_mixtral.py, transformers 4.36: where, index, three products, activation, product, weighting, index_add, cast",
    "transformers loops over a layer's experts",
  ),
  launchHidden: physics(
    0.15,
    "share of the shorter of host and device time",
    "synchronising operations: mask building, gradient norms, loss.item(), logging",
    "host and device run side by side except where one waits for the other",
  ),
  launchGather: fitted(
    value.launchGather,
    [0.0006, 0.004],
    "s",
    "QwenLM/Qwen README, ZeRO-3, 256 tokens",
    "DeepSpeed's hooks fetch and release each of a layer's 8 to 12 parameters in Python, 0.1-0.3 ms each",
  ),
  // --- between devices --------------------------------------------------------------------------------------------
  collectiveShare: physics(
    0.78,
    "share of the link's nominal rate",
    "nccl-tests on eight A100: 230-250 of 300 GB/s; docs.alayanew.com, 2026-05-06",
    "what NCCL's rings reach on large messages",
  ),
  pcieLaneGBps: physics(
    0.985,
    "GB/s per lane, generation 3",
    "PCI-SIG: 8 GT/s with 128b/130b coding; doubles with each generation",
    "one direction; accelerators have 16 lanes",
  ),
  pcieShare: physics(
    0.8,
    "share of the link's nominal rate",
    "pinned copies reach 25 of 31.5 GB/s on generation 4: nvbandwidth, NVIDIA/nvbandwidth README",
    "packet headers and flow control",
  ),
  graceLinkGBps: physics(
    450,
    "GB/s, one direction",
    "NVIDIA Grace Hopper whitepaper: NVLink-C2C 900 GB/s in both directions",
    "processor and accelerator of a superchip share a coherent link instead of PCIe",
  ),
  devicesPerNode: physics(8, "devices", "DGX and HGX boards", "devices joined by NVLink where nothing else is said"),
  devicesPerRack: physics(
    72,
    "devices",
    "NVIDIA GB200 and GB300 NVL72",
    "one NVLink domain spans the rack of superchips",
  ),
  networkGBps: physics(
    25,
    "GB/s per device",
    "DGX A100: eight 200 Gb/s adapters; mosaicml/llm-foundry states 1600 Gb/s between nodes",
    "network adapters of one device, before Hopper",
  ),
  networkAfterAmpereGBps: physics(
    50,
    "GB/s per device",
    "DGX H100: eight 400 Gb/s adapters",
    "network adapters of one device, Hopper and later",
  ),
  collectiveLatency: physics(
    0.00003,
    "s",
    "nccl-tests, small messages on eight devices: 20-40 µs",
    "one collective's launch and synchronisation; each node of a ring adds hopLatency",
  ),
  hopLatency: physics(
    0.00001,
    "s",
    "nccl-tests, small messages between nodes over InfiniBand: about 10 µs a hop",
    "a ring passes every node",
  ),
  interleavedChunks: physics(
    6,
    "model chunks per pipeline stage",
    "NVIDIA/NeMo 24.07 and NVIDIA-NeMo/Megatron-Bridge recipes: virtual pipeline size 4 to 20, median 6",
    "the interleaved schedule divides the pipeline's bubble (Narayanan et al. 2021, §2.2)",
  ),
  communicationExposed: fitted(
    value.communicationExposed,
    [0.1, 0.6],
    "share not hidden behind compute",
    "mosaicml/llm-foundry benchmark tables, 8 to 128 devices; pytorch/torchtitan 2024-12, 8 to 128",
    "gathers and reductions overlap with matrix products, but take processors and bandwidth from them, and the first waits",
  ),
  // --- between device and host ------------------------------------------------------------------------------------
  hostAdamParametersPerSecond: physics(
    3.9e9,
    "parameters/s per host",
    "Ren et al. 2021, ZeRO-Offload, table 4: CPU-Adam updates 1e10 parameters in 2.57 s",
    "DeepSpeed's vectorised Adam on two server processors, bound by host memory",
  ),
  hostTorchAdamParametersPerSecond: physics(
    0.68e9,
    "parameters/s per host",
    "Ren et al. 2021, ZeRO-Offload, table 4: PyTorch's Adam updates 1e10 parameters on the host in 14.76 s",
    "offload without DeepSpeed steps with PyTorch's own optimizer",
  ),
  // --- bands ------------------------------------------------------------------------------------------------------
  rateLow: fitted(
    value.rateLow,
    [0.5, 0.95],
    "share of expected",
    "spread of measured against estimated rates of runs inside one node",
    "low end of the band of a rate",
  ),
  rateLowNetwork: fitted(
    value.rateLowNetwork,
    [0.4, 0.95],
    "share of expected",
    "spread of measured against estimated rates of runs over several nodes",
    "low end where a network joins the devices: its adapters, topology and load are not in a request",
  ),
  rateHigh: fitted(
    value.rateHigh,
    [1.05, 2],
    "share of expected",
    "spread of measured against estimated rates of runs inside one node",
    "high end of the band of a rate",
  ),
  bandUnknown: physics(
    1.3,
    "times the band of a card with rows",
    "matmul ceilings of cards without training rows scatter from 0.51 to 0.87 of the peak: stas00/ml-engineering 2026-08",
    "where no published training run stands behind the kind of card",
  ),
} as const;
