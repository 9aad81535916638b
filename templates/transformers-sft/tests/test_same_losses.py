"""Two processes compute what one computes: the same losses, and the same weights at the end."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from pipeline.model import load_base_model, load_finished
from pipeline.tokenizer import tiny_tokenizer
from pipeline.train import train
from two_processes import answer_of, logged, run_in_two

SHORT = ["training.max_steps=4", "training.save_steps=4", "training.eval_steps=4"]
HALF = ["training.micro_batch_size=1"]  # two processes of one sequence each: the smoke run's two


def assert_trains_as_one_process(
    smoke: Any, folder: Path, strategy: str, method: str, *overrides: str
) -> None:
    one = smoke(*SHORT, f"method.name={method}", *overrides, output=folder / "one")
    expected = train(one)
    two = folder / "two"
    result = answer_of(
        run_in_two(strategy, two, *SHORT, *HALF, f"method.name={method}", *overrides)
    )

    alone, together = logged(folder / "one", "loss"), logged(two, "loss")
    assert together == pytest.approx(alone, rel=1e-4)
    assert together[-1] < together[0]
    assert result["validation_loss"] == pytest.approx(expected.validation_loss, rel=1e-3)

    def weights(output: Path) -> dict[str, torch.Tensor]:
        paths = (output / "final", None) if method == "full" else (None, output / "final")
        return load_finished(one, *paths, torch.float32)[0].state_dict()

    ours, theirs = weights(two), weights(folder / "one")
    assert ours.keys() == theirs.keys()
    for name, weight in theirs.items():
        torch.testing.assert_close(ours[name], weight, rtol=1e-2, atol=1e-3, msg=name)


def test_two_copies_train_what_one_process_trains_with_twice_the_micro_batch(
    smoke: Any, tmp_path: Path
) -> None:
    assert_trains_as_one_process(smoke, tmp_path, "ddp", "lora")


@pytest.mark.full
@pytest.mark.parametrize("strategy", ["ddp", "fsdp"])
@pytest.mark.parametrize("method", ["lora", "full"])
@pytest.mark.parametrize("fused", [False, True], ids=["plain", "fused"])
def test_every_strategy_trains_what_one_process_trains(
    smoke: Any, tmp_path: Path, *, strategy: str, method: str, fused: bool
) -> None:
    leaner = ["training.fused_loss=true", "training.gradient_checkpointing=true"] if fused else []
    assert_trains_as_one_process(smoke, tmp_path, strategy, method, *leaner)


@pytest.mark.full
@pytest.mark.parametrize("method", ["lora", "full"])
def test_weights_that_only_the_first_process_read_are_sharded_to_all(
    smoke: Any, tmp_path: Path, method: str
) -> None:
    base = tmp_path / "base"
    load_base_model(smoke()).save_pretrained(base)
    tiny_tokenizer().save_pretrained(base)
    assert_trains_as_one_process(smoke, tmp_path, "fsdp", method, f"model.id={base}")


@pytest.mark.full
@pytest.mark.parametrize("strategy", ["ddp", "fsdp"])
@pytest.mark.parametrize("dtype", ["bf16", "bf16-mixed"])
def test_sixteen_bit_training_runs_on_two_processes(
    tmp_path: Path, strategy: str, dtype: str
) -> None:
    settings = [f"training.dtype={dtype}", "training.fused_loss=true", "data.packing=true"]
    result = answer_of(run_in_two(strategy, tmp_path / "out", *SHORT, *HALF, *settings))
    assert result["validation_loss"] < 5.6
