// What published estimators say for a request, as plain formulas: GiB per device. Facts only, no code of theirs.
import { setup } from "../dist/src/estimate/setup.js";
import { adapterParameters } from "../dist/src/estimate/shape.js";
import { catalog } from "../dist/src/index.js";

const GIB = 2 ** 30;
/** Bytes per parameter of the base by name, as each of these tools counts: the nominal bits. */
const NOMINAL_BYTES = { int8: 1, "gptq-int8": 1, fp8: 1 };
const baseBytes = (t) =>
  t.baseQuantization === "none" ? (t.dtype === "fp32" ? 4 : 2) : (NOMINAL_BYTES[t.baseQuantization] ?? 0.5);
const adapter = (t) => t.method === "lora" || t.method === "qlora";
const trainable = ({ shape, train: t }) =>
  adapter(t) ? adapterParameters(shape, t.loraRank, t.loraTargets) : shape.parameterCount;

/**
 * huggingface/accelerate, src/accelerate/commands/estimate.py @5b85718: size of the weights in the dtype; with Adam four
 * times that. It knows neither sharding nor adapters; inference "up to 20 % more" is the documentation's advice, below.
 */
function accelerateEstimateMemory(s) {
  const weights = s.shape.parameterCount * baseBytes(s.train);
  return s.request.phase === "serve" ? weights : 4 * weights;
}

/**
 * EleutherAI/cookbook, calc/calc_transformer_mem.py @c2af7db, and "Transformer Math 101": weights 2, gradients 4 and
 * Adam 12 bytes per parameter, divided by tensor and pipeline parallelism and ZeRO stage; activations
 * s·b·h·L·(16·2 + 2) with checkpointing, plus 5·a·s/h inside without; ZeRO buckets of 5e8 and 1e9 live elements.
 * Its fields have no adapters: only full training and generation are asked of it.
 */
function transformerMath({ request, shape, train: t }) {
  const tokens = t.microBatchSize * t.sequenceLength;
  const n = shape.parameterCount;
  if (request.phase === "serve") {
    const perToken = 34 * shape.hiddenSize;
    const prompt = Math.max(1, t.contextLength - t.outputLength);
    const cache = 2 * shape.hiddenSize * shape.layers * t.contextLength * t.concurrentRequests;
    const parallel = t.tensorParallel * t.pipelineParallel;
    return (n * 2) / parallel + prompt * t.concurrentRequests * perToken + cache;
  }
  if (adapter(t)) return undefined;
  const stage = { none: 0, "zero-1": 1, "zero-2": 2, "zero-3": 3, fsdp: 3 }[t.sharding];
  const devices = t.acceleratorCount;
  const model = (n * 2) / (t.tensorParallel * t.pipelineParallel) / (stage === 3 ? devices : 1);
  const gradients = (n * 4) / (stage >= 2 ? devices : 1);
  const optimizer = (n * 12) / (stage >= 1 ? devices : 1);
  const buckets = devices > 1 ? (stage >= 1 ? 5e8 * 2 : 0) + (stage === 3 ? 1e9 * 2 : 0) : 0;
  const scores = t.gradientCheckpointing === true ? 0 : (5 * shape.heads * t.sequenceLength) / shape.hiddenSize;
  return model + gradients + optimizer + buckets + tokens * shape.hiddenSize * shape.layers * (34 + scores);
}

/**
 * Bytes per parameter times parameters, 16 to 20 in folklore (Rajbhandari et al. 2020, ZeRO, §3.1: 16 for mixed
 * precision with Adam); adapters: the base as loaded and 16 to 18 per trainable parameter. Sharded states are divided.
 */
function bytesPerParameter(perTrainable) {
  return (s) => {
    const t = s.train;
    if (s.request.phase === "serve") return undefined;
    const n = s.shape.parameterCount;
    const share = t.sharding === "none" ? t.tensorParallel * t.pipelineParallel : t.acceleratorCount;
    return ((adapter(t) ? n * baseBytes(t) : 0) + trainable(s) * perTrainable) / share;
  };
}

/** "Transformer Math 101" (EleutherAI 2023) and accelerate's documentation: inference takes the weights and a fifth more. */
function weightsAndAFifth({ request, shape, train: t }) {
  return request.phase === "serve"
    ? (1.2 * shape.parameterCount * baseBytes(t)) / (t.tensorParallel * t.pipelineParallel)
    : undefined;
}

const ESTIMATORS = [
  ["accelerate estimate-memory", accelerateEstimateMemory],
  ["EleutherAI transformer math", transformerMath],
  ["16 bytes per trainable parameter", bytesPerParameter(16)],
  ["20 bytes per trainable parameter", bytesPerParameter(20)],
  ["weights and a fifth", weightsAndAFifth],
];

/** Name and GiB for one request; undefined where the tool has no answer for such a run. */
export function publishedEstimates(request) {
  const s = setup(request, catalog);
  return ESTIMATORS.map(([name, bytes]) => {
    const b = bytes(s);
    return { name, gib: b === undefined ? undefined : b / GIB };
  });
}
