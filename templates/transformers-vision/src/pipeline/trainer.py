"""The trainer of image classification."""

from __future__ import annotations

from typing import Any

from torch import nn
from transformers import (
    PrinterCallback,
    Trainer,
    TrainerCallback,
    TrainerControl,
    TrainerState,
    TrainingArguments,
)

from pipeline.arguments import training_settings
from pipeline.config import Config
from pipeline.data import ImageDataset, collate
from pipeline.examples import Examples
from pipeline.guard import Watched


class TellEpoch(TrainerCallback):
    """Tells the dataset which epoch it is, so that each one sees other crops."""

    def __init__(self, data: ImageDataset) -> None:
        self.data = data

    def on_epoch_begin(
        self,
        args: TrainingArguments,  # noqa: ARG002 - the signature of trainer callbacks
        state: TrainerState,
        control: TrainerControl,  # noqa: ARG002
        **_: object,
    ) -> None:
        """The epoch, also in the middle of one that is resumed."""
        self.data.epoch = int(state.epoch or 0)


class VisionTrainer(Watched, Trainer):
    """The stock trainer; layers that are not trained do not drift either."""

    def compute_loss(self, model: Any, inputs: dict[str, Any], **keywords: Any) -> Any:
        """The mean loss over the batch."""
        hold_averages(model)
        return super().compute_loss(model, inputs, **keywords)


def hold_averages(model: nn.Module) -> None:
    """Keep a frozen batch norm as published: its running averages move without gradients."""
    for module in model.modules():
        if isinstance(module, nn.modules.batchnorm._BatchNorm) and not any(  # noqa: SLF001
            value.requires_grad for value in module.parameters()
        ):
            module.eval()


def build_trainer(  # noqa: PLR0917
    config: Config,
    model: Any,
    processor: Any,
    train_data: Examples,
    validation_data: Examples,
    callbacks: list[TrainerCallback],
    **changes: Any,
) -> VisionTrainer:
    """A trainer for this configuration."""
    if isinstance(train_data, ImageDataset):
        callbacks = [*callbacks, TellEpoch(train_data)]
    trainer = VisionTrainer(
        model=model,
        args=TrainingArguments(**training_settings(config, len(train_data), **changes)),
        train_dataset=train_data,
        eval_dataset=validation_data,
        data_collator=collate,
        processing_class=processor,
        callbacks=callbacks,
    )
    trainer.remove_callback(PrinterCallback)  # stdout carries answers only
    return trainer

