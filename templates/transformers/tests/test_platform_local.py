"""The local platform: what a machine must have, and when the launcher tries again."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from conftest import ROOT, environment
from pipeline.config import parse_config
from platforms.local.check_gpu import Gpu, disk_check, gpu_checks, parse_gpus


def test_nvidia_smi_is_read_and_judged() -> None:
    output = "NVIDIA A10G, 580.95.05, 8.6, 23028, 4\nNVIDIA X, [N/A], [N/A], [N/A], [N/A]\n"
    gpus = parse_gpus(output)
    assert gpus == [Gpu("NVIDIA A10G", "580.95.05", 8.6, 23028.0, 4.0)]
    config = parse_config({})
    assert {check.status for check in gpu_checks(gpus, config)} == {"pass"}


@pytest.mark.parametrize(
    ("gpu", "failed"),
    [
        (Gpu("old driver", "570.10", 9.0, 81920, 0), "driver"),
        (Gpu("T4", "580.10", 7.5, 15360, 0), "compute capability"),  # no bf16
        (Gpu("busy", "580.10", 9.0, 81920, 60000), "free device memory"),
    ],
)
def test_a_machine_that_is_not_ready_is_told_so(gpu: Gpu, failed: str) -> None:
    checks = gpu_checks([gpu], parse_config({}))
    assert [check.name for check in checks if check.status == "fail"] == [failed]


def test_a_machine_without_a_gpu_and_one_with_a_disk(tmp_path: Path) -> None:
    assert gpu_checks(None, parse_config({}))[0].status == "fail"
    assert "GiB free" in disk_check(tmp_path / "not" / "there").evidence


def test_the_launcher_retries_crashes_but_not_wrong_input(tmp_path: Path) -> None:
    fake = tmp_path / "python"
    log = tmp_path / "calls"

    def launch(first: int, then: int) -> tuple[int, int]:
        log.write_text("", encoding="utf-8")
        fake.write_text(
            f'#!/bin/sh\necho call >>"{log}"\n'
            f'[ "$(wc -l <"{log}")" -eq 1 ] && exit {first}\nexit {then}\n',
            encoding="utf-8",
        )
        fake.chmod(0o755)
        ended = subprocess.run(
            ["bash", str(ROOT / "scripts" / "launch_local.sh"), "--foreground"],
            env=environment() | {"PYTHON": str(fake), "RESTART_SECONDS": "0"},
            capture_output=True,
            timeout=300,
            check=False,
        )
        return ended.returncode, len(log.read_text(encoding="utf-8").splitlines())

    assert launch(0, 0) == (0, 1)
    assert launch(137, 0) == (0, 2)
    assert launch(2, 0) == (2, 1)
    assert launch(71, 0) == (71, 1)
    assert launch(3, 3) == (3, 4)


@pytest.mark.parametrize("given", [[], ["--set", "a=two words"], ["scripts/probe_memory.py", "-h"]])
def test_the_launcher_hands_on_what_it_was_given(tmp_path: Path, given: list[str]) -> None:
    fake = tmp_path / "python"
    fake.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n', encoding="utf-8")
    fake.chmod(0o755)
    ended = subprocess.run(
        ["bash", str(ROOT / "scripts" / "launch_local.sh"), "--foreground", *given],
        env=environment() | {"PYTHON": str(fake)},
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    assert ended.stdout.splitlines() == ["-m", "pipeline.launch", *given]
