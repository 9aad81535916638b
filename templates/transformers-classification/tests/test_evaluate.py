"""What is measured, and what a finished classifier has to beat."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from labelled_rows import LABELS, config_of, row, write
from pipeline.config import parse_config
from pipeline.evaluate import evaluate
from pipeline.export import export
from pipeline.measure import (
    calibration_error,
    confusion,
    encode_texts,
    f1_scores,
    predict,
    reference,
)
from pipeline.model import load_finished
from pipeline.train import train


def test_macro_f1_by_hand() -> None:
    # Three classes, one never predicted: F1 2/3, 4/5 and 0.
    table = confusion(np.array([0, 0, 1, 1, 2]), np.array([0, 1, 1, 1, 0]), 3)
    assert table.tolist() == [[1, 1, 0], [0, 2, 0], [1, 0, 0]]
    np.testing.assert_allclose(f1_scores(table), [2 * 1 / 4, 2 * 2 / 5, 0.0])
    assert f1_scores(np.zeros((2, 2), dtype=np.int64)).tolist() == [0.0, 0.0]


def test_the_calibration_error_by_hand() -> None:
    # Two texts at 0.9, one of them right: |0.5 - 0.9|. One at 0.6, right: |1 - 0.6|.
    probabilities = np.array([[0.9, 0.1], [0.9, 0.1], [0.4, 0.6]])
    found = calibration_error(probabilities, np.array([0, 1, 1]))
    assert found == pytest.approx((2 * 0.4 + 1 * 0.4) / 3)


def test_the_baseline_always_says_the_commonest_class(tmp_path: Path) -> None:
    golden = write(
        tmp_path / "golden.jsonl", [{"id": "1", **row("x", "a")}, {"id": "2", **row("y", "b")}]
    )
    config = config_of(
        tmp_path, [row("1", "a"), row("2", "a"), row("3", "b")], row("4", "a"), row("5", "b")
    )
    values = config.model_dump()
    values["evaluation"]["golden_path"] = golden
    baseline = reference(parse_config(values))
    # F1 of "a": 2 x 1 / (2 + 1); of "b": 0.
    assert baseline.metrics["macro_f1"] == pytest.approx((2 / 3) / 2)
    assert baseline.metrics["accuracy"] == 0.5
    assert (baseline.golden_passed, baseline.golden_total) == (1, 2)


@pytest.mark.parametrize("method", ["lora", "full"])
def test_train_evaluate_and_export(smoke: Any, tmp_path: Path, method: str) -> None:
    config = smoke(f"method.name={method}")
    trained = train(config)
    report = evaluate(config)
    assert report["promoted"], report["reasons"]
    assert np.asarray(report["candidate"]["details"]["confusion"]).sum() == 12
    summary = export(config, tmp_path / "export")
    assert set(summary["sha256"]) == {"model.safetensors"}
    merged, tokenizer = load_finished(config, tmp_path / "export", None, torch.float32)
    assert merged.config.id2label == dict(enumerate(LABELS))
    final = trained.final_model
    finished, _ = (
        load_finished(config, None, final, torch.float32)
        if method == "lora"
        else load_finished(config, final, None, torch.float32)
    )
    data = encode_texts(["The export button crashes."], tokenizer, 512)
    np.testing.assert_allclose(
        predict(merged, tokenizer, data, 1), predict(finished, tokenizer, data, 1), atol=1e-5
    )
