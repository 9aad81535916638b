"""The trainer of embeddings: the stock one with the losses of Sentence Transformers."""

from __future__ import annotations

from typing import Any

import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.losses import (
    CachedMultipleNegativesRankingLoss,
    MultipleNegativesRankingLoss,
)
from torch import nn
from torch.utils.data import Sampler
from transformers import PrinterCallback, Trainer, TrainerCallback, TrainingArguments

from pipeline.arguments import training_settings
from pipeline.config import Config
from pipeline.data import Collator, DistinctTexts, GroupDataset
from pipeline.examples import Examples
from pipeline.guard import Watched


class EmbeddingTrainer(Watched, Trainer):
    """Each query's document against all others of the batch."""

    def __init__(self, *arguments: Any, contrast: nn.Module, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        self.contrast = contrast
        # The loss is a mean over one batch: the trainer has to average the micro batches.
        self.model_accepts_loss_kwargs = False

    def compute_loss(
        self,
        model: Any,  # noqa: ARG002 - the loss holds it
        inputs: dict[str, Any],
        return_outputs: bool = False,
        num_items_in_batch: torch.Tensor | int | None = None,  # noqa: ARG002
    ) -> Any:
        """Cross-entropy of each query's own document."""
        with self.accelerator.autocast():
            loss = self.contrast(inputs["columns"], inputs["labels"])
        return (loss, {}) if return_outputs else loss

    def _get_train_sampler(self, train_dataset: Any = None) -> Sampler[int] | None:
        data = train_dataset or self.train_dataset
        if isinstance(data, GroupDataset):
            return DistinctTexts(data, self.args.train_batch_size, self.args.data_seed)
        sampler: Sampler[int] | None = super()._get_train_sampler(data)
        return sampler

    def _save(self, output_dir: str | None = None, state_dict: Any = None) -> None:
        """Only what is trained: a frozen base need not be in every checkpoint."""
        if state_dict is None:
            state_dict = {
                name: value.detach().clone()
                for name, value in self.model.named_parameters()
                if value.requires_grad
            }
        super()._save(output_dir, state_dict)


def contrastive_loss(config: Config, model: SentenceTransformer) -> nn.Module:
    """The loss of the configured negatives."""
    scale = 1 / config.training.temperature
    if config.training.negatives_from == "micro-batch":
        return MultipleNegativesRankingLoss(model, scale=scale)
    return CachedMultipleNegativesRankingLoss(
        model, scale=scale, mini_batch_size=config.training.micro_batch_size
    )


def build_trainer(  # noqa: PLR0917
    config: Config,
    model: SentenceTransformer,
    processor: Any,
    train_data: Examples,
    validation_data: Examples,
    callbacks: list[TrainerCallback],
    **changes: Any,
) -> EmbeddingTrainer:
    """A trainer for this configuration."""
    settings = training_settings(config, len(train_data), **changes)
    if config.training.negatives_from == "step":
        # One batch is the whole step; the loss goes through it a micro batch at a time.
        settings["per_device_train_batch_size"] *= settings["gradient_accumulation_steps"]
        settings["gradient_accumulation_steps"] = 1
    trainer = EmbeddingTrainer(
        model=model,
        args=TrainingArguments(**settings),
        train_dataset=train_data,
        eval_dataset=validation_data,
        data_collator=Collator(processor.pad_token_id),
        processing_class=processor.tokenizer,
        callbacks=callbacks,
        contrast=contrastive_loss(config, model),
    )
    trainer.remove_callback(PrinterCallback)  # stdout carries answers only
    return trainer
