"""SkyPilot: the task, the commands of its client, and one node's share of the run."""

from __future__ import annotations

import json
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
from platforms.skypilot.launch import TASK, kept_folder, read_task, sky_command

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


def test_what_is_kept_is_the_bucket_or_what_is_fetched_from_the_machine() -> None:
    assert kept_folder(MANAGED) == next(iter(MANAGED["file_mounts"]))
    assert kept_folder({"name": "demo"}) == "outputs"


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
        'echo "token=${HF_TOKEN-unset} $NODE_RANK of $MASTER_ADDR"\n',
        encoding="utf-8",
    )
    python.chmod(0o755)
    ended = subprocess.run(
        ["bash", str(root / "platforms" / "skypilot" / "run.sh")],
        env={"PATH": os.environ["PATH"], **variables},
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    return ended.stdout.splitlines()


def test_one_node_starts_the_run_as_the_project_says(tmp_path: Path) -> None:
    lines = run_node(tmp_path, ARGUMENTS="--set 'project.name=two words'", HF_TOKEN="")
    assert lines[:3] == ["-m", "pipeline.launch", "scripts/train.py"]
    assert lines[3:5] == ["--set", "project.name=two words"]
    assert lines[5:] == ["token=unset 0 of 127.0.0.1"]


def test_a_node_runs_the_script_that_the_arguments_begin_with(tmp_path: Path) -> None:
    lines = run_node(tmp_path, ARGUMENTS="scripts/probe_memory.py --full-length")
    assert lines[:4] == ["-m", "pipeline.launch", "scripts/probe_memory.py", "--full-length"]
    assert len(lines) == 5


def test_the_second_node_of_two_meets_the_first(tmp_path: Path) -> None:
    lines = run_node(
        tmp_path,
        SKYPILOT_NODE_RANK="1",
        SKYPILOT_NODE_IPS="10.0.0.1\n10.0.0.2",
        HF_TOKEN="abc",
    )
    assert lines[-1] == "token=abc 1 of 10.0.0.1"


def test_data_travels_and_keys_stay() -> None:
    left_out = (ROOT / ".skyignore").read_text(encoding="utf-8").splitlines()
    assert {".env*", ".venv", "/outputs"} <= set(left_out)
    assert not any(line.startswith(("/data/processed", "data")) for line in left_out)


ACCEPT = """
import json, sys
import sky
task = sky.Task.from_yaml_config(json.loads(sys.stdin.read()))
(resources,) = task.resources
print(json.dumps([task.name, task.num_nodes, resources.accelerators, resources.use_spot]))
"""


def accepted(task: dict[str, Any], home: Path) -> subprocess.CompletedProcess[str]:
    """Let SkyPilot read a task. Its list of accelerators, which it would download, is at hand."""
    catalog = home / ".sky" / "catalogs" / "v8" / "common"
    catalog.mkdir(parents=True, exist_ok=True)
    (catalog / "accelerators.csv").write_text("AcceleratorName,Clouds\nA10G,['AWS']\n")
    (catalog / "metadata.csv").write_text("GPU,MemoryGB,Manufacturer\nA10G,24,NVIDIA\n")
    return subprocess.run(
        [sys.executable, "-c", ACCEPT],
        input=json.dumps(task),
        env={**os.environ, "HOME": str(home), "SKYPILOT_DISABLE_USAGE_COLLECTION": "1"},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


def test_skypilot_accepts_the_task(tmp_path: Path) -> None:
    pytest.importorskip("sky")
    from sky.utils import common_utils, schemas

    task = read_yaml(TASK)
    for mount in task.pop("file_mounts", {}).values():
        common_utils.validate_schema(mount, schemas.get_storage_schema(), "file_mounts: ")
    task["envs"]["CHECKPOINT_URL"] = "s3://bucket/demo"
    count = task["resources"]["accelerators"].partition(":")[2]
    task["resources"] |= {"infra": "aws/us-east-1", "accelerators": f"A10G:{count}"}
    ended = accepted(task, tmp_path)
    assert ended.returncode == 0, ended.stderr
    told = json.loads(ended.stdout.splitlines()[-1])
    resources = task["resources"]
    assert told == [task["name"], task["num_nodes"], {"A10G": int(count)}, resources["use_spot"]]
    assert accepted(task | {"worker": 1}, tmp_path).returncode != 0
