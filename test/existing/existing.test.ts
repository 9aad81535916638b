import { copyFile, mkdir, mkdtemp, readFile, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readExistingFolder } from "../../src/adapters/existing.ts";
import { bareValues } from "../../src/brief/values.ts";
import { catalog } from "../../src/catalog/catalog.ts";
import type { ExistingFile } from "../../src/existing/file.ts";
import { placeOf, readExisting } from "../../src/existing/read-existing.ts";
import { advise } from "../../src/plan/advise.ts";

const file = (path: string, text: string, more: Partial<ExistingFile> = {}): ExistingFile => ({ path, text, ...more });
const values = (...files: ExistingFile[]) => bareValues(readExisting(files, catalog).brief);

describe("packages", () => {
  test.each([
    ["requirements.txt", "# pins\ntorch==2.4.0\ntransformers[torch]>=4.40 ; python_version > '3.8'\nwandb\n"],
    ["requirements-train.txt", "-r base.txt\nTransformers\nwandb==0.17"],
    ["pyproject.toml", '[project]\nname = "x"\ndependencies = [\n  "transformers>=4.40",\n  "wandb",\n]\n'],
    ["pyproject.toml", '[tool.poetry.dependencies]\npython = "^3.11"\ntransformers = "^4.40"\nwandb = "*"\n'],
    ["setup.cfg", "[options]\ninstall_requires =\n    transformers\n    wandb\n"],
    ["environment.yml", "name: x\ndependencies:\n  - python=3.11\n  - pip:\n    - transformers==4.44\n    - wandb\n"],
    [
      "Dockerfile",
      "FROM nvidia/cuda:12.1.0-base\nRUN pip install --no-cache-dir \\\n    transformers==4.44 \\\n    wandb\n",
    ],
  ])("%s names Transformers and Weights & Biases", (path, text) => {
    expect(values(file(path, text))).toEqual({ framework: "transformers", tracker: "wandb" });
  });

  test("a project of TensorFlow with SageMaker keeps both", () => {
    expect(values(file("requirements.txt", "tensorflow==2.16\nsagemaker\ntensorflow-serving-api\n"))).toEqual({
      framework: "tensorflow-keras",
      constraints: ["existing-aws", "existing-tensorflow"],
    });
  });
});

describe("programs", () => {
  const TRAIN = `from transformers import AutoModelForCausalLM, BitsAndBytesConfig
from trl import SFTTrainer
model = AutoModelForCausalLM.from_pretrained("mistralai/Mistral-7B-v0.1", quantization_config=BitsAndBytesConfig(load_in_4bit=True))
peft = LoraConfig(r=16)
args = TrainingArguments(per_device_train_batch_size=4, num_train_epochs=2, report_to="mlflow")
`;
  test("a script of TRL says model, task, method, batch, epochs and tracker, each with its line", () => {
    const project = readExisting([file("train.py", TRAIN)], catalog);
    expect(bareValues(project.brief)).toEqual({
      current: { baseQuantization: "nf4", loraRank: 16 },
      model: "mistralai/Mistral-7B-v0.1",
      modality: "llm",
      task: "sft",
      method: "qlora",
      microBatchSize: 4,
      epochs: 2,
      tracker: "mlflow",
    });
    const model = project.findings.find((f) => f.field === "model");
    expect(model && placeOf(model)).toBe("train.py:3");
  });

  test("a notebook's code cells are read, its prose is not", () => {
    const cells = [
      { cell_type: "markdown", source: ["We do not use `DPOTrainer`"] },
      {
        cell_type: "code",
        source: [
          "model = AutoModelForSequenceClassification\\\n",
          '  .from_pretrained("google-bert/bert-base-uncased")',
        ],
      },
    ];
    expect(values(file("a.ipynb", JSON.stringify({ cells })))).toEqual({
      model: "google-bert/bert-base-uncased",
      task: "classification",
    });
  });

  test("a launch of two nodes with eight processes each is sixteen accelerators on two nodes", () => {
    expect(
      values(file("run.sh", "torchrun --nnodes 2 --nproc_per_node=8 train.py --model_name_or_path Qwen/Qwen2.5-7B")),
    ).toMatchObject({
      model: "Qwen/Qwen2.5-7B",
      nodeCount: 2,
      acceleratorCount: 16,
    });
  });
});

