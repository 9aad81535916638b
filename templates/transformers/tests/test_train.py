"""Training learns, survives a kill, stops when asked, and says what to change when it fails."""

from __future__ import annotations

import json
import math
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import Trainer

from conftest import SMOKE, environment
from pipeline import probe as probe_module
from pipeline.checkpoints import StopOnSignal, last_complete_checkpoint
from pipeline.errors import ConfigError, ExitCode, OutOfMemoryError, PipelineError, Preempted
from pipeline.manifest import MAY_CHANGE, build_manifest, require_same_run
from pipeline.probe import probe
from pipeline.train import train

LONG_RUN = [
    "training.max_steps=12",
    "training.save_steps=4",
    "training.eval_steps=8",
    # Dropout makes the result depend on the random state that a resume has to restore.
    "method.lora_dropout=0.1",
]


@pytest.mark.parametrize("method", ["lora", "full"])
def test_two_steps_and_an_evaluation_longest_first_lower_the_loss(smoke: Any, method: str) -> None:
    training = smoke().training
    step = training.micro_batch_size * training.gradient_accumulation_steps
    # As many rows as a step takes: both steps see the same, and the second has to do better.
    result = probe(smoke(f"method.name={method}", f"data.max_rows={step}"))
    assert result["steps"] == 2
    assert len(result["losses"]) == 2
    assert result["losses"][1] < result["losses"][0]
    assert math.isfinite(result["evaluation_loss"])
    assert result["allocated_gib"] is None  # there is no GPU in a test
    assert result["host_gib"] > 0
    assert result["config"]["method"]["name"] == method  # what was measured, for `calibrate`
    assert result["examples_per_second"] > 0


def test_the_probe_can_take_the_largest_example_allowed(smoke: Any) -> None:
    config = smoke()
    result = probe(config, full_length=True)
    assert result["largest_example"] >= probe(config)["largest_example"]
    written = json.loads((config.project.output_dir / "probe.json").read_text(encoding="utf-8"))
    assert written["largest_example"] <= result["largest_example"]


