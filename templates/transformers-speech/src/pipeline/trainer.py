"""The trainer of speech recognition."""

from __future__ import annotations

from typing import Any

from transformers import PrinterCallback, Trainer, TrainerCallback, TrainingArguments

from pipeline.arguments import training_settings
from pipeline.config import Config
from pipeline.data import collator
from pipeline.examples import Examples
from pipeline.guard import Watched


class SpeechTrainer(Watched, Trainer):
    """The stock trainer: the model's own loss over the tokens of transcripts."""


def build_trainer(  # noqa: PLR0917
    config: Config,
    model: Any,
    processor: Any,
    train_data: Examples,
    validation_data: Examples,
    callbacks: list[TrainerCallback],
    **changes: Any,
) -> SpeechTrainer:
    """A trainer for this configuration."""
    trainer = SpeechTrainer(
        model=model,
        args=TrainingArguments(**training_settings(config, len(train_data), **changes)),
        train_dataset=train_data,
        eval_dataset=validation_data,
        data_collator=collator(config),
        processing_class=processor,
        callbacks=callbacks,
    )
    trainer.remove_callback(PrinterCallback)  # stdout carries answers only
    return trainer
