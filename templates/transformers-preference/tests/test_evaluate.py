"""Preferences: what is measured, and what a finished model has to beat."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from conftest import SMOKE
from pipeline.config import load_config
from pipeline.data import Pair, PairDataset
from pipeline.evaluate import evaluate, measure_baseline
from pipeline.export import export
from pipeline.measure import log_probabilities
from pipeline.model import load_finished
from pipeline.tiny import tiny_model
from pipeline.tokenizer import tiny_tokenizer
from pipeline.train import train


def test_likelihoods_are_those_of_the_answer_a_token() -> None:
    tokenizer = tiny_tokenizer()
    config = load_config("configs", [SMOKE])
    model = tiny_model(len(tokenizer)).eval()
    pairs = [Pair([5, 6, 7], [8, 9], [10]), Pair([5], [6, 7, 8, 9, 10], [11, 12])]
    found = log_probabilities(model, tokenizer, PairDataset(pairs), config)
    for row, expected_pair in enumerate(pairs):
        for column, answer in enumerate((expected_pair.chosen, expected_pair.rejected)):
            ids = torch.tensor([expected_pair.prompt + answer])
            with torch.no_grad():
                scores = model(ids).logits[0, :-1].log_softmax(-1)
            taken = scores.gather(1, ids[0, 1:, None])[-len(answer) :]
            torch.testing.assert_close(found[row, column], taken.mean())


def test_train_evaluate_and_export(smoke: Any, tmp_path: Path) -> None:
    config = smoke("evaluation.max_new_tokens=4")
    baseline = measure_baseline(config)
    assert baseline.golden_total == 6
    trained = train(config)
    report = evaluate(config)
    assert report["promoted"]
    accuracies = [
        report[which]["metrics"]["preference_accuracy"] for which in ("baseline", "candidate")
    ]
    assert accuracies[1] > accuracies[0]
    summary = export(config, tmp_path / "export")
    assert set(summary["sha256"]) == {"model.safetensors"}
    merged, tokenizer = load_finished(config, tmp_path / "export", None, torch.float32)
    adapted, _ = load_finished(config, None, trained.final_model, torch.float32)
    ids = torch.tensor([tokenizer("Category: billing")["input_ids"]])
    with torch.no_grad():
        torch.testing.assert_close(merged(ids).logits, adapted(ids).logits)
