import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { architect } from "../../../notebook/answer/architect.ts";
import type { PlannedCell } from "../../../notebook/cells/cell.ts";
import type { Inserter } from "../../../notebook/cells/insert.ts";
import { readCell } from "../../../notebook/magic/cell.ts";
import type { Stage } from "../../../notebook/proxy/magician.ts";
import { preparedPython } from "../../../scripts/python-environment.mjs";
import { catalog, type Plan } from "../../../src/index.ts";
import { within } from "../kernel.ts";
import { cellsOf, running } from "./cells.ts";

const PYTHON = preparedPython();
const WORDS = "Fine-tune Llama 3.1 8B on 50k support tickets on one 24 GB GPU, budget $200";

let folder: string;
let before: string;
let say: ReturnType<typeof cellsOf>["say"];
let failing: ReturnType<typeof cellsOf>["failing"];
/** What was offered to the notebook last. */
let offered: readonly PlannedCell[] = [];
const inserter = {
  insert: async (cells: readonly PlannedCell[]) => {
    offered = cells;
    return { "text/plain": "inserted" };
  },
} as unknown as Inserter;

beforeAll(async () => {
  before = process.cwd();
  folder = mkdtempSync(join(tmpdir(), "ml-architect trial ü "));
  process.chdir(folder);
  const magician = architect({ catalog, inserter, today: () => "2026-11-23" });
  ({ say, failing } = cellsOf(magician));
  await say(`%architect plan ${WORDS}`);
});
afterAll(() => {
  process.chdir(before);
  rmSync(folder, { recursive: true, force: true, maxRetries: 20 });
});

const fix = async (text: string) => (await say("%architect fix", { lastError: () => ({ code: "", text }) })).text;
const source = (id: string): string => offered.find((cell) => cell.id === id)!.source;

test("config offers the project and a cell a file, each complete, so that it runs alone after a restart", async () => {
  await say("%architect config support-llm");
  expect(offered.map(({ id }) => id)).toEqual([
    "config-text",
    "project",
    "config-base",
    "config-train",
    "config-evaluate",
    "config-serve",
  ]);
  expect(source("project")).toBe("%architect project support-llm");
  expect(source("config-train")).toMatch(/^%%architect config support-llm\/configs\/train.yaml\n/);
  expect(new Set(offered.map(({ planHash }) => planHash)).size).toBe(1);
  for (const id of ["config-base", "config-train"]) expect(readCell(source(id))).toMatchObject({ hasCode: false });
});

test("a config cell without its project says how to write it", async () => {
  expect(await failing(source("config-train"))).toContain("`%architect project support-llm` writes it");
});