describe("configurations", () => {
  test("an axolotl file", () => {
    const text = "base_model: NousResearch/Meta-Llama-3-8B\nbase_model: meta-llama/Llama-3.1-8B\n";
    const good =
      "base_model: meta-llama/Llama-3.1-8B\nload_in_4bit: true\nadapter: qlora\nsequence_len: 4096\nmicro_batch_size: 2\nnum_epochs: 3\nwandb_project: tickets\n";
    // Keys given twice are no YAML: nothing is guessed from them.
    expect(values(file("bad.yml", text))).toEqual({});
    expect(values(file("axolotl.yml", good))).toEqual({
      current: { baseQuantization: "nf4" },
      model: "meta-llama/Llama-3.1-8B",
      method: "qlora",
      sequenceLength: 4096,
      microBatchSize: 2,
      epochs: 3,
      tracker: "wandb",
    });
  });

  test("an accelerate and a DeepSpeed file", () => {
    expect(values(file("accelerate.yaml", "num_machines: 2\nnum_processes: 16\n"))).toEqual({
      nodeCount: 2,
      acceleratorCount: 16,
    });
    expect(values(file("ds.json", '{"train_micro_batch_size_per_gpu": 8, "zero_optimization": {"stage": 2}}'))).toEqual(
      { microBatchSize: 8, current: { sharding: "zero-2" } },
    );
  });

  test("where two files disagree, the configuration counts and the person is told", () => {
    const project = readExisting(
      [file("configs/train.yaml", "max_seq_length: 4096\n"), file("train.py", "trainer(max_seq_length=1024)")],
      catalog,
    );
    expect(project.brief.sequenceLength?.value).toBe(4096);
    expect(project.notices.join()).toContain(
      "sequenceLength: configs/train.yaml:1 says 4096, train.py:1 says 1024; the first was used",
    );
  });
});

describe("data", () => {
  test("a table has its rows less the header, and the held-out file is not counted", () => {
    const rows = Array.from(
      { length: 50 },
      (_, i) => `${i},"a ticket that says at some length what is wrong with the thing we sold",x`,
    );
    const text = ["id,text,label", ...rows].join("\n");
    const read = values(file("data/train.csv", text), file("data/test.csv", text + text));
    expect(read).toMatchObject({ dataStatus: "have", exampleCount: 50 });
  });

  test("tokens a row: 400 characters of values are 100 tokens at four characters each", () => {
    const line = JSON.stringify({ text: "x".repeat(400) });
    const text = `${Array.from({ length: 20 }, () => line).join("\n")}\n`;
    expect(values(file("data/train.jsonl", text))).toMatchObject({ exampleCount: 20, averageTokens: 100 });
  });

  test("the head of a long file stands for the whole by its bytes and lines", () => {
    const line = JSON.stringify({ text: "x".repeat(400) });
    const read = values(
      file("data/train.jsonl", `${line}\n`.repeat(10), { lines: 50_000, bytes: 50_000 * (line.length + 1) }),
    );
    expect(read).toMatchObject({ exampleCount: 50_000, averageTokens: 100, dataSizeGib: 0.0192 });
  });

  test("parts of one data set are counted together, other files beside them are not", () => {
    const part = (at: number, rows: number) =>
      file(`data/train-0000${at}-of-00002.parquet`, "", { rows, bytes: 4_000_000, textBytes: rows * 800 });
    const read = values(part(0, 3000), part(1, 2000), file("data/labels.parquet", "", { rows: 7, bytes: 100 }));
    expect(read).toMatchObject({ exampleCount: 5000, averageTokens: 200 });
  });

  test("a table that cannot be counted says only that it is there", () => {
    expect(values(file("data/train.parquet", "", { bytes: 2 ** 30 }))).toEqual({ dataStatus: "have", dataSizeGib: 1 });
  });

  test("a folder of photographs counts its files", () => {
    expect(values({ path: "data/images/", text: "", files: 20_000, bytes: 4 * 2 ** 30 })).toEqual({
      dataStatus: "have",
      exampleCount: 20_000,
      dataSizeGib: 4,
    });
  });
});

test("a key in a file is masked, told without being repeated, and reaches no field", () => {
  const key = `hf_${"aB3".repeat(12)}`;
  const project = readExisting(
    [file("train.py", `model = f.from_pretrained("Qwen/Qwen2.5-7B", token="${key}")`)],
    catalog,
  );
  expect(project.notices.join()).toContain("train.py holds a");
  expect(JSON.stringify(project)).not.toContain(key);
});

