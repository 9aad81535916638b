import { expect, test } from "vitest";
import { readText } from "../../src/brief/read.ts";
import { catalog } from "../../src/catalog/catalog.ts";
import { contradictions } from "../../src/existing/contradictions.ts";
import { readExisting } from "../../src/existing/read-existing.ts";
import { advise } from "../../src/plan/advise.ts";

const today = "2026-11-22";
const project = (files: Record<string, string>) =>
  readExisting(
    Object.entries(files).map(([path, text]) => ({ path, text })),
    catalog,
  );
const planOf = (found: ReturnType<typeof project>, words: string) =>
  advise({ brief: { ...found.brief, ...readText(words, catalog, { today }).brief } }, catalog, { today });

const config = `base_model: mistralai/Mistral-7B-v0.3
adapter: lora
micro_batch_size: 8
sequence_len: 8192
gradient_checkpointing: false
fp16: true
optimizer: adamw_torch
`;

test("a setting that the plan sets otherwise is told with its line", () => {
  const found = project({ "configs/train.yaml": config });
  const told = contradictions(found, planOf(found, "on one RTX 4090 of ours, micro batch 2, seq 2048"));
  expect(told).toContain("configs/train.yaml:3 sets micro batch 8; the plan trains with 2.");
  expect(told).toContain("configs/train.yaml:4 sets sample length 8192; the plan trains with 2048.");
  expect(told).toContain("configs/train.yaml:5 sets gradient checkpointing off; the plan trains with on.");
  expect(told).toContain("configs/train.yaml:6 sets dtype fp16-mixed; the plan trains with bf16-mixed.");
});

test("settings that agree with the plan are not told", () => {
  const found = project({
    "train.yaml": "base_model: Qwen/Qwen3-8B\nadapter: qlora\nload_in_4bit: true\nbf16: true\n",
  });
  expect(contradictions(found, planOf(found, "on one RTX 4090 of ours"))).toEqual([]);
});

test("a configuration that does not fit on the named card is told, with the smallest repair", () => {
  // Logits alone are 8 × 8192 × 32,768 × 4 bytes = 8 GiB, and no activation is recomputed.
  const found = project({ "configs/train.yaml": config });
  const told = contradictions(found, planOf(found, "on one RTX 4090 of ours"));
  expect(told.join(" ")).toMatch(
    /As configs\/train\.yaml stands, the run does not fit comfortably: .* The smallest change: /,
  );
});

test("the launch of more processes than the plan has accelerators is told", () => {
  const found = project({
    "run.sh": "accelerate launch --num_processes 8 train.py --model_name_or_path Qwen/Qwen3-8B\n",
  });
  const told = contradictions(found, planOf(found, "lora on two RTX 4090 of ours"));
  expect(told).toContain("run.sh:1 sets accelerators 8; the plan trains with 2.");
});

test("a package that is held a major version behind the plan's project is told, a newer or open one is not", () => {
  const found = project({
    "requirements.txt": "transformers==4.36.2\npeft>=0.8\ntorch<3\ndatasets~=6.0\n",
    "train.py": 'AutoModelForCausalLM.from_pretrained("Qwen/Qwen3-8B")\n',
  });
  const plan = planOf(found, "on one RTX 4090 of ours");
  expect(contradictions(found, plan, "transformers==5.23.0\npeft==0.21.0\ntorch==2.13.0\ndatasets==5.1.0\n")).toEqual([
    "requirements.txt:1 pins transformers==4.36.2; the plan's project pins transformers 5.23.0, a later major version.",
  ]);
});

test("rank, alpha, targets, learning rate and samples a step were tuned together: the plan keeps them", () => {
  const found = project({
    "sft.yaml":
      "model_name_or_path: Qwen/Qwen3-8B\nlora_r: 64\nlora_alpha: 96\nlora_target_modules: [q_proj, v_proj]\nlearning_rate: 7.0e-5\nload_in_4bit: true\nper_device_train_batch_size: 4\ngradient_accumulation_steps: 6\n",
  });
  const { training } = planOf(found, "on one RTX 4090 of ours");
  expect(training).toMatchObject({ loraRank: 64, loraAlpha: 96, loraTargets: "qv", learningRate: 7e-5 });
  // Four samples at a time, six times: twenty-four a step, however the plan divides them.
  expect(training!.microBatchSize * training!.gradientAccumulationSteps).toBe(24);
});

test("a learning rate that was set for adapters is not taken for all weights", () => {
  const found = project({ "sft.yaml": "model_name_or_path: Qwen/Qwen3-0.6B\nlora_r: 16\nlearning_rate: 7.0e-4\n" });
  const words = "full fine-tuning on one H100 of ours";
  expect(planOf(found, words).training?.learningRate).toBe(
    planOf(project({}), `Qwen3 0.6B, ${words}`).training?.learningRate,
  );
});

test("an optimizer under its trainer's name, quantisation and packing are compared with the plan's", () => {
  const found = project({
    "sft.yaml":
      "model_name_or_path: Qwen/Qwen3-8B\nadapter: lora\noptim: adamw_torch_fused\nload_in_8bit: true\npacking: true\nlora_r: 16\n",
  });
  const told = contradictions(found, planOf(found, "lora on one A100 80GB of ours"));
  expect(told.join("\n")).not.toMatch(/optimizer/);
  expect(told).toContain("sft.yaml:4 sets quantisation of the base int8; the plan trains with none.");
  expect(told).toContain("sft.yaml:5 sets packing on; the plan trains with off.");
});

test("a value that another place overrules is not told as the project's", () => {
  const found = project({
    "train.py": 'Trainer(yaml.safe_load(open("a.yaml")))\nparser.add_argument("--max_length", type=int, default=128)\n',
    "a.yaml": "model_name_or_path: Qwen/Qwen3-8B\nadapter: lora\nmax_length: 2048\n",
  });
  expect(contradictions(found, planOf(found, "on one RTX 4090 of ours, seq 1024"))).toEqual([
    "a.yaml:3 sets sample length 2048; the plan trains with 1024.",
  ]);
});
