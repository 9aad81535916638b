import { sha256Hex } from "../hash.ts";
import type { Plan } from "../plan/plan.ts";
import { stableJson } from "./json.ts";
import { checkSecrets } from "./secrets.ts";
import { SMOKE_OUTPUT, SMOKE_OVERLAY } from "./smoke.ts";

type Step = "about" | "project" | "config" | "parse" | "data" | "model" | "train" | "evaluate";

interface Cell {
  id: string;
  step: Step;
  type: "markdown" | "code";
  source: string;
}

/**
 * The plan as a Jupyter notebook (nbformat 4.5) for the project's own Python: its configurations as cells to edit, and a
 * smoke test of a minute on any CPU. The plan itself is data in the metadata. A person's words reach no cell but as text.
 */
export function notebookOf(plan: Plan, files: ReadonlyMap<string, string>, projectName: string): string {
  const configs = [...files].filter(([path]) => /^configs\/[^/]+\.yaml$/.test(path) && path !== SMOKE_OVERLAY);
  const cells: Cell[] = [
    markdown(
      "about",
      `# ${projectName}\n\nPlan \`${plan.planHash.slice(0, 12)}\` of ${plan.today}. Put this notebook into the project's folder and run it from top to bottom: the configurations of the plan, then a smoke test with a tiny model on the sample data, without the network. The plan itself is in this file's metadata.`,
    ),
    code("project", "project", findProject(plan, projectName)),
    markdown("config", "## Configuration\n\nWhat the plan decided. Edit a cell and run it to write the file."),
    ...configs.map(([path, text], i) => code("config", `config-${i + 1}`, `%%writefile ${path}\n${text}`)),
    code("parse", "parse", program(PARSE)),
    markdown("data", "## Smoke test\n\nEach step is a program of the project, in the project's own environment."),
    code("data", "data", script("prepare_data.py", "--check-only")),
    code("model", "model", program(INITIALISE)),
    code("train", "train", script("train.py", "--set", "training.max_steps=2")),
    code("evaluate", "baseline", script("evaluate.py", "--baseline")),
    // Two steps need not make the model better: 1 is the honest answer "not promoted".
    code("evaluate", "evaluate", script("evaluate.py").replace(/\)$/, ", fine=(0, 1))")),
  ];
  // The plan as the project has it.
  const planJson: unknown = JSON.parse(files.get("plan.json") ?? "null");
  const text = stableJson({
    nbformat: 4,
    nbformat_minor: 5,
    metadata: {
      kernelspec: { name: "python3", display_name: "Python 3", language: "python" },
      language_info: { name: "python" },
      "ml-architect": { planHash: plan.planHash, plannerVersion: plan.plannerVersion, plan: planJson },
    },
    cells: cells.map((cell) => written(cell, plan.planHash)),
  });
  checkSecrets("the notebook", text);
  return text;
}

const markdown = (step: Step, source: string): Cell => ({ id: `${step}-text`, step, type: "markdown", source });
const code = (step: Step, id: string, source: string): Cell => ({ id, step, type: "code", source });

function written({ id, step, type, source }: Cell, planHash: string): Record<string, unknown> {
  return {
    id,
    cell_type: type,
    // Whoever writes these cells again finds them by this, and sees by the hash whether they were edited.
    metadata: { "ml-architect": { planId: planHash.slice(0, 12), step, hash: sha256Hex(source).slice(0, 12) } },
    source: source.split(/(?<=\n)/),
    ...(type === "code" ? { execution_count: null, outputs: [] } : {}),
  };
}

const run = (...literals: string[]): string => `run(${literals.join(", ")})`;

const program = (python: string): string => run('"-c"', `"""\n${python}\n"""`);

const script = (name: string, ...more: string[]): string =>
  run(
    ...[`scripts/${name}`, "--overlay", SMOKE_OVERLAY, "--set", `project.output_dir=${SMOKE_OUTPUT}`, ...more].map(
      (argument) => JSON.stringify(argument),
    ),
  );

/** Finds the project and its Python; without a project it says how to get one. JSON strings are Python strings. */
const findProject = (plan: Plan, projectName: string): string => `import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

PLAN_HASH = ${JSON.stringify(plan.planHash)}
here = Path.cwd()
places = [here, here.parent, here / ${JSON.stringify(projectName)}]
project = next((place for place in places if (place / "${SMOKE_OVERLAY}").is_file()), None)
if project is None:
    for notebook in here.glob("*.ipynb"):
        kept = json.loads(notebook.read_text(encoding="utf-8"))["metadata"].get("ml-architect", {})
        if kept.get("planHash") == PLAN_HASH:
            (here / "plan.json").write_text(json.dumps(kept["plan"]), encoding="utf-8")
    raise FileNotFoundError("No project here. Unpack its zip beside this notebook, or: ml-architect new ${projectName} --plan plan.json")
os.chdir(project)
shutil.rmtree("${SMOKE_OUTPUT}", ignore_errors=True)
python = next((str(p) for p in [Path(".venv/bin/python"), Path(".venv/Scripts/python.exe")] if p.exists()), sys.executable)


def run(*arguments, fine=(0,)):
    """Run a program of the project, and show what it prints as it prints it."""
    environment = os.environ | {"HF_HUB_OFFLINE": "1", "PYTHONPATH": "src"}
    pipe = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    with subprocess.Popen([python, *arguments], env=environment, text=True, **pipe) as process:
        for line in process.stdout:
            print(line, end="")
    if process.returncode not in fine:
        raise RuntimeError(f"exit code {process.returncode}: the last lines above say why")


print(project, python)`;

const PARSE = `from pipeline.config import load_config
config = load_config("configs")
print(config.model_dump_json(indent=2))`;

const INITIALISE = `from pathlib import Path
from pipeline.config import load_config
from pipeline.data import load_dataset
from pipeline.model import load_for_training, load_processor
config = load_config("configs", [Path("${SMOKE_OVERLAY}")])
model, processor = load_for_training(config), load_processor(config)
trained = sum(p.numel() for p in model.parameters() if p.requires_grad)
print(f"{len(load_dataset(config.data.train_path, processor, config))} examples, {trained} trained parameters")`;
