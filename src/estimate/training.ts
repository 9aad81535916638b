import { GIB } from "../units.ts";
import { type Activations, activationsOf } from "./activations.ts";
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
  hostBytes: number;
}

type NamedBytes = [name: string, bytes: number];

/** Parts that depend on the code path; the others are counts of parameters times a dtype's size. */
const VARYING = new Set(["activations", "one layer's recomputation", "logits", "KV cache", "dequantised layer"]);

/** Whether a part depends on the code path and not on a count of parameters. */
export const isVarying = (part: string): boolean => VARYING.has(part);

/** A moment's parts as an answer shows them, and the share of them that varies. */
export function describe(parts: NamedBytes[]): { parts: Part[]; varying: number } {
  let varying = 0;
  const shown: Part[] = [];
  for (const [name, bytes] of parts) {
    if (bytes <= 0) continue;
    if (isVarying(name)) varying += bytes;
    shown.push({ name, gib: bytes / GIB });
  }
  return { parts: shown, varying };
}

/** Peak of a training step: the largest of load, forward, loss, backward, optimizer step and evaluation. */
export function trainingPeak(s: Setup): Peak {
  const { shape, train: t } = s;
  const st = statesOf(s);
  const act = activationsOf(s);
  const adapter = t.method === "lora" || t.method === "qlora";
  // Gradients live through forward and loss when they accumulate, or when DeepSpeed keeps its partition's buffer.
  const carried = t.gradientAccumulationSteps > 1 || t.sharding.startsWith("zero") ? st.gradients : 0;
  const reference = referenceBytes(s, adapter);
  const workspace = constant.workspaceGib.value * GIB;
  const copies = st.masterWeights + st.autocastCopies;
  const companions = shape.companionParameterCount * 2;
  const resident = st.weights + st.optimizer + reference + companions + workspace;
  const heldBuckets = t.sharding === "zero-3" ? st.reduceBuckets : 0;
  const keptLayers = t.sharding === "zero-3" ? st.gatheredLayers : 0;
  const atLoss = st.gatheredRoot + st.reduceBuckets + keptLayers;
  const atBackward = st.gatheredRoot + st.reduceBuckets + st.gatheredLayers + st.dequantised;
  const atEvaluation = st.gatheredRoot + st.gatheredLayers + st.dequantised + heldBuckets;

  const unquantised =
    t.baseQuantization === "none" ? 0 : Math.max(shape.embeddingParameters, shape.largestLinearParameters) * 2;
  // Activations, and autocast's copies, go as gradients come: the backward pass is worst at its begin, or at its end.
  const savedAtBegin = act.savedInBackward + act.logitsKept + st.autocastCopies;
  const begins = savedAtBegin + carried >= st.gradients;
  const inBackward = adapter || !begins ? Math.max(carried, st.gradients) : carried;
  const evaluationTokens = ((t.evaluationBatchSize ?? t.microBatchSize) * t.sequenceLength) / t.contextParallel;
  // Without gradients: 16-bit logits, their fp32 copy and the loss's log-softmax.
  const evaluationEntry = t.fusedLoss ? 0 : Math.min(constant.evaluationLossBytes.value, act.lossBytesPerEntry);
  // Words that are predicted: a preference pair is evaluated like one answer, an encoder's positions are not predicted.
  const evaluationWords =
    shape.kind === "decoder"
      ? evaluationTokens
      : (act.words * (t.evaluationBatchSize ?? t.microBatchSize)) / t.microBatchSize;
  const evaluationLogits = evaluationWords * act.outputEntries * evaluationEntry;
  const evaluationActivations = evaluationTokens * shape.hiddenSize * constant.evaluationHiddenBytes.value;

  const sums: Record<TrainingMoment, number> = {
    load: st.loadedWeights + unquantised + workspace,
    loss: resident + atLoss + copies + carried + act.saved + act.loss,
    backward: resident + atBackward + st.masterWeights + inBackward + (begins ? savedAtBegin : 0) + act.layerBackward,
    "optimizer-step": resident + heldBuckets + st.masterWeights + st.gradients + st.stepTemporaries,
    evaluation: resident + atEvaluation + copies + evaluationLogits + evaluationActivations,
  };
  let moment: TrainingMoment = "load";
  for (const candidate of MOMENTS) if (sums[candidate] > sums[moment]) moment = candidate;

  const buffersAt: Record<TrainingMoment, number> = {
    load: 0,
    loss: atLoss,
    backward: atBackward,
    "optimizer-step": heldBuckets,
    evaluation: atEvaluation,
  };
  const states: NamedBytes[] = [
    ["weights", st.weights],
    ["fp32 copies", moment === "optimizer-step" || (moment === "backward" && !begins) ? st.masterWeights : copies],
    ["optimizer states", st.optimizer],
    ["reference model", reference],
    ["frozen companions", companions],
    ["gathered layers and buffers", buffersAt[moment]],
    ["workspaces", workspace],
  ];
  const partsAt = (): NamedBytes[] => {
    switch (moment) {
      case "load":
        return [
          ["weights", st.loadedWeights],
          ["largest tensor before quantising", unquantised],
          ["workspaces", workspace],
        ];
      case "loss":
        return [...states, ["gradients", carried], ["activations", act.saved], ["logits", act.loss]];
      case "backward":
        return [
          ...states,
          ["gradients", inBackward],
          ["activations", begins ? act.savedInBackward : 0],
          ["one layer's recomputation", act.layerBackward],
          ["logits", begins ? act.logitsKept : 0],
        ];
      case "optimizer-step":
        return [...states, ["gradients", st.gradients], ["step temporaries", st.stepTemporaries]];
      case "evaluation":
        return [...states, ["logits", evaluationLogits], ["activations", evaluationActivations]];
      default:
        return moment satisfies never;
    }
  };

  return {
    moment,
    bytes: sums[moment],
    ...describe(partsAt()),
    passing: passingBytes(s, act, st, carried === 0, adapter),
    hostBytes: hostBytes(s, st),
  };
}

