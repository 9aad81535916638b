"""Running out of memory, told with what to change."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch

from pipeline.errors import OutOfMemoryError
from pipeline.memory import out_of_memory_advice
from pipeline.settings import RunConfig


class Watched:
    """Mixed into a trainer, before it: remembers that a failure now is an evaluation's."""

    evaluating = False

    def evaluate(self, *arguments: Any, **keywords: Any) -> dict[str, float]:
        """Evaluate."""
        self.evaluating = True
        result: dict[str, float] = super().evaluate(*arguments, **keywords)  # type: ignore[misc]
        self.evaluating = False
        return result


@contextmanager
def memory_guard(config: RunConfig, trainer: Watched | None = None) -> Iterator[None]:
    """Turn running out of memory into an error that names what to change."""
    try:
        yield
    except (torch.OutOfMemoryError, MemoryError) as error:
        during_evaluation = trainer is not None and trainer.evaluating
        where = "evaluating" if during_evaluation else "training"
        advice = out_of_memory_advice(config, during_evaluation=during_evaluation)
        raise OutOfMemoryError(
            f"Out of memory while {where}: {str(error).splitlines()[0] if str(error) else error!r}",
            "Change in configs/, the cheapest first:\n"
            + "\n".join(f"  {number}. {line}" for number, line in enumerate(advice, start=1))
            + "\n  Then measure with `make probe` before starting again.",
        ) from error
