"""The trainer of supervised fine-tuning."""

from __future__ import annotations

from typing import Any

from transformers import PrinterCallback, Trainer, TrainerCallback, TrainingArguments

from pipeline.arguments import training_settings
from pipeline.config import Config
from pipeline.data import Collator
from pipeline.examples import Examples
from pipeline.guard import Watched
from pipeline.loss import use_chunked_loss


class SftTrainer(Watched, Trainer):
    """The stock trainer, watched."""


def build_trainer(  # noqa: PLR0917
    config: Config,
    model: Any,
    processor: Any,
    train_data: Examples,
    validation_data: Examples,
    callbacks: list[TrainerCallback],
    **changes: Any,
) -> SftTrainer:
    """A trainer for this configuration."""
    if config.training.fused_loss:
        use_chunked_loss(model)
    trainer = SftTrainer(
        model=model,
        args=TrainingArguments(**training_settings(config, len(train_data), **changes)),
        train_dataset=train_data,
        eval_dataset=validation_data,
        data_collator=Collator(processor.pad_token_id, config.data.packing),
        processing_class=processor,
        callbacks=callbacks,
    )
    trainer.remove_callback(PrinterCallback)  # stdout carries answers only
    return trainer
