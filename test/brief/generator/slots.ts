/** The moving parts of a generated brief: each slot writes some words and says what they mean. */
export interface Filled {
  text: string;
  means: Record<string, unknown>;
  /** What the words say besides, to a generous reader: the memory in a card's name, a typical length. */
  mayMean?: Record<string, unknown>;
}
export type Draw = <T>(options: readonly T[]) => T;
type Slot = (draw: Draw) => Filled;

/** Cards people name, each in the spellings people use. Memory only where one name covers two sizes. */
const CARDS = [
  { names: ["4090", "rtx 4090", "RTX4090", "RTX 4090"], id: "rtx-4090", gib: 24 },
  { names: ["3090", "rtx 3090", "RTX3090"], id: "rtx-3090", gib: 24 },
  { names: ["A100 80GB", "a100 80g", "A100-80GB"], id: "a100-80gb", gib: 80 },
  { names: ["A100 40GB", "a100-40gb"], id: "a100-40gb", gib: 40 },
  { names: ["H100", "h100"], id: "h100", gib: 80 },
  { names: ["L40S", "l40s"], id: "l40s", gib: 48 },
  { names: ["L4", "l4"], id: "l4", gib: 24 },
  { names: ["T4", "t4"], id: "t4", gib: 16 },
  { names: ["A10G", "a10g"], id: "a10g", gib: 24 },
  { names: ["A6000", "rtx a6000"], id: "rtx-a6000", gib: 48 },
  { names: ["H200"], id: "h200", gib: 141 },
] as const;
/** Cards whose name has a plain plural and carries no memory size. */
const BARE = CARDS.filter((c) => !/\d\s?g/i.test(c.names[0]));

const MODELS = [
  ["llama 3.1 8b", "Llama-3.1-8B"],
  ["Llama-3.1-8B", "Llama-3.1-8B"],
  ["llama3.1 70b", "Llama-3.1-70B"],
  ["mistral 7b", "Mistral-7B"],
  ["Mistral-7B", "Mistral-7B"],
  ["qwen2.5 7b", "Qwen2.5-7B"],
  ["Qwen2.5-14B", "Qwen2.5-14B"],
  ["qwen2.5-32b", "Qwen2.5-32B"],
  ["qwen3 14b", "Qwen3-14B"],
  ["Qwen3-8B", "Qwen3-8B"],
  ["gemma 2 9b", "gemma-2-9b"],
  ["gemma-2-27b", "gemma-2-27b"],
  ["llama 2 13b", "Llama-2-13b"],
  ["phi-4", "phi-4"],
] as const;

const SIZES = [
  ["7b", 7e9],
  ["13B", 13e9],
  ["8b", 8e9],
  ["3b", 3e9],
  ["70B", 70e9],
  ["1.5b", 1.5e9],
  ["34b", 34e9],
  ["14B", 14e9],
] as const;

const COUNT_WORDS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight"] as const;

const rowCount = (draw: Draw): { text: string; value: number } => {
  const thousands = draw([2, 5, 8, 12, 20, 35, 50, 60, 120, 250]);
  const value = thousands * 1000;
  return {
    text: draw([`${thousands}k`, `${thousands}K`, `${thousands},000`, `${value}`, `${thousands} thousand`]),
    value,
  };
};
const power = (draw: Draw): number => draw([512, 1024, 2048, 4096, 8192]);
const short = (tokens: number): string => (tokens % 1024 === 0 ? `${tokens / 1024}k` : String(tokens));
/** "2k" is 2048 to some and 2000 to others. */
const lengthMeans = (tokens: number): Record<string, unknown> => ({
  sequenceLength: { min: tokens * 0.97, max: tokens * 1.001 },
});

