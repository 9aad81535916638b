import { describe, expect, test } from "vitest";
import { catalog } from "../../src/catalog/catalog.ts";
import { acceleratorNames, findAccelerator, findModel, modelNames, nearestNames } from "../../src/catalog/names.ts";
import { processorMs } from "../doubles/processor.ts";

describe("an accelerator is found by any usual spelling", () => {
  test.each([
    ["a100-80gb-sxm", "a100-80gb-sxm"],
    ["A100", "a100-80gb-sxm"],
    ["a100s", "a100-80gb-sxm"],
    ["NVIDIA A100-SXM4-80GB", "a100-80gb-sxm"],
    ["a100 80g", "a100-80gb-sxm"],
    ["a100-80gb", "a100-80gb-sxm"],
    ["A100 80 GiB", "a100-80gb-sxm"],
    ["80GB A100", "a100-80gb-sxm"],
    ["A100-80", "a100-80gb-sxm"],
    ["a100 40gb", "a100-40gb-sxm"],
    ["A100-SXM4-40GB", "a100-40gb-sxm"],
    ["A100 40GB PCIe", "a100-40gb-pcie"],
    ["NVIDIA A100-PCIE-40GB", "a100-40gb-pcie"],
    ["A100 PCIe", "a100-80gb-pcie"],
    ["NVIDIA A100 80GB PCIe", "a100-80gb-pcie"],
    ["A800 80GB", "a100-80gb-sxm"],
    ["a800", "a100-80gb-sxm"],
    ["h100", "h100-80gb-sxm"],
    ["H100s", "h100-80gb-sxm"],
    ["H100 SXM", "h100-80gb-sxm"],
    ["NVIDIA H100 80GB HBM3", "h100-80gb-sxm"],
    ["h100 pcie", "h100-80gb-pcie"],
    ["h100 94gb", "h100-94gb-nvl"],
    ["H100 96GB", "h100-94gb-nvl"],
    ["H100 NVL", "h100-94gb-nvl"],
    ["h800", "h100-80gb-sxm"],
    ["h200", "h200-141gb-sxm"],
    ["H200 141GB", "h200-141gb-sxm"],
    ["H200 NVL", "h200-nvl"],
    ["b200", "b200-sxm"],
    ["B200 192GB", "b200-sxm"],
    ["GB200", "gb200"],
    ["GH200", "gh200-96gb"],
    ["v100", "v100-16gb-sxm"],
    ["Tesla V100", "v100-16gb-sxm"],
    ["V100-32GB", "v100-32gb-sxm"],
    ["V100 32", "v100-32gb-sxm"],
    ["Tesla V100-SXM2-32GB", "v100-32gb-sxm"],
    ["V100-PCIE-16GB", "v100-16gb-pcie"],
    ["t4", "t4"],
    ["Tesla T4", "t4"],
    ["T4s", "t4"],
    ["T4 15GB", "t4"],
    ["P100", "p100-16gb"],
    ["l4", "l4"],
    ["L4s", "l4"],
    ["L40", "l40"],
    ["L40S", "l40s"],
    ["NVIDIA L40S GPUs", "l40s"],
    ["A10", "a10"],
    ["a10g", "a10g"],
    ["A10Gs", "a10g"],
    ["a40", "a40"],
    ["4090", "rtx-4090"],
    ["4090s", "rtx-4090"],
    ["rtx 4090", "rtx-4090"],
    ["RTX4090", "rtx-4090"],
    ["NVIDIA GeForce RTX 4090", "rtx-4090"],
    ["RTX 4090 24GB", "rtx-4090"],
    ["3090", "rtx-3090"],
    ["3090 Ti", "rtx-3090ti"],
    ["GeForce RTX 3090", "rtx-3090"],
    ["rtx 3060 12gb", "rtx-3060"],
    ["rtx 4070 12gb", "rtx-4070"],
    ["4070 Ti Super", "rtx-4070ti-super"],
    ["RTX 4060 Ti", "rtx-4060ti-8gb"],
    ["4060ti 16gb", "rtx-4060ti-16gb"],
    ["1080 Ti", "gtx-1080ti"],
    ["RTX A6000", "rtx-a6000"],
    ["a6000", "rtx-a6000"],
    ["RTX 6000 Ada", "rtx-6000-ada"],
    ["RTX PRO 6000", "rtx-pro-6000-blackwell"],
    ["RTX PRO 6000 Blackwell 96GB", "rtx-pro-6000-blackwell"],
    ["MI300X", "mi300x"],
    ["AMD Instinct MI300X", "mi300x"],
    ["TPU v5e", "tpu-v5e"],
    ["v5litepod", "tpu-v5e"],
    ["Trillium", "tpu-v6e"],
    ["TPU v4", "tpu-v4"],
    ["AWS Trainium", "trainium1"],
    ["trn2", "trainium2"],
    ["Inferentia2", "inferentia2"],
    ["Intel Gaudi 3", "gaudi3"],
    ["M3 Max", "apple-m3-max"],
    ["Apple M3 Max 64GB", "apple-m3-max"],
    ["MacBook Pro M3 Max", "apple-m3-max"],
    ["m1", "apple-m1"],
    ["Jetson Orin", "jetson-agx-orin-64gb"],
  ])("%s is %s", (name, id) => {
    expect(findAccelerator(catalog, name)?.id).toBe(id);
  });

  test.each([
    "",
    "gpu",
    "nvidia",
    "rtx",
    "rtx 6000", // Quadro, Ada or Blackwell: 24, 48 or 96 GB
    "A100 60GB",
    "RTX 4090 48GB", // a modified card
    "4090 laptop",
    "L5",
    "H1000",
    "T40",
    "100",
    "80gb",
    "M9",
    "tpu",
    "a100x",
    "apple m3 max 512gb",
    "constructor",
    "__proto__",
  ])('"%s" is nobody we know', (name) => {
    expect(findAccelerator(catalog, name)).toBeUndefined();
  });
});

