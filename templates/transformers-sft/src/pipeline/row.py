"""What one row of this project's data must hold, and what tells two rows apart."""

from __future__ import annotations

import hashlib
from typing import Any

from pipeline.config import DataConfig
from pipeline.rows import Row

ROLES = ("system", "user", "assistant", "tool")

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
    for key in ("prompt", "completion"):
        if not isinstance(row.get(key), str):
            return "schema", f'"{key}" must be text'
        if not row[key].strip():
            return "empty", f'"{key}" is empty'
    return None


def _chat_fault(messages: Any) -> tuple[str, str] | None:  # noqa: PLR0911 - one per fault
    if not isinstance(messages, list):
        return "schema", '"messages" must be a list'
    if not messages:
        return "empty", '"messages" is empty'
    for index, message in enumerate(messages):
        if not isinstance(message, dict) or not isinstance(message.get("content"), str):
            return "schema", f"messages[{index}] must hold a role and a text content"
        if message.get("role") not in ROLES:
            return "schema", f"messages[{index}].role must be one of {', '.join(ROLES)}"
        if not message["content"].strip():
            return "empty", f"messages[{index}].content is empty"
    if messages[-1]["role"] != "assistant":
        return "schema", "the last message must be the assistant's: it is what is learned"
    if not any(message["role"] == "user" for message in messages):
        return "schema", "no message is the user's"
    return None


def split_key(row: Row) -> str:
    """A hash of what is asked, blind to case and spacing: equal prompts must share a split."""
    if "messages" in row:
        parts = [f"{turn['role']}:{turn['content']}" for turn in row["messages"][:-1]]
        return _key("\n".join(parts))
    return _key(row["prompt"])


def row_key(row: Row) -> str:
    """A hash of the whole row, blind to case and spacing."""
    answer = row["messages"][-1]["content"] if "messages" in row else row["completion"]
    return split_key(row) + _key(answer)


def _key(text: str) -> str:
    return hashlib.sha256(" ".join(text.lower().split()).encode()).hexdigest()[:32]


def row_size(row: Row) -> int:
    """Characters of a row's text."""
    if "messages" in row:
        return sum(len(message["content"]) for message in row["messages"])
    return len(row["prompt"]) + len(row["completion"])