describe("in a project", () => {
  let train: string;
  const path = () => join(folder, "support-llm/configs/train.yaml");
  beforeAll(async () => {
    await say("%architect config support-llm");
    train = source("config-train");
    await say(source("project"));
  });

  test("a config cell as the plan wrote it changes nothing", async () => {
    expect((await say(train)).text).toContain("says this already");
  });

  test("an edited config cell becomes the file, and says which settings changed", async () => {
    const edited = train.replace("learning_rate: 0.0002", "learning_rate: 0.0005");
    expect(edited).not.toBe(train);
    expect((await say(edited)).text).toContain("`training.learning_rate`: 0.0002 → 0.0005");
    expect(readFileSync(path(), "utf8")).toContain("learning_rate: 0.0005");
    // Asked for again, the cells say what the person made of them.
    await say("%architect config");
    expect(source("config-train")).toBe(edited);
    await say(train);
  });

  test("an unknown key is refused with the nearest, the file stays, and fix offers the corrected cell", async () => {
    const was = readFileSync(path(), "utf8");
    const error = await failing(train.replace("micro_batch_size:", "micro_batch:"));
    expect(error).toContain('unknown key "training.micro_batch", did you mean "training.micro_batch_size"?');
    expect(readFileSync(path(), "utf8")).toBe(was);
    expect(await fix(error)).toContain("change training.micro_batch to training.micro_batch_size");
    expect(source("config-train-repaired")).toBe(train);
  });

  test.each([
    ["micro_batch_size: 0", "expected at least 1", "micro_batch_size: 1"],
    ["dtype: bf16-mix", "expected one of bf16, bf16-mixed", "dtype: bf16-mixed"],
    ["gradient_accumulation_steps: 2.5", "a whole number", "gradient_accumulation_steps: 3"],
  ])("%s is refused: %s", async (line, expected, repaired) => {
    const error = await failing(train.replace(new RegExp(`${line.split(":")[0]}: \\S+`), line));
    expect(error).toContain(expected);
    await fix(error);
    expect(source("config-train-repaired")).toContain(repaired);
  });

  test("text that is no YAML, a key in it and a file that the project has not are refused", async () => {
    expect(await failing("%%architect config support-llm/configs/train.yaml\ntraining: [")).toContain("not valid YAML");
    const key = `hf_${"a1B2c3D4".repeat(4)}zz`;
    expect(await failing(`%%architect config support-llm/configs/base.yaml\nmodel:\n  id: ${key}`)).not.toContain(key);
    expect(await failing("%%architect config support-llm/configs/trian.yaml\n{}")).toContain("configs/train.yaml");
    expect(await failing("%%architect config ../x/configs/train.yaml\n{}")).toContain("leaves the current folder");
    expect(await failing("%%architect config notes.txt\n{}")).toContain("not a file of a project's configuration");
  });

  test("smoke offers its cells, the environment first", async () => {
    await say("%architect smoke");
    expect(offered.filter(({ kind }) => kind === "code").map((cell) => cell.source)).toEqual(
      ["environment", "parse", "data", "model", "train", "serve"].map((step) => `%architect smoke ${step} support-llm`),
    );
    expect(await failing("%architect smoke trian support-llm")).toContain('Did you mean "train"?');
  });

  test("gigabytes are never installed unasked: the size is said, and how to allow it", async () => {
    for (const step of ["environment", "parse"]) {
      const error = await failing(`%architect smoke ${step} support-llm`);
      expect(error).toContain("about 6 GB on disk");
      expect(error).toContain("%architect smoke environment support-llm --yes");
    }
    expect(await failing("%architect smoke parse support-llm --python no-such-python")).toContain(
      "not a Python that starts",
    );
  });

  describe.skipIf(!PYTHON)("with a prepared Python", () => {
    const smoke = (step: string, rest?: Partial<Stage>) =>
      say(`%architect smoke ${step} support-llm --python ${PYTHON}`, rest);

    test("every step runs in the project's own code and says what it measured", async () => {
      expect((await smoke("environment")).text).toContain("is ready");
      expect((await smoke("parse")).text).toContain("meta-llama/Llama-3.1-8B");
      expect((await smoke("data")).text).toContain('"rows": 12');
      expect((await smoke("model")).text).toContain("50 examples");
      const { text, drawn } = await smoke("train");
      expect(text).toMatch(/memory of the process \| \d/);
      expect(text).toMatch(/speed, tokens a second \| [\d,]+/);
      // A processor measures no accelerator: the plan says so and stays.
      expect(text).toContain("The plan stays as estimated");
      expect(drawn.length).toBeGreaterThan(1);
      expect((await smoke("serve")).text).toContain("answered 200");
    }, 600_000);

    test("a smoke step tries the person's edits, names the setting that fails, and fix goes back to the plan's", async () => {
      await say(train.replace(/micro_batch_size: \S+/, "micro_batch_size: 3"));
      const { text } = await smoke("parse");
      expect(text).toContain("3 x");
      const base = readFileSync(join(folder, "support-llm/configs/base.yaml"), "utf8");
      writeFileSync(
        join(folder, "support-llm/configs/base.yaml"),
        base.replace(/quantization: \S+/, "quantization: nf4"),
      );
      const error = await failing(`%architect smoke parse support-llm --python ${PYTHON}`);
      expect(error).toContain("method.quantization");
      expect(await fix(error)).toContain('change method.quantization to "none"');
      await say(source("config-base-repaired"));
      await smoke("parse");
      await say(train);
    });

    test("an interrupted step ends with everything that it started, and one that takes too long is stopped", async () => {
      const stop = new AbortController();
      const project = join(folder, "support-llm");
      const step = failing(`%architect smoke serve support-llm --python ${PYTHON}`, { signal: stop.signal });
      await expect.poll(() => within(project).length).toBeGreaterThan(0);
      // In the middle: it has begun to load what it serves with.
      await sleep(1000);
      stop.abort();
      expect(await step).toContain("stopped");
      expect(await running(project)).toEqual([]);
      expect(await failing(`%architect smoke train support-llm --python ${PYTHON} --timeout 0.02`)).toMatch(
        /took longer than 0.02 minutes.*training.micro_batch_size or model.max_length/,
      );
    });
  });

  test("what the probe measures on the planned card goes into the plan, which shows it from then on", async () => {
    const hash = async () => /plan `(\w+)`/.exec((await say("%architect status")).text)![1];
    const planned = JSON.parse((await say("%architect plan -f json")).text) as Plan;
    const gib = planned.memory!.perDevice.deviceGib.expected;
    const tools = join(folder, "tools");
    mkdirSync(tools);
    // A driver that lists the card, and a Python whose probe has measured one GiB more than was expected.
    const probe = {
      status: "measured",
      device: planned.hardware!.accelerator.name,
      longest_tokens: planned.training!.sequenceLength,
      max_length: planned.training!.sequenceLength,
      device_before_gib: 0.5,
      allocated_gib: gib - 0.5,
      allocated_training_gib: gib - 0.5,
      reserved_gib: gib + 0.5,
      device_gib: gib + 1,
      host_gib: 4,
      tokens_per_second: 1000,
    };
    const program = (name: string, lines: string): void => {
      writeFileSync(join(tools, name), `#!/bin/sh\n${lines}\n`);
      chmodSync(join(tools, name), 0o755);
    };
    program("nvidia-smi", "echo 'GPU 0: the planned card'");
    program(
      "python",
      `case "$1" in -c) echo python 3.11.7;; *) echo "$@"; mkdir -p outputs/notebook; echo '${JSON.stringify(probe)}' > outputs/notebook/probe.json;; esac`,
    );
    const path = process.env.PATH;
    process.env.PATH = `${tools}:${path}`;
    try {
      const { text } = await say(`%architect smoke train support-llm --python "${join(tools, "python")}"`);
      expect(text).toContain("--full-length");
      expect(text).not.toContain("configs/smoke.yaml");
      expect(text).toContain("**The plan was calibrated.**");
    } finally {
      process.env.PATH = path;
    }
    expect(await hash()).toBeDefined();
    const measured = JSON.parse((await say("%architect plan -f json")).text) as Plan;
    expect(measured.memory!.perDevice.deviceGib.expected).toBeCloseTo(gib + 1, 1);
    expect((await say("%architect plan")).text).toContain("Predicted beside measured");
    expect((await say("%architect calibrate support-llm")).text).toContain("Predicted beside measured");
    // Another plan is an estimate again.
    await say("%architect set epochs=1");
    expect((await say("%architect plan")).text).not.toContain("Predicted beside measured");
  });
});