test("equal values give the equal plan, from a project as from fields", () => {
  const today = "2026-11-22";
  const { brief } = readExisting(
    [file("axolotl.yml", "base_model: meta-llama/Llama-3.1-8B\nadapter: lora\nsequence_len: 2048\n")],
    catalog,
  );
  const stated = {
    model: { value: "meta-llama/Llama-3.1-8B", from: "stated" },
    method: { value: "lora", from: "stated" },
    sequenceLength: { value: 2048, from: "stated" },
  } as const;
  const hash = (b: typeof brief) => advise({ brief: b, conflicts: [], notices: [] }, catalog, { today }).planHash;
  expect(hash(brief)).toBe(hash(stated));
});

test("whatever the files hold, reading them never throws and answers only valid fields", () => {
  const names = [
    "a.py",
    "a.ipynb",
    "c.yaml",
    "c.json",
    "requirements.txt",
    "pyproject.toml",
    "environment.yml",
    "Dockerfile",
    "data/train.jsonl",
    "plan.json",
    "x.sh",
  ];
  const piece = fc.oneof(
    fc.string({ maxLength: 60 }),
    fc.constantFrom(
      "model_name: ",
      "--nproc_per_node=0",
      "{",
      "[[",
      '"brief":',
      "&a *a",
      "torch==",
      "from_pretrained('",
      "\n- ",
    ),
  );
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.constantFrom(...names), fc.array(piece, { maxLength: 12 })), { maxLength: 5 }),
      (files) => {
        readExisting(
          files.map(([path, pieces]) => file(path, pieces.join(""))),
          catalog,
        );
      },
    ),
    { numRuns: 500 },
  );
});

describe("a folder on disk", () => {
  const folderWith = async (files: Record<string, string>): Promise<string> => {
    const root = await mkdtemp(join(tmpdir(), "existing-"));
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(root, path)), { recursive: true });
      await writeFile(join(root, path), text);
    }
    return root;
  };

  test("keys, other people's packages and links are passed by", async () => {
    const root = await folderWith({
      ".env": "HF_TOKEN=x",
      "node_modules/a/train.py": "x",
      ".venv/lib/b.py": "x",
      "src/train.py": "x = 1",
      "data/train.csv": "a,b\n1,2\n3,4",
    });
    await symlink("/etc", join(root, "elsewhere"));
    const { files } = await readExistingFolder(root);
    expect(files.map((f) => f.path).sort()).toEqual(["data/train.csv", "src/train.py"]);
    expect(files.find((f) => f.path === "data/train.csv")?.lines).toBe(3);
  });

  /** Made by pyarrow 26.0.1 (zstd, row groups of 400): conversations, a thumbnail of 64 bytes, a number. */
  const PARQUET = new URL("data/conversations.parquet", import.meta.url);

  test("a Parquet file's footer counts its rows and its text: 413 bytes are 103 tokens", async () => {
    const root = await folderWith({ "train.py": "x" });
    await mkdir(join(root, "data"));
    await copyFile(PARQUET, join(root, "data", "train.parquet"));
    const { files } = await readExistingFolder(root);
    // "user" and "assistant" stand beside the 400 characters of question and answer; the thumbnail is no text.
    expect(files.find((f) => f.rows)).toMatchObject({ rows: 1000, textBytes: 1000 * (40 + 360 + 4 + 9), text: "" });
    expect(values(...files)).toMatchObject({ exampleCount: 1000, averageTokens: 103 });
  });

  test("a Parquet file that is cut off, or claims a footer longer than itself, counts by its size alone", async () => {
    const whole = await readFile(PARQUET);
    const root = await folderWith({ "data/cut.parquet": "", "data/empty.parquet": "" });
    await writeFile(join(root, "data", "cut.parquet"), whole.subarray(0, 9000));
    const claims = Buffer.from(whole);
    claims.writeUInt32LE(0xffff_fff0, claims.length - 8);
    await writeFile(join(root, "data", "claims.parquet"), claims);
    const { files } = await readExistingFolder(root);
    expect(files.map(({ rows, bytes }) => ({ rows, bytes }))).toEqual(
      expect.arrayContaining([
        { rows: undefined, bytes: 9000 },
        { rows: undefined, bytes: whole.length },
      ]),
    );
  });

  test("a folder that is not there, and a file in its place, are told", async () => {
    await expect(readExistingFolder(join(tmpdir(), "no-such-folder-at-all"))).rejects.toThrow(/does not exist/);
    const root = await folderWith({ a: "x" });
    await expect(readExistingFolder(join(root, "a"))).rejects.toThrow(/it is a file/);
  });
});
