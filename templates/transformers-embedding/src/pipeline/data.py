"""Queries and their documents to batches of tokens.

Rows hold `query`, `positive` and perhaps `negative` (a text or a list), one JSON object a line.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.utils.data import Sampler

from pipeline.config import Config
from pipeline.errors import DataError
from pipeline.examples import Examples
from pipeline.model import Processor
from pipeline.row import negatives
from pipeline.rows import read_rows


@dataclass(frozen=True)
class Group:
    """Token ids of a query, its document and its hard negatives, in this order."""

    texts: tuple[np.ndarray, ...]

    def __len__(self) -> int:
        """Tokens of the longest text."""
        return max(len(ids) for ids in self.texts)

    @property
    def keys(self) -> frozenset[bytes]:
        """What tells a text from every other."""
        return frozenset(ids.tobytes() for ids in self.texts)


class GroupDataset(Examples):
    """Groups in memory, four bytes a token."""

    unit = "tokens"

    def __init__(self, groups: Sequence[Group]) -> None:
        self.groups = groups

    def __len__(self) -> int:
        return len(self.groups)

    def __getitem__(self, index: int) -> dict[str, Any]:
        return {"texts": self.groups[index].texts}

    def size(self, index: int) -> int:
        """Tokens of a group's longest text."""
        return len(self.groups[index])


def load_dataset(path: Path, processor: Processor, config: Config) -> GroupDataset:
    """Read and tokenise a file; texts are cut at model.max_length."""
    groups = []
    for row in read_rows(path, config.data.max_rows):
        hard = negatives(row)[: config.data.hard_negatives]
        documents = processor.encode([row["positive"], *hard], "document")
        groups.append(Group((*processor.encode([row["query"]], "query"), *documents)))
    if not groups:
        raise DataError(f'"{path}" holds no rows')
    return GroupDataset(groups)


def largest_example(data: Examples, config: Config) -> GroupDataset:
    """Texts of model.max_length tokens, all of them: the worst case.

    Each starts with another token: texts that repeat one another could not share a batch.
    """
    texts = data[data.by_size()[0]]["texts"]
    longest = np.resize(max(texts, key=len), config.model.max_length)
    filled = []
    for index in range(len(texts)):
        text = longest.copy()
        text[0] = index
        filled.append(text)
    return GroupDataset([Group(tuple(filled))])


@dataclass(frozen=True)
class Collator:
    """Pads queries, documents and negatives, each on the right to their own longest."""

    pad_token_id: int

    def __call__(self, features: Sequence[dict[str, Any]]) -> dict[str, Any]:
        """One batch: `columns` as the model reads them, and each query's row among documents."""
        columns = zip(*(feature["texts"] for feature in features), strict=True)
        return {
            "columns": [self._padded(column) for column in columns],
            "labels": torch.arange(len(features)),
        }

    def _padded(self, texts: Sequence[np.ndarray]) -> dict[str, torch.Tensor]:
        width = max(len(ids) for ids in texts)
        ids = torch.full((len(texts), width), self.pad_token_id)
        mask = torch.zeros((len(texts), width), dtype=torch.long)
        for row, text in enumerate(texts):
            ids[row, : len(text)] = torch.from_numpy(text.astype(np.int64))
            mask[row, : len(text)] = 1
        return {"input_ids": ids, "attention_mask": mask}


class DistinctTexts(Sampler[int]):
    """A random order in which no text stands twice within a batch.

    A document that two queries share would be right for one and count as wrong for the other.
    Groups that find no batch of their own come last.
    """

    def __init__(self, data: GroupDataset, batch_size: int, seed: int) -> None:
        self._keys = [group.keys for group in data.groups]
        self._batch_size = batch_size
        self._seed = seed
        self._epoch = 0

    def set_epoch(self, epoch: int) -> None:
        """Another order for each epoch, the same after a resume."""
        self._epoch = epoch

    def __len__(self) -> int:
        return len(self._keys)

    def __iter__(self) -> Iterator[int]:
        generator = torch.Generator().manual_seed(self._seed + self._epoch)
        waiting: list[int] = torch.randperm(len(self._keys), generator=generator).tolist()
        while waiting:
            batch: list[int] = []
            seen: set[bytes] = set()
            passed_over: list[int] = []
            for position, index in enumerate(waiting):
                if len(batch) == self._batch_size:
                    passed_over.extend(waiting[position:])
                    break
                if seen.isdisjoint(self._keys[index]):
                    batch.append(index)
                    seen |= self._keys[index]
                else:
                    passed_over.append(index)
            if len(batch) < self._batch_size:
                # Too few distinct ones are left for a whole batch: the rest, as it comes.
                yield from batch
                yield from passed_over
                return
            yield from batch
            waiting = passed_over
