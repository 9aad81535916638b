"""One process of a run on a CPU: starts the script named after it, with a fault where one is asked.

accelerate shards on accelerators only. It is told here that its gloo processes are some, so that
tests go through the FSDP of a real run.
"""

from __future__ import annotations

import os
import runpy
import signal
import sys
from typing import Any

import torch
from accelerate.state import PartialState
from accelerate.utils import DistributedType

from pipeline.checkpoints import StopOnSignal

start_state = PartialState.__init__


def start_as_an_accelerator(self: PartialState, cpu: bool = False, **rest: Any) -> None:
    start_state(self, cpu, **rest)
    if os.environ.get("ACCELERATE_USE_FSDP") == "true":
        self.distributed_type = DistributedType.MULTI_GPU


def with_fault(fault: str, rank: str, step: str) -> Any:
    """A callback in place of StopOnSignal's, which fails on one process after a step."""
    step_end = StopOnSignal.on_step_end

    def fail(self: StopOnSignal, args: Any, state: Any, control: Any, **rest: Any) -> Any:
        if os.environ["RANK"] == rank and state.global_step == int(step):
            if fault == "memory":
                raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")
            if fault == "kill":
                os.kill(os.getpid(), signal.SIGKILL)
            os.kill(os.getppid(), signal.SIGTERM)  # a spot machine's notice, to the launcher
        return step_end(self, args, state, control, **rest)

    return fail


if __name__ == "__main__":
    PartialState.__init__ = start_as_an_accelerator
    if "FAULT" in os.environ:
        StopOnSignal.on_step_end = with_fault(*os.environ["FAULT"].split())  # type: ignore[method-assign]
    del sys.argv[0]
    runpy.run_path(sys.argv[0], run_name="__main__")