def test_a_run_leaves_weights_metrics_and_a_manifest(smoke: Any) -> None:
    config = smoke("training.max_steps=12", "training.save_steps=6", "training.eval_steps=6")
    result = train(config)
    output = config.project.output_dir
    assert {file.name for file in result.final_model.iterdir()} >= {
        "adapter_model.safetensors",
        "adapter_config.json",
    }
    assert not list(result.final_model.glob("*.bin"))
    entries = [json.loads(line) for line in (output / "metrics.jsonl").read_text().splitlines()]
    losses = [entry["loss"] for entry in entries if "loss" in entry]
    assert sum(losses[-4:]) < sum(losses[:4])
    manifest = json.loads((output / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["versions"]["torch"] == torch.__version__.split("+")[0]
    assert set(manifest["data_sha256"]) == {"train", "validation"}


KILLED_AT_STEP_6 = """
import os, signal, sys
from pipeline.checkpoints import StopOnSignal
from pipeline.config import load_config
from pipeline.train import train

def kill(self, args, state, control, **_):
    if state.global_step == 6:
        os.kill(os.getpid(), signal.SIGKILL)
    return control

StopOnSignal.on_step_end = kill
train(load_config("configs", [sys.argv[1]], sys.argv[2:]))
"""


def test_a_killed_run_resumes_to_the_same_loss(smoke: Any, tmp_path: Path) -> None:
    unbroken = train(smoke(*LONG_RUN, output=tmp_path / "unbroken"))

    # kill -9 between the checkpoints of steps 4 and 8: nothing can be tidied up.
    broken = tmp_path / "broken"
    ended = subprocess.run(
        [
            sys.executable,
            "-c",
            KILLED_AT_STEP_6,
            str(SMOKE),
            f"project.output_dir={broken}",
            *LONG_RUN,
        ],
        env=environment(),
        capture_output=True,
        timeout=1200,
        check=False,
    )
    assert ended.returncode == -signal.SIGKILL
    assert not (broken / "final").exists()

    # A checkpoint cut off in the middle of being written must be passed over.
    (broken / "checkpoint-1000").mkdir()
    (broken / "checkpoint-1000" / "trainer_state.json").write_text("{", encoding="utf-8")
    checkpoint = last_complete_checkpoint(broken)
    assert checkpoint is not None
    assert checkpoint.name == "checkpoint-4"

    resumed = train(smoke(*LONG_RUN, output=broken))
    assert resumed.steps == unbroken.steps == 12
    assert resumed.validation_loss == pytest.approx(unbroken.validation_loss, abs=1e-6)


def test_sigterm_saves_a_checkpoint_and_ends_with_its_own_code(
    smoke: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = tmp_path / "preempted"
    before = signal.getsignal(signal.SIGTERM)
    step_end = StopOnSignal.on_step_end

    def preempted(self: StopOnSignal, args: Any, state: Any, control: Any, **rest: Any) -> Any:
        if state.global_step == 6:
            os.kill(os.getpid(), signal.SIGTERM)
        return step_end(self, args, state, control, **rest)

    with monkeypatch.context() as patch:
        patch.setattr(StopOnSignal, "on_step_end", preempted)
        with pytest.raises(Preempted) as stopped:
            train(smoke(*LONG_RUN, output=output))
    assert stopped.value.exit_code == ExitCode.PREEMPTED == 75
    assert signal.getsignal(signal.SIGTERM) is before
    checkpoint = last_complete_checkpoint(output)
    assert checkpoint is not None
    assert checkpoint.name == "checkpoint-6"
    assert train(smoke(*LONG_RUN, output=output)).steps == 12


def test_a_checkpoint_of_another_run_is_not_continued(smoke: Any) -> None:
    short = ["training.max_steps=2", "training.save_steps=2", "training.eval_steps=2"]
    train(smoke(*short))
    with pytest.raises(ConfigError, match=r"method\.lora_rank"):
        train(smoke(*short, "method.lora_rank=4"))
    # A finished run must not be handed back as the result of another learning rate.
    with pytest.raises(ConfigError, match=r"training\.learning_rate") as refused:
        train(smoke(*short, "training.learning_rate=1.0e-4"))
    assert "--set project.output_dir=outputs/" in refused.value.hint
    assert train(smoke(*short, "method.lora_rank=4", "training.resume=never")).steps == 2


@pytest.mark.parametrize(
    "key",
    [
        "training.learning_rate=0.5",
        "training.optimizer=adafactor",
        "training.scheduler=constant",
        "training.warmup_ratio=0.5",
        "training.weight_decay=0.5",
        "training.dtype=bf16-mixed",
        "project.seed=7",
    ],
)
def test_another_optimisation_is_another_run(smoke: Any, key: str) -> None:
    before = build_manifest(smoke())
    with pytest.raises(ConfigError, match=re.escape(key.partition("=")[0])):
        require_same_run(smoke(key), before)


def test_a_run_goes_on_with_less_memory_and_for_longer(smoke: Any) -> None:
    before = build_manifest(smoke())
    changes = (
        "training.micro_batch_size=1",
        "training.gradient_accumulation_steps=32",
        "training.gradient_checkpointing=true",
        "training.max_steps=1000",
        "training.epochs=9",
        "training.logging_steps=7",
        "training.eval_steps=7",
        "training.save_steps=7",
        "training.save_total_limit=9",
        "evaluation.batch_size=1",
        "tracking.provider=none",
    )
    require_same_run(smoke(*changes), before)
    for changed in MAY_CHANGE:
        section, key = changed.split(".")
        assert section == "training"
        assert key in type(smoke().training).model_fields or key == "fused_loss"


def test_early_stopping_ends_a_run_that_no_longer_improves(smoke: Any) -> None:
    result = train(
        smoke(
            "training.max_steps=20",
            "training.eval_steps=1",
            "training.save_steps=1",
            "training.early_stopping_patience=2",
            "training.learning_rate=1e-12",  # far too low: nothing changes
        )
    )
    assert result.steps < 20


def test_running_out_of_memory_names_the_keys_to_change(
    smoke: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")

    monkeypatch.setattr(Trainer, "training_step", fail)
    config = smoke()
    with pytest.raises(OutOfMemoryError, match=r"training\.micro_batch_size: \d") as raised:
        train(config)
    assert raised.value.exit_code == ExitCode.OUT_OF_MEMORY == 71
    with pytest.raises(OutOfMemoryError):
        probe_module.probe(config)
    written = json.loads((config.project.output_dir / "probe.json").read_text(encoding="utf-8"))
    assert written["status"] == "out-of-memory"


def test_a_loss_that_is_no_number_stops_the_run(
    smoke: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = Trainer.training_step

    def broken(self: Trainer, *arguments: Any, **keywords: Any) -> Any:
        return original(self, *arguments, **keywords) * float("nan")

    monkeypatch.setattr(Trainer, "training_step", broken)
    with pytest.raises(PipelineError, match=r"training\.learning_rate"):
        train(smoke())


def test_tensorboard_writes_to_files(smoke: Any) -> None:
    config = smoke("tracking.provider=tensorboard", "training.max_steps=1")
    train(config)
    assert list((config.project.output_dir / "tracking").rglob("events.out.*"))
