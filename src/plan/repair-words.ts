import { methodName } from "./names.ts";

/** A field of an `estimate` request as people who run trainers and servers say it. */
const WORDS: Readonly<Record<string, (value: unknown) => string>> = {
  microBatchSize: (n) => `micro batch ${n}`,
  gradientAccumulationSteps: (n) => `${n} accumulation steps`,
  gradientCheckpointing: () => "gradient checkpointing on",
  fusedLoss: () => "a fused linear loss (Liger)",
  attention: (kernel) => `${kernel} attention`,
  dtype: (dtype) => `${dtype}`,
  optimizer: (name) => `optimizer ${name}`,
  sharding: (kind) => (kind === "fsdp" ? "FSDP (full shard)" : kind === "none" ? "no sharding" : `${kind}`),
  offload: (what) => (what === "none" ? "no offload" : `${what} offloaded to the host`),
  method: (method) => `method ${methodName(String(method))}`,
  baseQuantization: (kind) => `a base in ${kind}`,
  sequenceLength: (n) => `samples of at most ${n} tokens`,
  evaluationBatchSize: (n) => `evaluation batches of ${n}`,
  trainableModules: () => "no whole module trained beside the adapter",
  tensorParallel: (n) => `\`--tensor-parallel-size ${n}\``,
  contextLength: (n) => `\`--max-model-len ${n}\``,
  concurrentRequests: (n) => `\`--max-num-seqs ${n}\``,
  kvCacheDtype: (dtype) => `\`--kv-cache-dtype ${dtype}\``,
};

/** "micro batch 1, 16 accumulation steps": a change as a sentence. */
export const changeInWords = (change: Readonly<Record<string, unknown>>): string =>
  Object.entries(change)
    .filter(([field]) => field !== "acceleratorCount" || change.tensorParallel === undefined)
    .map(([field, value]) => WORDS[field]?.(value) ?? `${field} ${JSON.stringify(value)}`)
    .join(", ");
