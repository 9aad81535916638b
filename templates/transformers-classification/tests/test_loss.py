"""The loss of a classifier, and how its classes are weighed."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
import torch

from labelled_rows import LABELS
from pipeline.data import Collator, load_dataset
from pipeline.model import load_for_training, load_processor
from pipeline.probe import probe
from pipeline.train import train
from pipeline.trainer import balanced_weights, build_trainer


def test_balanced_weights_make_classes_count_alike() -> None:
    # 8 + 2 examples of two classes: 10 / (2 x 8) and 10 / (2 x 2).
    weights = balanced_weights([8, 2])
    torch.testing.assert_close(weights, torch.tensor([0.625, 2.5]))
    assert 8 * weights[0] == 2 * weights[1]


@pytest.mark.parametrize("method", ["lora", "full"])
def test_the_first_loss_is_that_of_a_guess(smoke: Any, method: str) -> None:
    result = probe(smoke(f"method.name={method}"))
    assert result["losses"][0] == pytest.approx(math.log(len(LABELS)), abs=0.1)


def test_micro_batches_add_up_to_one_step(smoke: Any, tmp_path: Path) -> None:
    whole = train(
        smoke("training.max_steps=2", "training.micro_batch_size=8", output=tmp_path / "whole")
    )
    parts = train(
        smoke(
            "training.max_steps=2",
            "training.micro_batch_size=2",
            "training.gradient_accumulation_steps=8",
            output=tmp_path / "parts",
        )
    )
    assert whole.validation_loss == pytest.approx(parts.validation_loss, rel=1e-3)


@pytest.mark.parametrize("weights", ["none", "balanced"])
def test_the_loss_is_cross_entropy_with_the_weights_asked_for(smoke: Any, weights: str) -> None:
    config = smoke("method.name=full", f"training.class_weights={weights}")
    tokenizer = load_processor(config)
    data = load_dataset(config.data.train_path, tokenizer, config)
    model = load_for_training(config).eval()
    trainer = build_trainer(config, model, tokenizer, data, data, [], output_dir="unused")
    batch = Collator(0)([data[0], data[1], data[2]])
    labels = batch["labels"].clone()
    loss = trainer.compute_loss(model, dict(batch))
    batch.pop("labels")
    scores = model(**batch).logits.log_softmax(dim=-1)
    taken = -scores[torch.arange(3), labels]
    counts = [
        sum(int(data[index]["labels"]) == number for index in range(len(data)))
        for number in range(len(LABELS))
    ]
    factors = torch.ones(3) if weights == "none" else balanced_weights(counts)[labels]
    torch.testing.assert_close(loss, (taken * factors).sum() / factors.sum())
