"""Measure what the configured training needs on this machine, in minutes instead of hours.

Two optimizer steps and one evaluation, longest examples first: the optimizer's states appear at the
second step, and evaluation (no checkpointing, its own batch size) can need more than training.
"""

from __future__ import annotations

import tempfile
import time
from typing import Any

import numpy as np
import torch
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from pipeline.config import Config, config_hash
from pipeline.data import Example, TokenDataset, load_dataset
from pipeline.errors import OutOfMemoryError
from pipeline.manifest import device_name, launched, versions, write_json
from pipeline.memory import (
    allocated_gib,
    device_gib,
    host_gib,
    release,
    reserved_gib,
    reset_peaks,
)
from pipeline.model import load_tokenizer
from pipeline.strategy import launch, sequences_per_step
from pipeline.together import join, of_each
from pipeline.train import build_trainer, memory_guard, seed_everything, training_arguments

PROBE_STEPS = 2


class Instruments(TrainerCallback):
    """Reads the clock and the device as the steps go by."""

    def __init__(self) -> None:
        self.step_seconds: list[float] = []
        self.losses: list[float] = []
        self.device_gib: float | None = None
        self.host_gib = host_gib()
        self._started = 0.0

    def read(self) -> None:
        """Keep the highest reading; the allocator holds on to its peak, so few are enough."""
        if torch.cuda.is_available():
            torch.cuda.synchronize()
        now = device_gib()
        if now is not None:
            self.device_gib = max(now, self.device_gib or 0.0)
        self.host_gib = max(self.host_gib, host_gib())

    def on_step_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: object
    ) -> None:
        """Start the clock."""
        self.read()
        self._started = time.perf_counter()

    def on_step_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: object
    ) -> None:
        """Stop the clock after the device is done."""
        self.read()
        self.step_seconds.append(time.perf_counter() - self._started)

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        logs: dict[str, float] | None = None,
        **_: object,
    ) -> None:
        """Keep the training losses."""
        if logs and "loss" in logs:
            self.losses.append(float(logs["loss"]))


def stretched(dataset: TokenDataset, length: int) -> TokenDataset:
    """The longest example repeated up to `length`, all of it learned: the worst case allowed."""
    ids = np.resize(dataset[0]["input_ids"].numpy().astype(np.int32), length)
    return TokenDataset([[Example(ids, np.ones(length, dtype=bool))]])


def probe(config: Config, *, full_length: bool = False) -> dict[str, Any]:
    """Run the probe and write output_dir/probe.json; the same object is returned.

    With `full_length` every sequence is as long as model.max_length; otherwise the longest
    examples of the actual data decide.
    """
    join()
    seed_everything(config)
    tokenizer = load_tokenizer(config)
    data = load_dataset(config.data.train_path, tokenizer, config).longest_first()
    validation = load_dataset(config.data.validation_path, tokenizer, config).longest_first()
    if full_length:
        data = stretched(data, config.model.max_length)
        validation = stretched(validation, config.model.max_length)
    here, per_step = launch(), sequences_per_step(config)
    data = data.first(per_step * PROBE_STEPS)
    validation = validation.first(config.evaluation.batch_size * here.processes)

    reset_peaks()
    before_gib = device_gib()
    instruments = Instruments()
    result: dict[str, Any] = {
        "status": "measured",
        "steps": PROBE_STEPS,
        "longest_tokens": data.length(0),
        "max_length": config.model.max_length,
        "config_hash": config_hash(config),
        "config": config.model_dump(mode="json"),
        "device": device_name(),
        "launch": launched(),
        "versions": versions(),
        "device_before_gib": _rounded(before_gib),
    }
    path = config.project.output_dir / "probe.json"
    try:
        with tempfile.TemporaryDirectory() as scratch, memory_guard(config):
            arguments = training_arguments(
                config,
                len(data),
                output_dir=scratch,
                max_steps=PROBE_STEPS,
                logging_steps=1,
                eval_strategy="no",
                save_strategy="no",
                load_best_model_at_end=False,
                train_sampling_strategy="sequential",
            )
            trainer = build_trainer(config, arguments, tokenizer, data, validation, [instruments])
            with memory_guard(config, trainer):
                trainer.train()
                train_allocated = allocated_gib()
                evaluation_loss = trainer.evaluate()["eval_loss"]
            instruments.read()
    except OutOfMemoryError as error:
        write_json(path, result | {"status": "out-of-memory", "message": error.message})
        raise
    second_step_tokens = sum(data.length(index) for index in range(per_step, 2 * per_step))
    readings = of_each(
        {
            "allocated_gib": _rounded(allocated_gib()),
            "allocated_training_gib": _rounded(train_allocated),
            "reserved_gib": _rounded(reserved_gib()),
            "device_gib": _rounded(instruments.device_gib),
            "host_gib": _rounded(instruments.host_gib),
        }
    )
    # The device that needs most decides whether the run fits; all wait for the slowest.
    worst = max(readings, key=lambda reading: (reading["device_gib"] or 0.0, reading["host_gib"]))
    slowest_seconds = max(seconds[-1] for seconds in of_each(instruments.step_seconds))
    result |= worst | {
        # Of one device. The first step pays for compilation, autotuning and the optimizer's states.
        "tokens_per_second": round(second_step_tokens / here.processes / slowest_seconds, 1),
        "step_seconds": [round(seconds, 4) for seconds in instruments.step_seconds],
        "losses": instruments.losses,
        "evaluation_loss": evaluation_loss,
    }
    if here.processes > 1:
        result |= {"worst_rank": readings.index(worst), "ranks": readings}
    if here.is_first:
        write_json(path, result)
    release()
    return result


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