type TrainingMoment = Exclude<Moment, "forward" | "prefill" | "decode">;
const MOMENTS: TrainingMoment[] = ["load", "loss", "backward", "optimizer-step", "evaluation"];

/** A full DPO run holds a frozen reference copy; with adapters the base serves as its own reference. */
function referenceBytes(s: Setup, adapter: boolean): number {
  const t = s.train;
  if (adapter || (t.task !== "dpo" && t.task !== "grpo")) return 0;
  const shards = t.sharding === "zero-3" || t.sharding === "fsdp" ? t.acceleratorCount : 1;
  return weightBytes(s.shape, "none", 2) / shards / (t.tensorParallel * t.pipelineParallel);
}

/** Bytes freed between moments that the allocator cannot reuse: blocks of one kind beside blocks of another. */
function passingBytes(s: Setup, act: Activations, st: States, freed: boolean, adapter: boolean): number {
  const t = s.train;
  const step = st.stepTemporaries + (freed ? st.gradients : 0);
  const buffers = st.gatheredRoot + st.gatheredLayers + st.reduceBuckets;
  const largest = Math.max(act.loss, act.layerBackward, act.saved);
  const smallest = Math.min(act.loss, act.layerBackward, act.saved);
  const second = act.loss + act.layerBackward + act.saved - largest - smallest;
  const fsdpLayers =
    t.sharding === "fsdp" && !adapter && t.trainer !== "torchtitan"
      ? constant.fsdpReservedLayers.value * (s.shape.layerParameters / t.tensorParallel) * 4
      : 0;
  return (
    constant.slackTransientShare.value * second +
    constant.slackStepShare.value * Math.min(step, largest + second + buffers) +
    fsdpLayers
  );
}

/** Host memory of a node: what was moved out of the devices, the checkpoint while it loads, and a process a device. */
function hostBytes(s: Setup, st: States): number {
  const t = s.train;
  const perNode = Math.max(1, t.acceleratorCount / t.nodeCount);
  // Safetensors are mapped, not read: a device's share of the weights passes through pinned buffers.
  const loading = weightBytes(s.shape, "none", 2) * (t.offload === "none" ? constant.loadingHostShare.value : 1);
  return st.host / t.nodeCount + loading + perNode * constant.hostProcessGib.value * GIB;
}
