import { type Range, range } from "../units.ts";
import { type Activations, activationsOf } from "./activations.ts";
import { constant } from "./constants.ts";
import { type Exchange, exchangeOf, nodesOf } from "./exchange.ts";
import { executedFlops, flopsPerToken, recomputedShare, type TokenFlops, totalFlops } from "./flops.ts";
import { offloadOf } from "./offload.ts";
import { type DeviceRates, deviceRates } from "./rates.ts";
import { rolloutSeconds } from "./rollouts.ts";
import type { Setup } from "./setup.ts";
import { adapterParameters } from "./shape.ts";
import { heldQuantization, type States, statesOf } from "./states.ts";

/** Two things that run side by side take the longer's time and a share of the shorter's. */
const beside = (a: number, b: number, share: number): number => Math.max(a, b) + share * Math.min(a, b);

/** Trainers whose layers are a few fused or compiled kernels. */
const FUSED = new Set(["megatron", "nemo", "torchtitan"]);

const ENGINE = new Set(["megatron", "nemo"]);

/** bitsandbytes' LLM.int8(), whose products are another kernel; other formats are unpacked to 16 bits first. */
const LLM_INT8 = "int8";

/** Matrices of a layer that carry an adapter. */
function adaptedMatrices(s: Setup): number {
  const { method, loraTargets: targets } = s.train;
  if (method === "full") return 0;
  if (targets === "qv") return 2;
  if (targets === "attention") return 4;
  return targets === "all-linear" ? 7 : targets.length;
}

/** Seconds that the host needs to launch one layer's kernels, one pass. */
function launchSeconds(s: Setup, tokens: number): number {
  const { shape, train: t } = s;
  const fused = FUSED.has(t.trainer);
  const layer = fused ? constant.operationsFusedLayer.value : constant.operationsLayer.value;
  // transformers visits the experts that any token chose, one after another.
  const visited = shape.mixtureOfExperts && !fused ? Math.min(shape.experts, tokens * shape.expertsPerToken) : 0;
  const operations =
    layer * (t.baseQuantization === LLM_INT8 ? constant.int8Slowdown.value : 1) +
    visited * constant.operationsExpert.value +
    (fused ? 0 : adaptedMatrices(s) * constant.operationsAdapter.value);
  return operations * constant.launchOperation.value + (t.sharding === "zero-3" ? constant.launchGather.value : 0);
}

/** Bytes moved per quantised parameter and pass. AutoGPTQ, which stock transformers calls, unpacks through int32 intermediates. */
function dequantiseTraffic(s: Setup): number {
  const held = heldQuantization(s);
  if (held === "none" || held === LLM_INT8) return 0;
  const unpacks = held.startsWith("gptq") && s.train.trainer === "transformers";
  return unpacks ? constant.dequantiseGptqBytes.value : constant.dequantiseBytes.value;
}

/** Whether today's Megatron runs: its layers are Transformer Engine's, which has its own attention. */
const runsOnEngine = (s: Setup): boolean => ENGINE.has(s.train.trainer) && s.train.attention !== "eager";

/** Reads and writes of a layer's saved tensors. */
const elementwiseTraffic = (s: Setup): number =>
  constant.elementwiseTraffic.value * (runsOnEngine(s) ? constant.elementwiseFusedShare.value : 1);

/** Share of the step's work that a pipeline's stages wait for each other (Narayanan et al. 2021, §2.2). */
function bubbleShare(s: Setup): number {
  const chunks = runsOnEngine(s) ? constant.interleavedChunks.value : 1;
  return (s.train.pipelineParallel - 1) / (s.train.gradientAccumulationSteps * chunks);
}

/** Reads and writes of an adapted matrix's input and output: PEFT casts to fp32 and drops out, large-scale trainers do not. */
const adapterTraffic = (s: Setup): number =>
  FUSED.has(s.train.trainer) ? constant.adapterTrafficFused.value : constant.adapterTraffic.value;

/** FLOP/s of the layers' products: narrow matrices, slices of them and few tokens per expert do not fill the device. */
function productRate(s: Setup, rates: DeviceRates, tokens: number): number {
  const { shape, train: t } = s;
  const width = shape.hiddenSize / Math.sqrt(t.tensorParallel) / constant.referenceWidth.value;
  const wide = Math.min(rates.ceiling, rates.products * width ** constant.widthExponent.value);
  const slow = t.baseQuantization === LLM_INT8 ? constant.int8Slowdown.value : 1;
  // An expert-parallel device sees its experts' tokens of all devices of the group.
  const perExpert = (tokens * t.expertParallel * shape.expertsPerToken) / shape.experts;
  const mixture = shape.mixtureOfExperts ? perExpert / (perExpert + constant.expertTokensForHalfRate.value) : 1;
  return (wide * mixture) / slow;
}

