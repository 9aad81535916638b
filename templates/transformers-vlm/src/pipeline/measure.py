"""How well a model answers about this project's pictures.

Two measures: the loss per learned token on the validation file (exact, not a mean of batch means),
and a small golden set of questions whose answers must match or must hold given words.
"""

from __future__ import annotations

import math
import sys
from typing import Any

import torch
from transformers import PreTrainedModel

from pipeline.config import Config
from pipeline.data import IGNORED, collator, load_dataset
from pipeline.examples import Examples
from pipeline.golden import golden_answers
from pipeline.measurement import Measure, Measurement

PRIMARY = Measure("validation_loss", better="lower")
"""What decides whether a model is promoted."""


def reference(config: Config) -> Measurement | None:  # noqa: ARG001 - other tasks look at it
    """A baseline that needs no model; null here: the base model itself is measured."""
    return None


def token_loss(model: PreTrainedModel, processor: Any, data: Examples, config: Config) -> float:
    """Mean loss over every learned token of a dataset."""
    collate, size = collator(processor), config.evaluation.batch_size
    total, count = 0.0, 0
    model.eval()
    with torch.inference_mode():
        for start in range(0, len(data), size):
            rows = [data[index] for index in range(start, min(start + size, len(data)))]
            batch = {name: value.to(model.device) for name, value in collate(rows).items()}
            targets = batch.pop("labels")[:, 1:]
            logits = model(**batch, use_cache=False).logits[:, :-1].float()
            total += float(
                torch.nn.functional.cross_entropy(
                    logits.reshape(-1, logits.shape[-1]),
                    targets.reshape(-1),
                    ignore_index=IGNORED,
                    reduction="sum",
                )
            )
            count += int((targets != IGNORED).sum())
    return total / max(count, 1)


def measure(model: PreTrainedModel, processor: Any, config: Config) -> Measurement:
    """Both measures of one model."""
    data = load_dataset(config.data.validation_path, processor, config).largest_first()
    loss = token_loss(model, processor, data, config)
    answers = golden_answers(model, processor, config)
    return Measurement(
        metrics={
            "validation_loss": loss,
            "perplexity": math.exp(min(loss, math.log(sys.float_info.max))),
        },
        golden_total=len(answers),
        golden_passed=sum(bool(entry["passed"]) for entry in answers),
        answers=answers,
    )
