/**
 * Numbers that the planner assumes where neither the person, the catalog nor the estimator says: one entry each, with its
 * unit, what it rests on and why it is there. They are judgements, not measurements.
 */
interface Assumed {
  value: number;
  unit: string;
  kind: "judged";
  source: string;
  reason: string;
}

const judged = (value: number, unit: string, source: string, reason: string): Assumed => ({
  value,
  unit,
  kind: "judged",
  source,
  reason,
});

export const assumed = {
  // --- serving ----------------------------------------------------------------------------------------------------
  engineStartSecondsLow: judged(
    20,
    "s",
    "no vendor figure: an engine with its compiled graphs cached",
    "engine start after the weights are there, low end",
  ),
  engineStartSeconds: judged(
    60,
    "s",
    "catalog/rules 2026-11: compilation and graph capture take tens of seconds",
    "engine start after the weights are there",
  ),
  engineStartSecondsHigh: judged(
    150,
    "s",
    "no vendor figure: a large model on several cards, nothing cached",
    "engine start after the weights are there, high end",
  ),
  imageBytes: judged(
    12e9,
    "B",
    "no vendor figure: CUDA, PyTorch and the engine in one image",
    "what a fresh machine pulls before it serves",
  ),
  readBytesPerSecond: judged(
    500e6,
    "B/s",
    "no vendor figure: a cloud machine's network disk",
    "image and weights on their way to the card",
  ),
  readFactorLow: judged(
    0.3,
    "times the reading time",
    "a local NVMe disk reads three times as fast",
    "reading, low end",
  ),
  readFactorHigh: judged(
    2.5,
    "times the reading time",
    "a throttled network disk reads at two fifths",
    "reading, high end",
  ),
  leastRequests: judged(
    4,
    "requests",
    "continuous batching needs a batch",
    "a card that holds fewer is not offered as a server",
  ),
  mostSequences: judged(
    128,
    "requests",
    "half of the engines' 256 (defaultSlots)",
    "slots of the planned server: prompts that arrive together wait for each other",
  ),
  memoryUtilisation: judged(
    0.9,
    "share of the card",
    "vLLM gpu_memory_utilization default",
    "what the planned server may use",
  ),
  sameCardPremium: judged(
    1.15,
    "times the cheapest",
    "one card for training and serving saves an image and a quota",
    "what keeping the trained-on card may cost",
  ),
  slotStep: judged(0.9, "share of slots", "seven steps halve the slots", "how slots are lowered until they surely fit"),
} as const satisfies Record<string, Assumed>;
