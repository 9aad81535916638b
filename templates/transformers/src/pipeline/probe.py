"""Measure what the configured training needs on this machine, in minutes instead of hours.

Two optimizer steps and one evaluation, largest examples first: the optimizer's states appear at the
second step, and evaluation (no checkpointing, its own batch size) can need more than training.
"""

from __future__ import annotations

import tempfile
import time
from typing import Any

import torch
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from pipeline.arguments import loading
from pipeline.config import Config
from pipeline.data import largest_example, load_dataset
from pipeline.errors import OutOfMemoryError
from pipeline.guard import memory_guard
from pipeline.manifest import device_name, launched, versions, write_json
from pipeline.memory import (
    allocated_gib,
    device_gib,
    host_gib,
    release,
    reserved_gib,
    reset_peaks,
)
from pipeline.model import load_for_training, load_processor
from pipeline.settings import config_hash
from pipeline.strategy import examples_per_step, launch
from pipeline.together import join, of_each
from pipeline.train import seed_everything
from pipeline.trainer import build_trainer

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


def probe(config: Config, *, full_length: bool = False) -> dict[str, Any]:
    """Run the probe and write output_dir/probe.json; the same object is returned.

    With `full_length` every example is as large as the configuration allows; otherwise the largest
    examples of the actual data decide.
    """
    join()
    seed_everything(config)
    processor = load_processor(config)
    data = load_dataset(config.data.train_path, processor, config).largest_first()
    validation = load_dataset(config.data.validation_path, processor, config).largest_first()
    if full_length:
        data = largest_example(data, config)
        validation = largest_example(validation, config)
    here, per_step = launch(), examples_per_step(config)
    data = data.first(per_step * PROBE_STEPS)
    validation = validation.first(config.evaluation.batch_size * here.processes)

    in_tokens = data.unit == "tokens"

    reset_peaks()
    before_gib = device_gib()
    instruments = Instruments()
    result: dict[str, Any] = {
        "status": "measured",
        "steps": PROBE_STEPS,
        "unit": data.unit,
        "largest_example": data.size(0),
        "longest_tokens": data.size(0) if in_tokens else None,
        "max_length": getattr(config.model, "max_length", None),
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
            with loading(config):
                model = load_for_training(config)
            trainer = build_trainer(
                config,
                model,
                processor,
                data,
                validation,
                [instruments],
                output_dir=scratch,
                max_steps=PROBE_STEPS,
                logging_steps=1,
                eval_strategy="no",
                save_strategy="no",
                load_best_model_at_end=False,
                train_sampling_strategy="sequential",
            )
            with memory_guard(config, trainer):
                trainer.train()
                train_allocated = allocated_gib()
                evaluation_loss = trainer.evaluate()["eval_loss"]
            instruments.read()
    except OutOfMemoryError as error:
        write_json(path, result | {"status": "out-of-memory", "message": error.message})
        raise
    readings = of_each(
        {
            "allocated_gib": _rounded(allocated_gib()),
            "allocated_training_gib": _rounded(train_allocated),
            "reserved_gib": _rounded(reserved_gib()),
            "device_gib": _rounded(instruments.device_gib),
            "host_gib": _rounded(instruments.host_gib),
        }
    )
    # The device that needs most decides whether the run fits, and all wait for the slowest.
    worst = max(readings, key=lambda reading: (reading["device_gib"] or 0.0, reading["host_gib"]))
    # The first step pays for compilation, autotuning and the optimizer's states.
    seconds = max(each[-1] for each in of_each(instruments.step_seconds))
    second_step = sum(data.size(index) for index in range(per_step, 2 * per_step))
    result |= worst | {
        # Of one device, as the plan counts them.
        "tokens_per_second": round(second_step / here.processes / seconds, 1)
        if in_tokens
        else None,
        "examples_per_second": round(per_step / here.processes / seconds, 2),
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
