"""Sixteen bit, packing, the chunked loss and the full length: what language models add."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pipeline.probe import probe
from pipeline.train import train


def test_the_probe_stretches_examples_to_the_full_length(smoke: Any) -> None:
    config = smoke("model.max_length=400")
    result = probe(config, full_length=True)
    assert result["longest_tokens"] == 400
    written = json.loads((config.project.output_dir / "probe.json").read_text(encoding="utf-8"))
    assert written == json.loads(json.dumps(result))


@pytest.mark.parametrize("dtype", ["bf16", "bf16-mixed"])
def test_sixteen_bit_training_with_checkpointing_and_packing_runs(smoke: Any, dtype: str) -> None:
    result = train(
        smoke(
            f"training.dtype={dtype}",
            "training.max_steps=2",
            "training.gradient_checkpointing=true",
            "training.fused_loss=true",
            "data.packing=true",
        )
    )
    assert result.validation_loss is not None
    assert result.validation_loss < 5.6
