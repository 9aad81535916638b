"""What a quantiser sees of a row: what training sees of it."""

from __future__ import annotations

from typing import Any

import torch

from pipeline.config import Config
from pipeline.data import Collator
from pipeline.examples import Examples


def calibration_batch(
    data: Examples, index: int, processor: Any, config: Config
) -> dict[str, torch.Tensor]:
    """One example as the model's inputs."""
    batch = Collator(int(processor.pad_token_id or 0), config.data.packing)([data[index]])
    return {name: value for name, value in batch.items() if name != "labels"}
