"""Train: check the data, load, optimise, save the adapter or the model."""

from __future__ import annotations

import errno
import logging
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import torch
from transformers import (
    EarlyStoppingCallback,
    TrainerCallback,
    enable_full_determinism,
    set_seed,
)

from pipeline.arguments import loading, planned_steps
from pipeline.checkpoints import MarkComplete, StopOnSignal, last_complete_checkpoint
from pipeline.config import Config
from pipeline.data import load_dataset
from pipeline.data_checks import require_valid
from pipeline.errors import ConfigError, PipelineError, Preempted
from pipeline.final import final_model_path, save_final
from pipeline.guard import Watched, memory_guard
from pipeline.logs import log
from pipeline.manifest import (
    MANIFEST_NAME,
    build_manifest,
    read_json,
    require_same_run,
    write_json,
)
from pipeline.memory import release
from pipeline.model import load_for_training, load_processor
from pipeline.settings import RunConfig
from pipeline.strategy import launch
from pipeline.together import any_of, join, of_each, on_first
from pipeline.tracking import MetricsFile, configure_tracking, tracked
from pipeline.trainer import build_trainer


@dataclass(frozen=True)
class TrainResult:
    """What a finished run leaves."""

    final_model: Path
    steps: int
    train_loss: float
    validation_loss: float | None


def seed_everything(config: RunConfig) -> None:
    """Seed Python, NumPy and torch; with `deterministic`, slower kernels without races.

    The same on every process: each of them makes the same adapter.
    """
    if config.project.deterministic:
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
        enable_full_determinism(config.project.seed)
    else:
        set_seed(config.project.seed)


def train(config: Config) -> TrainResult:
    """Run the configured training, from the last complete checkpoint if there is one."""
    output, here = config.project.output_dir, launch()
    join()
    seed_everything(config)
    checkpoint, report_to = on_first(lambda: _prepare(config))
    _require_shared(output, checkpoint)

    processor = load_processor(config)
    train_data = load_dataset(config.data.train_path, processor, config)
    validation_data = load_dataset(config.data.validation_path, processor, config)
    log(
        "data",
        train_examples=len(train_data),
        validation_examples=len(validation_data),
        steps=planned_steps(config, len(train_data)),
        **{f"train_{train_data.unit}": train_data.total_size},
    )
    stop = StopOnSignal()
    callbacks: list[TrainerCallback] = [MetricsFile(output / "metrics.jsonl"), MarkComplete(), stop]
    if config.training.early_stopping_patience:
        callbacks.append(EarlyStoppingCallback(config.training.early_stopping_patience))

    trainer: Watched | None = None
    try:
        with tracked(config), memory_guard(config), stop.installed():
            with loading(config):
                model = load_for_training(config)
            trainer = build_trainer(
                config,
                model,
                processor,
                train_data,
                validation_data,
                callbacks,
                report_to=report_to,
            )
            # Each process draws its own dropout from here on; the data's order has its own seed.
            torch.manual_seed(config.project.seed + here.rank)
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
        if here.is_first:
            processor.save_pretrained(final)
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
