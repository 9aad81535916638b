import { type Constant, fitted, physics, simulated } from "./constant-kinds.ts";
import value from "./fitted.json" with { type: "json" };

/** What a step keeps for the backward pass: activations, logits and loss, adapters, attention. */
export const activationConstant = {
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
} as const satisfies Record<string, Constant>;
