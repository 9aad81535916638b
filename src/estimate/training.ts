import { GIB } from "../units.ts";
import { type Activations, activationsOf } from "./activations.ts";
import type { Moment } from "./answer.ts";
import { constant } from "./constants.ts";
import { Inventory, type Peak } from "./peak.ts";
import { NOTHING_WRITTEN, rolloutsOf, type Written, writingBytes } from "./rollouts.ts";
import type { Setup } from "./setup.ts";
import { type States, statesOf, weightBytes } from "./states.ts";

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

  // bitsandbytes quantises each matrix as it is loaded; other formats are stored as they are held.
  const quantisedAtLoad = t.baseQuantization.startsWith("nf4") || t.baseQuantization === "int8";
  const unquantised = quantisedAtLoad ? shape.largestLinearParameters * 2 : 0;
  // Activations, and autocast's copies, go as gradients come: the backward pass is worst at its begin, or at its end.
  const savedAtBegin = act.savedInBackward + act.logitsKept + st.autocastCopies;
  const atEnd = Math.max(carried, st.gradients);
  // An adapter's gradients are few: counted as if they were there from the beginning on.
  const atBegin = adapter ? atEnd : carried;
  const begins = savedAtBegin + atBegin >= act.lastLayer + atEnd;
  const inBackward = begins ? atBegin : atEnd;
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
  const answers = t.evaluationGenerates
    ? writingBytes(s, t.evaluationBatchSize ?? t.microBatchSize, t.sequenceLength, t.outputLength)
    : NOTHING_WRITTEN;
  const rollouts = rolloutsOf(s);
  const completions = rollouts
    ? writingBytes(s, rollouts.atOnce, t.sequenceLength - rollouts.outputLength, rollouts.outputLength)
    : NOTHING_WRITTEN;
  // Completions are written by whole weights: trainers gather shards for it (TRL's ds3_gather_for_generation).
  const sharded = t.sharding === "fsdp" || t.sharding === "zero-3";
  const gatheredWhole = rollouts && sharded ? weightBytes(shape, "none", 2) : 0;

  const sums: Record<TrainingMoment, number> = {
    load: st.loadedWeights + unquantised + workspace,
    loss: resident + atLoss + copies + carried + act.saved + act.loss,
    backward:
      resident +
      atBackward +
      st.masterWeights +
      inBackward +
      (begins ? savedAtBegin : act.lastLayer) +
      act.layerBackward,
    "optimizer-step": resident + heldBuckets + st.masterWeights + st.gradients + st.stepTemporaries,
    evaluation: resident + atEvaluation + copies + Math.max(evaluationLogits + evaluationActivations, sizeOf(answers)),
    decode: rollouts ? resident + gatheredWhole + st.dequantised + copies + sizeOf(completions) : 0,
  };
  let moment: TrainingMoment = "load";
  for (const candidate of MOMENTS) if (sums[candidate] > sums[moment]) moment = candidate;

  const buffersAt: Record<TrainingMoment, number> = {
    load: 0,
    loss: atLoss,
    backward: atBackward,
    "optimizer-step": heldBuckets,
    evaluation: atEvaluation,
    decode: gatheredWhole + st.dequantised,
  };
  const copiesThere = moment === "optimizer-step" || (moment === "backward" && !begins) ? st.masterWeights : copies;
  const there = new Inventory();
  if (moment === "load")
    there
      .add("weights", st.loadedWeights)
      .add("largest tensor before quantising", unquantised)
      .add("workspaces", workspace);
  else
    there
      .add("weights", st.weights)
      .add("fp32 copies", copiesThere)
      .add("optimizer states", st.optimizer)
      .add("reference model", reference)
      .add("frozen companions", companions)
      .add("gathered layers and buffers", buffersAt[moment])
      .add("workspaces", workspace);
  switch (moment) {
    case "load":
      break;
    case "loss":
      there.add("gradients", carried).add("activations", act.saved).add("logits", act.loss);
      break;
    case "backward":
      there
        .add("gradients", inBackward)
        .add("activations", begins ? act.savedInBackward : act.lastLayer)
        .add("one layer's recomputation", act.layerBackward)
        .add("logits", begins ? act.logitsKept : 0);
      break;
    case "optimizer-step":
      there.add("gradients", st.gradients).add("step temporaries", st.stepTemporaries);
      break;
    case "evaluation":
      if (sizeOf(answers) > evaluationLogits + evaluationActivations) addWritten(there, answers);
      else there.add("logits", evaluationLogits).add("activations", evaluationActivations);
      break;
    case "decode":
      addWritten(there, completions);
      break;
    default:
      moment satisfies never;
  }

  return {
    moment,
    bytes: sums[moment],
    parts: there.parts,
    varying: there.varying,
    passing: passingBytes(s, act, st, carried === 0, adapter),
    hostBytes: hostBytes(s, st),
    states: st,
    activations: act,
  };
}

type TrainingMoment = Exclude<Moment, "forward" | "prefill">;
const MOMENTS: TrainingMoment[] = ["load", "loss", "backward", "optimizer-step", "evaluation", "decode"];

const sizeOf = ({ cache, activations, logits }: Written): number => cache + activations + logits;
const addWritten = (to: Inventory, { cache, activations, logits }: Written): Inventory =>
  to.add("KV cache", cache).add("activations", activations).add("logits", logits);

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
