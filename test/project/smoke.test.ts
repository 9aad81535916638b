import { describe, expect, test } from "vitest";
import { readTemplate } from "../../src/adapters/files.ts";
import {
  checkConfiguration,
  diagnose,
  repairConfiguration,
  type SmokeStep,
  smokeCommand,
  smokeSettings,
} from "../../src/project.ts";

const TEMPLATE = await readTemplate("transformers-sft");
const read = (path: string): string => TEMPLATE.files.get(`configs/${path}`)!;
const SCHEMA = read("schema.json");
const NAMES = ["base.yaml", "train.yaml", "evaluate.yaml", "serve.yaml", "smoke.yaml"];
const FILES = new Map(NAMES.map((name) => [`configs/${name}`, read(name)]));
const edited = (path: string, from: RegExp, to: string): Map<string, string> => {
  const before = FILES.get(path)!;
  expect(before).toMatch(from);
  return new Map([...FILES, [path, before.replace(from, to)]]);
};
const complaints = (text: string) => checkConfiguration(text, SCHEMA);

describe("a configuration is checked by the project's own schema", () => {
  test.each(NAMES)("the template's %s is valid", (name) => {
    expect(complaints(read(name))).toEqual([]);
  });

  test.each([
    ["trainng:\n  epochs: 1", 'unknown key "trainng", did you mean "training"?'],
    ["training:\n  lora_rank: 8", 'unknown key "training.lora_rank", did you mean "method.lora_rank"?'],
    ["training:\n  epochs: 0", "training.epochs: expected more than 0, got 0"],
    ["model:\n  max_length: long", 'model.max_length: expected a number, got "long"'],
    ["method:\n  lora_targets: 3", "method.lora_targets: expected one of all-linear, attention, qv, or a list, got 3"],
    ["- 1", "it must hold sections with keys"],
    ["training: {epochs: 1, epochs: 2}", "it is not valid YAML"],
  ])("%j: %s", (text, expected) => {
    const [first] = complaints(text);
    expect(first!.text).toContain(expected);
  });

  test("an empty file says nothing, as for the project's loader", () => {
    expect(complaints("")).toEqual([]);
  });
});

test("a repair changes its key and no other byte; a key that is not there is not repaired", () => {
  const text = "training:   # a remark\n  epochs: 3  # epochs: 3\n  dtype: bf16\n";
  expect(repairConfiguration(text, { key: "training.epochs", value: 1.5 })).toBe(
    text.replace("epochs: 3  #", "epochs: 1.5  #"),
  );
  expect(repairConfiguration(text, { key: "training.dtype", renamed: "training.kind" })).toBe(
    text.replace("dtype", "kind"),
  );
  expect(repairConfiguration(text, { key: "training.optimizer", value: "adamw" })).toBeUndefined();
  expect(repairConfiguration("training: [", { key: "training.epochs", value: 1 })).toBeUndefined();
});

describe("what a smoke test runs with", () => {
  test("without an accelerator: the tiny model, and every setting of the project that it can obey", () => {
    const files = edited("configs/train.yaml", /micro_batch_size: 1/, "micro_batch_size: 3");
    const { arguments: args, replaced } = smokeSettings(files, false);
    expect(args.slice(0, 2)).toEqual(["--overlay", "configs/smoke.yaml"]);
    expect(args).toContain("training.micro_batch_size=3");
    expect(args).toContain("project.output_dir=outputs/notebook");
    expect(replaced).toEqual(["training.dtype: fp32 in place of bf16"]);
  });

  test("what needs an accelerator is replaced, and that is said", () => {
    const files = edited("configs/base.yaml", /name: lora /, "name: qlora ");
    const { arguments: args, replaced } = smokeSettings(files, false);
    expect(args.filter((each) => each.startsWith("method.name"))).toEqual([]);
    expect(replaced).toContain("method.name: lora in place of qlora");
  });

  test("with an accelerator: the project's own configuration, at its full length, on the sample data", () => {
    const settings = smokeSettings(FILES, true);
    const command = smokeCommand("train", settings, true);
    expect(command).not.toContain("--overlay");
    expect(command).toContain("--full-length");
    expect(command).toContain("data.train_path=data/sample/train.jsonl");
    expect(settings.replaced).toEqual([]);
  });
});

