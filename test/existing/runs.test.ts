import { expect, test } from "vitest";
import { bareValues } from "../../src/brief/values.ts";
import { catalog } from "../../src/catalog/catalog.ts";
import { placeOf, readExisting } from "../../src/existing/read-existing.ts";
import { runsOf } from "../../src/existing/runs.ts";

const TRAIN = "from trl import SFTTrainer\ntrainer = SFTTrainer(model)\ntrainer.train()\n";
const config = (rank: number, rate = "1e-4") =>
  `base_model: Qwen/Qwen3-8B\nadapter: lora\nlora_r: ${rank}\nlearning_rate: ${rate}\nmicro_batch_size: 2\n`;
const read = (files: Record<string, string>) =>
  readExisting(
    Object.entries(files).map(([path, text]) => ({ path, text })),
    catalog,
  );
/** The rank that counts: each configuration below has one of its own. */
const rank = (files: Record<string, string>) => read(files).brief.current?.value.loraRank;

/** A configuration nearer to the root than the one that is loaded. */
const decoy = { "old.yaml": config(99) };

test.each<[string, Record<string, string>]>([
  [
    "the default of argparse",
    {
      "src/train.py": `${TRAIN}parser.add_argument("--config", type=str, default="configs/sft/train.yaml", help="x")\n`,
    },
  ],
  ["a file that is opened", { "train.py": `${TRAIN}cfg = yaml.safe_load(open("configs/sft/train.yaml"))\n` }],
  [
    "a path that is joined",
    { "train.py": `${TRAIN}cfg = OmegaConf.load(os.path.join("configs", "sft", "train.yaml"))\n` },
  ],
  ["a path of pathlib", { "train.py": `${TRAIN}path = Path("configs") / "sft" / "train.yaml"\n` }],
  [
    "a module that the script imports",
    { "train.py": `from src.settings import CFG\n${TRAIN}`, "src/settings.py": 'FILE = "configs/sft/train.yaml"\n' },
  ],
  ["a parameter's default", { "train.py": `${TRAIN}def main(config: str = "configs/sft/train.yaml"):\n    pass\n` }],
  [
    "an option in the Makefile",
    { Makefile: "train:\n\tpython train.py --config configs/sft/train.yaml\n", "train.py": TRAIN },
  ],
  [
    "a variable of the Makefile",
    { Makefile: "CONFIG ?= configs/sft/train.yaml\ntrain:\n\tpython train.py --config $(CONFIG)\n", "train.py": TRAIN },
  ],
  [
    "a line of the README",
    {
      "README.md": "# x\n```bash\n$ accelerate launch train.py \\\n    --config configs/sft/train.yaml\n```\n",
      "train.py": TRAIN,
    },
  ],
  [
    "an argument of a shell script with a default",
    { "run.sh": `set -e\nCFG=\${1:-configs/sft/train.yaml}\npython -u train.py "$CFG"\n`, "train.py": TRAIN },
  ],
  [
    "the command of a container",
    {
      Dockerfile: 'FROM x\nCMD ["python", "-m", "src.train", "--config=configs/sft/train.yaml"]\n',
      "src/train.py": TRAIN,
    },
  ],
  ["axolotl's command", { "run.sh": "axolotl train configs/sft/train.yaml\n" }],
  ["LLaMA-Factory's command", { "run.sh": "CUDA_VISIBLE_DEVICES=0 llamafactory-cli train configs/sft/train.yaml\n" }],
])("the configuration that is loaded counts, whatever lies nearer to the root: %s", (_, files) => {
  const project = { ...decoy, ...files, "configs/sft/train.yaml": config(32), "configs/eval.yaml": config(77) };
  expect(rank(project)).toBe(32);
  expect(
    read(project)
      .conflicts.map((c) => c.text)
      .join(),
  ).toContain("old.yaml");
});

test("an option on the command line replaces the default of the script, and overrules the file", () => {
  const project = {
    "train.py": `${TRAIN}parser.add_argument("--config", default="configs/a.yaml")\nparser.add_argument("--learning_rate", type=float, default=5e-5)\n`,
    "run.sh": "python train.py --config configs/b.yaml --learning_rate 3e-4\n",
    "configs/a.yaml": config(8),
    "configs/b.yaml": config(16),
  };
  const { brief, findings } = read(project);
  expect(brief.current?.value).toMatchObject({ loraRank: 16, learningRate: 3e-4 });
  const rate = findings.find((f) => f.field === "current" && "learningRate" in (f.value as object));
  expect(rate && placeOf(rate)).toBe("run.sh:1");
});

