import type { Template } from "../../src/project/template.ts";
import { parseTemplateManifest } from "../../src/project/template.ts";

/** A template as small as one can be and still have every kind of file. */
export function smallTemplate(changes: Readonly<Record<string, string | undefined>> = {}): Template {
  const files = new Map<string, string>(Object.entries(FILES));
  for (const [path, text] of Object.entries(changes)) {
    if (text === undefined) files.delete(path);
    else files.set(path, text);
  }
  return { manifest: parseTemplateManifest(MANIFEST, "small/template.json"), files };
}

export const MANIFEST = {
  id: "small",
  framework: "transformers",
  modality: "llm",
  tasks: ["sft"],
  methods: ["full", "lora", "qlora"],
  python: "3.11",
  parts: [
    { kind: "platform", id: "local", paths: ["platforms/local/"] },
    { kind: "platform", id: "modal", paths: ["platforms/modal/", "scripts/launch_modal.py"] },
    { kind: "serving", id: "fastapi-docker", paths: ["inference/", "Dockerfile"] },
  ],
  planFiles: [
    "README.md",
    "configs/base.yaml",
    "configs/train.yaml",
    "configs/evaluate.yaml",
    "configs/serve.yaml",
    "models/MODEL_CARD.md",
    "pyproject.toml",
    "environment.yml",
    ".env.example",
  ],
  rename: { _gitignore: ".gitignore" },
  never: ["__pycache__", "outputs/"],
};

const FILES = {
  "README.md": "# The template's own words\n",
  ".env.example": "HF_TOKEN=your_huggingface_key_here\nLOG_LEVEL=info\n",
  ".python-version": "3.11\n",
  _gitignore: ".env*\n!.env.example\n!.env.*.example\noutputs/\n",
  Makefile: [
    ".PHONY: install check train",
    "PYTHON := python3.11",
    "install: ## make .venv with the locked packages",
    "\tpip install",
    "check: lint test ## lint, types and tests",
    "data: ## clean and split the data",
    "probe: ## measure memory",
    "train: ## train, or go on",
    "evaluate: ## compare with the baseline",
    "",
  ].join("\n"),
  "pyproject.toml":
    '[build-system]\nrequires = ["setuptools"]\n\n[project]\nname = "ml-project"\nversion = "0.1.0"\n\n[tool.x]\nname = "kept"\n',
  "environment.yml": "name: ml-project\ndependencies:\n  - python=3.11\n",
  "requirements.txt": "torch==2.9.0\ntransformers==5.0.0\n",
  "requirements.lock": `torch==2.9.0 \\\n    --hash=sha256:${"a1".repeat(32)}\ntransformers==5.0.0 \\\n    --hash=sha256:${"b2".repeat(32)}\nnvidia-cuda-runtime-cu12==12.8.90 \\\n    --hash=sha256:${"c3".repeat(32)}\n`,
  Dockerfile: "FROM python:3.11-slim\n",
  "configs/base.yaml": [
    "# yaml-language-server: $schema=schema.json",
    "# What is trained, on what.",
    "",
    "project:",
    "  name: ml-project",
    "  seed: 42",
    "  deterministic: false        # slower",
    "",
    "model:",
    '  id: tiny                    # hub id, or "tiny"',
    "  revision: null              # commit SHA",
    "  attention: sdpa             # sdpa | flash_attention_2 | eager",
    "  max_length: 1024",
    "",
    "method:",
    "  name: lora                  # full | lora | qlora",
    "  lora_rank: 16",
    "  lora_alpha: 32",
    "  lora_targets: all-linear    # or a list",
    "  quantization: none",
    "",
    "data:",
    "  raw_path: data/raw",
    "  validation_fraction: 0.1",
    "",
    "tracking:",
    "  provider: tensorboard",
    "  offline: false",
    "",
  ].join("\n"),
  "configs/train.yaml": [
    "# The optimisation.",
    "training:",
    "  epochs: 3",
    "  micro_batch_size: 4         # sequences",
    "  gradient_accumulation_steps: 4",
    "  learning_rate: 1.0e-5",
    "  optimizer: adamw",
    "  dtype: bf16",
    "  gradient_checkpointing: false",
    "  fused_loss: false",
    "  eval_steps: 100",
    "  save_steps: 100",
    "",
  ].join("\n"),
  "configs/evaluate.yaml": "# What is measured.\nevaluation:\n  batch_size: 8\n",
  "configs/serve.yaml":
    "# The server.\nserving:\n  dtype: bf16\n  max_input_tokens: 2048\n  max_new_tokens: 512\n  max_concurrent_requests: 1\n  requests_per_minute: 600\n",
  "configs/smoke.yaml": "# An overlay.\nmodel:\n  id: tiny\n",
  "data/README.md": "# Data\n",
  "data/sample/train.jsonl": '{"messages": []}\n{"messages": []}\n',
  "models/MODEL_CARD.md": "# The template's card\n",
  "notebooks/explore.ipynb": "{}\n",
  "platforms/local/README.md": "# Local\n",
  "platforms/modal/app.py": "import modal\n",
  "scripts/launch_modal.py": "#!/usr/bin/env python\n",
  "scripts/evaluate.py": '"""Evaluate."""\n',
  "scripts/export.py": '"""Export."""\n',
  "scripts/train.py": '#!/usr/bin/env python\n"""Train."""\n',
  "src/pipeline/__init__.py": "",
  "inference/app.py": '"""The server."""\n',
  "tests/test_data.py": "def test_nothing() -> None: ...\n",
};
