import { describe, expect, test } from "vitest";
import { readText } from "../../src/brief/read.ts";
import { catalog } from "../../src/catalog/catalog.ts";
import { advise } from "../../src/plan/advise.ts";
import type { Decision, DecisionName, Plan } from "../../src/plan/plan.ts";

const today = "2026-11-22";
const plans = new Map<string, Plan>();
const planOf = (text: string): Plan => {
  const known = plans.get(text) ?? advise(readText(text, catalog, { today }), catalog, { today });
  plans.set(text, known);
  return known;
};
const decisionOf = (text: string, name: DecisionName): Decision => {
  const found = planOf(text).decisions.find((d) => d.name === name);
  expect(found, `${planOf(text).status}: ${planOf(text).headline}`).toBeDefined();
  return found!;
};

/** A row of the mission's tables: a brief in which it wins and one in which it is refused, each with the reason in substance. */
interface Row {
  row: string;
  option: string;
  wins: [brief: string, because: RegExp];
  refused: [brief: string, because: RegExp];
}

const FRAMEWORKS: Row[] = [
  {
    row: "Hugging Face Transformers: pre-trained models",
    option: "transformers",
    wins: ["Fine-tune Llama 3.1 8B on 50k support tickets on one 24 GB GPU, budget $200", /pretrained.*published/],
    refused: [
      "our own novel attention architecture, 300M parameters, train on 2M examples with one A100",
      /zoo of published models.*yours does not yet/,
    ],
  },
  {
    row: "Hugging Face Transformers: NLP/vision tasks",
    option: "transformers",
    wins: ["classify product photos into 40 classes, 20k images, laptop with RTX 3060", /pretrained.*published/],
    refused: ["predict churn from 200k rows of customer data", /table gains nothing/],
  },
  {
    row: "PyTorch native: custom architectures, research, non-standard models",
    option: "pytorch",
    wins: ["a custom graph neural network for molecules, 2M molecules, on our A100", /architecture is your own/],
    refused: ["Fine-tune Mistral 7B on 20k chats, one 4090", /custom architectures and research.*loop to maintain/],
  },
  {
    row: "PyTorch native: a loop of its own",
    option: "pytorch",
    wins: ["pretrain a 1B model on 20B tokens with megatron on 8 H100", /own model and loop/],
    refused: ["fine-tune whisper on 20k clips, we know pytorch, one 4090", /custom architectures and research/],
  },
  {
    row: "JAX/Flax: TPU deployment",
    option: "jax-flax",
    wins: ["pretrain a 1B model on 20B tokens on 8 TPU v5e", /TPUs.*XLA/],
    refused: ["full fine-tune Qwen3 1.7B on 30k examples, one A100", /TPUs and very large meshes/],
  },
  {
    row: "JAX/Flax: large-scale distributed training",
    option: "jax-flax",
    wins: ["pretrain a 7B from scratch on 300B tokens, 16 nodes of 8 H100", /128 accelerators/],
    refused: ["pretrain a 1B model on 20B tokens on 8 H100", /very large meshes; this plan runs on 8 GPUs/],
  },
  {
    row: "JAX/Flax: functional programming preference",
    option: "jax-flax",
    wins: ["fine-tune Gemma 2 2B in JAX on 20k examples, one A100", /asked for.*[\s\S]*Pure functions/],
    refused: ["fine-tune Gemma 2 2B on 20k examples, one A100", /TPUs and very large meshes/],
  },
  {
    row: "TensorFlow/Keras: production systems with TF infrastructure",
    option: "tensorflow-keras",
    wins: ["we are a tensorflow shop, classify 30k support emails into 12 intents", /You run TensorFlow.*SavedModel/],
    refused: ["we are a tensorflow shop, fine-tune Llama 3.1 8B on 20k examples", /published for PyTorch/],
  },
  {
    row: "TensorFlow/Keras: mobile deployment (TFLite)",
    option: "tensorflow-keras",
    wins: ["image classifier with 12 classes for our android app, train on 5k photos", /phone.*LiteRT/],
    refused: ["image classifier with 12 classes on our server, train on 5k photos", /TFLite; neither was said/],
  },
];

