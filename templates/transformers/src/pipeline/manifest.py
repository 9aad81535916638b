"""What a run was made of: enough to repeat it, and to refuse to mix it with another."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

import torch

from pipeline import __version__
from pipeline.errors import ConfigError
from pipeline.rows import file_sha256
from pipeline.settings import RunConfig, config_hash
from pipeline.strategy import launch

MANIFEST_NAME = "manifest.json"
PACKAGES = (
    "accelerate",
    "bitsandbytes",
    "numpy",
    "peft",
    "safetensors",
    "tokenizers",
    "torch",
    "transformers",
)
# A checkpoint continues only under the same weights, parameters, data and optimisation.
SECTIONS_THAT_MUST_MATCH = ("model", "method", "data", "training")
# Of the optimisation, what fits a run into memory or draws it out, and how it is watched.
MAY_CHANGE = {
    "training.epochs",
    "training.max_steps",
    "training.micro_batch_size",
    "training.gradient_accumulation_steps",
    "training.gradient_checkpointing",
    "training.fused_loss",
    "training.logging_steps",
    "training.eval_steps",
    "training.save_steps",
    "training.save_total_limit",
    "training.early_stopping_patience",
    "training.resume",
}


def versions() -> dict[str, str | None]:
    """Python, the packages that change results, and CUDA as torch was built for it."""
    found: dict[str, str | None] = {"python": platform.python_version(), "pipeline": __version__}
    for name in PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = None
    found["cuda"] = torch.version.cuda
    return found


def git_commit() -> str | None:
    """The commit checked out, with `-dirty` when files differ from it; null outside git."""
    try:
        commit = subprocess.run(
            ["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=True, timeout=10
        ).stdout.strip()
        changed = subprocess.run(
            ["git", "status", "--porcelain", "--untracked-files=no"],
            capture_output=True,
            text=True,
            check=True,
            timeout=30,
        ).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return None
    return f"{commit}-dirty" if changed else commit


def device_name() -> str:
    """The accelerator's name, or the processor."""
    if torch.cuda.is_available():
        return torch.cuda.get_device_name()
    return f"cpu ({platform.machine()})"


def data_hashes(config: RunConfig) -> dict[str, str]:
    """SHA-256 of the two data files."""
    return {
        "train": file_sha256(config.data.train_path),
        "validation": file_sha256(config.data.validation_path),
    }


def launched() -> dict[str, Any]:
    """How the run is spread; a checkpoint's shards and the order of its data belong to it."""
    here = launch()
    return {"strategy": here.strategy, "processes": here.processes}


def build_manifest(config: RunConfig) -> dict[str, Any]:
    """The manifest of a run about to start."""
    return {
        "project": config.project.name,
        "config_hash": config_hash(config),
        "config": config.model_dump(mode="json"),
        "data_sha256": data_hashes(config),
        "git_commit": git_commit(),
        "versions": versions(),
        "device": device_name(),
        "launch": launched(),
        "command": [Path(sys.argv[0]).name, *sys.argv[1:]],
    }


def write_json(path: Path, value: Any) -> None:
    """Write JSON so that a reader never sees half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    staged = path.with_name(f"{path.name}.{os.getpid()}.part")
    staged.write_text(json.dumps(value, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    staged.replace(path)


def read_json(path: Path) -> Any:
    """A JSON file's value, or None when there is no such file."""
    if not path.is_file():
        return None
    return json.loads(path.read_text(encoding="utf-8"))


def require_same_run(config: RunConfig, earlier: dict[str, Any]) -> None:
    """Refuse to continue a run of another model, method, data, optimisation or seed.

    Its finished checkpoint would be reported as the result of settings that were never tried.
    """
    now, then = config.model_dump(mode="json"), earlier.get("config", {})
    must_match = [(section, key) for section in SECTIONS_THAT_MUST_MATCH for key in now[section]]
    different = [
        f"{section}.{key}"
        for section, key in [*must_match, ("project", "seed")]
        if f"{section}.{key}" not in MAY_CHANGE
        and then.get(section, {}).get(key) != now[section][key]
    ]
    before = earlier.get("launch", {"strategy": "single", "processes": 1})
    different.extend(
        f"{key} ({before.get(key)} then, {value} now)"
        for key, value in launched().items()
        if before.get(key) != value
    )
    if earlier.get("data_sha256") != data_hashes(config):
        different.append("the content of the data files")
    if different:
        raise ConfigError(
            f'"{config.project.output_dir}" holds checkpoints of another run; different: '
            + ", ".join(different),
            "Start it as it was, give this run a folder of its own "
            "(--set project.output_dir=outputs/NAME), or start over with training.resume: never.",
        )
