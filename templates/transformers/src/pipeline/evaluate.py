"""The base model is measured before training; a model is promoted by comparison with it.

`measure.py` says what is measured, `measurement.py` when a model is better.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from pipeline.adapters import base_dtype
from pipeline.config import Config
from pipeline.errors import DataError, PipelineError
from pipeline.final import final_model_path
from pipeline.guard import memory_guard
from pipeline.logs import log
from pipeline.manifest import read_json, versions, write_json
from pipeline.measure import PRIMARY, measure, reference
from pipeline.measurement import Measurement, judge
from pipeline.memory import release
from pipeline.model import load_finished
from pipeline.rows import cannot_read, file_sha256
from pipeline.settings import config_hash
from pipeline.train import seed_everything


def baseline_key(config: Config) -> dict[str, Any]:
    """What a baseline depends on; a stored one is used only under the same key."""
    values = config.model_dump(mode="json")
    try:
        validation_sha256 = file_sha256(config.data.validation_path)
    except OSError as error:
        raise cannot_read(config.data.validation_path, error) from error
    try:
        golden_sha256 = file_sha256(config.evaluation.golden_path)
    except OSError as error:
        raise DataError(
            f'Cannot read "{config.evaluation.golden_path}": {error.strerror}',
            "Write the golden set (data/README.md shows its rows), or set evaluation.golden_path.",
        ) from error
    return {
        **{section: values[section] for section in ("model", "data", "evaluation")},
        "dtype": str(base_dtype(config)),
        "validation_sha256": validation_sha256,
        "golden_sha256": golden_sha256,
    }


def measure_baseline(config: Config) -> Measurement:
    """The base model's measurement: the stored one, or a new one that is then stored."""
    path = config.project.output_dir / "baseline.json"
    key = baseline_key(config)
    stored = read_json(path)
    if stored and stored.get("key") == key:
        return Measurement(**stored["measurement"])
    log("measuring_baseline", model=config.model.id)
    measurement = reference(config) or measure_weights(config, None, None, base_dtype(config))
    write_json(path, {"key": key, "measurement": asdict(measurement), "versions": versions()})
    return measurement


def measure_trained(config: Config) -> Measurement:
    """The trained model's measurement."""
    final = final_model_path(config)
    if not final.is_dir():
        raise PipelineError(f'There is no trained model at "{final}"', "Run `make train` first.")
    adapter = config.method.is_adapter
    return measure_weights(
        config, None if adapter else final, final if adapter else None, base_dtype(config)
    )


def measure_weights(
    config: Config, model_path: Path | None, adapter_path: Path | None, dtype: torch.dtype
) -> Measurement:
    """The measurement of any weights of this model; without a path, of the base."""
    seed_everything(config)
    with memory_guard(config):
        model, processor = load_finished(config, model_path, adapter_path, dtype)
        measurement = measure(model, processor, config)
    del model
    release()
    return measurement


def evaluate(config: Config) -> dict[str, Any]:
    """Compare the trained model with its baseline and write output_dir/evaluation.json."""
    baseline = measure_baseline(config)
    candidate = measure_trained(config)
    verdict = judge(PRIMARY, baseline, candidate, config.evaluation.min_improvement)
    report = {
        "promoted": verdict.promoted,
        "measure": asdict(PRIMARY),
        "reasons": verdict.reasons,
        "baseline": asdict(baseline),
        "candidate": asdict(candidate),
        "config_hash": config_hash(config),
        "versions": versions(),
    }
    write_json(config.project.output_dir / "evaluation.json", report)
    return report
