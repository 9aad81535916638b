import { GIB } from "../units.ts";
import type { Warning } from "./answer.ts";
import type { Setup } from "./setup.ts";

/** A rule that names a harmful or impossible combination before money is spent. */
interface Rule {
  id: string;
  /** Refused, not only warned about. */
  refuses: boolean;
  applies: (s: Setup) => boolean;
  text: (s: Setup) => string;
}

const needsBf16 = (s: Setup): boolean => s.train.dtype.startsWith("bf16") && s.request.phase === "train";

/** CUDA compute capability. */
const BLACKWELL = 10;

const splitsHeads = (s: Setup): boolean => s.train.tensorParallel > 1 && s.shape.heads % s.train.tensorParallel !== 0;

const RULES: Rule[] = [
  {
    id: "bf16-needs-ampere",
    refuses: true,
    applies: (s) => needsBf16(s) && s.device.facts?.supportsBf16 === false,
    text: (s) => `${s.device.facts!.name} has no bf16: use dtype fp16-mixed.`,
  },
  {
    id: "flash-attention-needs-ampere",
    refuses: true,
    applies: (s) => s.train.attention === "flash" && s.device.facts?.supportsFlashAttention2 === false,
    text: (s) =>
      `FlashAttention-2 does not run on ${s.device.facts!.name} (compute capability below 8.0): use attention sdpa.`,
  },
  {
    id: "fp8-needs-ada-or-hopper",
    refuses: true,
    applies: (s) =>
      (s.train.computeDtype === "fp8" || s.train.kvCacheDtype === "fp8") && s.device.facts?.supportsFp8 === false,
    text: (s) => `${s.device.facts!.name} has no fp8 tensor cores.`,
  },
  {
    // Block-scaled formats are instructions of the fifth-generation tensor cores (NVIDIA Transformer Engine, user guide:
    // MXFP8 and NVFP4 need compute capability 10.0 or higher).
    id: "block-scaled-formats-need-blackwell",
    refuses: true,
    applies: (s) =>
      (s.train.computeDtype === "mxfp8" || s.train.computeDtype === "nvfp4") &&
      s.device.facts !== undefined &&
      // Other makers' cards have no compute capability; some have MXFP8, none NVFP4.
      (s.device.facts.computeCapability ?? (s.train.computeDtype === "nvfp4" ? 0 : BLACKWELL)) < BLACKWELL,
    text: (s) =>
      `${s.device.facts!.name} has no ${s.train.computeDtype} tensor cores (they came with Blackwell): use computeDtype fp8 or bf16.`,
  },
  {
    id: "int8-with-fsdp",
    refuses: true,
    applies: (s) => s.train.baseQuantization === "int8" && s.train.sharding === "fsdp" && s.request.phase === "train",
    text: () => "bitsandbytes 8-bit weights cannot be sharded by FSDP: use nf4 with a 16-bit storage dtype, or ZeRO-2.",
  },
  {
    id: "full-fine-tune-of-quantised-weights",
    refuses: true,
    applies: (s) =>
      s.request.phase === "train" &&
      s.train.method === "full" &&
      s.train.baseQuantization !== "none" &&
      s.train.baseQuantization !== "fp8",
    text: (s) =>
      `Quantised weights (${s.train.baseQuantization}) cannot be trained in full: use method qlora, or baseQuantization none.`,
  },
  {
    id: "qlora-trains-quantised-modules",
    refuses: false,
    applies: (s) => s.train.method === "qlora" && s.train.trainableModules.length > 0,
    text: (s) =>
      `${s.train.trainableModules.join(", ")} are trained in full beside the 4-bit base: they are held in high precision with gradients and optimizer states.`,
  },
  {
    id: "tensor-parallel-divides-heads",
    refuses: true,
    applies: (s) => s.shape.headsKnown && splitsHeads(s),
    text: (s) => `tensorParallel ${s.train.tensorParallel} does not divide ${s.shape.heads} attention heads.`,
  },
  {
    id: "tensor-parallel-may-not-divide-heads",
    refuses: false,
    applies: (s) => !s.shape.headsKnown && splitsHeads(s),
    text: (s) =>
      `tensorParallel ${s.train.tensorParallel} must divide the attention heads; a typical model of this size has ${s.shape.heads}, yours may differ: give heads.`,
  },
  {
    id: "expert-parallel-divides-experts",
    refuses: true,
    applies: (s) => s.train.expertParallel > 1 && s.shape.experts % s.train.expertParallel !== 0,
    text: (s) =>
      s.shape.mixtureOfExperts
        ? `expertParallel ${s.train.expertParallel} does not divide ${s.shape.experts} experts.`
        : `expertParallel ${s.train.expertParallel} needs a mixture of experts; ${s.modelName} is dense.`,
  },
  {
    id: "expert-parallel-divides-devices",
    refuses: true,
    applies: (s) => (s.train.acceleratorCount / s.train.pipelineParallel) % s.train.expertParallel !== 0,
    text: (s) =>
      `expertParallel ${s.train.expertParallel} does not divide the ${s.train.acceleratorCount / s.train.pipelineParallel} accelerators of a pipeline stage.`,
  },
  {
    id: "parallelism-divides-devices",
    refuses: true,
    applies: (s) =>
      s.train.acceleratorCount % (s.train.tensorParallel * s.train.pipelineParallel * s.train.contextParallel) !== 0,
    text: (s) =>
      `${s.train.acceleratorCount} accelerators cannot be split into tensor ${s.train.tensorParallel} × pipeline ${s.train.pipelineParallel} × context ${s.train.contextParallel}.`,
  },
  {
    id: "context-above-maximum",
    refuses: false,
    applies: (s) => {
      const max = s.model?.maxContextLength;
      const asked = s.request.phase === "serve" ? s.train.contextLength : s.train.sequenceLength;
      return max !== undefined && asked > max;
    },
    text: (s) =>
      `${s.modelName} was trained for at most ${s.model!.maxContextLength} tokens; longer inputs need position scaling and lose quality.`,
  },
  {
    id: "bitsandbytes-needs-cuda",
    refuses: true,
    applies: (s) =>
      ["nf4", "nf4-dq", "int8"].includes(s.train.baseQuantization) &&
      s.request.phase === "train" &&
      s.device.facts !== undefined &&
      ["tpu", "npu", "soc"].includes(s.device.facts.kind),
    text: (s) => `bitsandbytes quantisation does not run on ${s.device.facts!.name}.`,
  },
  {
    id: "quantised-without-adapters",
    refuses: false,
    applies: (s) => s.request.phase === "train" && s.train.method === "lora" && s.train.baseQuantization !== "none",
    text: (s) => `LoRA over a ${s.train.baseQuantization} base is QLoRA; it is estimated as such.`,
  },
  {
    id: "unknown-trainer",
    refuses: false,
    applies: (s) => !KNOWN_TRAINERS.has(s.train.trainer),
    text: (s) => `Trainer "${s.train.trainer}" is not known: estimated as transformers.`,
  },
  {
    id: "memory-only-accelerator",
    refuses: false,
    applies: (s) => s.device.facts === undefined,
    text: (s) => `Only the memory (${s.device.memoryGib} GiB) of this card is known: time is a rough guess.`,
  },
  {
    id: "host-memory-at-load",
    refuses: false,
    applies: (s) => {
      const perNode = s.train.acceleratorCount / s.train.nodeCount;
      const host = s.request.hostMemoryGib;
      return (
        s.request.phase === "train" &&
        host !== undefined &&
        perNode > 1 &&
        (perNode * s.shape.parameterCount * 4) / GIB > host
      );
    },
    text: (s) =>
      `If every process loads the whole checkpoint in fp32, ${s.train.acceleratorCount / s.train.nodeCount} processes need ${Math.round(((s.train.acceleratorCount / s.train.nodeCount) * s.shape.parameterCount * 4) / GIB)} GiB of host memory at load and ${s.request.hostMemoryGib} are there: load on one process or under zero.Init.`,
  },
  {
    id: "host-memory",
    refuses: false,
    applies: (s) => s.train.offload !== "none" && s.request.hostMemoryGib === undefined,
    text: () => "Offload moves states to host memory: check hostGib against the machine's RAM.",
  },
];

const KNOWN_TRAINERS = new Set([
  "transformers",
  "fms-acceleration",
  "torchtune",
  "torchtitan",
  "litgpt",
  "megatron",
  "unsloth",
  "deepspeed",
  "axolotl",
  "llama-factory",
  "trl",
  "nemo",
]);

/** The rules that a request breaks; `refused` holds those that make it impossible rather than unwise. */
export function checkRules(s: Setup): { warnings: Warning[]; refused: Warning[] } {
  const warnings: Warning[] = [];
  const refused: Warning[] = [];
  for (const rule of RULES) {
    if (!rule.applies(s)) continue;
    (rule.refuses ? refused : warnings).push({ rule: rule.id, text: rule.text(s) });
  }
  return { warnings, refused };
}
