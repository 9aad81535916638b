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


def export(config: Config, target: Path) -> dict[str, Any]:
    """Merge the adapter into 16-bit base weights and save them with the processor.

    A QLoRA adapter is merged into the base as published, not into its 4-bit form: merging into
    rounded weights would round the adapter too. Evaluate the export before you rely on it.
    """
    final = final_model_path(config)
    if not final.is_dir():
        raise PipelineError(f'There is no trained model at "{final}"', "Run `make train` first.")
    adapter = config.method.is_adapter
    model, processor = load_finished(
        config,
        None if adapter else final,
        final if adapter else None,
        SERVING_DTYPES[config.serving.dtype],
    )
    staged = target.with_name(target.name + ".part")
    shutil.rmtree(staged, ignore_errors=True)
    model.save_pretrained(staged)
    processor.save_pretrained(staged)
    summary = {
        "base_model": config.model.id,
        "base_revision": config.model.revision,
        "method": config.method.name,
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