describe("a model is found by any usual spelling", () => {
  test.each([
    ["meta-llama/Llama-3.1-8B", "meta-llama/Llama-3.1-8B"],
    ["meta-llama/Meta-Llama-3.1-8B", "meta-llama/Llama-3.1-8B"],
    ["Meta-Llama-3.1-405B", "meta-llama/Llama-3.1-405B"],
    ["Llama 3.1 8B", "meta-llama/Llama-3.1-8B"],
    ["llama3.1:8b", "meta-llama/Llama-3.1-8B"],
    ["llama-3-1-8b", "meta-llama/Llama-3.1-8B"],
    ["LLAMA 3.1 8 billion", "meta-llama/Llama-3.1-8B"],
    ["llama-3.1-8b-instruct", "meta-llama/Llama-3.1-8B-Instruct"],
    ["unsloth/Meta-Llama-3.1-8B-bnb-4bit", "meta-llama/Llama-3.1-8B"],
    ["llama3.1:8b-instruct-q4_K_M", "meta-llama/Llama-3.1-8B-Instruct"],
    ["llama 3 8b", "meta-llama/Meta-Llama-3-8B"],
    ["llama3 8b", "meta-llama/Meta-Llama-3-8B"],
    ["meta-llama/Meta-Llama-3-70B", "meta-llama/Meta-Llama-3-70B"],
    ["Meta Llama 3 8B Instruct", "meta-llama/Meta-Llama-3-8B"],
    ["llama 3.3 70b", "meta-llama/Llama-3.3-70B-Instruct"],
    ["Llama-2-7b", "meta-llama/Llama-2-7b-hf"],
    ["llama2 13b", "meta-llama/Llama-2-13b-hf"],
    ["Llama-2-70b-chat-hf", "meta-llama/Llama-2-70b-hf"],
    ["mistral 7b", "mistralai/Mistral-7B-v0.3"],
    ["Mistral-7B", "mistralai/Mistral-7B-v0.3"],
    ["mistral:7b", "mistralai/Mistral-7B-v0.3"],
    ["Mistral-7B-v0.1", "mistralai/Mistral-7B-v0.1"],
    ["mistral 7b instruct", "mistralai/Mistral-7B-Instruct-v0.3"],
    ["mixtral 8x7b", "mistralai/Mixtral-8x7B-v0.1"],
    ["Mixtral 8x22B", "mistralai/Mixtral-8x22B-v0.1"],
    ["Mixtral-8x7B-Instruct-v0.1-GPTQ", "mistralai/Mixtral-8x7B-v0.1"],
    ["mistral nemo 12b", "mistralai/Mistral-Nemo-Base-2407"],
    ["Qwen2.5-VL-7B", "Qwen/Qwen2.5-VL-7B-Instruct"],
    ["qwen2-7b-instruct", "Qwen/Qwen2-7B"],
    ["qwen2.5 7b", "Qwen/Qwen2.5-7B"],
    ["Qwen 2.5 7B", "Qwen/Qwen2.5-7B"],
    ["qwen2.5:14b", "Qwen/Qwen2.5-14B"],
    ["Qwen2.5-14B-Instruct-AWQ", "Qwen/Qwen2.5-14B"],
    ["qwen3 14b", "Qwen/Qwen3-14B"],
    ["Qwen3-30B-A3B", "Qwen/Qwen3-30B-A3B"],
    ["qwen2.5 coder 7b", "Qwen/Qwen2.5-Coder-7B"],
    ["gemma 3 4b", "google/gemma-3-4b-it"],
    ["gemma3:27b", "google/gemma-3-27b-it"],
    ["google/gemma-3-4b-pt", "google/gemma-3-4b-it"],
    ["gemma 2 9b", "google/gemma-2-9b"],
    ["gemma-2-9b-it", "google/gemma-2-9b"],
    ["phi-1_5", "microsoft/phi-1_5"],
    ["phi 1.5", "microsoft/phi-1_5"],
    ["phi-3-mini", "microsoft/Phi-3-mini-4k-instruct"],
    ["phi4", "microsoft/phi-4"],
    ["DeepSeek V3", "deepseek-ai/DeepSeek-V3"],
    ["deepseek r1", "deepseek-ai/DeepSeek-R1"],
    ["gpt-oss:20b", "openai/gpt-oss-20b"],
    ["gpt2", "openai-community/gpt2"],
    ["GPT-2", "openai-community/gpt2"],
    ["tinyllama", "TinyLlama/TinyLlama-1.1B-Chat-v1.0"],
    ["CodeLlama 34B", "codellama/CodeLlama-34b-hf"],
    ["falcon 40b", "tiiuae/falcon-40b"],
    ["bert-large-uncased", "google-bert/bert-large-uncased"],
    ["bert base", "google-bert/bert-base-uncased"],
    ["distilbert", "distilbert/distilbert-base-uncased"],
    ["roberta-large", "FacebookAI/roberta-large"],
    ["bge-m3", "BAAI/bge-m3"],
    ["all-MiniLM-L6-v2", "sentence-transformers/all-MiniLM-L6-v2"],
    ["whisper large v3", "openai/whisper-large-v3"],
    ["whisper-large-v3-turbo", "openai/whisper-large-v3-turbo"],
    ["sdxl", "stabilityai/stable-diffusion-xl-base-1.0"],
    ["Stable Diffusion XL", "stabilityai/stable-diffusion-xl-base-1.0"],
    ["stable diffusion 1.5", "stable-diffusion-v1-5/stable-diffusion-v1-5"],
    ["stabilityai/stable-diffusion-3-medium-diffusers", "stabilityai/stable-diffusion-3-medium-diffusers"],
    ["FLUX.1-dev", "black-forest-labs/FLUX.1-dev"],
    ["flux.1 schnell", "black-forest-labs/FLUX.1-schnell"],
    ["resnet50", "timm/resnet50"],
    ["ResNet-50", "timm/resnet50"],
    ["google/vit-base-patch16-224", "timm/vit_base_patch16_224"],
    ["Qwen/Qwen3-VL-4B-Instruct", "Qwen/Qwen3-VL-4B-Instruct"],
    ["qwen3 vl 4b", "Qwen/Qwen3-VL-4B-Instruct"],
    ["openai/gpt-oss-120b", "openai/gpt-oss-120b"],
  ])("%s is %s", (name, id) => {
    expect(findModel(catalog, name)?.id).toBe(id);
  });

  test.each([
    "",
    "model",
    "llama",
    "llama 3",
    "llama 3.1",
    "llama 8b",
    "Llama-3.1-9B",
    "llama-3.1-80b",
    "mistral",
    "mistral 70b",
    "qwen",
    "qwen 7b",
    "phi",
    "bert",
    "gemma",
    "gpt-4",
    "gpt-4o",
    "claude",
    "8b",
    "instruct",
    "xgboost",
    "yolov5",
    "my-llama-3.1-8b-tune",
    "constructor",
    "toString",
    "__proto__",
  ])('"%s" is nobody we know', (name) => {
    expect(findModel(catalog, name)).toBeUndefined();
  });
});

