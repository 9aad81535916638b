"""A model is promoted by comparison with the base model, and exported as what was measured."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from pipeline.errors import PipelineError
from pipeline.evaluate import evaluate, measure_baseline
from pipeline.export import export
from pipeline.measure import PRIMARY, error_rates
from pipeline.measurement import Measurement, judge
from pipeline.model import load_finished
from pipeline.train import train


def test_word_and_character_errors_are_counted_over_all_texts() -> None:
    said = ["the cat sat", "on a mat"]
    assert error_rates(said, said) == {"wer": 0.0, "cer": 0.0}
    # Six words: one wrong, one missing. Nineteen characters: one wrong, two missing ("a ").
    wrong = error_rates(said, ["the bat sat", "on mat"])
    assert wrong["wer"] == pytest.approx(2 / 6)
    assert wrong["cer"] == pytest.approx(3 / 19)
    assert error_rates(["yes"], ["yes yes yes"])["wer"] == 2.0  # inserted words count too


def test_case_and_punctuation_are_no_errors() -> None:
    assert error_rates(["Hello, World!"], ["hello world"])["wer"] == 0.0
    assert error_rates(["..."], ["thank you"]) == {"wer": 0.0, "cer": 0.0}  # nothing was said


@pytest.mark.parametrize(
    ("wer", "passed", "promoted"), [(0.18, 3, True), (0.199, 3, False), (0.1, 2, False)]
)
def test_the_gate_compares_with_the_baseline(wer: float, passed: int, promoted: bool) -> None:
    before, after = Measurement({"wer": 0.2}, 4, 3), Measurement({"wer": wer}, 4, passed)
    assert judge(PRIMARY, before, after, 0.02).promoted is promoted


def test_train_evaluate_and_export(smoke: Any, tmp_path: Path) -> None:
    config = smoke()
    with pytest.raises(PipelineError, match="make train"):
        evaluate(config)
    baseline = measure_baseline(config)
    assert baseline.golden_total == 4
    assert baseline.metrics["wer"] >= 0.9  # knows nothing yet
    trained = train(config)
    report = evaluate(config)
    assert report["promoted"]
    assert report["baseline"]["metrics"] == baseline.metrics

    target = tmp_path / "export"
    summary = export(config, target)
    assert set(summary["sha256"]) == {"model.safetensors"}
    written = json.loads((target / "export.json").read_text(encoding="utf-8"))
    assert written == json.loads(json.dumps(summary))
    merged, _ = load_finished(config, target, None, torch.float32)
    adapted, _ = load_finished(config, None, trained.final_model, torch.float32)
    heard, ids = torch.rand(1, 80, 100), torch.tensor([[1, 2, 3]])
    with torch.no_grad():
        torch.testing.assert_close(
            merged(input_features=heard, decoder_input_ids=ids).logits,
            adapted(input_features=heard, decoder_input_ids=ids).logits,
        )
