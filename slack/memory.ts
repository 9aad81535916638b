import { setFlagsFromString } from "node:v8";
import { Worker } from "node:worker_threads";

/**
 * How much more may lie in a heap than lived there when it was last collected, in percent. Left to itself V8 takes up to
 * four times as much, by the gigabytes that a process is given (`MaxGrowingFactor` in its memory-controller.cc): each of
 * our heaps holds 15 to 45 MiB that live, and under load kept a hundred that did not.
 */
const GROWING_PERCENT = 50;

/** Planning all of test/brief/briefs.jsonl and its projects in one thread took 51 MiB. New objects have half of V8's space. */
const LIMITS = { maxOldGenerationSizeMb: 256, maxYoungGenerationSizeMb: 24 } as const;

/** Has the heaps of this process collected before they have grown to many times what lives in them. */
export const collectSooner = (): void => setFlagsFromString(`--heap-growing-percent=${GROWING_PERCENT}`);

/** A thread of ours, with a share of memory: one that needs more ends alone (`ERR_WORKER_OUT_OF_MEMORY`). */
export const startThread = (file: URL, workerData?: unknown): Worker =>
  new Worker(file, { workerData, resourceLimits: LIMITS });
