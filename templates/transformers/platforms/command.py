"""The command that trains, and how a platform that takes its machine back is answered."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence

from pipeline.errors import ExitCode

NO_RETRY = (ExitCode.OK, ExitCode.WRONG_INPUT, ExitCode.OUT_OF_MEMORY)
"""Ends that another attempt would only repeat."""


def training_command(
    arguments: Sequence[str], *, gpus: int, nodes: int = 1, rank: int = 0, head: str = "localhost"
) -> list[str]:
    """One process a GPU, sharded as configs/accelerate.yaml says; `nodes` meet at the first."""
    return [
        sys.executable,
        "-m",
        "pipeline.launch",
        f"--nnodes={nodes}",
        f"--nproc-per-node={gpus}",
        f"--node-rank={rank}",
        f"--master-addr={head}",
        "--master-port=29500",
        "scripts/train.py",
        *arguments,
    ]


def run_to_the_end(command: Sequence[str], *, grace_seconds: float) -> int:
    """Run it and give its exit code. Interrupted, it is given time to save a checkpoint first."""
    process = subprocess.Popen(command)
    try:
        return process.wait()
    except BaseException:
        process.terminate()
        try:
            process.wait(timeout=grace_seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        raise
