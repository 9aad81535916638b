"""What one row of this project's data must hold, and what tells two rows apart."""

from __future__ import annotations

from typing import Any

from pipeline.chat import text_fault, turns_fault
from pipeline.config import DataConfig
from pipeline.rows import Row, text_key

SIZE_UNIT = "characters"
"""What `row_size` counts; the data report's histogram is named by it."""

SIZE_EDGES = (64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768)
"""Upper bounds of the histogram's bins."""

ANSWERS = ("chosen", "rejected")


def row_fault(row: Any, data: DataConfig) -> tuple[str, str] | None:
    """The first thing wrong with a row: a code and a sentence."""
    if not isinstance(row, dict):
        return "schema", "the line must hold a JSON object"
    fault = _chat_fault(row) if data.format == "chat" else text_fault(row, ("prompt", *ANSWERS))
    if fault is not None:
        return fault
    if text_key(_text(row["chosen"])) == text_key(_text(row["rejected"])):
        return "no-preference", '"chosen" and "rejected" are the same'
    return None


def _chat_fault(row: Row) -> tuple[str, str] | None:
    for key in ("prompt", *ANSWERS):
        if fault := turns_fault(row.get(key), key):
            return fault
    if row["prompt"][-1]["role"] == "assistant":
        return "schema", 'the last turn of "prompt" must not be the assistant\'s'
    for key in ANSWERS:
        if [turn["role"] for turn in row[key]] != ["assistant"]:
            return "schema", f'"{key}" must hold one turn, the assistant\'s'
    return None


def _text(turns: Any) -> str:
    if isinstance(turns, str):
        return turns
    return "\n".join(f"{turn['role']}:{turn['content']}" for turn in turns)


def split_key(row: Row, _: DataConfig) -> str:
    """A hash of what is asked, blind to case and spacing: equal prompts must share a split."""
    return text_key(_text(row["prompt"]))


def row_key(row: Row, data: DataConfig) -> str:
    """A hash of prompt and answers, whichever is preferred.

    A pair that stands the other way round elsewhere contradicts it, and only one may stay.
    """
    return split_key(row, data) + "".join(sorted(text_key(_text(row[key])) for key in ANSWERS))


def row_size(row: Row, _: DataConfig) -> int:
    """Characters of the prompt and its longer answer."""
    return len(_text(row["prompt"])) + max(len(_text(row[key])) for key in ANSWERS)