test("Hydra: the primary configuration over its groups, a group as the command line chooses it", () => {
  const main = `${TRAIN}@hydra.main(version_base=None, config_path="../conf", config_name="train")\ndef main(cfg): pass\n`;
  const project = {
    "src/train.py": main,
    "conf/train.yaml": "defaults:\n  - model: small\n  - _self_\nlearning_rate: 2e-5\nnum_epochs: 4\n",
    "conf/model/small.yaml": "model_name: Qwen/Qwen3-0.6B\nlearning_rate: 9e-5\n",
    "conf/model/large.yaml": "model_name: Qwen/Qwen3-8B\n",
    "conf/other.yaml": "num_epochs: 9\n",
  };
  expect(bareValues(read(project).brief)).toMatchObject({
    model: "Qwen/Qwen3-0.6B",
    epochs: 4,
    current: { learningRate: 2e-5 },
  });
  const chosen = read({ ...project, Makefile: "train:\n\tpython src/train.py model=large training.num_epochs=2\n" });
  expect(bareValues(chosen.brief)).toMatchObject({ model: "Qwen/Qwen3-8B", epochs: 2 });
});

test("a DeepSpeed file that the configuration names belongs to the run, another one does not", () => {
  const project = {
    "run.sh": "deepspeed train.py --config cfg/train.yaml\n",
    "train.py": TRAIN,
    "cfg/train.yaml": `${config(16)}deepspeed: cfg/ds2.json\n`,
    "cfg/ds2.json": '{"zero_optimization": {"stage": 2}}',
    "ds3.json": '{"zero_optimization": {"stage": 3}, "train_micro_batch_size_per_gpu": 64}',
  };
  expect(bareValues(read(project).brief)).toMatchObject({ microBatchSize: 2, current: { sharding: "zero-2" } });
});

test("of several ways to start the one in the Makefile is taken, and the others are told", () => {
  const { brief, conflicts } = read({
    Makefile: "train:\n\tpython train.py --config configs/a.yaml\n",
    "README.md": "    python train.py --config configs/b.yaml\n",
    "train.py": TRAIN,
    "configs/a.yaml": config(8),
    "configs/b.yaml": config(64),
  });
  expect(brief.current?.value.loraRank).toBe(8);
  expect(conflicts.map((c) => c.text)).toEqual([
    "The project starts training in several ways: Makefile:2 with configs/a.yaml was taken; README.md:1 with configs/b.yaml left.",
  ]);
});

test("settings in code stand over configurations that nothing loads", () => {
  const code = "args = TrainingArguments(per_device_train_batch_size=4, gradient_accumulation_steps=8)\n";
  expect(read({ ...decoy, "train.py": `${TRAIN}${code}` }).brief).toMatchObject({
    microBatchSize: { value: 4 },
    current: { value: { gradientAccumulationSteps: 8 } },
  });
});

test("a trial is not the run that is meant, and tests of the project are none of its settings", () => {
  const { brief, conflicts } = read({
    Makefile:
      "BIN := .venv/bin\nSMOKE := --config configs/smoke.yaml\ncheck:\n\t$(BIN)/python train.py $(SMOKE)\ntrain: check\n\t$(BIN)/python train.py --config configs/full.yaml\n",
    "train.py": TRAIN,
    "configs/smoke.yaml": config(2),
    "configs/full.yaml": config(64),
    "tests/test_train.py": "args = TrainingArguments(gradient_checkpointing=False, num_train_epochs=1, bf16=True)\n",
  });
  expect(brief.current?.value).toEqual({ loraRank: 64, learningRate: 1e-4 });
  expect(brief.epochs).toBeUndefined();
  expect(conflicts).toEqual([]);
});

test("a branch of a program is no choice where the configuration names the method", () => {
  const { brief } = read({
    "train.py": `${TRAIN}cfg = load("a.yaml")\nif cfg.method == "qlora":\n    q = BitsAndBytesConfig(load_in_4bit=True)\n`,
    "a.yaml": config(16),
  });
  expect(brief.method?.value).toBe("lora");
  expect(brief.current?.value.baseQuantization).toBeUndefined();
});

test("nested settings count under their joined name: model.name, lora.r, method.name", () => {
  const { brief } = read({
    "train.py": `${TRAIN}cfg = load("a.yaml")\n`,
    "a.yaml": "model:\n  name: Qwen/Qwen3-8B\nmethod:\n  name: qlora\nlora:\n  r: 48\n  alpha: 96\noptim: adamw\n",
  });
  expect(bareValues(brief)).toMatchObject({
    model: "Qwen/Qwen3-8B",
    method: "qlora",
    current: { loraRank: 48, loraAlpha: 96 },
  });
});

test("what a script writes, evaluates or serves is not what it trains with", () => {
  const runs = runsOf([
    {
      path: "Makefile",
      text: "eval:\n\tpython evaluate.py --config e.yaml\nserve:\n\tpython serve.py --config s.yaml\n",
    },
    { path: "train.py", text: `${TRAIN}json.dump(m, open("metrics.json", "w"))\nyaml.safe_load(open("t.yaml"))\n` },
    { path: "evaluate.py", text: "Trainer(x).evaluate()\n" },
    { path: "serve.py", text: "app = FastAPI()\n" },
    ...["e.yaml", "s.yaml", "t.yaml", "metrics.json"].map((path) => ({ path, text: "num_epochs: 1\n" })),
  ]);
  expect(runs).toMatchObject([{ place: "train.py", configurations: ["t.yaml"] }]);
});
