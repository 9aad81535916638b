"""The trainer of a model that reads pictures."""

from __future__ import annotations

from typing import Any

from transformers import PrinterCallback, Trainer, TrainerCallback, TrainingArguments

from pipeline.arguments import training_settings
from pipeline.config import Config
from pipeline.data import collator
from pipeline.examples import Examples
from pipeline.guard import Watched


class VlmTrainer(Watched, Trainer):
    """The stock trainer: the model's own loss over the tokens of answers."""


def build_trainer(  # noqa: PLR0917
    config: Config,
    model: Any,
    processor: Any,
    train_data: Examples,
    validation_data: Examples,
    callbacks: list[TrainerCallback],
    **changes: Any,
) -> VlmTrainer:
    """A trainer for this configuration."""
    trainer = VlmTrainer(
        model=model,
        args=TrainingArguments(**training_settings(config, len(train_data), **changes)),
        train_dataset=train_data,
        eval_dataset=validation_data,
        data_collator=collator(processor),
        processing_class=processor,
        callbacks=callbacks,
    )
    trainer.remove_callback(PrinterCallback)  # stdout carries answers only
    return trainer
