import { GIB } from "../units.ts";
import { constant } from "./constants.ts";
import { Inventory, type Peak } from "./peak.ts";
import type { Setup } from "./setup.ts";
import { kvCacheElements } from "./shape.ts";
import { DTYPE_BYTES, heldQuantization, weightBytes } from "./states.ts";

/** Bytes of KV cache for one request of `tokens`, on one device. */
export function kvBytes(s: Setup, tokens: number): number {
  const { shape, train: t } = s;
  // A latent cache is replicated over tensor-parallel ranks (DeepSeek-V2, §2.1.4); a head-wise one is split as far as there are heads.
  const split = t.pipelineParallel * (shape.latentCache ? 1 : Math.min(t.tensorParallel, shape.kvHeads));
  return (kvCacheElements(shape, tokens) * DTYPE_BYTES[t.kvCacheDtype]) / split;
}

/** Bytes of a weight that is not quantised. */
export const denseBytes = (s: Setup): number => (s.train.dtype === "fp32" ? DTYPE_BYTES.fp32 : DTYPE_BYTES.bf16);

/** Bytes of weights on one device. */
export function servedWeightBytes(s: Setup): number {
  const t = s.train;
  return weightBytes(s.shape, heldQuantization(s), denseBytes(s)) / (t.tensorParallel * t.pipelineParallel);
}

/** How an engine uses a device beside weights and cache; defaults of the engine's own release. */
interface EngineFacts {
  /** Tokens of one prefill pass; a prompt that is longer takes several. */
  prefillTokens: (s: Setup) => number;
  /** Graphs, compiled kernels' scratch and workspaces. */
  overheadGib: () => number;
  /** Copies of the cache that are alive at once. */
  cacheCopies: () => number;
}

/** All prompts in one pass, whatever their number. */
const whole = (): number => Number.POSITIVE_INFINITY;

/** Whether PyTorch launches kernel by kernel; engines replay captured graphs. */
export const isEager = (s: Setup): boolean => s.train.engine === "transformers";

/** Tokens of vLLM's longest pass on a card, where nothing else is said. */
export const vllmPassTokens = (card: { id: string; memoryGib: number }): number =>
  card.memoryGib >= constant.vllmLargeCardGib.value && !card.id.startsWith("a100")
    ? constant.prefillTokensLargeCard.value
    : constant.prefillTokensSmallCard.value;

const ENGINES: Record<Setup["train"]["engine"], EngineFacts> = {
  vllm: {
    prefillTokens: (s) => vllmPassTokens(s.device),
    overheadGib: () => constant.engineOverheadGib.value,
    cacheCopies: () => 1,
  },
  sglang: {
    prefillTokens: (s) =>
      s.device.memoryGib >= constant.sglangLargeCardGib.value
        ? constant.prefillTokensLargeCard.value
        : constant.prefillTokensSmallCard.value,
    overheadGib: () => constant.sglangOverheadGib.value,
    cacheCopies: () => 1,
  },
  tgi: {
    prefillTokens: () => constant.tgiPrefillTokens.value,
    overheadGib: () => constant.engineOverheadGib.value,
    cacheCopies: () => 1,
  },
  "tensorrt-llm": {
    prefillTokens: () => constant.prefillTokensLargeCard.value,
    overheadGib: () => constant.engineOverheadGib.value,
    cacheCopies: () => 1,
  },
  onnxruntime: {
    prefillTokens: whole,
    overheadGib: () => constant.generateWorkspaceGib.value,
    cacheCopies: () => constant.unsharedCacheCopies.value,
  },
  transformers: {
    prefillTokens: whole,
    overheadGib: () => constant.generateWorkspaceGib.value,
    cacheCopies: () => constant.concatenatedCacheCopies.value,
  },
};

export const promptTokens = (s: Setup): number => Math.max(1, s.train.contextLength - s.train.outputLength);

/** Passes that `prompts` prompts take together: short ones share a pass, a long one takes several; what one leaves free the next fills. */
export const prefillPasses = (s: Setup, prompts: number): number =>
  Math.max(1, (prompts * promptTokens(s)) / ENGINES[s.train.engine].prefillTokens(s));

/** Activations of one token of a pass. */
export function bytesPerToken(s: Setup): number {
  const { shape, train: t } = s;
  const width = constant.prefillHiddenTensors.value * shape.hiddenSize + 2 * shape.activeIntermediateSize;
  return (width * DTYPE_BYTES.bf16) / t.tensorParallel;
}

/** Only the last position's logits are computed: 16-bit, and in fp32 for sampling. */
export const logitBytes = (s: Setup): number => s.shape.vocabSize * (DTYPE_BYTES.bf16 + DTYPE_BYTES.fp32);

const cacheBytes = (s: Setup): number => kvBytes(s, s.train.contextLength) * ENGINES[s.train.engine].cacheCopies();

/** Peak while serving: weights, the KV cache of the asked concurrency, and the activations of prefill or of one decoding step. */
export function servingPeak(s: Setup, n = s.train.concurrentRequests): Peak {
  const { shape, train: t } = s;
  const engine = ENGINES[t.engine];
  const prefillTokens = Math.min(promptTokens(s) * n, engine.prefillTokens(s));
  const activations = Math.max(prefillTokens, n) * bytesPerToken(s);
  // Dequantised copy of the largest matrix while it is multiplied.
  const dequantised = heldQuantization(s) === "none" ? 0 : (shape.largestLinearParameters * 2) / t.tensorParallel;
  const weights = servedWeightBytes(s);
  const companions = shape.companionParameterCount * 2;
  const cache = cacheBytes(s) * n;
  const logits = logitBytes(s) * n;
  const overhead = engine.overheadGib() * GIB;
  const { parts, varying } = new Inventory()
    .add("weights", weights)
    .add("frozen companions", companions)
    .add("KV cache", cache)
    .add("activations", activations)
    .add("logits", logits)
    .add("dequantised layer", dequantised)
    .add(t.engine === "transformers" || t.engine === "onnxruntime" ? "workspaces" : "engine", overhead);
  return {
    moment: prefillTokens > n ? "prefill" : "decode",
    bytes: weights + companions + cache + activations + logits + dequantised + overhead,
    parts,
    varying,
    passing: activations * constant.slackTransientShare.value,
    hostBytes: constant.hostProcessGib.value * GIB + weights * constant.pinnedLoadShare.value,
  };
}

/** Requests of the asked length that fit into `budgetBytes` of a device, beside weights, engine and the driver's context. */
export function requestsThatFit(s: Setup, budgetBytes: number): number {
  const context = constant.cudaContextGib.value + (s.train.acceleratorCount > 1 ? constant.ncclGib.value : 0);
  const one = servingPeak(s, 1).bytes;
  const left = budgetBytes - context * GIB - one;
  if (left < 0) return 0;
  const prompt = promptTokens(s);
  const pass = Math.max(1, ENGINES[s.train.engine].prefillTokens(s));
  const each = cacheBytes(s) + logitBytes(s);
  const token = bytesPerToken(s);
  // Activations grow with the prompts until these fill a pass, and again where decoding has more tokens than a pass.
  const room = left + each + Math.min(prompt, pass) * token;
  const filling = room / (each + prompt * token);
  if (filling * prompt <= pass) return Math.floor(filling);
  const filled = (room - pass * token) / each;
  return Math.floor(filled <= pass ? filled : room / (each + token));
}
