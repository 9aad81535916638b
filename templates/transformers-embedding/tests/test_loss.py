"""The loss of pairs, and where their negatives come from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from pipeline.data import (
    Collator,
    load_dataset,
)
from pipeline.model import load_base_model, load_processor
from pipeline.probe import probe
from pipeline.train import train
from pipeline.trainer import build_trainer


@pytest.mark.parametrize("negatives_from", ["micro-batch", "step"])
def test_the_loss_is_that_of_each_querys_own_document(smoke: Any, negatives_from: str) -> None:
    config = smoke("method.name=full", f"training.negatives_from={negatives_from}")
    processor = load_processor(config)
    data = load_dataset(config.data.train_path, processor, config)
    model = load_base_model(config, torch.float32)
    trainer = build_trainer(config, model, processor, data, data, [], output_dir="unused")
    batch = Collator(0)([data[index] for index in range(4)])
    loss = trainer.compute_loss(model, batch)
    with torch.no_grad():
        query, document, negative = (
            torch.nn.functional.normalize(model(dict(column))["sentence_embedding"])
            for column in batch["columns"]
        )
    scores = query @ torch.cat([document, negative]).T / config.training.temperature
    expected = torch.nn.functional.cross_entropy(scores, torch.arange(4))
    torch.testing.assert_close(loss.detach(), expected, rtol=1e-4, atol=1e-5)


def test_negatives_of_the_whole_step_give_the_same_step_in_smaller_pieces(
    smoke: Any, tmp_path: Path
) -> None:
    whole = train(
        smoke(
            "training.max_steps=2",
            "training.micro_batch_size=8",
            "training.gradient_accumulation_steps=1",
            output=tmp_path / "whole",
        )
    )
    pieces = train(
        smoke(
            "training.max_steps=2",
            "training.micro_batch_size=2",
            "training.gradient_accumulation_steps=4",
            "training.negatives_from=step",
            output=tmp_path / "pieces",
        )
    )
    assert pieces.train_loss == pytest.approx(whole.train_loss, rel=1e-3)


@pytest.mark.parametrize("dtype", ["bf16", "bf16-mixed"])
@pytest.mark.parametrize("negatives_from", ["micro-batch", "step"])
def test_sixteen_bit_training_with_checkpointing_runs(
    smoke: Any, dtype: str, negatives_from: str
) -> None:
    result = train(
        smoke(
            f"training.dtype={dtype}",
            f"training.negatives_from={negatives_from}",
            "training.max_steps=2",
            "training.gradient_checkpointing=true",
        )
    )
    assert result.validation_loss is not None


def test_two_steps_with_negatives_of_the_step_lower_the_loss(smoke: Any) -> None:
    result = probe(smoke("training.negatives_from=step"), full_length=True)
    assert result["longest_tokens"] == 512
