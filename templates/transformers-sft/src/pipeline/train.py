"""Train: check the data, load, optimise, save the adapter or the model."""

from __future__ import annotations

import errno
import math
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import (
    EarlyStoppingCallback,
    PrinterCallback,
    Trainer,
    TrainerCallback,
    TrainingArguments,
    enable_full_determinism,
    set_seed,
)

from pipeline.checkpoints import MarkComplete, StopOnSignal, last_complete_checkpoint
from pipeline.config import Config
from pipeline.data import Collator, TokenDataset, load_dataset
from pipeline.data_checks import require_valid
from pipeline.errors import OutOfMemoryError, PipelineError, Preempted
from pipeline.logs import log
from pipeline.loss import fused_causal_lm_loss, require_plain_head
from pipeline.manifest import (
    MANIFEST_NAME,
    build_manifest,
    read_json,
    require_same_run,
    write_json,
)
from pipeline.memory import out_of_memory_advice, release
from pipeline.model import load_for_training, load_tokenizer
from pipeline.tracking import MetricsFile, configure_tracking, run_name

OPTIMIZERS = {
    # The fused kernel needs no temporary copies of the gradients at the step.
    "adamw": "adamw_torch_fused",
    "paged-adamw-8bit": "paged_adamw_8bit",
    "adamw-8bit": "adamw_8bit",
    "adafactor": "adafactor",
}


