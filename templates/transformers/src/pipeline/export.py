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
from pipeline.registry import EXPORT_NAME, digest_of, folder_hashes
from pipeline.settings import config_hash


def export(config: Config, target: Path, *, base: bool = False) -> dict[str, Any]:
    """Merge the adapter into 16-bit base weights and save them with the processor.

    A QLoRA adapter is merged into the base as published, not into its 4-bit form: merging into
    rounded weights would round the adapter too. Evaluate the export before you rely on it. With
    `base` the base model is saved as it was published, for a service without training.
    """
    source = made_from(config, base=base)
    staged = staging(target)
    model_path, adapter_path = (None, None) if base else _trained(config)
    model, processor = load_finished(
        config, model_path, adapter_path, SERVING_DTYPES[config.serving.dtype]
    )
    model.save_pretrained(staged)
    processor.save_pretrained(staged)
    summary = {**source, **recorded_hashes(staged), "versions": versions()}
    write_json(staged / EXPORT_NAME, summary)
    # Swap whole folders: a server starting now finds the old export or the new one.
    shutil.rmtree(target, ignore_errors=True)
    staged.replace(target)
    return summary


def made_from(config: Config, *, base: bool = False) -> dict[str, Any]:
    """What decides an export: the settings, the base, and the bytes that training left."""
    return {
        "base_model": config.model.id,
        "base_revision": config.model.revision,
        "method": "none" if base else config.method.name,
        "dtype": config.serving.dtype,
        "config_hash": config_hash(config),
        "trained": None if base else digest_of(folder_hashes(_final(config))),
    }


def recorded_hashes(folder: Path) -> dict[str, dict[str, str]]:
    """The weights by hash, which name the model, and what lies beside them: shape, tokenizer."""
    hashes = folder_hashes(folder)
    weights = {name: hashes.pop(name) for name in list(hashes) if name.endswith(".safetensors")}
    return {"sha256": weights, "beside": hashes}


def staging(target: Path) -> Path:
    """Where a folder is made before it takes its place, without what an interruption left there."""
    staged = target.with_name(target.name + ".part")
    shutil.rmtree(staged, ignore_errors=True)
    return staged


def _trained(config: Config) -> tuple[Path | None, Path | None]:
    """What training left: a whole model, or an adapter."""
    final = _final(config)
    return (None, final) if config.method.is_adapter else (final, None)


def _final(config: Config) -> Path:
    final = final_model_path(config)
    if not final.is_dir():
        raise PipelineError(
            f'There is no trained model at "{final}"',
            "Run `make train` first; `make export ARGS=--base` takes the base model as published.",
        )
    return final
