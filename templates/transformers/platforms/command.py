"""The command of a run, and how a platform that takes its machine back is answered."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from pipeline.errors import ExitCode
from pipeline.launch import DEFAULT_SCRIPT

NO_RETRY = (ExitCode.OK, ExitCode.WRONG_INPUT, ExitCode.OUT_OF_MEMORY)
"""Ends that another attempt would only repeat."""


def script_and_arguments(arguments: Sequence[str]) -> tuple[str, list[str]]:
    """The project's script that arguments begin with, training where it is none, and the rest."""
    if arguments and not arguments[0].startswith("-"):
        return arguments[0], list(arguments[1:])
    return DEFAULT_SCRIPT, list(arguments)


def run_command(
    arguments: Sequence[str], settings: Mapping[str, object] = MappingProxyType({})
) -> list[str]:
    """Run a script in the processes that configs/accelerate.yaml names.

    The settings are the platform's; arguments may replace them. On several machines each has
    NODE_RANK and MASTER_ADDR in its environment.
    """
    script, passed = script_and_arguments(arguments)
    return [
        *(sys.executable, "-m", "pipeline.launch", script),
        *set_options(settings),
        *passed,
    ]


def set_options(settings: Mapping[str, object]) -> list[str]:
    """Settings as a script's arguments."""
    return [part for key, value in settings.items() for part in ("--set", f"{key}={value}")]


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
