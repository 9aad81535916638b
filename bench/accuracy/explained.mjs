// Why the largest errors are what they are. Each entry names its rows by source and condition; the first that applies
// explains a row ("likely": not isolated by a pair of rows), and a large error without an entry is listed as unexplained.
const flag = (row, name) => row.expected.flags?.includes(name) ?? false;

const EXPLAINED = [
  {
    kind: "serving",
    source: "InternLM/lmdeploy",
    applies: (row) => flag(row, "static-batch") && row.request.contextLength - row.request.outputLength === 1,
    why: "formula: prompts of one token are decoded, not prefilled; what their first token waits for is the client's start",
  },
  {
    kind: "serving",
    source: "InternLM/lmdeploy",
    applies: () => true,
    why: "likely setting: clients start threads one by one and repeat, so a batch is full for a part of the run only; times are printed in whole milliseconds",
  },
  {
    kind: "serving",
    source: "QwenLM/Qwen1.5",
    applies: (row) => row.request.engine === "transformers",
    why: "version: transformers 4.38 with unpacking kernels of AutoGPTQ and AutoAWQ, and devices that wait for each other",
  },
  {
    kind: "serving",
    source: "NVIDIA/TensorRT-LLM",
    applies: (row) => flag(row, "saturated-batch-not-printed"),
    why: "setting not printed: how many requests the benchmark kept in flight; attention data-parallel for mixtures",
  },
  {
    kind: "serving",
    source: "NVIDIA/TensorRT-LLM",
    applies: () => true,
    why: "setting: static batches that do not fit at once are run by kernels and plugins of v0.5 and v0.6",
  },
  {
    kind: "peak",
    source: "foundation-model-stack/fms-acceleration",
    applies: (row) => row.request.model.vocabSize === 49280,
    why: "likely formula: SantaCoder's own modelling code (one key/value head, learned positions) keeps other tensors than the decoders that we count",
  },
  {
    kind: "peak",
    source: "foundation-model-stack/fms-acceleration",
    applies: (row) => /Mixtral/.test(row.request.model),
    why: "likely formula: what a mixture's experts keep is counted as in transformers 5; these runs are of 2024, whose experts run one after another",
  },
  {
    kind: "peak",
    source: "Lightning-AI/litgpt",
    applies: (row) => flag(row, "frozen-base-in-fp32"),
    why: "setting hardly stated: the frozen base and its activations are held in fp32",
  },
  {
    kind: "peak",
    source: "bigscience-workshop/bigscience",
    applies: () => true,
    why: "unit and stage: whole GB, the larger of first and last pipeline stage, whose share of layers is not printed",
  },
  {
    kind: "peak",
    source: "QwenLM/Qwen",
    applies: (row) => (row.request.sequenceLength ?? 0) <= 512,
    why: "unit and instrument: G without GB or GiB, reading unknown, and a DeepSpeed stage inferred from the script",
  },
  {
    kind: "peak",
    source: "pytorch/torchtitan",
    applies: () => true,
    why: "likely version: fp8 casts, asynchronous tensor parallelism and compilation are in one figure and not in a request",
  },
  {
    kind: "peak",
    source: "huggingface/transformers",
    applies: () => true,
    why: "instrument: nvidia-smi after training includes a 1343 MiB context of CUDA 11 on V100, larger than today's",
  },
  {
    kind: "inference",
    source: "QwenLM/Qwen1.5",
    applies: (row) => row.request.contextLength <= 2100,
    why: "likely version and size: models of 0.5 to 2 GB, where a fixed 0.2 GiB of an older library is 10 % and more",
  },
  {
    kind: "inference",
    source: "QwenLM/Qwen",
    applies: (row) => flag(row, "prompt-length-unknown-short"),
    why: "setting not stated: the length of the prompt",
  },
  {
    kind: "inference",
    source: "Lightning-AI/litgpt",
    applies: () => true,
    why: "likely version: an own loop with a cache of exact size, where we count transformers' growing one",
  },
  {
    kind: "throughput",
    source: "bigscience-workshop/bigscience",
    applies: () => true,
    why: "likely version: Megatron-DeepSpeed of 2021 with unfused kernels, and a cluster with four 100 Gb/s links a node",
  },
  {
    kind: "throughput",
    source: "Dao-AILab/flash-attention",
    applies: () => true,
    why: "setting not stated: micro batch and recomputation; we assume one sequence, recomputed",
  },
  {
    kind: "throughput",
    source: "jzhang38/TinyLlama",
    applies: () => true,
    why: "setting not stated: micro batch; we assume one sequence at a time",
  },
  {
    kind: "throughput",
    source: "foundation-model-stack/fms-acceleration",
    applies: (row) => row.request.model.vocabSize === 49280,
    why: "likely formula: kernels of a 1.1 B model are short, so host work of the quantised layers is waited for",
  },
  {
    kind: "throughput",
    source: "pytorch/torchtitan",
    applies: () => true,
    why: "setting not in a request: compiled and eager runs of one configuration differ by 16 %",
  },
  {
    kind: "throughput",
    source: "NVIDIA/NeMo",
    applies: () => true,
    why: "setting not stated: recomputation, micro batch and overlap",
  },
];

/** The sentence for one row of `kind`, or undefined. */
export function explain(kind, row) {
  const source = row.expected.source.split(/[:#]/)[0];
  return EXPLAINED.find((e) => e.kind === kind && e.source === source && e.applies(row))?.why;
}
