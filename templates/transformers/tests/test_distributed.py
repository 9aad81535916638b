"""Two processes train one model: they learn, survive a kill, stop together, fail with one voice."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipeline.checkpoints import last_complete_checkpoint
from two_processes import answer_of, logged, run_in_two

LONG = [
    "training.max_steps=8",
    "training.save_steps=3",
    "training.eval_steps=8",
    # Dropout makes the result depend on the random state of each process.
    "method.lora_dropout=0.1",
    "training.gradient_checkpointing=true",
]
HALF = ["training.micro_batch_size=1"]  # two processes of one example each: the smoke run's two


def test_two_copies_learn_and_one_of_them_speaks(tmp_path: Path) -> None:
    result = answer_of(run_in_two("ddp", tmp_path, "training.max_steps=10"))
    losses = logged(tmp_path, "loss")
    assert len(losses) == 10
    assert sum(losses[5:]) < sum(losses[:5])
    assert (Path(result["final_model"]) / "adapter_model.safetensors").is_file()
    manifest = json.loads((tmp_path / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["launch"] == {"strategy": "ddp", "processes": 2}


@pytest.mark.full
@pytest.mark.parametrize("strategy", ["ddp", "fsdp"])
def test_two_machines_meet_and_learn(tmp_path: Path, strategy: str) -> None:
    result = answer_of(run_in_two(strategy, tmp_path, "training.max_steps=10", nodes=2))
    losses = logged(tmp_path, "loss")
    assert sum(losses[5:]) < sum(losses[:5])
    assert result["steps"] == 10


@pytest.mark.full
@pytest.mark.parametrize("strategy", ["ddp", "fsdp"])
def test_a_run_of_which_one_process_was_killed_resumes_to_the_same_loss(
    tmp_path: Path, strategy: str
) -> None:
    unbroken = answer_of(run_in_two(strategy, tmp_path / "unbroken", *LONG, *HALF))
    broken = tmp_path / "broken"
    assert run_in_two(strategy, broken, *LONG, *HALF, fault="kill 1 5").returncode == 137
    checkpoint = last_complete_checkpoint(broken)
    assert checkpoint is not None
    assert checkpoint.name == "checkpoint-3"
    resumed = answer_of(run_in_two(strategy, broken, *LONG, *HALF))
    assert resumed["validation_loss"] == pytest.approx(unbroken["validation_loss"], abs=1e-6)


@pytest.mark.full
def test_a_notice_to_the_launcher_stops_all_processes_at_one_step_with_a_checkpoint(
    tmp_path: Path,
) -> None:
    output = tmp_path / "preempted"
    ended = run_in_two("ddp", output, *LONG, *HALF, fault="notice 1 5")
    assert ended.returncode == 75, ended.stderr[-4000:]
    assert ended.stderr.count("Stopped by a signal") == 1
    checkpoint = last_complete_checkpoint(output)
    assert checkpoint is not None
    assert checkpoint.name in ("checkpoint-5", "checkpoint-6")
    assert answer_of(run_in_two("ddp", output, *LONG, *HALF))["steps"] == 8


@pytest.mark.full
def test_one_process_out_of_memory_ends_the_run_with_advice(tmp_path: Path) -> None:
    ended = run_in_two("ddp", tmp_path / "out", *LONG, *HALF, fault="memory 1 2")
    assert ended.returncode == 71, ended.stderr[-4000:]
    assert "FSDP in configs/accelerate.yaml" in ended.stderr


@pytest.mark.full
def test_a_fault_of_the_data_is_told_once(tmp_path: Path) -> None:
    bad = tmp_path / "bad.jsonl"
    bad.write_text('{"messages": []}\n', encoding="utf-8")
    ended = run_in_two("ddp", tmp_path / "out", f"data.train_path={bad}")
    assert ended.returncode == 2
    assert ended.stderr.count("The data is not fit to train on") == 1


@pytest.mark.full
def test_early_stopping_ends_all_processes_with_the_best_weights(tmp_path: Path) -> None:
    result = answer_of(
        run_in_two(
            "fsdp",
            tmp_path / "out",
            *HALF,
            "training.max_steps=20",
            "training.eval_steps=1",
            "training.save_steps=1",
            "training.early_stopping_patience=2",
            "training.learning_rate=1.0",  # far too high: it only gets worse
        )
    )
    assert result["steps"] < 20
    evaluations = logged(tmp_path / "out", "eval_loss")
    assert result["validation_loss"] == pytest.approx(min(evaluations), rel=1e-4)


@pytest.mark.full
def test_the_probe_reads_the_process_that_needs_most(tmp_path: Path) -> None:
    result = answer_of(run_in_two("ddp", tmp_path / "out", *HALF, script="probe_memory.py"))
    assert result["status"] == "measured"
    assert result["launch"] == {"strategy": "ddp", "processes": 2}
    assert result["host_gib"] == max(reading["host_gib"] for reading in result["ranks"])
    assert result["losses"][1] < result["losses"][0]