describe("a failing step names the setting to change", () => {
  const ended = (tail: string, code: number | null = 2, step: SmokeStep = "train") =>
    diagnose({ step, code, timedOut: false, tail }, SCHEMA);

  test("out of memory: the cheapest line of the project's own advice, whole", () => {
    const { why, repairs } = ended(
      [
        "OutOfMemoryError: Out of memory while training: CUDA out of memory. Tried to allocate 2.00 GiB.",
        "  Change in configs/, the cheapest first:",
        "  1. training.micro_batch_size: 2 with training.gradient_accumulation_steps: 8 (same optimizer step)",
        "  2. training.optimizer: paged-adamw-8bit",
        "  Then measure with `make probe` before starting again.",
      ].join("\n"),
      71,
    );
    expect(why).toContain("CUDA out of memory");
    expect(repairs).toEqual([
      { key: "training.micro_batch_size", value: 2 },
      { key: "training.gradient_accumulation_steps", value: 8 },
    ]);
  });

  test.each([
    [
      "ConfigError: training.optimizer adamw-8bit needs an NVIDIA GPU\n  On a CPU set training.optimizer: adamw.",
      [{ key: "training.optimizer", value: "adamw" }],
    ],
    [
      'ConfigError: model.max_length 4096 is above the 2048 positions of "tiny"\n  Set model.max_length to 2048 or less.',
      [{ key: "model.max_length", value: 2048 }],
    ],
    [
      "ConfigError: training.dtype bf16 needs compute capability 8.0 (Ampere); Tesla T4 has 7.5\n  Set training.dtype: fp16-mixed.",
      [{ key: "training.dtype", value: "fp16-mixed" }],
    ],
    [
      'ConfigError: The configuration is not valid:\n  - unknown key "training.epoch", did you mean "training.epochs"?\n  Every key …',
      [{ key: "training.epoch", renamed: "training.epochs" }],
    ],
  ])("%s", (tail, repairs) => {
    expect(ended(`some log line\n${tail}`).repairs).toEqual(repairs);
  });

  test("a rule between two keys names both, by their whole names", () => {
    const { keys, repairs } = ended(
      'ConfigError: The configuration is not valid:\n  - method: quantization "nf4" needs name qlora: lora keeps the base in 16 or 32 bit\n  Every key …',
    );
    expect(keys).toEqual(["method.name", "method.quantization"]);
    expect(repairs).toEqual([]);
  });

  test("a model that is not there: what the project says, without taking words for values", () => {
    const { say, repairs } = ended(
      'PipelineError: Cannot load "a/b": no such repository\n  Check model.id and model.revision. Offline, download it first and set model.id to the folder.',
      3,
      "model",
    );
    expect(repairs).toEqual([]);
    expect(say).toMatch(/^Change model.id or model.revision\. Check/);
  });

  test("killed by the system, or too slow: the settings that make it smaller", () => {
    for (const end of [
      { code: null, timedOut: false },
      { code: null, timedOut: true },
      { code: 137, timedOut: false },
    ])
      expect(diagnose({ step: "train", tail: "", ...end }, SCHEMA).keys).toEqual([
        "training.micro_batch_size",
        "model.max_length",
      ]);
  });

  test("an error of the code itself names no setting, and says so", () => {
    const { why, repairs, say } = ended("Traceback (most recent call last):\n  File \"x.py\"\nKeyError: 'loss'", 1);
    expect(why).toBe("KeyError: 'loss'");
    expect(repairs).toEqual([]);
    expect(say).toBe("Look at the section training.");
  });
});
