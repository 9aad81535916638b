"""Whether 4-bit weights take the place of the export that they were made of.

They are measured as the 16-bit numbers that they stand for, by the code that measured the trained
model: what rounding lost shows, what an engine's kernels round on top does not.
"""

from __future__ import annotations

import shutil
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pipeline.adapters import SERVING_DTYPES
from pipeline.compressor import QuantisationSettings, unpack_with
from pipeline.config import Config
from pipeline.errors import PipelineError
from pipeline.evaluate import baseline_key, measure_weights
from pipeline.logs import log
from pipeline.manifest import read_json, versions, write_json
from pipeline.measure import PRIMARY
from pipeline.measurement import Measure, Measurement, Verdict, improvement
from pipeline.registry import EXPORT_NAME, QUANTISED_REPORT, digest_of
from pipeline.settings import config_hash


def judge_quantised(
    measure: Measure, export: Measurement, quantised: Measurement, max_worsening: float
) -> Verdict:
    """Promote what lost little of the export, and nothing that the golden set asks."""
    before, after = export.metrics[measure.name], quantised.metrics[measure.name]
    gain = improvement(measure, before, after)
    reasons = [
        f"{measure.name.replace('_', ' ')} of the export {before:.4f} -> {after:.4f}: "
        f"{gain:+.1%} improvement, {-max_worsening:.1%} allowed",
        f"golden set {export.golden_passed} -> {quantised.golden_passed} "
        f"of {quantised.golden_total}, no loss allowed",
    ]
    # Written so that a measure that is no number does not pass.
    promoted = gain >= -max_worsening and quantised.golden_passed >= export.golden_passed
    return Verdict(promoted, reasons)


def evaluate_quantised(
    config: Config, settings: QuantisationSettings, export: Path, target: Path, python: Path
) -> dict[str, Any]:
    """Compare both folders, and write output_dir/evaluation-quantised.json."""
    whole, quantised = read_json(export / EXPORT_NAME), read_json(target / EXPORT_NAME)
    if whole is None or quantised is None:
        raise PipelineError(f'There are no weights to compare in "{export}" and "{target}"')
    digest = digest_of(whole["sha256"])
    if quantised["quantisation"]["made_of"]["export"] != digest:
        raise PipelineError(f'"{target}" was not made of "{export}"', "Run `make quantise`.")
    path = config.project.output_dir / QUANTISED_REPORT
    key = {**baseline_key(config), "export": digest}
    stored = read_json(path) or {}
    if stored.get("key") == key:
        before = Measurement(**stored["baseline"])
    else:
        log("measuring_export", path=str(export))
        before = measure_weights(config, export, None, SERVING_DTYPES[whole["dtype"]])
    after = _measure_unpacked(config, target, python, whole["dtype"])
    verdict = judge_quantised(PRIMARY, before, after, settings.max_worsening)
    report = {
        "promoted": verdict.promoted,
        "measure": asdict(PRIMARY),
        "reasons": verdict.reasons,
        "baseline": asdict(before),
        "candidate": asdict(after),
        "config_hash": config_hash(config),
        "weights": digest_of(quantised["sha256"]),
        "key": key,
        "versions": versions(),
    }
    write_json(path, report)
    return report


def _measure_unpacked(config: Config, target: Path, python: Path, dtype: str) -> Measurement:
    log("measuring_quantised", path=str(target))
    unpacked = config.project.output_dir / "unpacked"
    shutil.rmtree(unpacked, ignore_errors=True)
    try:
        unpack_with(python, target, unpacked)
        return measure_weights(config, unpacked, None, SERVING_DTYPES[dtype])
    finally:
        shutil.rmtree(unpacked, ignore_errors=True)