const METHODS: Row[] = [
  {
    row: "Full fine-tuning: small models (<1B params)",
    option: "full",
    wins: ["fine-tune Qwen2.5 0.5B on 10k examples, one 4090", /below 1B parameters, and the numbers agree/],
    refused: ["fine-tune Llama 3.1 8B on 10k examples, one 4090", /full fine-tuning of 8\.0B.*GiB of states/],
  },
  {
    row: "Full fine-tuning: task-specific models",
    option: "full",
    wins: ["sentiment classification of 100k reviews, 3 classes", /small enough to move every weight/],
    refused: [
      "train an image classifier on 300 labelled x-rays, 2 classes, one RTX 4090",
      /not needed for this amount of data|against/,
    ],
  },
  {
    row: "Full fine-tuning: sufficient compute available",
    option: "full",
    wins: ["full fine-tune Llama 3.1 8B on 8 H100, 50k examples", /8 × .*H100.* hold every weight/],
    refused: ["full fine-tune Llama 3.1 8B on one 24 GB GPU of ours, 50k examples", /needs [\d.]+ GiB/],
  },
  {
    row: "PEFT/LoRA: large models (>7B params)",
    option: "lora",
    wins: ["fine-tune Qwen3 8B on 20k examples, budget $10", /between 7B and 13B, and the numbers agree/],
    refused: ["fine-tune Qwen2.5 0.5B on 10k examples, one 4090", /./],
  },
  {
    row: "PEFT/LoRA: limited compute, cost optimization",
    option: "lora",
    wins: ["fine-tune gemma 2 2b on 200k examples, cheap, one RTX 3090", /adapter is a few hundred MB/],
    refused: ["pretrain a 300M model on 5B tokens, one 4090", /adapters need a base/],
  },
  {
    row: "Quantization (QLoRA): very large models (>13B params)",
    option: "qlora",
    wins: ["fine-tune Qwen2.5 14B on 5k examples on our 4090", /above 13B, and the numbers agree/],
    refused: ["fine-tune Qwen2.5 14B on 5k examples on our H100", /LoRA fits|against|4-bit/],
  },
  {
    row: "Quantization (QLoRA): consumer GPUs, extreme memory constraints",
    option: "qlora",
    wins: ["fine-tune Llama 3.1 8B on 5k examples on our RTX 3060 12GB", /held in 4 bits/],
    refused: ["fine-tune Llama 3.1 8B on 5k examples on our A100 80GB", /4-bit|against/],
  },
];

const SPREAD: Row[] = [
  {
    row: "Distributed training: models >30B params",
    option: "fsdp",
    wins: ["lora fine-tune Llama 3.1 405B on 20k examples, budget $2000", /No single device holds it|One device takes/],
    refused: ["qlora fine-tune Qwen3 8B on 20k examples on our A100", /one device does not hold/],
  },
  {
    row: "Distributed training: large datasets",
    option: "ddp",
    wins: ["lora Qwen3 8B, 10M examples of 500 tokens, must be done in 24 hours", /One device takes/],
    refused: ["lora Qwen3 8B, 5k examples of 500 tokens", /save time and no money/],
  },
  {
    row: "Distributed training: multi-node required",
    option: "fsdp",
    wins: ["full fine-tuning of Llama 3.1 70B on 4 nodes of 8 H100, 50k examples", /sharded it needs/],
    refused: [
      "fine-tune Llama 3.1 8B on 4x 4090 of ours, lora with 512 tokens, 10k examples",
      /gathered|does not hold|GiB|against/,
    ],
  },
  {
    row: "Distributed training: states in host memory",
    option: "offload",
    wins: ["full fine-tuning of Qwen3 8B on our 2x RTX 3090, the server has 256GB RAM, 20k examples", /host memory/],
    refused: ["full fine-tuning of Qwen3 8B on our 8x H100, 20k examples", /PCIe/],
  },
];

describe.each([
  ["framework", FRAMEWORKS],
  ["method", METHODS],
  ["distributed", SPREAD],
] as const)("the mission's table: %s", (name, rows) => {
  test.each(rows)("$row: wins", ({ option, wins: [brief, because] }) => {
    const decision = decisionOf(brief, name);
    expect(decision.choice, brief).toBe(option);
    expect(decision.reasons.join("\n")).toMatch(because);
  });

  test.each(rows)("$row: is refused", ({ option, refused: [brief, because] }) => {
    const plan = planOf(brief);
    // What a person insisted on and cannot have is a blocker; what they left open is refused within the decision.
    if (plan.status === "infeasible") {
      expect(plan.blockers.map((b) => b.text).join("\n")).toMatch(because);
      return;
    }
    const decision = decisionOf(brief, name);
    expect(decision.choice, brief).not.toBe(option);
    expect(decision.refused.find((r) => r.option === option)?.why, brief).toMatch(because);
  });
});

test("above 30B one device may still win, and the plan says that the numbers overruled the usual choice", () => {
  const decision = decisionOf("qlora fine-tune Llama 3.1 70B on 2k examples, one H100", "distributed");
  expect(decision.choice).toBe("single");
  expect(decision.reasons.join(" ")).toMatch(/Above 30B parameters several devices are the usual choice/);
});

test("a 16-bit base that fits overrules QLoRA above 13B, and the plan says so", () => {
  const decision = decisionOf("fine-tune Qwen2.5 14B on 5k examples on our H100", "method");
  expect(decision.choice).toBe("lora");
  expect(decision.reasons.join(" ")).toMatch(/usual choice above 13B is QLoRA; here a 16-bit base fits/);
});

test("every framework of the catalog can win, and cites its own documents", () => {
  const winners = FRAMEWORKS.map(({ wins: [brief] }) => decisionOf(brief, "framework"));
  winners.push(decisionOf("predict churn from 200k rows of customer data", "framework"));
  expect(new Set(winners.map((d) => d.choice))).toEqual(new Set(catalog.frameworks.map((f) => f.id)));
  const known = new Set(catalog.documents.map((d) => d.id));
  for (const d of winners) {
    expect(d.documents.length, d.choice).toBeGreaterThan(0);
    for (const id of d.documents) expect(known.has(id), id).toBe(true);
  }
});
