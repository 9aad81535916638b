"""Labelled texts to batches of tokens. Rows hold `text` and `label`, one JSON object a line."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import PreTrainedTokenizerBase

from pipeline.config import Config
from pipeline.errors import DataError
from pipeline.examples import Examples
from pipeline.logs import log
from pipeline.rows import read_rows

RARE = 10
"""Fewer training examples of a class than this are worth a warning."""


def labels_of(config: Config) -> list[str]:
    """Every class, in the order of the model's outputs."""
    if config.data.labels:
        return config.data.labels
    found = sorted(label_counts(config.data.train_path, config))
    if len(found) < 2:
        raise DataError(
            f'"{config.data.train_path}" holds {len(found)} class: nothing is to be told apart',
            "Add rows with other labels.",
        )
    return found


def label_counts(path: Path, config: Config) -> Counter[str]:
    """How many rows each class has."""
    return Counter(str(row["label"]) for row in read_rows(path, config.data.max_rows))


def report_balance(config: Config) -> Counter[str]:
    """Log how often each class is trained on; rare and missing classes are warnings."""
    counts = label_counts(config.data.train_path, config)
    labels = labels_of(config)
    rare = [label for label in labels if counts[label] < RARE]
    log(
        "classes",
        logging.WARNING if rare else logging.INFO,
        examples={label: counts[label] for label in labels},
        fewer_than_ten=rare,
        largest_to_smallest=round(max(counts.values()) / max(min(counts.values()), 1), 2),
    )
    return counts


@dataclass(frozen=True)
class Example:
    """Token ids of one text, and its class."""

    input_ids: np.ndarray
    label: int


class TextDataset(Examples):
    """Texts in memory, four bytes a token."""

    unit = "tokens"

    def __init__(self, examples: Sequence[Example]) -> None:
        self._examples = examples

    def __len__(self) -> int:
        return len(self._examples)

    def __getitem__(self, index: int) -> dict[str, Any]:
        example = self._examples[index]
        return {
            "input_ids": torch.from_numpy(example.input_ids.astype(np.int64)),
            "labels": torch.tensor(example.label),
        }

    def size(self, index: int) -> int:
        """Tokens of one text."""
        return len(self._examples[index].input_ids)


def load_dataset(path: Path, tokenizer: PreTrainedTokenizerBase, config: Config) -> TextDataset:
    """Read and tokenise a file; texts are cut at model.max_length."""
    numbers = {label: number for number, label in enumerate(labels_of(config))}
    examples = []
    for row in read_rows(path, config.data.max_rows):
        if row["label"] not in numbers:
            raise DataError(
                f'"{path}" has the label "{row["label"]}", and "{config.data.train_path}" has not',
                "Add training rows of that class, or remove these.",
            )
        ids = tokenizer(row["text"], truncation=True, max_length=config.model.max_length)
        examples.append(
            Example(np.asarray(ids["input_ids"], dtype=np.int32), numbers[row["label"]])
        )
    if not examples:
        raise DataError(f'"{path}" holds no rows')
    return TextDataset(examples)


def largest_example(data: Examples, config: Config) -> TextDataset:
    """The longest text repeated up to model.max_length: the worst case."""
    longest = data[data.by_size()[0]]["input_ids"].numpy().astype(np.int32)
    return TextDataset([Example(np.resize(longest, config.model.max_length), 0)])


@dataclass(frozen=True)
class Collator:
    """Pads a batch on the right to its longest text."""

    pad_token_id: int

    def __call__(self, features: Sequence[dict[str, torch.Tensor]]) -> dict[str, torch.Tensor]:
        """One batch."""
        width = max(len(feature["input_ids"]) for feature in features)
        batch = {
            "input_ids": torch.full((len(features), width), self.pad_token_id),
            "attention_mask": torch.zeros((len(features), width), dtype=torch.long),
            "labels": torch.stack([feature["labels"] for feature in features]),
        }
        for row, feature in enumerate(features):
            length = len(feature["input_ids"])
            batch["input_ids"][row, :length] = feature["input_ids"]
            batch["attention_mask"][row, :length] = 1
        return batch
