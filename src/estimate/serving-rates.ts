import { type Range, range } from "../units.ts";
import type { ServingEstimate } from "./answer.ts";
import { constant } from "./constants.ts";
import {
  denseBytes,
  isEager,
  kvBytes,
  prefillPasses,
  promptTokens,
  requestsThatFit,
  servedWeightBytes,
} from "./serving.ts";
import type { Setup } from "./setup.ts";
import { parametersReadByStep } from "./shape.ts";
import { DTYPE_BYTES, heldQuantization, linearBytesPerParameter } from "./states.ts";

/** What one replica's devices do in a second, all tensor-parallel ranks of one pipeline stage together. */
interface Machine {
  bytesPerSecond: number;
  /** Matrix products of a long prompt. */
  flopsPerSecond: number;
  attentionFlopsPerSecond: number;
  /** Between two devices, one direction. */
  linkBytesPerSecond: number;
}

/** The generation that `pcie4GBps` speaks of, and what a card is taken to have where the catalog does not say. */
const PCIE = 4;

function machineOf(s: Setup): Machine {
  const { train: t, device } = s;
  const a = device.facts;
  const dense = a?.bf16Tflops ?? a?.fp16Tflops ?? a?.fp32Tflops ?? constant.unknownCardTflops.value;
  // Weights in fp8 are multiplied in fp8 where the card can; other formats are unpacked to 16 bits.
  const fp8 = t.baseQuantization === "fp8" || t.computeDtype === "fp8" ? a?.fp8Tflops : undefined;
  const peak =
    fp8 === undefined ? dense * constant.prefillUtilisation.value : fp8 * constant.prefillUtilisationFp8.value;
  const pcie = constant.pcie4GBps.value * 2 ** ((a?.pcieGeneration ?? PCIE) - PCIE);
  return {
    bytesPerSecond:
      (a?.memoryBandwidthGBps ?? constant.unknownCardGBps.value) *
      1e9 *
      constant.memoryBandwidthShare.value *
      t.tensorParallel,
    flopsPerSecond: peak * 1e12 * t.tensorParallel,
    attentionFlopsPerSecond: dense * constant.prefillAttentionUtilisation.value * 1e12 * t.tensorParallel,
    // NVLink is quoted for both directions together.
    linkBytesPerSecond: (a?.nvlinkGBps === undefined ? pcie : a.nvlinkGBps / 2) * 1e9,
  };
}

/** Bytes of weights that one pass of `tokens` tokens reads, over all devices of the replica. */
function weightsRead(s: Setup, tokens: number): number {
  const { shape, train: t } = s;
  const devices = t.tensorParallel * t.pipelineParallel;
  const unread = shape.parameterCount - parametersReadByStep(shape, tokens);
  const each = shape.mixtureOfExperts ? linearBytesPerParameter(heldQuantization(s), denseBytes(s)) : 0;
  // A row of the embeddings is looked up; a tied head reads them all.
  const lookedUp = shape.tieEmbeddings ? 0 : shape.embeddingParameters * denseBytes(s);
  return Math.max(0, servedWeightBytes(s) * devices - unread * each - lookedUp);
}

/** Two all-reduces a layer of what `tokens` tokens in `passes` passes are wide, a ring's 2(n-1)/n of the data (Shoeybi et al. 2019), and a hop between stages. */
function communicationSeconds(s: Setup, m: Machine, passes: number, tokens: number): number {
  const { shape, train: t } = s;
  const seconds = (tokens * shape.hiddenSize * DTYPE_BYTES.bf16) / m.linkBytesPerSecond;
  const start = passes * constant.allReduceSeconds.value;
  const ranks = t.tensorParallel;
  const reduce = ranks > 1 ? 2 * shape.layers * (start + ((2 * (ranks - 1)) / ranks) * seconds) : 0;
  return reduce + (t.pipelineParallel - 1) * (start + seconds);
}

/** vLLM before 0.6 ran scheduler and sampler between steps, and captured graphs up to a context only. */
function isEarlyVllm(s: Setup): boolean {
  const version = s.request.engineVersion;
  if (version === undefined) return false;
  const [major, minor] = version.split(".").map(Number);
  return s.train.engine === "vllm" && major === 0 && minor !== undefined && minor < constant.vllmOverlapsFrom.value;
}

interface Launches {
  seconds: number;
  /** Kernel by kernel from the host, which runs ahead of the device: not replayed from a graph. */
  eager: boolean;
}

/** Host time of one pass. */
function launchesOf(s: Setup): Launches {
  const { shape, train: t } = s;
  const operation = constant.launchOperation.value;
  if (isEager(s)) return { eager: true, seconds: shape.layers * constant.operationsLayer.value * operation };
  const early = isEarlyVllm(s);
  const eager = early && t.contextLength > constant.vllmCaptureTokens.value;
  const layer = eager ? constant.operationsFusedLayer.value * operation : constant.graphLayerSeconds.value;
  return { eager, seconds: shape.layers * layer + (early ? constant.vllmHostStepSeconds.value : 0) };
}

/** Host and device of `passes` passes: eager launches are seen where they take longer than the device. */
function passSeconds(s: Setup, device: number, passes: number): number {
  const launches = launchesOf(s);
  const launch = passes * launches.seconds;
  if (!launches.eager) return device + launch;
  return Math.max(device, launch) + constant.eagerExposed.value * Math.min(device, launch);
}

/** Keys that the tokens of a prompt attend to, causal: half the square, or the window once it is full. */
const keysSeen = (tokens: number, window: number): number =>
  tokens <= window ? tokens ** 2 / 2 : window * tokens - window ** 2 / 2;

/**
 * Seconds until `prompts` prompts are in the cache of an idle replica. Reads and products add up: a pass of few tokens
 * hides neither behind the other, and in a pass of many the reads are small.
 */
