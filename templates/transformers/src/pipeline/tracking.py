"""Where metrics go. A JSONL file is always written; a tracker is beside it, never in its place."""

from __future__ import annotations

import importlib
import importlib.util
import json
import logging
import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from pipeline.environment import secret
from pipeline.errors import ConfigError, PipelineError
from pipeline.logs import log
from pipeline.settings import RunConfig, config_hash
from pipeline.strategy import launch

INSTALL = {
    "tensorboard": "pip install --require-hashes -r requirements.lock",
    "wandb": "pip install --require-hashes -r tracking/wandb/requirements.lock",
    "mlflow": "pip install --require-hashes -r tracking/mlflow/requirements.lock",
}


def configure_tracking(config: RunConfig) -> list[str]:
    """Ready the tracker through its environment variables; returns the trainer's `report_to`.

    Without its key or address a tracker writes to files under output_dir: a run on a machine
    without the network must neither hang nor lose its metrics.
    """
    tracking = config.tracking
    if tracking.provider == "none":
        return []
    if importlib.util.find_spec(tracking.provider) is None:
        raise ConfigError(
            f"tracking.provider {tracking.provider} needs a package that is not installed",
            f"{INSTALL[tracking.provider]}, or set tracking.provider: none "
            "(metrics.jsonl is written in any case).",
        )
    experiment = experiment_name(config)
    folder = (config.project.output_dir / "tracking").resolve()
    folder.mkdir(parents=True, exist_ok=True)
    # What a tracker tells its own maker is nobody's metrics; without a network it only waits.
    os.environ.update(MLFLOW_DISABLE_TELEMETRY="true", WANDB_ERROR_REPORTING="false")
    offline = tracking.offline
    if tracking.provider == "tensorboard":
        os.environ["TENSORBOARD_LOGGING_DIR"] = str(folder)
        offline = True
    elif tracking.provider == "wandb":
        offline = offline or not secret("WANDB_API_KEY")
        os.environ["WANDB_PROJECT"] = experiment
        os.environ["WANDB_DIR"] = str(folder)
        if offline:
            os.environ["WANDB_MODE"] = "offline"
    elif tracking.provider == "mlflow":
        offline = offline or not os.environ.get("MLFLOW_TRACKING_URI")
        os.environ["MLFLOW_EXPERIMENT_NAME"] = experiment
        if offline:
            os.environ["MLFLOW_TRACKING_URI"] = folder.as_uri()
            # MLflow keeps its file store in maintenance only; it is all the skinny package has.
            os.environ["MLFLOW_ALLOW_FILE_STORE"] = "true"
    if offline and tracking.provider != "tensorboard" and not tracking.offline:
        log(
            "tracking_offline",
            logging.WARNING,
            provider=tracking.provider,
            why="no key or address in the environment",
            folder=str(folder),
        )
    return [tracking.provider]


@contextmanager
def tracked(config: RunConfig) -> Iterator[None]:
    """One run in the tracker from the first step to the last evaluation, ended as it ended here.

    The trainer ends its MLflow run with the last step and would start another for the evaluation
    after it; a run that was started before it is used and left open.
    """
    provider = config.tracking.provider
    if provider not in ("wandb", "mlflow") or not launch().is_first:
        yield
        return
    package = importlib.import_module(provider)
    if provider == "mlflow":
        package.set_tracking_uri(os.environ["MLFLOW_TRACKING_URI"])
        package.set_experiment(experiment_name(config))
        package.start_run(run_name=run_name(config))
    failed = True
    try:
        yield
        failed = False
    finally:
        if provider == "mlflow":
            package.end_run("FAILED" if failed else "FINISHED")
        else:
            package.finish(exit_code=int(failed))


def experiment_name(config: RunConfig) -> str:
    """What groups the runs of a project in a tracker."""
    return config.tracking.experiment or config.project.name


def run_name(config: RunConfig) -> str:
    """The name a run has in a tracker."""
    return f"{config.project.name}-{config.method.name}-{config_hash(config)[:8]}"


class MetricsFile(TrainerCallback):
    """Appends every log of the trainer to a JSONL file, and stops a run whose loss is no number."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        logs: dict[str, Any] | None = None,
        **_: object,
    ) -> None:
        """Write the entry; a non-finite loss never recovers, so do not pay for more of it."""
        entry = {"step": state.global_step, **(logs or {})}
        if state.is_world_process_zero:
            with self.path.open("a", encoding="utf-8") as metrics:
                metrics.write(json.dumps(entry) + "\n")
            log("metrics", **entry)
        loss = entry.get("loss")
        if isinstance(loss, float) and not math.isfinite(loss):
            raise PipelineError(
                f"The loss is {loss} at step {state.global_step}",
                "Lower training.learning_rate, raise training.warmup_ratio, or use training.dtype: "
                "bf16-mixed in place of fp16-mixed. The last checkpoint is from before.",
                of_all=True,  # the logged loss is the mean over all processes
            )
