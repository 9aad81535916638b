"""Each tracker that is installed records a run offline, with its own package, and gives it back."""

from __future__ import annotations

import importlib
import os
from pathlib import Path
from typing import Any

import pytest

from pipeline.config import Config
from pipeline.errors import ConfigError, Preempted
from pipeline.settings import config_hash
from pipeline.tracking import configure_tracking, tracked
from pipeline.train import train

ONE_STEP = ["training.max_steps=1", "training.logging_steps=1"]


@pytest.fixture(autouse=True)
def no_account(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a machine where nobody logged in; what a tracker sets is undone."""
    for name in ("WANDB_API_KEY", "MLFLOW_TRACKING_URI", "WANDB_MODE", "WANDB_DIR"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    for name in ("MLFLOW_EXPERIMENT_NAME", "MLFLOW_ALLOW_FILE_STORE", "WANDB_PROJECT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("WANDB_SILENT", "true")


def trained(smoke: Any, provider: str) -> tuple[Config, Path]:
    config: Config = smoke(f"tracking.provider={provider}", *ONE_STEP)
    result = train(config)
    assert result.steps == 1
    return config, config.project.output_dir / "tracking"


def test_tensorboard_gives_back_the_loss(smoke: Any) -> None:
    module = "tensorboard.backend.event_processing.event_accumulator"
    accumulator = importlib.import_module(module)
    _, folder = trained(smoke, "tensorboard")
    read = accumulator.EventAccumulator(str(folder))
    read.Reload()
    (loss,) = read.Scalars("train/loss")
    assert loss.step == 1
    assert loss.value > 0
    assert read.Scalars("eval/loss")


def test_mlflow_gives_back_the_loss_and_the_settings(smoke: Any) -> None:
    mlflow = pytest.importorskip("mlflow")
    config, folder = trained(smoke, "mlflow")
    client = mlflow.MlflowClient(tracking_uri=folder.resolve().as_uri())
    experiment = client.get_experiment_by_name(config.project.name)
    (run,) = client.search_runs([experiment.experiment_id])
    assert run.info.status == "FINISHED"
    assert run.info.run_name.endswith(config_hash(config)[:8])
    # One run: the evaluation after the last step is part of it.
    assert run.data.metrics["loss"] > 0
    assert run.data.metrics["eval_loss"] > 0
    assert float(run.data.params["learning_rate"]) == config.training.learning_rate


def test_wandb_keeps_the_run_for_a_later_sync(smoke: Any) -> None:
    wandb = pytest.importorskip("wandb")
    wandb.teardown()  # a process has one set-up: an earlier test's would keep its folder
    _, folder = trained(smoke, "wandb")
    (run,) = (folder / "wandb").glob("offline-run-*")
    (recorded,) = run.glob("run-*.wandb")
    content = recorded.read_bytes()
    assert b"train/loss" in content
    assert b"learning_rate" in content


def test_a_run_that_failed_is_marked_as_failed(smoke: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    mlflow = pytest.importorskip("mlflow")
    config = smoke("tracking.provider=mlflow")
    configure_tracking(config)

    def stop() -> None:
        with tracked(config):
            raise Preempted("the machine goes away")

    with pytest.raises(Preempted):
        stop()
    folder = (config.project.output_dir / "tracking").resolve()
    client = mlflow.MlflowClient(tracking_uri=folder.as_uri())
    experiment = client.get_experiment_by_name(config.project.name)
    (run,) = client.search_runs([experiment.experiment_id])
    assert run.info.status == "FAILED"


@pytest.mark.parametrize("provider", ["wandb", "mlflow"])
def test_offline_is_kept_whatever_the_environment_holds(
    smoke: Any, provider: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip(provider)
    monkeypatch.setenv("WANDB_API_KEY", "0" * 40)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://tracking.invalid")
    config = smoke(f"tracking.provider={provider}", "tracking.offline=true")
    assert configure_tracking(config) == [provider]
    folder = (config.project.output_dir / "tracking").resolve()
    if provider == "wandb":
        assert os.environ["WANDB_MODE"] == "offline"
        assert os.environ["WANDB_DIR"] == str(folder)
    else:
        assert os.environ["MLFLOW_TRACKING_URI"] == folder.as_uri()


def test_a_tracker_that_is_not_installed_says_how_to_install_it(
    smoke: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(ConfigError, match=r"tracking/wandb/requirements\.lock"):
        configure_tracking(smoke("tracking.provider=wandb"))
