"""A run in two processes on a CPU, as its launcher starts it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

from conftest import ROOT, SMOKE, environment, free_port

FSDP = {
    "fsdp_version": 2,
    "fsdp_auto_wrap_policy": "TRANSFORMER_BASED_WRAP",
    "fsdp_reshard_after_forward": True,
    "fsdp_state_dict_type": "SHARDED_STATE_DICT",
    "fsdp_cpu_ram_efficient_loading": True,
}


def run_in_two(
    strategy: str,
    output: Path,
    *overrides: str,
    fault: str = "",
    script: str = "train.py",
    nodes: int = 1,
) -> subprocess.CompletedProcess[str]:
    """Start a script of the smoke run in two processes; returns how the first launcher ended.

    With two `nodes` each process has a launcher of its own, as on two machines.
    """
    output.mkdir(parents=True, exist_ok=True)
    file = output / "launch.yaml"
    launch = {
        "compute_environment": "LOCAL_MACHINE",
        "distributed_type": {"ddp": "MULTI_GPU", "fsdp": "FSDP"}[strategy],
        "num_machines": nodes,
        "num_processes": 2,
        "use_cpu": True,
    } | ({"fsdp_config": FSDP} if strategy == "fsdp" else {})
    file.write_text(yaml.safe_dump(launch), encoding="utf-8")
    settings = [f"project.output_dir={output}", *overrides]
    command = [
        *(sys.executable, "-m", "pipeline.launch", "--launch-file", str(file)),
        *(str(ROOT / "tests" / "cpu_process.py"), str(ROOT / "scripts" / script)),
        *("--overlay", str(SMOKE)),
        *(part for setting in settings for part in ("--set", setting)),
    ]
    variables = environment() | ({"FAULT": fault} if fault else {})
    if nodes > 1:
        variables |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(free_port())}
    launchers = [
        subprocess.Popen(
            command,
            env=variables | {"NODE_RANK": str(rank)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank in range(nodes)
    ]
    ended = [
        subprocess.CompletedProcess(command, launcher.wait(), *told)
        for launcher in launchers
        for told in [launcher.communicate(timeout=1200)]
    ]
    assert {each.returncode for each in ended} == {ended[0].returncode}
    return ended[0]


def answer_of(ended: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    """What a run printed; of two processes one speaks."""
    assert ended.returncode == 0, ended.stderr[-4000:]
    # transformers has a line of its own there when W&B is kept offline.
    (line,) = [line for line in ended.stdout.splitlines() if line.startswith("{")]
    result: dict[str, Any] = json.loads(line)
    return result


def logged(output: Path, name: str) -> list[float]:
    """The values of one metric, in the order of the steps."""
    lines = (output / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
    return [entry[name] for entry in map(json.loads, lines) if name in entry]
