"""The trained model as plain safetensors, the form every serving engine loads."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from pipeline.adapters import SERVING_DTYPES
from pipeline.config import Config
from pipeline.errors import PipelineError
from pipeline.final import final_model_path
from pipeline.manifest import versions, write_json
from pipeline.model import load_finished
from pipeline.rows import file_sha256
from pipeline.settings import config_hash


def export(config: Config, target: Path, *, base: bool = False) -> dict[str, Any]:
    """Merge the adapter into 16-bit base weights and save them with the processor.

    A QLoRA adapter is merged into the base as published, not into its 4-bit form: merging into
    rounded weights would round the adapter too. Evaluate the export before you rely on it. With
    `base` the base model is saved as it was published, for a service without training.
    """
    model_path, adapter_path = (None, None) if base else _trained(config)
    model, processor = load_finished(
        config, model_path, adapter_path, SERVING_DTYPES[config.serving.dtype]
    )
    staged = target.with_name(target.name + ".part")
    shutil.rmtree(staged, ignore_errors=True)
    model.save_pretrained(staged)
    processor.save_pretrained(staged)
    summary = {
        "base_model": config.model.id,
        "base_revision": config.model.revision,
        "method": "none" if base else config.method.name,
        "dtype": config.serving.dtype,
        "config_hash": config_hash(config),
        "sha256": {file.name: file_sha256(file) for file in sorted(staged.glob("*.safetensors"))},
        "versions": versions(),
    }
    write_json(staged / "export.json", summary)
    # Swap whole folders: a server starting now finds the old export or the new one.
    shutil.rmtree(target, ignore_errors=True)
    staged.replace(target)
    return summary


def _trained(config: Config) -> tuple[Path | None, Path | None]:
    """What training left: a whole model, or an adapter."""
    final = final_model_path(config)
    if not final.is_dir():
        raise PipelineError(
            f'There is no trained model at "{final}"',
            "Run `make train` first; `make export ARGS=--base` takes the base model as published.",
        )
    return (None, final) if config.method.is_adapter else (final, None)
