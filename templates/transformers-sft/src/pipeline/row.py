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


def row_fault(row: Any, data: DataConfig) -> tuple[str, str] | None:
    """The first thing wrong with a row: a code and a sentence."""
    if not isinstance(row, dict):
        return "schema", "the line must hold a JSON object"
    if data.format == "chat":
        return _chat_fault(row.get("messages"))
    return text_fault(row, ("prompt", "completion"))


def _chat_fault(messages: Any) -> tuple[str, str] | None:
    if fault := turns_fault(messages):
        return fault
    if messages[-1]["role"] != "assistant":
        return "schema", "the last message must be the assistant's: it is what is learned"
    if not any(message["role"] == "user" for message in messages):
        return "schema", "no message is the user's"
    return None


def split_key(row: Row, _: DataConfig) -> str:
    """A hash of what is asked, blind to case and spacing: equal prompts must share a split."""
    if "messages" in row:
        parts = [f"{turn['role']}:{turn['content']}" for turn in row["messages"][:-1]]
        return text_key("\n".join(parts))
    return text_key(row["prompt"])


def row_key(row: Row, data: DataConfig) -> str:
    """A hash of the whole row, blind to case and spacing."""
    answer = row["messages"][-1]["content"] if "messages" in row else row["completion"]
    return split_key(row, data) + text_key(answer)


def row_size(row: Row, _: DataConfig) -> int:
    """Characters of a row's text."""
    if "messages" in row:
        return sum(len(message["content"]) for message in row["messages"])
    return len(row["prompt"]) + len(row["completion"])
