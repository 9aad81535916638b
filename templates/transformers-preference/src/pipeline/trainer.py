"""The trainer of preference tuning: TRL's, on pairs that are tokens already."""

from __future__ import annotations

from typing import Any

import torch
from datasets import Dataset
from transformers import PreTrainedModel, PrinterCallback, TrainerCallback
from trl import DPOConfig, DPOTrainer
from trl.trainer.dpo_trainer import DataCollatorForPreference

from pipeline.arguments import training_settings
from pipeline.config import Config
from pipeline.examples import Examples
from pipeline.guard import Watched
from pipeline.model import load_finished


class PreferenceTrainer(Watched, DPOTrainer):
    """The stock trainer; `data.py` has tokenised and cut the pairs."""

    def _prepare_dataset(self, dataset: Dataset, *_: Any, **__: Any) -> Dataset:
        return dataset

    def create_model_card(self, *_: Any, **__: Any) -> None:
        """None: models/MODEL_CARD.md is the card, and a checkpoint is no publication."""


def build_trainer(  # noqa: PLR0917
    config: Config,
    model: Any,
    processor: Any,
    train_data: Examples,
    validation_data: Examples,
    callbacks: list[TrainerCallback],
    **changes: Any,
) -> PreferenceTrainer:
    """A trainer for this configuration."""
    adapter = config.method.name != "full"
    settings = training_settings(config, len(train_data), **changes)
    trainer = PreferenceTrainer(
        model=model,
        # With an adapter the reference is the base with the adapter switched off.
        ref_model=None if adapter else reference_model(config),
        args=DPOConfig(
            **settings,
            # TRL's own default would checkpoint whatever is configured.
            gradient_checkpointing=settings["activation_checkpointing"],
            gradient_checkpointing_kwargs=settings["activation_checkpointing_kwargs"],
            beta=config.training.beta,
            loss_type=[config.training.loss],
            label_smoothing=config.training.label_smoothing,
            max_length=config.model.max_length,
            disable_dropout=config.method.lora_dropout == 0,
        ),
        train_dataset=as_dataset(train_data),
        eval_dataset=as_dataset(validation_data),
        data_collator=DataCollatorForPreference(processor.pad_token_id),
        processing_class=processor,
        callbacks=callbacks,
    )
    if adapter:
        # TRL keeps a copy of the adapter as the reference. Ours starts at zero: switched off, it is
        # the same, and checkpoints hold one adapter.
        trainer.model.delete_adapter("ref")
    trainer.remove_callback(PrinterCallback)  # stdout carries answers only
    return trainer


def reference_model(config: Config) -> PreTrainedModel:
    """The model as it was, for full fine-tuning: a second one in memory, frozen, in 16 bit."""
    dtype = {"fp32": torch.float32, "fp16-mixed": torch.float16}.get(config.training.dtype)
    return load_finished(config, None, None, dtype or torch.bfloat16)[0]


def as_dataset(data: Examples) -> Dataset:
    """The same pairs in the form that TRL asks for."""
    return Dataset.from_list([data[index] for index in range(len(data))])