test("every model and accelerator of the published measurements is known", () => {
  const models =
    "mistralai/Mistral-7B-v0.1 mistralai/Mixtral-8x7B-v0.1 mistralai/Mixtral-8x22B-v0.1 meta-llama/Llama-2-7b-hf meta-llama/Llama-2-13b-hf meta-llama/Llama-2-70b-hf meta-llama/Meta-Llama-3-8B meta-llama/Meta-Llama-3-70B google-bert/bert-large-uncased microsoft/phi-1_5 tiiuae/falcon-40b codellama/CodeLlama-34b-hf openai/gpt-oss-20b openai/gpt-oss-120b black-forest-labs/FLUX.1-dev stabilityai/stable-diffusion-xl-base-1.0 stabilityai/stable-diffusion-3-medium-diffusers openai/whisper-large-v3 TinyLlama/TinyLlama-1.1B-Chat-v1.0 Qwen/Qwen2.5-7B Qwen/Qwen2.5-32B Qwen/Qwen3-VL-4B-Instruct timm/resnet50";
  for (const id of models.split(" ")) expect(findModel(catalog, id)?.id).toBe(id);
  for (const size of ["8B", "70B", "405B"]) {
    expect(findModel(catalog, `meta-llama/Meta-Llama-3.1-${size}`)?.id).toBe(`meta-llama/Llama-3.1-${size}`);
  }
  const accelerators =
    "a100-80gb-sxm a100-40gb-sxm h100-80gb-sxm gb200 v100-16gb-sxm v100-32gb-sxm rtx-3090 rtx-4090 t4 a10 a40 a10g rtx-pro-6000-blackwell h200-141gb-sxm";
  for (const id of accelerators.split(" ")) expect(findAccelerator(catalog, id)?.id).toBe(id);
});