export function prefillSeconds(s: Setup, prompts: number): number {
  const { shape } = s;
  const m = machineOf(s);
  const prompt = promptTokens(s);
  const vocabulary = shape.embeddingParameters + shape.headParameters;
  const products = (2 * Math.max(0, shape.activeParameterCount - vocabulary) * prompt * prompts) / m.flopsPerSecond;
  const passes = prefillPasses(s, prompts);
  const read = (passes * weightsRead(s, (prompt * prompts) / passes)) / m.bytesPerSecond;
  // Scores and values: 4 FLOPs per key, query and head dimension.
  const keys =
    shape.fullCacheLayers * keysSeen(prompt, Number.POSITIVE_INFINITY) +
    shape.windowLayers * keysSeen(prompt, shape.window);
  const attention = (4 * shape.queryDim * keys * prompts) / m.attentionFlopsPerSecond;
  return passSeconds(s, products + read + attention, passes) + communicationSeconds(s, m, passes, prompt * prompts);
}

/**
 * Seconds of one decoding step of `n` requests (scaling-book, ch. 7): weights and caches are read once, and products hide
 * behind the weights or the other way round.
 */
export function stepSeconds(s: Setup, n: number): number {
  const { shape, train: t } = s;
  const m = machineOf(s);
  // Stages work on different requests at the same time; a plain loop sends the whole batch through one after the other.
  const together = isEager(s) ? n : Math.max(1, n / t.pipelineParallel);
  const context = promptTokens(s) + t.outputLength / 2;
  const cache = together * kvBytes(s, context) * t.pipelineParallel * t.tensorParallel;
  // transformers reads and writes the whole cache to append a token, and writes and reads it once more per query head.
  const traffic = isEager(s) ? 1 + 2 + (2 * shape.heads) / shape.kvHeads : 1;
  const products =
    (2 * together * (shape.activeParameterCount - (shape.tieEmbeddings ? 0 : shape.embeddingParameters))) /
    m.flopsPerSecond;
  const device = Math.max(weightsRead(s, together) / m.bytesPerSecond, products) + (traffic * cache) / m.bytesPerSecond;
  return passSeconds(s, device, 1) + communicationSeconds(s, m, 1, together);
}

/** One replica under `n` requests at a time, for as long as there are slots: all times in seconds. */
export interface Load {
  concurrentRequests: number;
  timeToFirstToken: number;
  /** The same when all `n` prompts arrive at once. */
  burst: number;
  timePerOutputToken: number;
  requestsPerSecond: number;
}

/**
 * A closed loop of `n` requests on one machine. Each costs the machine a prefill P and a share of its decoding steps,
 * m·S(n)/n, so a round takes n·P + m·S(n), whatever order the scheduler takes (Little's law). Arrivals are spread over
 * the round: one finds another in prefill as often as prefills fill the round, which makes the wait P·round/(P + m·S).
 */
export function loadAt(s: Setup, n: number): Load {
  const t = s.train;
  const alone = prefillSeconds(s, 1);
  // Stages of a pipeline prefill different prompts at the same time.
  const prefills = alone + (prefillSeconds(s, n) - alone) / (isEager(s) ? 1 : t.pipelineParallel);
  const decoding = t.outputLength * stepSeconds(s, n);
  const round = prefills + decoding;
  const first = Math.min(prefills, (alone * round) / (alone + decoding));
  const request =
    t.engine === "vllm" || t.engine === "sglang" || t.engine === "tgi" ? constant.requestSeconds.value : 0;
  return {
    concurrentRequests: n,
    timeToFirstToken: first + request,
    burst: prefills + request,
    timePerOutputToken: (round - first) / t.outputLength,
    requestsPerSecond: n / round,
  };
}

/** Requests that are worked on at once: what fits, up to the server's limit. */
export const slotsOf = (s: Setup, fit: number): number =>
  Math.max(1, Math.min(fit, s.train.maxNumSeqs ?? constant.defaultSlots.value));

/** Engines whose rates published runs stand behind, on cards whose bandwidth is known. */
const MEASURED = new Set(["vllm", "tensorrt-llm", "transformers"]);

/** Rates of one replica: at the asked concurrency, and with every slot taken. */
export function servingEstimate(s: Setup, budgetBytes: number): ServingEstimate {
  const t = s.train;
  const fit = requestsThatFit(s, budgetBytes);
  const slots = slotsOf(s, fit);
  const asked = Math.min(t.concurrentRequests, slots);
  const now = loadAt(s, asked);
  const full = loadAt(s, slots);
  // Requests beyond the slots wait until as many have left.
  const queue = (t.concurrentRequests - asked) / full.requestsPerSecond;
  const measured =
    MEASURED.has(t.engine) && s.device.facts?.memoryBandwidthGBps !== undefined && s.shape.kind === "decoder";
  const widen = measured ? 1 : constant.uncalibratedServingSpread.value;
  const low = constant.servingTimeLow.value / widen;
  const high = constant.servingTimeHigh.value * widen;
  const time = (x: number, atLeast = x, atMost = x): Range => range(atLeast * low, x, atMost * high);
  const rate = (x: number): Range => range(x / high, x, x / low);
  return {
    concurrentRequestsThatFit: fit,
    timeToFirstTokenSeconds: time(now.timeToFirstToken + queue, prefillAlone(s), now.burst + queue),
    timePerOutputTokenSeconds: time(now.timePerOutputToken, stepSeconds(s, asked)),
    requestsPerSecond: rate(now.requestsPerSecond),
    requestsPerSecondPerReplica: rate(full.requestsPerSecond),
    calibration: measured ? "measured" : "uncalibrated",
  };
}

const prefillAlone = (s: Setup): number => loadAt(s, 1).timeToFirstToken;
