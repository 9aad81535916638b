import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { listTemplates, readTemplate } from "../../src/adapters/files.ts";
import { readText } from "../../src/brief/read.ts";
import { catalog } from "../../src/catalog/catalog.ts";
import { advise } from "../../src/plan/advise.ts";
import type { Plan, TrainingSettings } from "../../src/plan/plan.ts";
import { judge } from "../../src/project/checklist.ts";
import { CONFIG_FILES } from "../../src/project/configs.ts";
import { inspect } from "../../src/project/inspect.ts";
import { MANIFEST_PATH, parseManifest } from "../../src/project/manifest.ts";
import { scaffold } from "../../src/project/scaffold.ts";
import { chooseTemplate, partKind, type Template } from "../../src/project/template.ts";
import { llamaOnOneRtx4090, llamaOnRentedA10 } from "./plan.fixture.ts";

const manifests = await listTemplates();
const templates = await Promise.all(manifests.map(({ id }) => readTemplate(id)));
const project = (plan: Plan, template: Template): Map<string, string> =>
  scaffold(plan, template, { projectName: "support-assistant", planMarkdown: "# Plan\n" });

/** Every value that the planner may put into the training settings, one change at a time. */
const SETTINGS: Partial<TrainingSettings>[] = [
  {},
  { method: "full", baseQuantization: "none", dtype: "bf16" },
  { method: "lora", baseQuantization: "none", loraTargets: "attention", dtype: "fp16-mixed" },
  { method: "lora", baseQuantization: "none", loraTargets: "qv", dtype: "fp32" },
  { baseQuantization: "nf4", optimizer: "adamw-8bit", attention: "flash" },
  { baseQuantization: "int8", optimizer: "adafactor", attention: "eager" },
  { optimizer: "adamw", learningRate: 1e-7, epochs: 0.5, fusedLoss: true, gradientCheckpointing: false },
];
const plans: [string, Plan][] = [
  ["on owned hardware", llamaOnOneRtx4090()],
  ["on a rented machine", llamaOnRentedA10()],
  ...SETTINGS.map((change): [string, Plan] => {
    const plan = llamaOnOneRtx4090();
    return [`with ${JSON.stringify(change)}`, { ...plan, training: { ...plan.training!, ...change } }];
  }),
];

/** What people ask for, and the template that its project is made from. */
const OF_MEDIA: readonly [string, string, RegExp][] = [
  [
    "fine-tune ViT-B/16 to classify 20k product photos on one A10",
    "transformers-vision",
    /image_size: 224[\s\S]*name: full/,
  ],
  ["linear probe of ResNet-50 on 3000 images with 5 classes, one T4", "transformers-vision", /name: freeze/],
  [
    "fine-tune Whisper small on 200 hours of German call recordings, RTX 4090",
    "transformers-speech",
    /max_seconds: 30/,
  ],
];

const MEDIA_WORDS: Readonly<Record<string, string>> = {
  "transformers-vision": "classify 20k product photos with ViT-B/16 on Modal",
  "transformers-speech": "fine-tune Whisper small on 100 hours of calls on SageMaker",
  "transformers-vlm": "fine-tune Qwen2.5-VL 7B with LoRA on 10k invoices on Modal",
};

/** Conversations about pictures: tokens and pictures both. 896 x 896 pixels are 32 x 32 tokens of 28 x 28. */
const OF_PICTURES: readonly [string, RegExp][] = [
  [
    "fine-tune Qwen2.5-VL 7B with LoRA on 10k invoices, one A100, and serve it",
    /Qwen2\.5-VL-7B[\s\S]*max_length: 3072[\s\S]*max_pixels: 802816[\s\S]*name: lora/,
  ],
  ["QLoRA on Qwen3-VL 8B with 5k screenshots and their descriptions, one RTX 4090", /Qwen3-VL-8B[\s\S]*name: qlora/],
];

const today = "2026-11-23";
const plannedFrom = (words: string): Plan => advise(readText(words, catalog, { today }), catalog, { today });

