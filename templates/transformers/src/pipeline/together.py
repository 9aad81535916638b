"""What the processes of a run do together: join, agree, wait."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import torch
import torch.distributed as dist
from accelerate import PartialState

from pipeline.errors import PipelineError
from pipeline.strategy import launch

T = TypeVar("T")


def join() -> None:
    """Meet the other processes; a run of one has nobody to meet."""
    if launch().processes > 1:
        PartialState(cpu=not torch.cuda.is_available())


def wait_for_all() -> None:
    """Go on once every process is here."""
    if launch().processes > 1:
        PartialState().wait_for_everyone()


def on_first(action: Callable[[], T]) -> T:
    """Do something once for all: the others wait, and get its result or its error."""
    here = launch()
    if here.processes == 1:
        return action()
    outcome: list[tuple[T | None, PipelineError | None]] = [(None, None)]
    if here.is_first:
        try:
            outcome = [(action(), None)]
        except PipelineError as error:
            outcome = [(None, error)]
    dist.broadcast_object_list(outcome, src=0)
    result, failure = outcome[0]
    if failure is not None:
        failure.of_all = True
        raise failure
    return result  # type: ignore[return-value]


def of_each(value: T) -> list[T]:
    """What every process has for this, by rank."""
    here = launch()
    if here.processes == 1:
        return [value]
    values: list[Any] = [None] * here.processes
    dist.all_gather_object(values, value)
    return values


def any_of(flag: bool) -> bool:
    """Whether it is so on any process."""
    if launch().processes == 1:
        return flag
    found = torch.tensor(int(flag), device=PartialState().device)
    dist.all_reduce(found, op=dist.ReduceOp.MAX)
    return bool(found.item())
