"""The trainer of supervised fine-tuning."""

from __future__ import annotations

from typing import Any

import torch
from transformers import PrinterCallback, Trainer, TrainerCallback, TrainingArguments

from pipeline.arguments import training_settings
from pipeline.config import Config
from pipeline.data import Collator
from pipeline.examples import Examples
from pipeline.guard import Watched
from pipeline.loss import fused_causal_lm_loss, require_plain_head


class SftTrainer(Watched, Trainer):
    """The stock trainer; with `fused_loss` the logits are never whole."""

    def __init__(self, *arguments: Any, fused_loss: bool = False, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        self.fused_loss = fused_loss

    def compute_loss(
        self,
        model: Any,
        inputs: dict[str, Any],
        return_outputs: bool = False,
        num_items_in_batch: torch.Tensor | int | None = None,
    ) -> Any:
        """The mean loss over learned tokens of the whole optimizer step."""
        if not self.fused_loss:
            return super().compute_loss(model, inputs, return_outputs, num_items_in_batch)
        # The decoder is called past the wrapped `forward`, so autocast is entered here.
        with self.accelerator.autocast():
            loss = fused_causal_lm_loss(
                self.accelerator.unwrap_model(model), inputs, num_items_in_batch
            )
        return (loss, {"loss": loss}) if return_outputs else loss


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
        require_plain_head(model)
    trainer = SftTrainer(
        model=model,
        args=TrainingArguments(**training_settings(config, len(train_data), **changes)),
        train_dataset=train_data,
        eval_dataset=validation_data,
        data_collator=Collator(processor.pad_token_id, config.data.packing),
        processing_class=processor,
        callbacks=callbacks,
        fused_loss=config.training.fused_loss,
    )
    trainer.remove_callback(PrinterCallback)  # stdout carries answers only
    return trainer
