"""The configuration as the arguments of transformers' trainer."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from transformers import TrainingArguments

from pipeline.settings import RunConfig
from pipeline.strategy import examples_per_step, launch
from pipeline.tracking import run_name

OPTIMIZERS = {
    # The fused kernel needs no temporary copies of the gradients at the step.
    "adamw": "adamw_torch_fused",
    "paged-adamw-8bit": "paged_adamw_8bit",
    "adamw-8bit": "adamw_8bit",
    "adafactor": "adafactor",
}


def planned_steps(config: RunConfig, examples: int) -> int:
    """Optimizer steps of the whole run."""
    if config.training.max_steps is not None:
        return config.training.max_steps
    steps_per_epoch = math.ceil(examples / examples_per_step(config))
    return max(math.ceil(steps_per_epoch * config.training.epochs), 1)


def training_settings(config: RunConfig, examples: int, **changes: Any) -> dict[str, Any]:
    """The configuration in the trainer's words; `changes` are for the memory probe."""
    training = config.training
    settings: dict[str, Any] = {
        "output_dir": str(config.project.output_dir),
        "num_train_epochs": training.epochs,
        "max_steps": training.max_steps or -1,
        "per_device_train_batch_size": training.micro_batch_size,
        "per_device_eval_batch_size": config.evaluation.batch_size,
        "gradient_accumulation_steps": training.gradient_accumulation_steps,
        "learning_rate": training.learning_rate,
        "lr_scheduler_type": training.scheduler,
        "warmup_steps": int(training.warmup_ratio * planned_steps(config, examples)),
        "weight_decay": training.weight_decay,
        "max_grad_norm": training.max_grad_norm,
        "optim": OPTIMIZERS[training.optimizer],
        "bf16": training.dtype == "bf16-mixed",
        "fp16": training.dtype == "fp16-mixed",
        "activation_checkpointing": training.gradient_checkpointing,
        "activation_checkpointing_kwargs": {"use_reentrant": False},
        "logging_steps": training.logging_steps,
        "logging_first_step": True,
        "logging_nan_inf_filter": False,  # MetricsFile has to see a loss that is no number
        "eval_strategy": "steps",
        "eval_steps": training.eval_steps,
        "save_strategy": "steps",
        "save_steps": training.save_steps,
        "save_total_limit": training.save_total_limit,
        "load_best_model_at_end": training.early_stopping_patience > 0,
        "metric_for_best_model": "eval_loss",
        "greater_is_better": False,
        "restore_callback_states_from_checkpoint": True,
        "ddp_find_unused_parameters": False,  # every trained parameter takes part in every step
        # FSDP cuts gradients after every micro batch: kept until the last one they would be whole.
        "accelerator_config": {
            "gradient_accumulation_kwargs": {"sync_each_batch": launch().strategy == "fsdp"}
        },
        "prediction_loss_only": True,  # evaluation never gathers logits
        "remove_unused_columns": False,
        "label_names": ["labels"],
        "seed": config.project.seed,
        "data_seed": config.project.seed,
        "full_determinism": config.project.deterministic,
        "use_cpu": not torch.cuda.is_available(),
        "dataloader_pin_memory": torch.cuda.is_available(),
        "disable_tqdm": True,
        "report_to": [],
        "run_name": run_name(config),
        "push_to_hub": False,
    }
    return settings | changes


@contextmanager
def loading(config: RunConfig) -> Iterator[None]:
    """Around loading a model to train: with ZeRO-3, weights are cut as they are read.

    transformers does so as long as arguments that ask for it are alive.
    """
    cut = launch().strategy == "zero-3"
    arguments = TrainingArguments(**training_settings(config, 1)) if cut else None
    yield
    del arguments