/** Seconds of one micro batch on one device, without anything that passes between devices. */
function microStepSeconds(
  s: Setup,
  rates: DeviceRates,
  st: States,
  act: Activations,
  executed: TokenFlops,
  passes: number,
): number {
  const { shape, train: t } = s;
  const tokens = (t.microBatchSize * t.sequenceLength) / t.contextParallel;
  const model = t.tensorParallel * t.pipelineParallel;
  const rate = productRate(s, rates, tokens);
  const products = ((tokens / model) * executed.layers) / (rate * rates.speedup);
  const attention = ((tokens / model) * executed.attention) / rates.attention;
  // `perLayerBytes` is one tensor-parallel rank's share already.
  const elementwise =
    ((tokens / t.pipelineParallel) * passes * shape.layers * act.perLayerBytes * elementwiseTraffic(s)) / rates.memory;
  // Input and output of every adapted matrix pass through dropout, scaling, addition and casts once more.
  const adapters =
    t.method === "lora" || t.method === "qlora"
      ? ((tokens / model) * passes * adapterParameters(shape, 1, t.loraTargets) * 2 * adapterTraffic(s)) / rates.memory
      : 0;
  // Each pass writes and reads a 16-bit copy of every quantised weight.
  const dequantise = (passes * (shape.linearParameters / model) * dequantiseTraffic(s)) / rates.memory;
  // The head and the loss stay in 16 bits. A pipeline is cut so that its last stage, which has them, holds fewer layers.
  const head =
    ((tokens / model) * executed.head) / rates.products +
    ((act.loss / t.pipelineParallel) * constant.lossTraffic.value) / rates.memory;
  const device = Math.max(
    products + attention + elementwise + adapters + dequantise + head,
    (passes * st.weights) / rates.memory,
  );
  const launch = (passes * launchSeconds(s, tokens) * shape.layers) / t.pipelineParallel;
  return beside(device, launch, constant.launchHidden.value);
}

/** The micro step with what passes between devices in it. */
function withExchange(microStep: number, x: Exchange, attention: number): number {
  const exposed = constant.communicationExposed.value;
  const ring = Math.max(0, x.context - attention) + exposed * Math.min(x.context, attention);
  const own = microStep + x.tensor + x.experts + ring;
  return x.prefetched ? beside(own, x.gather, exposed) : own + x.gather;
}

/** A rate of learning with the seconds for which each of its tokens was written before; nobody has measured those in a trainer. */
function withRollouts(learning: Range, secondsPerToken: number): Range {
  if (secondsPerToken === 0) return learning;
  const spread = constant.uncalibratedServingSpread.value;
  const after = (rate: number, share: number): number => 1 / (1 / rate + secondsPerToken * share);
  return range(
    after(learning.low, constant.servingTimeHigh.value * spread),
    after(learning.expected, 1),
    after(learning.high, constant.servingTimeLow.value / spread),
  );
}

export interface TrainingRate {
  tokensPerSecondPerDevice: Range;
  mfu: number;
}

/**
 * Seconds of one optimizer step: matrix products, attention, memory-bound operations and the loss, or kernel launches
 * where those take longer; what passes between devices and to the host; the pipeline's bubble; the optimizer's step.
 */
export function trainingRate(s: Setup, st = statesOf(s), act = activationsOf(s)): TrainingRate {
  const { train: t } = s;
  const rates = deviceRates(s);
  const needed = flopsPerToken(s);
  const executed = executedFlops(s, needed);
  const passes = 2 + recomputedShare(s).products;
  const tokens = (t.microBatchSize * t.sequenceLength) / t.contextParallel;
  const perDevice = tokens / (t.tensorParallel * t.pipelineParallel);
  const exposed = constant.communicationExposed.value;
  const exchange = exchangeOf(s, tokens, passes, st.trainableParameters);
  const offload = offloadOf(s, tokens, passes, st.trainableParameters);

  const alone = microStepSeconds(s, rates, st, act, executed, passes);
  const exchanged = withExchange(alone, exchange, (perDevice * executed.attention) / rates.attention);
  const microStep = beside(exchanged, offload.microStep, exposed);
  // The host's memory is slower than the card's; where a card knows no better, offloading still gains nothing.
  const kept = t.offload === "none" ? st : statesOf({ ...s, train: { ...t, offload: "none" } });
  const states = kept.optimizer + kept.gradients + kept.masterWeights + (t.method === "full" ? kept.weights : 0);
  const update = Math.max((constant.updateTraffic.value * states) / rates.memory, offload.update);
  // Gradients travel while the last backward pass runs.
  const travelling = exchange.reduce + offload.gradients;
  const waited = beside(microStep, travelling, exposed) - microStep;
  const step = t.gradientAccumulationSteps * microStep * (1 + bubbleShare(s)) + waited + update;

  const most = (rates.ceiling * rates.speedup) / totalFlops(needed);
  const stepTokens = perDevice * t.gradientAccumulationSteps;
  const learned = Math.min(stepTokens / step, most);
  const low = nodesOf(s) > 1 ? constant.rateLowNetwork.value : constant.rateLow.value;
  const wider = rates.known ? 1 : constant.bandUnknown.value;
  const learning = range((learned * low) / wider, learned, Math.min(most, learned * constant.rateHigh.value * wider));
  const tokensPerSecondPerDevice = withRollouts(learning, rolloutSeconds(s) / stepTokens);
  return { tokensPerSecondPerDevice, mfu: (tokensPerSecondPerDevice.expected * totalFlops(needed)) / rates.mfuPeak };
}
