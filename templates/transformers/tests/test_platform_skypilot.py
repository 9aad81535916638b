"""SkyPilot: the task, the commands of its client, and one node's share of the run."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from conftest import ROOT
from pipeline.errors import ConfigError
from pipeline.settings import read_yaml
from platforms.settings import TO_CHOOSE
from platforms.skypilot.launch import TASK, read_task, sky_command

MANAGED: dict[str, Any] = {
    "name": "demo",
    "resources": {"infra": "aws/us-east-1", "accelerators": "A10G:1"},
    "file_mounts": {"/checkpoints": {"source": "${CHECKPOINT_URL}", "mode": "MOUNT_CACHED"}},
}
BUCKET = {"CHECKPOINT_URL": "s3://bucket/demo"}


def test_the_project_s_task_is_whole_or_says_what_to_choose() -> None:
    if TO_CHOOSE in TASK.read_text(encoding="utf-8"):
        with pytest.raises(ConfigError, match="sky gpus list --all"):
            read_task(TASK)
    else:
        read_task(TASK)
    task = read_yaml(TASK)
    assert task["setup"].strip() == "bash platforms/setup_machine.sh"
    assert task["run"].strip() == "bash platforms/skypilot/run.sh"
    assert task["workdir"] == "."
    # Nothing secret is ever in the file: values come with --secret.
    assert set(task["secrets"].values()) == {""}


def test_an_accelerator_that_is_still_to_be_chosen_is_not_sent(tmp_path: Path) -> None:
    path = tmp_path / "task.yaml"
    resources = {"infra": "vast", "accelerators": f"{TO_CHOOSE}:1"}
    path.write_text(yaml.safe_dump(MANAGED | {"resources": resources}), encoding="utf-8")
    with pytest.raises(ConfigError, match="accelerators"):
        read_task(path)


def test_a_run_with_a_bucket_is_a_managed_job_and_names_its_keys_only() -> None:
    environ = BUCKET | {"HF_TOKEN": "abc", "WANDB_API_KEY": "demo_dev_your_key_here"}
    command = sky_command("train", MANAGED, ["--set", "project.name=two words"], environ)
    assert command[:5] == ["sky", "jobs", "launch", "--name", "demo"]
    assert "--env=CHECKPOINT_URL=s3://bucket/demo" in command
    assert "--env=ARGUMENTS=--set 'project.name=two words'" in command
    assert "--secret=HF_TOKEN" in command
    assert not any("abc" in part or "WANDB" in part for part in command)


def test_a_managed_job_needs_its_bucket() -> None:
    with pytest.raises(ConfigError, match="CHECKPOINT_URL"):
        sky_command("train", MANAGED, [], {})


def test_without_buckets_a_machine_ends_itself_when_idle() -> None:
    task = {key: value for key, value in MANAGED.items() if key != "file_mounts"}
    command = sky_command("train", task, [], {})
    assert command[:4] == ["sky", "launch", "--cluster", "demo"]
    assert {"--idle-minutes-to-autostop=30", "--down"} <= set(command)
    assert sky_command("fetch", task, [], {})[:2] == ["rsync", "-az"]
    assert sky_command("stop", task, [], {}) == ["sky", "down", "demo"]


def run_node(tmp_path: Path, **variables: str) -> list[str]:
    """What a node would start: the project's Python is replaced by one that tells."""
    root = tmp_path / "project"
    (root / "platforms" / "skypilot").mkdir(parents=True)
    (root / ".venv" / "bin").mkdir(parents=True)
    source = ROOT / "platforms" / "skypilot" / "run.sh"
    (root / "platforms" / "skypilot" / "run.sh").write_bytes(source.read_bytes())
    python = root / ".venv" / "bin" / "python"
    python.write_text(
        f'#!/bin/sh\n[ "$1" = -c ] && exec {shlex.quote(sys.executable)} "$@"\n'
        'for part in "$@"; do echo "$part"; done\n'
        'echo "token=${HF_TOKEN-unset} cards=$CUDA_VISIBLE_DEVICES"\n',
        encoding="utf-8",
    )
    python.chmod(0o755)
    ended = subprocess.run(
        ["bash", str(root / "platforms" / "skypilot" / "run.sh")],
        env={"PATH": os.environ["PATH"], **variables},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return ended.stdout.splitlines()


def test_one_gpu_trains_in_one_process(tmp_path: Path) -> None:
    lines = run_node(tmp_path, ARGUMENTS="--set 'project.name=two words'", HF_TOKEN="")
    assert lines[:4] == ["-m", "pipeline.launch", "--nnodes=1", "--nproc-per-node=1"]
    assert lines[-4:-1] == ["scripts/train.py", "--set", "project.name=two words"]
    assert lines[-1] == "token=unset cards=0"


def test_the_second_node_of_two_meets_the_first(tmp_path: Path) -> None:
    lines = run_node(
        tmp_path,
        SKYPILOT_NUM_NODES="2",
        GPUS_PER_NODE="8",
        SKYPILOT_NODE_RANK="1",
        SKYPILOT_NODE_IPS="10.0.0.1\n10.0.0.2",
        HF_TOKEN="abc",
    )
    assert lines[:7] == [
        "-m",
        "pipeline.launch",
        "--nnodes=2",
        "--nproc-per-node=8",
        "--node-rank=1",
        "--master-addr=10.0.0.1",
        "--master-port=29500",
    ]
    assert lines[-1] == "token=abc cards=0,1,2,3,4,5,6,7"


def test_data_travels_and_keys_stay() -> None:
    left_out = (ROOT / ".skyignore").read_text(encoding="utf-8").splitlines()
    assert {".env*", ".venv", "/outputs"} <= set(left_out)
    assert not any(line.startswith(("/data/processed", "data")) for line in left_out)


def test_skypilot_accepts_the_task() -> None:
    pytest.importorskip("sky")
    from sky.utils import common_utils, schemas

    task = read_yaml(TASK)
    common_utils.validate_schema(task, schemas.get_task_schema(), "task: ")
    common_utils.validate_schema(task["resources"], schemas.get_resources_schema(), "resources: ")
    for mount in task.get("file_mounts", {}).values():
        common_utils.validate_schema(mount, schemas.get_storage_schema(), "file_mounts: ")
