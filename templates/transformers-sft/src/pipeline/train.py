"""Train: check the data, load, optimise, save the adapter or the model."""

from __future__ import annotations

import errno
import logging
import math
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from peft import PeftModel
from torch.distributed.checkpoint.state_dict import StateDictOptions, get_model_state_dict
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
from pipeline.errors import ConfigError, OutOfMemoryError, PipelineError, Preempted
from pipeline.logs import log
from pipeline.loss import use_chunked_loss
from pipeline.manifest import (
    MANIFEST_NAME,
    build_manifest,
    read_json,
    require_same_run,
    write_json,
)
from pipeline.memory import out_of_memory_advice, release
from pipeline.model import load_for_training, load_tokenizer
from pipeline.strategy import launch, sequences_per_step
from pipeline.together import any_of, join, of_each, on_first
from pipeline.tracking import MetricsFile, configure_tracking, run_name

OPTIMIZERS = {
    # The fused kernel needs no temporary copies of the gradients at the step.
    "adamw": "adamw_torch_fused",
    "paged-adamw-8bit": "paged_adamw_8bit",
    "adamw-8bit": "adamw_8bit",
    "adafactor": "adafactor",
}


class SftTrainer(Trainer):
    """The stock trainer, which knows whether it is evaluating."""

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        self.evaluating = False

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
    """Seed Python, NumPy and torch; with `deterministic`, slower kernels without races.

    The same on every process: each of them makes the same adapter.
    """
    if config.project.deterministic:
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
        enable_full_determinism(config.project.seed)
    else:
        set_seed(config.project.seed)


def planned_steps(config: Config, sequences: int) -> int:
    """Optimizer steps of the whole run."""
    if config.training.max_steps is not None:
        return config.training.max_steps
    steps_per_epoch = math.ceil(sequences / sequences_per_step(config))
    return max(math.ceil(steps_per_epoch * config.training.epochs), 1)


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
    return TrainingArguments(**(settings | changes))


def build_trainer(  # noqa: PLR0917
    config: Config,
    arguments: TrainingArguments,
    tokenizer: Any,
    train_data: TokenDataset,
    validation_data: TokenDataset,
    callbacks: list[TrainerCallback],
) -> SftTrainer:
    """The model and a trainer for it.

    The arguments are made before the model is loaded: with ZeRO-3 they decide how it is loaded.
    """
    model = load_for_training(config)
    if config.training.fused_loss:
        use_chunked_loss(model)
    trainer = SftTrainer(
        model=model,
        args=arguments,
        train_dataset=train_data,
        eval_dataset=validation_data,
        data_collator=Collator(tokenizer.pad_token_id, config.data.packing),
        processing_class=tokenizer,
        callbacks=callbacks,
    )
    trainer.remove_callback(PrinterCallback)  # stdout carries answers only
    # From here on each process draws its own dropout; the order of the data has its own seed.
    torch.manual_seed(config.project.seed + launch().rank)
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
    join()
    seed_everything(config)
    checkpoint, report_to = on_first(lambda: _prepare(config))
    _require_shared(output, checkpoint)

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
            arguments = training_arguments(config, len(train_data), report_to=report_to)
            trainer = build_trainer(
                config, arguments, tokenizer, train_data, validation_data, callbacks
            )
            with memory_guard(config, trainer):
                outcome = trainer.train(
                    resume_from_checkpoint=str(checkpoint) if checkpoint else None
                )
                if any_of(stop.requested):
                    raise Preempted(
                        f"Stopped by a signal after step {trainer.state.global_step}; "
                        "the checkpoint is complete",
                        "Start the same command again to go on.",
                        of_all=True,
                    )
                validation_loss = trainer.evaluate().get("eval_loss")
        final = final_model_path(config)
        save_final(trainer, final)
        result = TrainResult(
            final, trainer.state.global_step, float(outcome.training_loss), validation_loss
        )
        if launch().is_first:
            tokenizer.save_pretrained(final)
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


def save_final(trainer: SftTrainer, folder: Path) -> None:
    """The trained weights as safetensors, whole however they were spread; no optimizer state.

    Every process takes part in gathering them, and the first one writes.
    """
    here, model = launch(), trainer.model
    if here.is_first:
        shutil.rmtree(folder, ignore_errors=True)
    if here.strategy.startswith("zero"):
        trainer.save_model(str(folder))
        if here.is_first:
            (folder / "training_args.bin").unlink(missing_ok=True)  # a pickle nobody needs
        return
    whole = None
    if here.strategy == "fsdp":
        adapter = isinstance(model, PeftModel)  # its frozen base is published elsewhere
        whole = get_model_state_dict(
            model,
            options=StateDictOptions(
                full_state_dict=True, cpu_offload=True, ignore_frozen_params=adapter
            ),
        )
    if here.is_first:
        model.save_pretrained(folder, state_dict=whole)


def _prepare(config: Config) -> tuple[Path | None, list[str]]:
    """Once for all processes: check and describe; the checkpoint to go on from, and the tracker."""
    output = config.project.output_dir
    require_valid(config.data, output / "data_report.json")
    checkpoint = _checkpoint_to_resume(config)
    write_json(output / MANIFEST_NAME, build_manifest(config))
    return checkpoint, configure_tracking(config)


def _require_shared(output: Path, checkpoint: Path | None) -> None:
    """Each process writes its part of a checkpoint: the machines need one folder in common."""
    sees = of_each((output / MANIFEST_NAME).is_file() and (not checkpoint or checkpoint.is_dir()))
    if all(sees):
        return
    blind = ", ".join(str(rank) for rank, there in enumerate(sees) if not there)
    if checkpoint:
        raise ConfigError(
            f'Processes {blind} do not see the checkpoint "{checkpoint}"',
            "Set project.output_dir to a folder that all machines share, or copy the checkpoint to "
            "each of them.",
            of_all=True,
        )
    log(
        "output_not_shared",
        logging.WARNING,
        processes=blind,
        note="checkpoints are in parts on several machines: copy them together before a resume, or "
        "set project.output_dir to a shared folder",
    )


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