class SftTrainer(Trainer):
    """The stock trainer; with `fused_loss` the logits are never whole."""

    def __init__(self, *arguments: Any, fused_loss: bool = False, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        self.fused_loss = fused_loss
        self.evaluating = False

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

    def evaluate(self, *arguments: Any, **keywords: Any) -> dict[str, float]:
        """Evaluate, remembering that a failure now is an evaluation's."""
        self.evaluating = True
        result: dict[str, float] = super().evaluate(*arguments, **keywords)
        self.evaluating = False
        return result


@dataclass(frozen=True)
class TrainResult:
    """What a finished run leaves."""

    final_model: Path
    steps: int
    train_loss: float
    validation_loss: float | None


def final_model_path(config: Config) -> Path:
    """Where the trained adapter (or, for full fine-tuning, the model) is saved."""
    return config.project.output_dir / "final"


def seed_everything(config: Config) -> None:
    """Seed Python, NumPy and torch; with `deterministic`, slower kernels without races."""
    if config.project.deterministic:
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
        enable_full_determinism(config.project.seed)
    else:
        set_seed(config.project.seed)


def planned_steps(config: Config, sequences: int) -> int:
    """Optimizer steps of the whole run."""
    if config.training.max_steps is not None:
        return config.training.max_steps
    per_step = config.training.micro_batch_size * config.training.gradient_accumulation_steps
    return max(math.ceil(math.ceil(sequences / per_step) * config.training.epochs), 1)


def training_arguments(config: Config, sequences: int, **changes: Any) -> TrainingArguments:
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
        "warmup_steps": int(training.warmup_ratio * planned_steps(config, sequences)),
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
    return TrainingArguments(**(settings | changes))


def build_trainer(  # noqa: PLR0917
    config: Config,
    model: Any,
    tokenizer: Any,
    train_data: TokenDataset,
    validation_data: TokenDataset,
    callbacks: list[TrainerCallback],
    **changes: Any,
) -> SftTrainer:
    """A trainer for this configuration."""
    if config.training.fused_loss:
        require_plain_head(model)
    trainer = SftTrainer(
        model=model,
        args=training_arguments(config, len(train_data), **changes),
        train_dataset=train_data,
        eval_dataset=validation_data,
        data_collator=Collator(tokenizer.pad_token_id, config.data.packing),
        processing_class=tokenizer,
        callbacks=callbacks,
        fused_loss=config.training.fused_loss,
    )
    trainer.remove_callback(PrinterCallback)  # stdout carries answers only
    return trainer


@contextmanager
def memory_guard(config: Config, trainer: SftTrainer | None = None) -> Iterator[None]:
    """Turn running out of memory into an error that names what to change."""
    try:
        yield
    except (torch.OutOfMemoryError, MemoryError) as error:
        during_evaluation = trainer is not None and trainer.evaluating
        where = "evaluating" if during_evaluation else "training"
        advice = out_of_memory_advice(config, during_evaluation=during_evaluation)
        raise OutOfMemoryError(
            f"Out of memory while {where}: {str(error).splitlines()[0] if str(error) else error!r}",
            "Change in configs/, the cheapest first:\n"
            + "\n".join(f"  {number}. {line}" for number, line in enumerate(advice, start=1))
            + "\n  Then measure with `make probe` before starting again.",
        ) from error


def train(config: Config) -> TrainResult:
    """Run the configured training, from the last complete checkpoint if there is one."""
    output = config.project.output_dir
    seed_everything(config)
    require_valid(config.data, output / "data_report.json")
    checkpoint = _checkpoint_to_resume(config)
    write_json(output / MANIFEST_NAME, build_manifest(config))
    report_to = configure_tracking(config)

    tokenizer = load_tokenizer(config)
    train_data = load_dataset(config.data.train_path, tokenizer, config)
    validation_data = load_dataset(config.data.validation_path, tokenizer, config)
    log(
        "data",
        train_sequences=len(train_data),
        train_tokens=train_data.token_count,
        validation_sequences=len(validation_data),
        steps=planned_steps(config, len(train_data)),
    )
    stop = StopOnSignal()
    callbacks: list[TrainerCallback] = [MetricsFile(output / "metrics.jsonl"), MarkComplete(), stop]
    if config.training.early_stopping_patience:
        callbacks.append(EarlyStoppingCallback(config.training.early_stopping_patience))

    trainer: SftTrainer | None = None
    try:
        with memory_guard(config), stop.installed():
            model = load_for_training(config)
            trainer = build_trainer(
                config,
                model,
                tokenizer,
                train_data,
                validation_data,
                callbacks,
                report_to=report_to,
            )
            with memory_guard(config, trainer):
                outcome = trainer.train(
                    resume_from_checkpoint=str(checkpoint) if checkpoint else None
                )
                if stop.requested:
                    raise Preempted(
                        f"Stopped by a signal after step {trainer.state.global_step}; "
                        "the checkpoint is complete",
                        "Start the same command again to go on.",
                    )
                validation_loss = trainer.evaluate().get("eval_loss")
        final = final_model_path(config)
        shutil.rmtree(final, ignore_errors=True)
        trainer.model.save_pretrained(final)  # safetensors; unlike checkpoints no optimizer state
        tokenizer.save_pretrained(final)
        result = TrainResult(
            final, trainer.state.global_step, float(outcome.training_loss), validation_loss
        )
        write_json(
            output / "train_result.json",
            {
                "steps": result.steps,
                "train_loss": result.train_loss,
                "validation_loss": result.validation_loss,
                "final_model": str(final),
            },
        )
        log("trained", steps=result.steps, validation_loss=result.validation_loss)
        return result
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise PipelineError(
                f'The disk of "{output}" is full',
                "Free space, lower training.save_total_limit (2 at least), or set "
                "project.output_dir to a larger disk.",
            ) from error
        raise
    finally:
        trainer = None
        release()


def _checkpoint_to_resume(config: Config) -> Path | None:
    """The checkpoint to go on from; with `resume: never` old ones are removed first."""
    output = config.project.output_dir
    if config.training.resume == "never":
        for folder in output.glob("checkpoint-*"):
            shutil.rmtree(folder)
        (output / "metrics.jsonl").unlink(missing_ok=True)
        return None
    checkpoint = last_complete_checkpoint(output)
    if checkpoint is None:
        return None
    require_same_run(config, read_json(output / MANIFEST_NAME) or {})
    log("resuming", checkpoint=str(checkpoint))
    return checkpoint
