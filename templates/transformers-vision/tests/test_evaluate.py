"""A model is promoted by comparison with the commonest class, and exported as what was measured."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from pipeline.errors import PipelineError
from pipeline.evaluate import evaluate, measure_baseline
from pipeline.export import export
from pipeline.measure import PRIMARY, reference, scores
from pipeline.measurement import Measurement, judge
from pipeline.model import load_finished
from pipeline.train import train


def test_macro_f1_counts_each_class_alike() -> None:
    truth = ["a", "a", "a", "b"]
    assert scores(truth, truth) == {"accuracy": 1.0, "macro_f1": 1.0}
    # Always "a": F1 of a = 2·3 / (3 + 4) = 6/7, of b = 0.
    always = scores(truth, ["a"] * 4)
    assert always["accuracy"] == 0.75
    assert always["macro_f1"] == pytest.approx(3 / 7)


def test_the_baseline_is_the_commonest_class_and_needs_no_model(smoke: Any) -> None:
    baseline = reference(smoke())
    assert baseline is not None
    # Three classes of five: accuracy 1/3; F1 = 2·5 / (5 + 15) = 1/2 for one class, 0 for two.
    assert baseline.metrics == pytest.approx({"accuracy": 1 / 3, "macro_f1": 1 / 6})
    assert (baseline.golden_total, baseline.golden_passed) == (6, 2)


@pytest.mark.parametrize(
    ("macro_f1", "passed", "promoted"), [(0.55, 3, True), (0.505, 3, False), (0.9, 2, False)]
)
def test_the_gate_compares_with_the_baseline(macro_f1: float, passed: int, promoted: bool) -> None:
    before = Measurement({"macro_f1": 0.5}, 4, 3)
    after = Measurement({"macro_f1": macro_f1}, 4, passed)
    assert judge(PRIMARY, before, after, 0.02).promoted is promoted


def test_train_evaluate_and_export(smoke: Any, tmp_path: Path) -> None:
    config = smoke()
    with pytest.raises(PipelineError, match="make train"):
        evaluate(config)
    baseline = measure_baseline(config)
    trained = train(config)
    report = evaluate(config)
    assert report["promoted"]
    assert report["baseline"]["metrics"] == baseline.metrics
    assert report["candidate"]["metrics"]["validation_loss"] == pytest.approx(
        trained.validation_loss, rel=0.05
    )
    target = tmp_path / "export"
    summary = export(config, target)
    assert set(summary["sha256"]) == {"model.safetensors"}
    written = json.loads((target / "export.json").read_text(encoding="utf-8"))
    assert written == json.loads(json.dumps(summary))
    merged, _ = load_finished(config, target, None, torch.float32)
    adapted, _ = load_finished(config, None, trained.final_model, torch.float32)
    pixels = torch.rand(1, 3, 32, 32)
    with torch.no_grad():
        torch.testing.assert_close(merged(pixels).logits, adapted(pixels).logits)


def test_a_golden_picture_that_is_lost_refuses_a_better_model(smoke: Any) -> None:
    before = Measurement({"macro_f1": 0.5}, 6, 6)
    after = Measurement({"macro_f1": 1.0}, 6, 5)
    verdict = judge(PRIMARY, before, after, 0.02)
    assert not verdict.promoted
    assert "6 -> 5 of 6" in verdict.reasons[1]
