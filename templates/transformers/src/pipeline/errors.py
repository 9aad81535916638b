"""The errors a person can act on, and the exit code each one ends a script with."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """What a script's exit status means; launchers and CI decide by these."""

    OK = 0
    NOT_PROMOTED = 1  # the run worked and the answer is "no": a gate or a check failed
    WRONG_INPUT = 2  # configuration or data must change before a retry can help
    OUTSIDE = 3  # the network, the hub, the driver or the disk failed
    OUT_OF_MEMORY = 71  # sysexits EX_OSERR: smaller settings are needed
    PREEMPTED = 75  # sysexits EX_TEMPFAIL: a checkpoint was saved; start again to go on


class PipelineError(Exception):
    """A failure with a known cause: what was wrong, and what to do next."""

    exit_code: ExitCode = ExitCode.OUTSIDE

    def __init__(self, message: str, hint: str = "", *, of_all: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.of_all = of_all
        """Every process of the run fails with it, so one message is enough."""

    def __str__(self) -> str:
        return f"{self.message}\n  {self.hint}" if self.hint else self.message


class ConfigError(PipelineError):
    """The configuration is not valid, or does not suit this machine."""

    exit_code = ExitCode.WRONG_INPUT


class DataError(PipelineError):
    """The data is not fit to train on."""

    exit_code = ExitCode.WRONG_INPUT


class OutOfMemoryError(PipelineError):
    """A device or the host ran out of memory; the hint names the keys to change."""

    exit_code = ExitCode.OUT_OF_MEMORY


class Preempted(PipelineError):  # noqa: N818 - it is an outcome, not a fault
    """The process was asked to stop; the last checkpoint is complete."""

    exit_code = ExitCode.PREEMPTED
