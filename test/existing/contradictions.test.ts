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
