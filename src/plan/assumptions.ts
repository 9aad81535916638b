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
  // --- a training candidate ---------------------------------------------------------------------------------------
  paddingFactor: judged(
    1.1,
    "tokens processed per token of the data",
    "lengths are grouped by the trainer, batches of up to 8",
    "what a batch processes beyond the samples' own tokens",
  ),
  rolloutsPerPrompt: judged(
    8,
    "completions a prompt",
    "trl GRPOConfig, docstring read 2026-11: num_generations defaults to 8",
    "what reinforcement learning writes and compares for each prompt",
  ),
  setUpHoursLow: judged(0.15, "h", "a prepared image", "machine, installation and data, low end"),
  setUpHours: judged(0.3, "h", "a bare image: drivers are there, packages are not", "machine, installation and data"),
  setUpHoursHigh: judged(
    0.75,
    "h",
    "waiting for the machine, a slow mirror",
    "machine, installation and data, high end",
  ),
  evaluationShare: judged(
    0.05,
    "share of training time",
    "a tenth of the data held out, forward only: a third of the FLOPs",
    "evaluation during and after training",
  ),
  downloadBytesPerSecond: judged(
    200e6,
    "B/s",
    "no vendor figure: a model hub from a cloud region",
    "weights on their way to the machine",
  ),
  globalBatch: judged(16, "samples", "Dettmers et al. 2023, QLoRA, table 9", "samples of one optimizer step"),
  loraRank: judged(
    16,
    "rank",
    "the usual rank; QLoRA, §4: ranks from 8 on make no difference on all linear layers",
    "rank of the planned adapter, half its scale",
  ),
  roomShare: judged(
    0.95,
    "share of usable memory",
    "a desktop, another process, and fragmentation over thousands of batches",
    "a set-up within it is called comfortable",
  ),
  adapterLearningRate: judged(
    2e-4,
    "per step",
    "Dettmers et al. 2023, QLoRA, table 9",
    "adapters start at zero and need large steps",
  ),
  fullLearningRate: judged(
    1e-5,
    "per step",
    "Touvron et al. 2023, Llama 2, §3.1: 2e-5; half for smaller data",
    "full fine-tuning moves every weight",
  ),
  preferenceAdapterLearningRate: judged(
    5e-6,
    "per step",
    "alignment-handbook, recipes/zephyr-7b-beta/dpo/config_qlora.yaml, read 2026-11-23",
    "the loss compares two likelihoods: at the rates of supervised fine-tuning both answers become unlikely",
  ),
  preferenceFullLearningRate: judged(
    5e-7,
    "per step",
    "Tunstall et al. 2023, Zephyr, and alignment-handbook, recipes/zephyr-7b-beta/dpo/config_full.yaml, read 2026-11-23",
    "a tenth of what an adapter takes, as every weight moves",
  ),
  pretrainLearningRate: judged(3e-4, "per step", "Touvron et al. 2023, Llama, table 2", "training from random weights"),
  smallModelParameters: judged(
    3.5e9,
    "parameters",
    "states of 10 B a parameter fit a card of 40 GB up to here",
    "up to this size full fine-tuning is tried unasked",
  ),
  // --- ranking ----------------------------------------------------------------------------------------------------
  waitingUsdPerHour: judged(
    0.5,
    "USD/h",
    "below the rent of any card that trains",
    "separates options that cost about the same",
  ),
  longHours: judged(
    48,
    "h",
    "two nights: beyond them faults, restarts and people waiting cost more than the rent differs",
    "a run that takes longer is looked at on more devices",
  ),
  longWaitingUsdPerHour: judged(
    5,
    "USD/h",
    "a week of waiting is then worth about a day of an engineer",
    "what an hour beyond longHours is worth",
  ),
  extraMachineEffortUsd: judged(
    1,
    "USD",
    "a cluster has to be set up, and each machine can fail",
    "what every machine after the first takes",
  ),
  worthALayout: judged(
    0.95,
    "times the time",
    "estimates of two layouts differ by less than their bands",
    "a layout with more parts must be this much faster",
  ),
  smallWholeQuality: judged(
    0.8,
    "times the cost",
    "the mission's table: full fine-tuning below 1B parameters",
    "moving every weight of a small model is the usual choice",
  ),
  largeWholeQuality: judged(
    0.4,
    "times the cost",
    "Biderman et al. 2024, LoRA learns less and forgets less: the gap on large data",
    "worth two and a half times an adapter's price where the data repays it, within the budget",
  ),
  frozenQuality: judged(
    0.7,
    "times the cost",
    "Oquab et al. 2023, DINOv2, §7: frozen features with a linear head",
    "tried only where labels are few, and better there",
  ),
  tokensForFull: judged(
    2e8,
    "tokens of one pass",
    "Biderman et al. 2024: adapters fall behind from hundreds of millions of tokens",
    "from here full fine-tuning of a large model is tried unasked, where a budget was given",
  ),
  fewLabels: judged(
    2000,
    "labels",
    "no vendor figure: where linear probes and fine-tuning cross in published transfer studies",
    "below it a frozen backbone is tried",
  ),
  marketplaceRisk: judged(
    0.3,
    "share of the cost",
    "hosts leave without notice, and there is no contract",
    "what a marketplace must save",
  ),
  thirdPartyPriceRisk: judged(
    0.15,
    "share of the cost",
    "a second-hand price may be off the vendor's",
    "what a vendor's own price is worth",
  ),
  stalePriceRisk: judged(
    1,
    "share of the cost",
    "catalog/rules 2026-11: spot H100 went from 2.52 to 6.57 USD within seven months",
    "a price that is out of date",
  ),
  spotRisk: judged(
    0.15,
    "share of the cost",
    "AWS Spot Advisor 2026-02: 5-20 % of p4d and p5 interrupted a month",
    "restarts, and the care they take",
  ),
  tightRisk: judged(0.6, "share of the cost", "a run that dies is paid twice", "memory that may not suffice"),
  quantisedQuality: judged(
    1.1,
    "times the cost",
    "Dettmers et al. 2023, §4: 4-bit adapters reach 16-bit ones, with one more thing to go wrong",
    "a 4-bit base where a 16-bit one costs the same",
  ),
  fullQuality: judged(
    0.98,
    "times the cost",
    "Biderman et al. 2024, LoRA learns less and forgets less",
    "full fine-tuning of small models gains a little",
  ),
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
  shortMonthHours: judged(672, "h", "February has 28 days", "a month of a machine that never sleeps, low end"),
  longMonthHours: judged(744, "h", "seven months have 31 days", "a month of a machine that never sleeps, high end"),
  fewerTokens: judged(
    0.85,
    "times the tokens",
    "no vendor figure: vocabularies of 32k to 256k entries cut English text within a fifth of each other",
    "what a hosted model counts of the same text, low end",
  ),
  moreTokens: judged(
    1.2,
    "times the tokens",
    "no vendor figure: vocabularies of 32k to 256k entries cut English text within a fifth of each other",
    "what a hosted model counts of the same text, high end",
  ),
  sameCardPremium: judged(
    1.15,
    "times the cheapest",
    "one card for training and serving saves an image and a quota",
    "what keeping the trained-on card may cost",
  ),
} as const satisfies Record<string, Assumed>;
