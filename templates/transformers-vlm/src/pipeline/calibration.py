"""What a quantiser sees of a row: what training sees of it, pictures and all."""

from __future__ import annotations

from typing import Any

import torch

from pipeline.config import Config
from pipeline.data import collator
from pipeline.examples import Examples


def calibration_batch(
    data: Examples,
    index: int,
    processor: Any,
    config: Config,  # noqa: ARG001 - other tasks pack by it
) -> dict[str, torch.Tensor]:
    """One example as the model's inputs."""
    batch = collator(processor)([data[index]])
    return {name: value for name, value in batch.items() if name != "labels"}
