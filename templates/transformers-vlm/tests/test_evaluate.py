"""A model is promoted by comparison with the base model, and exported as what was measured."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
import torch

from pipeline.data import load_dataset
from pipeline.errors import PipelineError
from pipeline.evaluate import evaluate, measure_baseline
from pipeline.export import export
from pipeline.measure import token_loss
from pipeline.model import load_finished
from pipeline.train import train


def test_train_evaluate_and_export(smoke: Any, tmp_path: Path) -> None:
    config = smoke("evaluation.max_new_tokens=4")
    with pytest.raises(PipelineError, match="make train"):
        evaluate(config)
    baseline = measure_baseline(config)
    assert baseline.golden_total == 6
    assert baseline.metrics["validation_loss"] == pytest.approx(
        math.log(263), rel=0.05
    )  # knows nothing yet
    trained = train(config)
    report = evaluate(config)
    assert report["promoted"]

    target = tmp_path / "export"
    summary = export(config, target)
    assert set(summary["sha256"]) == {"model.safetensors"}
    assert not list(target.glob("*.bin"))
    merged, processor = load_finished(config, target, None, torch.float32)
    # Every engine that serves the export scales pictures as training did.
    assert processor.image_processor.size["longest_edge"] == config.model.max_pixels
    adapted, _ = load_finished(config, None, trained.final_model, torch.float32)
    data = load_dataset(config.data.validation_path, processor, config)
    assert token_loss(merged, processor, data, config) == pytest.approx(
        token_loss(adapted, processor, data, config), rel=1e-4
    )


def test_the_loss_does_not_depend_on_how_many_are_measured_at_a_time(smoke: Any) -> None:
    model, processor = load_finished(smoke(), None, None, torch.float32)
    data = load_dataset(smoke().data.validation_path, processor, smoke())
    one, five = (
        token_loss(model, processor, data, smoke(f"evaluation.batch_size={size}"))
        for size in (1, 5)
    )
    assert one == pytest.approx(five, rel=1e-5)
