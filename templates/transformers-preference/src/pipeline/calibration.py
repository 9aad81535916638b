"""What a quantiser sees of a pair: the prompt with the answer that people prefer."""

from __future__ import annotations

from typing import Any

import torch

from pipeline.config import Config
from pipeline.examples import Examples


def calibration_batch(
    data: Examples,
    index: int,
    processor: Any,  # noqa: ARG001 - other tasks pad with it
    config: Config,  # noqa: ARG001
) -> dict[str, torch.Tensor]:
    """One example as the model's inputs."""
    pair = data[index]
    ids = torch.tensor([pair["prompt_ids"] + pair["chosen_ids"]])
    return {"input_ids": ids, "attention_mask": torch.ones_like(ids)}
