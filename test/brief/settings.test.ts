import { expect, test } from "vitest";
import { readText } from "../../src/brief/read.ts";
import { catalog } from "../../src/catalog/catalog.ts";

const read = (text: string) => readText(text, catalog, { today: "2026-11-22" }).brief;
const current = (text: string) => read(text).current?.value;

test.each([
  ["llama 3 8b lora, gradient checkpointing off", { gradientCheckpointing: false }],
  ["llama 3 8b lora without gradient checkpointing", { gradientCheckpointing: false }],
  ["llama 3 8b lora with activation checkpointing and liger", { gradientCheckpointing: true, fusedLoss: true }],
  ["flan-t5-xl full, bf16 zero3 no offload", { sharding: "zero-3", offload: "none", dtype: "bf16-mixed" }],
  [
    "qwen 7b full ft, ddp, fp16, grad accum 16",
    { sharding: "none", dtype: "fp16-mixed", gradientAccumulationSteps: 16 },
  ],
  ["mistral 7b lora in 8bit with adamw 8bit", { optimizer: "adamw-8bit", baseQuantization: "int8" }],
  ["serve llama 70b with vllm, tensor parallel 4", { tensorParallel: 4 }],
  ["qlora llama 3 8b r=64, eval batch size 2", { loraRank: 64, evaluationBatchSize: 2 }],
])("%s", (text, settings) => {
  expect(current(text)).toEqual(settings);
});

test("a pasted configuration goes before words about the same setting", () => {
  const text =
    "zero3 lora of qwen 7b\nper_device_train_batch_size: 2\ngradient_checkpointing: true\nlora_rank: 8\nrank 64?";
  expect(current(text)).toMatchObject({ loraRank: 8, sharding: "zero-3", gradientCheckpointing: true });
});

test("a text about none of them says none", () => {
  expect(current("fine-tune llama 3.1 8b on 50k chats, one 4090, $200")).toBeUndefined();
});

test("of two lengths the one that died is meant", () => {
  expect(read("llama3 8b lora single 4090, 2k ctx worked, 8k OOM").sequenceLength?.value).toBe(8192);
});

test("pixels are the side of an image, the longer of two", () => {
  expect(read("sdxl lora at 512px").imageSize?.value).toBe(512);
  expect(read("yolo on 1280x720 frames").imageSize?.value).toBe(1280);
  expect(read("minicpm-v lora, 640px images").exampleCount).toBeUndefined();
});

test("hours on a card are the time that there is", () => {
  expect(read("I have 100 hours on one A100 for a 7b lora").deadlineHours?.value).toBe(100);
  expect(read("it took 100 hours on one A100").deadlineHours).toBeUndefined();
});