describe.each(OF_MEDIA)("%s", (words, id, expected) => {
  const plan = plannedFrom(words);
  const template = templates.find(({ manifest }) => manifest.id === id)!;

  test(`is a project of ${id} whose configuration its schema takes`, () => {
    expect(chooseTemplate(plan, manifests).id).toBe(id);
    const files = project(plan, template);
    const schema: unknown = JSON.parse(files.get("configs/schema.json")!);
    for (const path of CONFIG_FILES) {
      const values: unknown = parse(files.get(path) ?? "", { version: "1.1" });
      expect(complaints(schema as Schema, schema as Schema, values, path)).toEqual([]);
    }
    expect(files.get("configs/base.yaml")).toMatch(expected);
  });

  test("does not speak of chats, nor of tokens where there are none", () => {
    const files = project(plan, template);
    for (const path of ["README.md", "data/DATA_CARD.md", "models/MODEL_CARD.md", "handoff/data-engineer.md"])
      expect(files.get(path)?.replace(/HF_TOKEN|"token/gi, ""), path).not.toMatch(
        /\bchats?\b|conversations|tokens (on average|at most|a pass)|longer ones are cut/i,
      );
  });
});

test.each(OF_PICTURES)(
  "%s is a project of transformers-vlm whose configuration its schema takes",
  (words, expected) => {
    const plan = plannedFrom(words);
    expect(chooseTemplate(plan, manifests).id).toBe("transformers-vlm");
    const files = project(plan, templates.find(({ manifest }) => manifest.id === "transformers-vlm")!);
    const schema: Schema = JSON.parse(files.get("configs/schema.json")!);
    for (const path of CONFIG_FILES) {
      const values: unknown = parse(files.get(path) ?? "", { version: "1.1" });
      expect(complaints(schema, schema, values, path)).toEqual([]);
    }
    expect(files.get("configs/base.yaml")).toMatch(expected);
  },
);

test("a server of a model that was tuned on pictures has room for one in its prompt", () => {
  const plan = plannedFrom("fine-tune Qwen2.5-VL 7B with LoRA on 10k invoices, and serve it to 100 users, one A100");
  const files = project(plan, templates.find(({ manifest }) => manifest.id === "transformers-vlm")!);
  // 512 tokens of text and the picture's 1024, and an answer of 256; the longest request is four of them.
  expect(parse(files.get("configs/serve.yaml")!).serving).toMatchObject({
    max_input_tokens: 4 * (512 + 1024),
    max_new_tokens: 4 * 256,
  });
  const engine = parse(files.get("inference/vllm/engine.yaml")!);
  expect(engine["limit-mm-per-prompt"]).toEqual({ image: 1, video: 0, audio: 0 });
  expect(engine["max-model-len"]).toBe(4 * (512 + 1024 + 256));
  expect(engine["max-num-batched-tokens"]).toBeGreaterThanOrEqual(1024);
});

test("a model that answers in one pass leaves vLLM's own limits as they are: it writes no tokens", () => {
  const plan = plannedFrom(
    "Classify 20k photos of parts into 12 classes with ViT base on Modal, serve 50 requests an hour",
  );
  expect(plan.serving).toMatchObject({ deployment: "modal-functions", longestRequest: { outputTokens: 0 } });
  const files = project(plan, templates.find(({ manifest }) => manifest.id === "transformers-vision")!);
  const engine = parse(files.get("inference/vllm/engine.yaml")!);
  expect(engine["max-model-len"]).toBe(2560);
  expect(engine["override-generation-config"]).toEqual({ max_new_tokens: 512 });
});

test("speech that is not Whisper's has no project yet, and the answer names the family", () => {
  const plan = plannedFrom("fine-tune wav2vec2-base to transcribe 10 hours of speech, RTX 4090");
  expect(() => chooseTemplate(plan, manifests)).toThrow(/wav2vec2/);
});

test.each([
  ["Fine-tune Llama 3.1 8B for summarization on 20k articles", "transformers-sft"],
  ["Fine-tune Qwen3 8B to translate English to German, 50k pairs", "transformers-sft"],
  ["Fine-tune Mistral 7B to extract fields from 10k invoices", "transformers-sft"],
  ["Fine-tune Qwen2.5-VL 7B to caption 10k pictures", "transformers-vlm"],
  ["Serve Qwen3 8B with vLLM on our own L40S, 1 request/s", "transformers-sft"],
])("%s is work of %s", (words, id) => {
  expect(chooseTemplate(plannedFrom(words), manifests).id).toBe(id);
});

test.each(["transformers-vision", "transformers-speech", "transformers-vlm"])(
  "files that rows of %s name lie where every platform takes them along",
  (id) => {
    const files = project(plannedFrom(MEDIA_WORDS[id]!), templates.find(({ manifest }) => manifest.id === id)!);
    const { media_path, raw_path } = parse(files.get("configs/base.yaml")!).data;
    expect(media_path).toBe("data/media");
    expect(raw_path).toBe("data/raw"); // it stays at home
    expect([...files.keys()]).toContain("data/media/.gitkeep");
  },
);

test("a decoder's project is not written for an encoder-decoder, which it could not load", () => {
  const plan = plannedFrom("Fine-tune flan-t5-base on 20k articles");
  expect(() => chooseTemplate(plan, manifests)).toThrow(/encoder-decoder/);
});

test("a project that only serves says how its model is fetched, and nothing of a training that nobody planned", () => {
  const plan = plannedFrom("Serve Qwen3 8B with vLLM on our own L40S, 1 request/s");
  const files = project(plan, templates.find(({ manifest }) => manifest.id === "transformers-sft")!);
  const readme = files.get("README.md")!;
  expect(readme).toContain("make export ARGS=--base");
  expect(readme).toContain("max-num-seqs");
  expect(readme).not.toMatch(/training guide|learning_rate|micro_batch|The loss|last complete checkpoint/);
  expect(files.get("models/MODEL_CARD.md")).not.toMatch(/after training|\| Trained/);
  for (const role of ["data-engineer", "training-specialist", "deployment-engineer"])
    expect(files.get(`handoff/${role}.md`), role).not.toMatch(
      /make train|promoted|epochs|Tokens a pass|nothing is trained yet/,
    );
  expect(files.get("COSTS.md")).not.toMatch(/egress|Nothing\./);
});

/** The same plan with another method, which holds its base unquantised. */
const byMethod = (plan: Plan, method: string): Plan => ({
  ...plan,
  training: { ...plan.training!, method: method as TrainingSettings["method"], baseQuantization: "none" },
});

test("at least one template is installed", () => {
  expect(templates.length).toBeGreaterThan(0);
});

describe.each(templates.map((t) => [t.manifest.id, t] as const))("a project of %s", (_id, template) => {
  // A plan only reaches a template that covers its method.
  const covered = plans.map(([name, plan]): [string, Plan] => {
    const method = template.manifest.methods.find((m) => m === plan.training?.method) ?? template.manifest.methods[0]!;
    return method === plan.training?.method ? [name, plan] : [`${name}, by ${method}`, byMethod(plan, method)];
  });
  test.each(covered)("%s has only keys and values that the template's schema knows", (_name, plan) => {
    const files = project(plan, template);
    const schema = files.get("configs/schema.json");
    if (schema === undefined) return;
    for (const path of CONFIG_FILES) {
      const values: unknown = parse(files.get(path) ?? "", { version: "1.1" });
      expect(complaints(JSON.parse(schema), JSON.parse(schema), values, path)).toEqual([]);
    }
  });

  test.each(covered)("%s has no residue in what was written from the plan", (_name, plan) => {
    const files = project(plan, template);
    for (const [path, { owner }] of Object.entries(parseManifest(files.get(MANIFEST_PATH) ?? "").files)) {
      if (owner !== "plan") continue;
      expect(files.get(path), path).not.toMatch(/undefined|\[object Object\]|\bNaN\b|\{\{|\bml-project\b|\bInfinity\b/);
    }
  });

  test.each(["tensorboard", "wandb", "mlflow"])("tracked with %s has that tracker's lock and no other", (choice) => {
    const plan = llamaOnOneRtx4090();
    const decisions = plan.decisions.map((d) => (d.name === "tracking" ? { ...d, choice } : d));
    const locks = [...project({ ...plan, decisions }, template).keys()].filter((path) =>
      /^tracking\/.*\.lock$/.test(path),
    );
    const known = template.manifest.parts.some((part) => partKind(part) === "tracking" && part.id === choice);
    expect(locks).toEqual(known ? [`tracking/${choice}/requirements.lock`] : []);
  });

  test("fails no item that can be judged from its files", () => {
    const files = project(covered[0]![1], template);
    const manifest = parseManifest(files.get(MANIFEST_PATH) ?? "");
    const folders = new Set([...files.keys()].filter((path) => path.includes("/")).map((path) => path.split("/")[0]!));
    expect(judge(inspect({ files, folders, manifest })).filter((item) => item.status === "fail")).toEqual([]);
  });

  test("ignores every real .env file and no example of one", () => {
    const lines = project(llamaOnOneRtx4090(), template).get(".gitignore")?.split("\n") ?? [];
    expect(lines).toContain("!.env.example");
    expect(lines.some((line) => /^\.env(\*|\.\*)$/.test(line))).toBe(true);
  });
});

/** What a person writes, the template that it leads to, and words that its documents must not hold. */
const OF_TEXT: [words: string, template: string, foreign: RegExp][] = [
  ["LoRA fine-tuning of Llama 3.1 8B on 10k chats on one A100, then serve it", "transformers-sft", /Macro-F1|nDCG/],
  [
    "DPO on Llama 3.1 8B with 20k preference pairs on one A100, served by FastAPI",
    "transformers-preference",
    /mask_prompt|data\.packing|fused_loss: true|nDCG|Macro-F1/,
  ],
  [
    "Preference tuning of Qwen2.5 7B with QLoRA, 8k chosen/rejected pairs, one RTX 4090",
    "transformers-preference",
    /mask_prompt|data\.packing/,
  ],
  [
    "Classify support tickets into 12 categories with ModernBERT, 30k labelled examples, on one L4, and serve it",
    "transformers-classification",
    /mask_prompt|data\.packing|prompt and answer|a prompt with examples|nDCG/,
  ],
  [
    "Classify emails with Llama 3.1 8B and LoRA, 20k examples, one A100",
    "transformers-classification",
    /mask_prompt|data\.packing|nDCG/,
  ],
  [
    "Fine-tune bge-base embeddings for retrieval with 50k query document pairs on one A10G, and serve it",
    "transformers-embedding",
    /mask_prompt|data\.packing|prompt and answer|a prompt with examples|Macro-F1/,
  ],
];

test.each(OF_TEXT)("%s: %s, and its documents speak of nothing else", (words, id, foreign) => {
  const { brief } = readText(words, catalog, { today: "2026-11-23" });
  const plan = advise({ brief }, catalog, { today: "2026-11-23" });
  const manifest = chooseTemplate(
    plan,
    templates.map((template) => template.manifest),
  );
  expect(manifest.id).toBe(id);
  const files = project(plan, templates.find((template) => template.manifest.id === id)!);
  const schema: Schema = JSON.parse(files.get("configs/schema.json")!);
  for (const path of CONFIG_FILES) {
    const values: unknown = parse(files.get(path) ?? "", { version: "1.1" });
    expect(complaints(schema, schema, values, path)).toEqual([]);
  }
  for (const [path, text] of files)
    if (path.startsWith("handoff/") || path === "README.md" || path === "models/MODEL_CARD.md")
      expect(text, path).not.toMatch(foreign);
});

test("preference tuning takes the small steps of its recipes, one pass over the pairs", () => {
  // alignment-handbook, recipes/zephyr-7b-beta/dpo: 5e-6 with QLoRA, 5e-7 in full, one epoch.
  const { brief } = readText("DPO with LoRA on Llama 3.1 8B with 20k preference pairs on one A100", catalog, {
    today: "2026-11-23",
  });
  const { training } = advise({ brief }, catalog, { today: "2026-11-23" });
  expect(training).toMatchObject({ method: "lora", learningRate: 5e-6, epochs: 1 });
});

type Schema = { [key: string]: unknown };

/** The part of JSON Schema that typed configurations use: enough to find an unknown key or an impossible value. */
function complaints(root: Schema, schema: Schema, value: unknown, at: string): string[] {
  if (typeof schema.$ref === "string") {
    const name = schema.$ref.replace("#/$defs/", "");
    return complaints(root, (root.$defs as Record<string, Schema>)[name]!, value, at);
  }
  const any = schema.anyOf as Schema[] | undefined;
  if (any !== undefined) {
    const each = any.map((option) => complaints(root, option, value, at));
    return each.some((found) => found.length === 0) ? [] : (each[0] ?? []);
  }
  const options = "const" in schema ? [schema.const] : (schema.enum as unknown[] | undefined);
  if (options !== undefined)
    return options.includes(value) ? [] : [`${at}: ${JSON.stringify(value)} is none of ${options.join(", ")}`];
  const actual =
    value === null ? "null" : Array.isArray(value) ? "array" : Number.isInteger(value) ? "integer" : typeof value;
  if (schema.type !== undefined && schema.type !== actual && !(schema.type === "number" && actual === "integer"))
    return [`${at}: ${JSON.stringify(value)} is not ${String(schema.type)}`];
  const number = value as number;
  if (typeof schema.minimum === "number" && number < schema.minimum) return [`${at}: below ${schema.minimum}`];
  if (typeof schema.exclusiveMinimum === "number" && number <= schema.exclusiveMinimum)
    return [`${at}: not above ${schema.exclusiveMinimum}`];
  if (typeof schema.maximum === "number" && number > schema.maximum) return [`${at}: above ${schema.maximum}`];
  if (schema.type !== "object") return [];
  const properties = (schema.properties ?? {}) as Record<string, Schema>;
  return Object.entries(value as object).flatMap(([key, inner]) =>
    Object.hasOwn(properties, key)
      ? complaints(root, properties[key]!, inner, `${at}: ${key}`)
      : [`${at}: unknown key ${key}`],
  );
}