export const SLOTS = {
  /** A card and how many, as people count. */
  cards: (draw) => {
    const card = draw(CARDS);
    const name = draw(card.names);
    const count = draw([2, 3, 4, 6, 8]);
    const word = COUNT_WORDS[count] as string;
    const text = draw([
      `${count}x ${name}`,
      `${count} x ${name}`,
      `${count}×${name}`,
      `${count}*${name}`,
      `${word} ${name}s`,
      `${count} ${name}s`,
      `${count}x${name}`,
    ]);
    return {
      text,
      means: { accelerator: card.id, acceleratorCount: count },
      mayMean: { acceleratorMemoryGib: card.gib },
    };
  },
  /** Exactly one. */
  card: (draw) => {
    const card = draw(CARDS);
    const name = draw(card.names);
    const text = draw([`1x ${name}`, `a single ${name}`, `one ${name}`, `1 ${name}`, `single ${name}`]);
    return { text, means: { accelerator: card.id, acceleratorCount: 1 }, mayMean: { acceleratorMemoryGib: card.gib } };
  },
  /** A bare name without a count. */
  name: (draw) => {
    const card = draw(BARE);
    return { text: draw(card.names), means: { accelerator: card.id } };
  },
  /** A bare plural: "4090s". */
  plural: (draw) => {
    const card = draw(BARE);
    return { text: `${draw(card.names)}s`, means: { accelerator: card.id } };
  },
  /** Count before a card with its memory after: the memory is each card's. */
  sized: (draw) => {
    const card = draw(BARE.filter((c) => c.id !== "h200"));
    const count = draw([2, 4, 8]);
    const name = draw(card.names);
    const text = draw([
      `${count}x ${name} ${card.gib}gb`,
      `${count} ${name} (${card.gib}GB)`,
      `${count}*${name} ${card.gib}gb each`,
      `${count}x${name} ${card.gib} GB`,
    ]);
    return { text, means: { accelerator: card.id, acceleratorCount: count, acceleratorMemoryGib: card.gib } };
  },
  ram: (draw) => {
    const gib = draw([32, 64, 96, 128, 256, 512]);
    return {
      text: draw([
        `${gib}gb ram`,
        `${gib} GB RAM`,
        `${gib}G of ram`,
        `${gib} gigs of system ram`,
        `${gib}GB of memory on the host`,
      ]),
      means: { hostMemoryGib: gib },
    };
  },
  vram: (draw) => {
    const gib = draw([8, 12, 16, 24, 48]);
    return {
      text: draw([`${gib}gb vram`, `${gib} GB VRAM`, `${gib} gigs of vram`, `${gib}G of VRAM`]),
      means: { acceleratorMemoryGib: gib },
    };
  },
  model: (draw) => {
    const [text, id] = draw(MODELS);
    return { text, means: { model: id } };
  },
  size: (draw) => {
    const [text, value] = draw(SIZES);
    return { text, means: { parameterCount: value } };
  },
  rows: (draw) => {
    const { text, value } = rowCount(draw);
    const noun = draw([
      "rows",
      "examples",
      "samples",
      "conversations",
      "records",
      "support tickets",
      "Q&A pairs",
      "instruction pairs",
    ]);
    return { text: `${draw(["", "~", "about ", "roughly ", ""])}${text} ${noun}`, means: { exampleCount: value } };
  },
  length: (draw) => {
    const tokens = power(draw);
    const text = draw([
      `seq len ${tokens}`,
      `ctx ${short(tokens)}`,
      `${tokens} tokens each`,
      `max length ${tokens}`,
      `max_seq_len=${tokens}`,
      `${short(tokens)} context`,
      `sequence length ${short(tokens)}`,
      `cutoff ${tokens}`,
    ]);
    return { text, means: lengthMeans(tokens), mayMean: { averageTokens: tokens } };
  },
  batch: (draw) => {
    const size = draw([1, 2, 4, 8, 16]);
    return {
      text: draw([
        `batch ${size}`,
        `bs ${size}`,
        `bs=${size}`,
        `micro batch ${size}`,
        `batch size of ${size}`,
        `bsz ${size}`,
      ]),
      means: { microBatchSize: size },
    };
  },
  epochs: (draw) => {
    const n = draw([1, 2, 3, 5, 10]);
    return {
      text:
        n === 1
          ? draw(["1 epoch", "one epoch", "a single epoch"])
          : draw([`${n} epochs`, `${n} ep`, `${COUNT_WORDS[n] ?? n} epochs`]),
      means: { epochs: n },
    };
  },
  method: (draw) => {
    const [text, method] = draw([
      ["lora", "lora"],
      ["LoRA", "lora"],
      ["qlora", "qlora"],
      ["QLoRA", "qlora"],
      ["full fine-tuning", "full"],
      ["full finetune", "full"],
    ] as const);
    return { text, means: { method } };
  },
  adapter: (draw) => {
    const [text, method] = draw([
      ["lora", "lora"],
      ["qlora", "qlora"],
      ["QLoRA", "qlora"],
      ["LoRA", "lora"],
    ] as const);
    return { text, means: { method } };
  },
  usd: (draw) => {
    const amount = draw([50, 100, 200, 300, 500, 800, 1500, 2000, 5000]);
    const short = amount >= 1000 ? `$${amount / 1000}k` : `$${amount}`;
    return {
      text: draw([`$${amount}`, short, `${amount} USD`, `${amount} dollars`, `US$${amount}`, `${amount} bucks`]),
      means: { budgetUsd: amount },
    };
  },
  /** Money that is not dollars: kept with its currency. */
  foreign: (draw) => {
    const amount = draw([200, 500, 800, 1500, 3000]);
    const [text, currency] = draw([
      [`${amount} EUR`, "EUR"],
      [`€${amount}`, "EUR"],
      [`${amount}€`, "EUR"],
      [`£${amount}`, "GBP"],
      [`${amount} euros`, "EUR"],
      [`${amount} CHF`, "CHF"],
      [`${amount} GBP`, "GBP"],
    ] as const);
    return { text, means: { budget: { amount, currency } } };
  },
  period: (draw) => ({
    text: draw(["a month", "/mo", "per month", "/month", "monthly"]),
    means: { budgetPeriod: "month" },
  }),
  days: (draw) => {
    const n = draw([2, 3, 4, 5, 10]);
    return { text: draw([`${n} days`, `${n}d`, `${n} days`]), means: { deadlineHours: n * 24 } };
  },
  hours: (draw) => {
    const n = draw([3, 6, 12, 24, 36, 48]);
    return { text: draw([`${n} hours`, `${n}h`, `${n} hrs`]), means: { deadlineHours: n } };
  },
  weeks: (draw) => {
    const n = draw([2, 3, 6]);
    return { text: draw([`${n} weeks`, `${COUNT_WORDS[n]} weeks`, `${n} wks`]), means: { deadlineHours: n * 168 } };
  },
  rps: (draw) => {
    const n = draw([2, 5, 10, 20, 50, 100]);
    return {
      text: draw([`${n} rps`, `${n} req/s`, `${n} requests per second`, `${n} qps`, `${n} requests/sec`]),
      means: { requestsPerSecond: n },
    };
  },
  latency: (draw) => {
    const ms = draw([50, 100, 200, 300, 500, 800]);
    return { text: draw([`${ms}ms`, `${ms} ms`, `${ms / 1000}s`]), means: { latencyMs: ms } };
  },
  users: (draw) => {
    const n = draw([10, 20, 30, 50, 200]);
    return {
      text: draw([
        `${n} concurrent users`,
        `${n} users at once`,
        `${n} people at the same time`,
        `${n} simultaneous users`,
      ]),
      means: { concurrentUsers: n },
    };
  },
  tps: (draw) => {
    const n = draw([20, 30, 50, 100]);
    return {
      text: draw([`${n} tok/s`, `${n} tokens/s`, `${n} t/s`, `${n} tokens per second`]),
      means: { tokensPerSecond: n },
    };
  },
  tokens: (draw) => {
    const [text, value] = draw([
      ["10B tokens", 10e9],
      ["300B tokens", 300e9],
      ["500M tokens", 500e6],
      ["2 billion tokens", 2e9],
      ["1T tokens", 1e12],
      ["20 B tokens", 20e9],
      ["40M tok", 40e6],
    ] as const);
    return { text, means: { tokenCount: value } };
  },
  data: (draw) => {
    const [text, value] = draw([
      ["40GB", 40],
      ["12 GB", 12],
      ["200gb", 200],
      ["1.5 TB", 1536],
      ["600 MB", 0.586],
    ] as const);
    return { text, means: { dataSizeGib: { min: value * 0.9, max: value * 1.01 } } };
  },
} as const satisfies Record<string, Slot>;

export type SlotName = keyof typeof SLOTS;
