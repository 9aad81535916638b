"""What one row of this project's data must hold, and what tells two rows apart."""

from __future__ import annotations

from typing import Any

from pipeline.config import DataConfig
from pipeline.rows import Row, text_key

SIZE_UNIT = "characters"
"""What `row_size` counts; the data report's histogram is named by it."""

SIZE_EDGES = (64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768)
"""Upper bounds of the histogram's bins."""


def row_fault(row: Any, data: DataConfig) -> tuple[str, str] | None:  # noqa: PLR0911
    """The first thing wrong with a row: a code and a sentence."""
    if not isinstance(row, dict):
        return "schema", "the line must hold a JSON object"
    negative = row.get("negative", [])
    if not isinstance(negative, str | list):
        return "schema", '"negative" must be text or a list of texts'
    texts = {"query": row.get("query"), "positive": row.get("positive")}
    texts |= {f"negative[{index}]": text for index, text in enumerate(negatives(row))}
    for key, text in texts.items():
        if not isinstance(text, str):
            return "schema", f'"{key}" must be text'
        if not text.strip():
            return "empty", f'"{key}" is empty'
    if text_key(row["positive"]) in {text_key(text) for text in negatives(row)}:
        return "no-difference", '"positive" is among the negatives'
    if len(negatives(row)) < data.hard_negatives:
        return "too-few-negatives", (
            f"holds {len(negatives(row))} negatives; data.hard_negatives is {data.hard_negatives}"
        )
    return None


def negatives(row: Row) -> list[str]:
    """The documents that look right and are not: none, one or several."""
    found = row.get("negative", [])
    return [found] if isinstance(found, str) else found


def split_key(row: Row, _: DataConfig) -> str:
    """A hash of the query, blind to case and spacing: equal queries must share a split.

    Documents may stand on both sides: a search is over the documents that there are.
    """
    return text_key(row["query"])


def row_key(row: Row, data: DataConfig) -> str:
    """A hash of query and document."""
    return split_key(row, data) + text_key(row["positive"])


def row_size(row: Row, _: DataConfig) -> int:
    """Characters of the longest text."""
    return max(len(text) for text in (row["query"], row["positive"], *negatives(row)))
