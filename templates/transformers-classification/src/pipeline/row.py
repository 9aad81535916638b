"""What one row of this project's data must hold, and what tells two rows apart."""

from __future__ import annotations

from typing import Any

from pipeline.config import DataConfig
from pipeline.rows import Row, text_key

SIZE_UNIT = "characters"
"""What `row_size` counts; the data report's histogram is named by it."""

SIZE_EDGES = (64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768)
"""Upper bounds of the histogram's bins."""


def row_fault(row: Any, data: DataConfig) -> tuple[str, str] | None:
    """The first thing wrong with a row: a code and a sentence."""
    if not isinstance(row, dict):
        return "schema", "the line must hold a JSON object"
    for key in ("text", "label"):
        if not isinstance(row.get(key), str):
            return "schema", f'"{key}" must be text'
        if not row[key].strip():
            return "empty", f'"{key}" is empty'
    if data.labels and row["label"] not in data.labels:
        return "unknown-label", f'"{row["label"]}" is none of {", ".join(data.labels)}'
    return None


def split_key(row: Row, _: DataConfig) -> str:
    """A hash of the text, blind to case and spacing: equal texts must share a split."""
    return text_key(row["text"])


def row_key(row: Row, _: DataConfig) -> str:
    """A hash of the text alone: with another label it contradicts itself, and only one may stay."""
    return text_key(row["text"])


def row_size(row: Row, _: DataConfig) -> int:
    """Characters of a row's text."""
    return len(row["text"])
