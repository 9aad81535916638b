"""Examples as the trainer sees them: a dataset that knows what each example costs."""

from __future__ import annotations

import logging
from abc import abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from torch.utils.data import Dataset

from pipeline.logs import log


class Examples(Dataset[dict[str, Any]]):
    """A map-style dataset whose examples have a size, such as their tokens.

    Memory has to survive the largest example, so evaluation and the probe take it first.
    """

    unit: str = "examples"
    """What `size` counts."""

    @abstractmethod
    def __len__(self) -> int: ...

    @abstractmethod
    def __getitem__(self, index: int) -> dict[str, Any]: ...

    @abstractmethod
    def size(self, index: int) -> int:
        """What one example costs, in `unit`."""

    @property
    def total_size(self) -> int:
        """All examples together, padding not counted."""
        return sum(self.size(index) for index in range(len(self)))

    def by_size(self) -> list[int]:
        """Indices, the largest example first."""
        return sorted(range(len(self)), key=self.size, reverse=True)

    def largest_first(self) -> Examples:
        """The same examples, the largest first."""
        return Chosen(self, self.by_size())

    def first(self, count: int) -> Examples:
        """The first examples, repeated where there are fewer."""
        return Chosen(self, [index % len(self) for index in range(count)])


def report_cut(path: Path, max_length: int, *, cut: int, left_out: int) -> None:
    """Say how many rows are shortened to model.max_length, and how many cannot be learned from."""
    if cut or left_out:
        log(
            "rows_too_long",
            logging.WARNING,
            path=str(path),
            cut=cut,
            left_out=left_out,
            max_length=max_length,
        )


class Chosen(Examples):
    """Some examples of another dataset, in an order of their own."""

    def __init__(self, source: Examples, indices: Sequence[int]) -> None:
        self.unit = source.unit
        self._source = source
        self._indices = indices

    def __len__(self) -> int:
        return len(self._indices)

    def __getitem__(self, index: int) -> dict[str, Any]:
        return self._source[self._indices[index]]

    def size(self, index: int) -> int:
        """What one example costs."""
        return self._source.size(self._indices[index])