test("no two models claim one spelling, and every spelling leads back to its model", () => {
  for (const model of catalog.models) {
    for (const name of [model.id, ...model.aliases]) expect(findModel(catalog, name)?.id, name).toBe(model.id);
    for (const name of modelNames(model)) expect(findModel(catalog, name), name).toBeDefined();
  }
});

test("no two accelerators claim one spelling, and every spelling leads back to its accelerator", () => {
  for (const accelerator of catalog.accelerators) {
    for (const name of acceleratorNames(accelerator)) {
      expect(findAccelerator(catalog, name)?.id, name).toBe(accelerator.id);
    }
  }
});

test("spellings for a reader of free text are lower case with single spaces", () => {
  const names = [...catalog.models.flatMap(modelNames), ...catalog.accelerators.flatMap(acceleratorNames)];
  for (const name of names) expect(name).toMatch(/^[a-z0-9.]+( [a-z0-9.]+)*$/);
});

test("the catalog proposes what a person may have meant", () => {
  const models = catalog.models.map((model) => model.id);
  expect(nearestNames("Lama-3.1-8B", models)[0]).toBe("meta-llama/Llama-3.1-8B");
  expect(nearestNames("mistrl-7b-v0.3", models)).toContain("mistralai/Mistral-7B-v0.3");
  expect(nearestNames("rtx-4900", ["rtx-4090", "t4", "mi300x"])).toEqual(["rtx-4090"]);
  expect(
    nearestNames(
      "rtx-4900",
      catalog.accelerators.map((a) => a.id),
    ),
  ).toHaveLength(3);
  expect(nearestNames("zzzzzzzzzzzz", models)).toEqual([]);
  expect(nearestNames("", models)).toEqual([]);
});

test("a name as long as a letter is refused at once", () => {
  const ms = processorMs(() => {
    expect(findModel(catalog, "llama-3.1-8b".padEnd(1e6, "-latest"))).toBeUndefined();
    expect(findAccelerator(catalog, "a1-".repeat(1e6))).toBeUndefined();
  });
  expect(ms).toBeLessThan(100);
});

test("ten thousand look-ups take well under a second", () => {
  findModel(catalog, "warm-up");
  const ms = processorMs(() => {
    for (let i = 0; i < 5000; i++) {
      findModel(catalog, "unsloth/Llama-3.1-8B-Instruct-bnb-4bit");
      findAccelerator(catalog, "NVIDIA A100-SXM4-80GB");
    }
  });
  expect(ms).toBeLessThan(500);
});
