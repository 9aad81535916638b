import { GIB } from "../units.ts";
import { activationsOf } from "./activations.ts";
import type { Moment, Part } from "./answer.ts";
import { constant } from "./constants.ts";
import type { Setup } from "./setup.ts";
import { type States, statesOf, weightBytes } from "./states.ts";

/** The worst moment of one device, before the instruments look at it. */
export interface Peak {
  moment: Moment;
  /** Bytes by part at that moment. */
  bytes: number;
  parts: Part[];
  /** Of those, activations, logits and cache: what differs between versions of a trainer. */
  varying: number;
  /** Bytes freed between moments that the allocator may be unable to reuse. */
  passing: number;
  states: States | undefined;
  hostBytes: number;
}

/** Parts that depend on the code path; the others are counts of parameters times a dtype's size. */
const VARYING = new Set(["activations", "one layer's recomputation", "logits", "KV cache", "dequantised layer"]);

/** Bytes of the parts that vary. */
export const varyingBytes = (parts: [string, number][]): number =>
  parts.reduce((total, [name, bytes]) => total + (VARYING.has(name) ? bytes : 0), 0);

type MomentParts = [Moment, [string, number][]];

const sum = (parts: [string, number][]): number => parts.reduce((total, [, bytes]) => total + bytes, 0);

/** Peak of a training step: the largest of load, forward, loss, backward, optimizer step and evaluation. */
export function trainingPeak(s: Setup): Peak {
  const { shape, train: t } = s;
  const st = statesOf(s);
  const act = activationsOf(s);
  const adapter = t.method === "lora" || t.method === "qlora";
  // Gradients live through forward and loss when they accumulate, or when the engine keeps its shard.
  const carried = t.gradientAccumulationSteps > 1 || t.sharding !== "none" ? st.gradients : 0;
  // A full DPO run holds a frozen reference copy; with adapters the base serves as its own reference.
  const reference =
    !adapter && (t.task === "dpo" || t.task === "grpo")
      ? weightBytes(shape, "none", 2) / (t.sharding === "zero-3" || t.sharding === "fsdp" ? t.acceleratorCount : 1)
      : 0;
  const workspace = constant.workspaceGib.value * GIB;
  const common: [string, number][] = [
    ["weights", st.weights],
    ["fp32 copies", st.masterWeights + st.autocastCopies],
    ["optimizer states", st.optimizer],
    ["reference model", reference],
    ["frozen companions", shape.companionParameterCount * 2],
    ["gathered layers and buffers", st.buffers],
    ["workspaces", workspace],
  ];
  const evaluationTokens = ((t.evaluationBatchSize ?? t.microBatchSize) * t.sequenceLength) / t.contextParallel;
  // Words that are predicted: a preference pair is evaluated like one answer, an encoder's positions are not predicted.
  const evaluationWords =
    shape.kind === "decoder"
      ? evaluationTokens
      : (act.words * (t.evaluationBatchSize ?? t.microBatchSize)) / t.microBatchSize;
  const moments: MomentParts[] = [
    [
      "load",
      [
        ["weights", st.weights],
        [
          "largest tensor before quantising",
          t.baseQuantization === "none" ? 0 : Math.max(shape.embeddingParameters, shape.largestLinearParameters) * 2,
        ],
        ["workspaces", workspace],
      ],
    ],
    ["loss", [...common, ["gradients", carried], ["activations", act.saved], ["logits", act.loss]]],
    [
      "backward",
      [
        ...common,
        ["gradients", Math.max(carried, adapter ? st.gradients : carried)],
        ["activations", act.savedInBackward],
        ["one layer's recomputation", act.layerBackward],
        ["logits", act.logitsKept],
      ],
    ],
    [
      "optimizer-step",
      [
        ...common.map(([n, b]): [string, number] => [n, n === "fp32 copies" ? st.masterWeights : b]),
        ["gradients", st.gradients],
        ["step temporaries", st.stepTemporaries],
      ],
    ],
    // Without gradients: bf16 logits, their fp32 copy and the loss's log-softmax.
    [
      "evaluation",
      [
        ...common,
        ["gradients", 0],
        ["logits", t.fusedLoss ? 0 : evaluationWords * act.outputEntries * Math.min(10, act.lossBytesPerEntry)],
        ["activations", evaluationTokens * shape.hiddenSize * 12],
      ],
    ],
  ];
  let best = moments[0]!;
  let bytes = sum(best[1]);
  for (const candidate of moments) {
    const b = sum(candidate[1]);
    if (b > bytes) {
      best = candidate;
      bytes = b;
    }
  }
  const activations = [act.loss, act.layerBackward, act.saved].sort((x, y) => y - x);
  const step = st.stepTemporaries + (carried === 0 ? st.gradients : 0);
  const fsdpLayers =
    t.sharding === "fsdp" && !adapter && t.trainer !== "torchtitan"
      ? constant.fsdpReservedLayers.value * (shape.layerParameters / t.tensorParallel) * 4
      : 0;
  return {
    moment: best[0],
    bytes,
    parts: best[1].filter(([, b]) => b > 0).map(([name, b]) => ({ name, gib: b / GIB })),
    varying: varyingBytes(best[1]),
    passing:
      constant.slackTransientShare.value * activations[1]! +
      constant.slackStepShare.value * Math.min(step, activations[0]! + activations[1]!) +
      fsdpLayers,
    states: st,
    // Two pinned staging copies of the largest tensor, the Python process and the data loader.
    hostBytes: st.host + 4 * GIB + weightBytes(shape, "none", 2) * (t.sharding === "none" ? 0.1 : 0.2),
  };
}
