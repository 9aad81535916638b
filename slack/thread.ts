import { Worker } from "node:worker_threads";

/**
 * What one thread of ours may have, of objects alone: 15 to 25 MiB live in each, and the largest plan needs three times
 * that. V8 collects a heap once it is a multiple of what lived when it was last collected, and takes the multiple from
 * the limit: 1.3 under 256 MiB, 4 over 2 GiB (`MaxGrowingFactor` in its memory-controller.cc). A process is given
 * gigabytes, and each of its threads then keeps a hundred MiB of what is not used any more.
 */
const LIMITS = { maxOldGenerationSizeMb: 256, maxYoungGenerationSizeMb: 24 } as const;

/** A thread of ours. One that needs more than its share ends alone, with `ERR_WORKER_OUT_OF_MEMORY`. */
export const startThread = (file: URL, workerData?: unknown): Worker =>
  new Worker(file, { workerData, resourceLimits: LIMITS });
