"""The trainer of classification."""

from __future__ import annotations

from typing import Any

import torch
from torch.nn import functional
from transformers import PrinterCallback, Trainer, TrainerCallback, TrainingArguments

from pipeline.arguments import training_settings
from pipeline.config import Config
from pipeline.data import Collator, labels_of, report_balance
from pipeline.examples import Examples
from pipeline.guard import Watched


class ClassificationTrainer(Watched, Trainer):
    """The stock trainer with a weight for each class."""

    def __init__(
        self,
        *arguments: Any,
        class_weights: torch.Tensor | None = None,
        label_smoothing: float = 0.0,
        **keywords: Any,
    ) -> None:
        super().__init__(*arguments, **keywords)
        self.class_weights = class_weights
        self.label_smoothing = label_smoothing
        # The loss is a mean over one micro batch: the trainer has to average the micro batches.
        self.model_accepts_loss_kwargs = False

    def compute_loss(
        self,
        model: Any,
        inputs: dict[str, Any],
        return_outputs: bool = False,
        num_items_in_batch: torch.Tensor | int | None = None,  # noqa: ARG002
    ) -> Any:
        """Cross-entropy of the classes."""
        labels = inputs.pop("labels")
        outputs = model(**inputs)
        logits = outputs.logits.float()
        weights = None if self.class_weights is None else self.class_weights.to(logits.device)
        loss = functional.cross_entropy(
            logits, labels, weight=weights, label_smoothing=self.label_smoothing
        )
        return (loss, outputs) if return_outputs else loss


def balanced_weights(counts: list[int]) -> torch.Tensor:
    """One weight a class, inverse to how often it occurs; the mean over all examples is one."""
    present = torch.tensor([max(count, 1) for count in counts], dtype=torch.float32)
    return present.sum() / (len(counts) * present)


def build_trainer(  # noqa: PLR0917
    config: Config,
    model: Any,
    processor: Any,
    train_data: Examples,
    validation_data: Examples,
    callbacks: list[TrainerCallback],
    **changes: Any,
) -> ClassificationTrainer:
    """A trainer for this configuration."""
    counts = report_balance(config)
    weights = None
    if config.training.class_weights == "balanced":
        weights = balanced_weights([counts[label] for label in labels_of(config)])
    trainer = ClassificationTrainer(
        model=model,
        args=TrainingArguments(**training_settings(config, len(train_data), **changes)),
        train_dataset=train_data,
        eval_dataset=validation_data,
        data_collator=Collator(processor.pad_token_id),
        processing_class=processor,
        callbacks=callbacks,
        class_weights=weights,
        label_smoothing=config.training.label_smoothing,
    )
    trainer.remove_callback(PrinterCallback)  # stdout carries answers only
    return trainer
