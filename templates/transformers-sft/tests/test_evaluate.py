"""A model is promoted by comparison with the base model, and exported as what was measured."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
import torch

from pipeline.errors import DataError, PipelineError
from pipeline.evaluate import evaluate, measure_baseline
from pipeline.export import export
from pipeline.golden import matches
from pipeline.measure import PRIMARY
from pipeline.measurement import Measurement, judge
from pipeline.model import load_finished
from pipeline.train import train


def measurement(loss: float, passed: int) -> Measurement:
    return Measurement({"validation_loss": loss}, 4, passed)


@pytest.mark.parametrize(
    ("candidate", "promoted"),
    [
        (measurement(1.80, 2), True),  # 10 % better, golden set held
        (measurement(1.99, 2), False),  # not enough better
        (measurement(1.80, 1), False),  # better loss, worse answers
        (measurement(math.nan, 4), False),
    ],
)
def test_the_gate_compares_with_the_baseline(candidate: Measurement, promoted: bool) -> None:
    assert judge(PRIMARY, measurement(2.0, 2), candidate, 0.02).promoted is promoted


def test_answers_match_exactly_or_by_keywords() -> None:
    assert matches(" Category:  Billing\n", {"exact": "category: billing"})
    assert not matches("Category: billing!", {"exact": "category: billing"})
    assert matches("Category: outage\nPriority: urgent", {"keywords": ["priority: urgent"]})
    assert not matches("Category: outage", {"keywords": ["outage", "urgent"]})


def test_a_service_without_training_takes_the_base_as_published(smoke: Any, tmp_path: Path) -> None:
    with pytest.raises(PipelineError, match="--base"):
        export(smoke(), tmp_path / "export")
    assert export(smoke(), tmp_path / "export", base=True)["method"] == "none"
    assert (tmp_path / "export" / "model.safetensors").is_file()


def test_a_baseline_without_data_says_what_makes_it(smoke: Any, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="make data"):
        measure_baseline(smoke(f"data.validation_path={tmp_path / 'none.jsonl'}"))
    with pytest.raises(DataError, match=r"evaluation\.golden_path"):
        measure_baseline(smoke(f"evaluation.golden_path={tmp_path / 'none.jsonl'}"))


def test_train_evaluate_and_export(smoke: Any, tmp_path: Path) -> None:
    config = smoke("evaluation.max_new_tokens=4")
    with pytest.raises(PipelineError, match="make train"):
        evaluate(config)
    baseline = measure_baseline(config)
    assert baseline.golden_total == 6
    assert baseline.metrics["validation_loss"] == pytest.approx(
        math.log(259), rel=0.05
    )  # knows nothing yet

    trained = train(config)
    report = evaluate(config)
    assert report["promoted"]
    assert report["baseline"]["metrics"]["validation_loss"] == baseline.metrics["validation_loss"]
    assert report["candidate"]["metrics"]["validation_loss"] == pytest.approx(
        trained.validation_loss, rel=0.05
    )
    strict = smoke("evaluation.max_new_tokens=4", "evaluation.min_improvement=0.9")
    assert not evaluate(strict)["promoted"]

    target = tmp_path / "export"
    summary = export(config, target)
    assert set(summary["sha256"]) == {"model.safetensors"}
    assert not list(target.glob("*.bin"))
    assert json.loads((target / "export.json").read_text(encoding="utf-8")) == json.loads(
        json.dumps(summary)
    )
    merged, tokenizer = load_finished(config, target, None, torch.float32)
    adapted, _ = load_finished(config, None, trained.final_model, torch.float32)
    ids = torch.tensor([tokenizer("Category: billing")["input_ids"]])
    with torch.no_grad():
        torch.testing.assert_close(merged(ids).logits, adapted(ids).logits)


def test_full_fine_tuning_is_evaluated_and_exported_too(smoke: Any, tmp_path: Path) -> None:
    config = smoke("method.name=full", "training.max_steps=4", "evaluation.max_new_tokens=2")
    train(config)
    assert evaluate(config)["candidate"]["golden_total"] == 6
    assert export(config, tmp_path / "export")["method"] == "full"
