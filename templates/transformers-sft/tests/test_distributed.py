"""Two processes on a CPU train what one trains, survive a kill together, and leave one model."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml

from conftest import ROOT, SMOKE, environment
from pipeline.checkpoints import last_complete_checkpoint
from pipeline.model import load_base_model, load_finished
from pipeline.tiny import tiny_tokenizer
from pipeline.train import train

FSDP = {
    "fsdp_version": 2,
    "fsdp_auto_wrap_policy": "TRANSFORMER_BASED_WRAP",
    "fsdp_reshard_after_forward": True,
    "fsdp_state_dict_type": "SHARDED_STATE_DICT",
    "fsdp_cpu_ram_efficient_loading": True,
}
SHORT = ["training.max_steps=4", "training.save_steps=4", "training.eval_steps=4"]
LONG = [
    "training.max_steps=8",
    "training.save_steps=3",
    "training.eval_steps=8",
    # Dropout makes the result depend on the random state of each process.
    "method.lora_dropout=0.1",
    "training.gradient_checkpointing=true",
]
HALF = ["training.micro_batch_size=1"]  # two processes of one sequence each: the smoke run's two


@pytest.fixture
def run(tmp_path: Path) -> Any:
    """Start two processes on this machine; returns how they ended."""

    def start(
        strategy: str,
        output: Path,
        *overrides: str,
        fault: str = "",
        script: str = "train.py",
    ) -> subprocess.CompletedProcess[str]:
        file = tmp_path / f"{strategy}.yaml"
        values = {
            "compute_environment": "LOCAL_MACHINE",
            "distributed_type": {"ddp": "MULTI_GPU", "fsdp": "FSDP"}[strategy],
            "num_machines": 1,
            "num_processes": 2,
            "use_cpu": True,
        }
        file.write_text(
            yaml.safe_dump(values | ({"fsdp_config": FSDP} if strategy == "fsdp" else {})),
            encoding="utf-8",
        )
        settings = [f"project.output_dir={output}", *overrides]
        return subprocess.run(
            [
                *(sys.executable, "-m", "pipeline.launch", "--launch-file", str(file)),
                *(str(ROOT / "tests" / "cpu_process.py"), str(ROOT / "scripts" / script)),
                *("--overlay", str(SMOKE)),
                *(part for setting in settings for part in ("--set", setting)),
            ],
            env=environment() | ({"FAULT": fault} if fault else {}),
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    return start


def trained(ended: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    """What a run printed; of two processes one speaks."""
    assert ended.returncode == 0, ended.stderr[-4000:]
    (line,) = ended.stdout.splitlines()
    result: dict[str, Any] = json.loads(line)
    return result


def losses(output: Path) -> list[float]:
    entries = [json.loads(line) for line in (output / "metrics.jsonl").read_text().splitlines()]
    return [entry["loss"] for entry in entries if "loss" in entry]


def assert_trains_as_one_process(
    run: Any, smoke: Any, folder: Path, strategy: str, method: str, *overrides: str
) -> None:
    one = smoke(*SHORT, f"method.name={method}", *overrides, output=folder / "one")
    expected = train(one)
    two = folder / "two"
    result = trained(run(strategy, two, *SHORT, *HALF, f"method.name={method}", *overrides))

    alone, together = losses(folder / "one"), losses(two)
    assert together == pytest.approx(alone, rel=1e-4)
    assert together[-1] < together[0]
    assert result["validation_loss"] == pytest.approx(expected.validation_loss, rel=1e-3)
    manifest = json.loads((two / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["launch"] == {"strategy": strategy, "processes": 2}

    def weights(output: Path) -> dict[str, torch.Tensor]:
        paths = (output / "final", None) if method == "full" else (None, output / "final")
        return load_finished(one, *paths, torch.float32)[0].state_dict()

    ours, theirs = weights(two), weights(folder / "one")
    assert ours.keys() == theirs.keys()
    for name, weight in theirs.items():
        torch.testing.assert_close(ours[name], weight, rtol=1e-2, atol=1e-3, msg=name)


def test_two_copies_train_what_one_process_trains_with_twice_the_micro_batch(
    run: Any, smoke: Any, tmp_path: Path
) -> None:
    assert_trains_as_one_process(run, smoke, tmp_path, "ddp", "lora")


@pytest.mark.full
@pytest.mark.parametrize("strategy", ["ddp", "fsdp"])
@pytest.mark.parametrize("method", ["lora", "full"])
@pytest.mark.parametrize("fused", [False, True], ids=["plain", "fused"])
def test_every_strategy_trains_what_one_process_trains(
    run: Any, smoke: Any, tmp_path: Path, *, strategy: str, method: str, fused: bool
) -> None:
    leaner = ["training.fused_loss=true", "training.gradient_checkpointing=true"] if fused else []
    assert_trains_as_one_process(run, smoke, tmp_path, strategy, method, *leaner)


@pytest.mark.full
@pytest.mark.parametrize("method", ["lora", "full"])
def test_weights_that_only_the_first_process_read_are_sharded_to_all(
    run: Any, smoke: Any, tmp_path: Path, method: str
) -> None:
    base = tmp_path / "base"
    load_base_model(smoke()).save_pretrained(base)
    tiny_tokenizer().save_pretrained(base)
    assert_trains_as_one_process(run, smoke, tmp_path, "fsdp", method, f"model.id={base}")


@pytest.mark.full
@pytest.mark.parametrize("strategy", ["ddp", "fsdp"])
@pytest.mark.parametrize("dtype", ["bf16", "bf16-mixed"])
def test_sixteen_bit_training_runs_on_two_processes(
    run: Any, tmp_path: Path, strategy: str, dtype: str
) -> None:
    settings = [f"training.dtype={dtype}", "training.fused_loss=true", "data.packing=true"]
    result = trained(run(strategy, tmp_path / "out", *SHORT, *HALF, *settings))
    assert result["validation_loss"] < 5.6


@pytest.mark.full
@pytest.mark.parametrize("strategy", ["ddp", "fsdp"])
def test_a_run_of_which_one_process_was_killed_resumes_to_the_same_loss(
    run: Any, tmp_path: Path, strategy: str
) -> None:
    unbroken = trained(run(strategy, tmp_path / "unbroken", *LONG, *HALF))
    broken = tmp_path / "broken"
    assert run(strategy, broken, *LONG, *HALF, fault="kill 1 5").returncode == 137
    checkpoint = last_complete_checkpoint(broken)
    assert checkpoint is not None
    assert checkpoint.name == "checkpoint-3"
    resumed = trained(run(strategy, broken, *LONG, *HALF))
    assert resumed["validation_loss"] == pytest.approx(unbroken["validation_loss"], abs=1e-6)


@pytest.mark.full
def test_a_notice_to_the_launcher_stops_all_processes_at_one_step_with_a_checkpoint(
    run: Any, tmp_path: Path
) -> None:
    output = tmp_path / "preempted"
    ended = run("ddp", output, *LONG, *HALF, fault="notice 1 5")
    assert ended.returncode == 75, ended.stderr[-4000:]
    assert ended.stderr.count("Stopped by a signal") == 1
    checkpoint = last_complete_checkpoint(output)
    assert checkpoint is not None
    assert checkpoint.name in ("checkpoint-5", "checkpoint-6")
    assert trained(run("ddp", output, *LONG, *HALF))["steps"] == 8


@pytest.mark.full
def test_one_process_out_of_memory_ends_the_run_with_advice(run: Any, tmp_path: Path) -> None:
    ended = run("ddp", tmp_path / "out", *LONG, *HALF, fault="memory 1 2")
    assert ended.returncode == 71, ended.stderr[-4000:]
    assert "FSDP in configs/accelerate.yaml" in ended.stderr


@pytest.mark.full
def test_a_fault_of_the_data_is_told_once(run: Any, tmp_path: Path) -> None:
    bad = tmp_path / "bad.jsonl"
    bad.write_text('{"messages": []}\n', encoding="utf-8")
    ended = run("ddp", tmp_path / "out", f"data.train_path={bad}")
    assert ended.returncode == 2
    assert ended.stderr.count("The data is not fit to train on") == 1


@pytest.mark.full
def test_early_stopping_ends_all_processes_with_the_best_weights(run: Any, tmp_path: Path) -> None:
    result = trained(
        run(
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
    evaluations = [
        entry["eval_loss"]
        for entry in map(json.loads, (tmp_path / "out" / "metrics.jsonl").read_text().splitlines())
        if "eval_loss" in entry
    ]
    assert result["validation_loss"] == pytest.approx(min(evaluations), rel=1e-4)


@pytest.mark.full
def test_the_probe_reads_the_process_that_needs_most(run: Any, tmp_path: Path) -> None:
    result = trained(run("ddp", tmp_path / "out", *HALF, script="probe_memory.py"))
    assert result["status"] == "measured"
    assert result["launch"] == {"strategy": "ddp", "processes": 2}
    assert result["host_gib"] == max(reading["host_gib"] for reading in result["ranks"])
    assert result["losses"][1] < result["losses"][0]
