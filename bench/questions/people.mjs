// Seeded people: a whole brief that is true, and the part of it that they say at first.

/** Mulberry32: a small generator with a seed, so that a run can be repeated. */
function random(seed) {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const MODELS = [
  "meta-llama/Llama-3.2-1B",
  "Qwen/Qwen3-1.7B",
  "Qwen/Qwen2.5-3B",
  "mistralai/Mistral-7B-v0.3",
  "meta-llama/Llama-3.1-8B",
  "Qwen/Qwen3-8B",
  "Qwen/Qwen3-14B",
  "Qwen/Qwen2.5-32B",
  "meta-llama/Llama-3.1-70B",
];
const CARDS = ["rtx-3090", "rtx-4090", "a10g", "l4", "l40s", "rtx-a6000", "a100-80gb-sxm", "h100-80gb-sxm"];

/**
 * Values drawn log-uniformly over what people write (quartiles of test/brief/briefs.jsonl), never from the list of
 * answers that the planner tries.
 */
export function person(seed, catalog) {
  const next = random(seed);
  const pick = (list) => list[Math.floor(next() * list.length)];
  const between = (low, high) => Math.exp(Math.log(low) + next() * Math.log(high / low));
  const round = (x) => Number(x.toPrecision(2));
  const models = MODELS.filter((id) => catalog.models.some((m) => m.id === id));
  const truth = { modality: "llm", task: "sft", phase: "train", dataStatus: next() < 0.8 ? "have" : "collect" };
  truth.model = pick(models);
  truth.exampleCount = round(between(500, 200_000));
  truth.sequenceLength = Math.round(between(256, 8192) / 64) * 64;
  truth.averageTokens = Math.max(16, Math.round(truth.sequenceLength * between(0.08, 0.7)));
  truth.deploymentTarget = "cloud";
  if (next() < 0.45) {
    truth.accelerator = pick(CARDS);
    truth.acceleratorCount = next() < 0.7 ? 1 : pick([2, 4]);
    truth.owned = next() < 0.7;
    if (truth.owned) truth.deploymentTarget = next() < 0.5 ? "on-premises" : "local";
  }
  if (next() < 0.4 && !truth.owned) truth.budgetUsd = round(between(10, 1500));
  if (next() < 0.3) truth.deadlineHours = round(between(12, 400));
  if (next() < 0.4) {
    truth.phase = "both";
    truth.requestsPerSecond = round(between(0.05, 30));
    truth.outputTokens = round(between(32, 800));
    if (next() < 0.3) truth.latencyMs = round(between(1500, 20_000));
  }
  const rule = next();
  if (rule < 0.1 && !truth.owned) truth.constraints = ["eu-only"];
  else if (rule < 0.2 && !truth.owned) truth.constraints = [pick(["existing-aws", "existing-gcp"])];
  return { truth, said: hidden(truth, next) };
}

/** What they say at first: the purpose, and each other thing with a chance of a half. */
function hidden(truth, next) {
  const said = {};
  for (const [field, value] of Object.entries(truth)) {
    const kept = next() < 0.5;
    if (field === "task" || field === "modality" || kept) said[field] = value;
  }
  // Nobody counts cards, or says whose they are, without naming them.
  if (said.accelerator === undefined)
    for (const field of ["acceleratorCount", "owned", "deploymentTarget"]) delete said[field];
  // A rate that is not said leaves serving unsaid.
  if (said.requestsPerSecond === undefined) {
    for (const field of ["outputTokens", "latencyMs"]) delete said[field];
    if (said.phase === "both") said.phase = "train";
  }
  return said;
}
