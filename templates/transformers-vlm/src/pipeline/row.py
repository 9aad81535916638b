"""What one row of this project's data must hold, and what tells two rows apart."""

from __future__ import annotations

from typing import Any

from pipeline.config import DataConfig
from pipeline.conversation import image_parts, text_of, turns_fault
from pipeline.images import image_fault
from pipeline.media import Fault, content_key, file_fault, media_file
from pipeline.rows import Row, text_key

SIZE_UNIT = "characters"
"""What `row_size` counts; the data report's histogram is named by it."""

SIZE_EDGES = (64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768)
"""Upper bounds of the histogram's bins."""


def row_fault(row: Any, data: DataConfig) -> Fault | None:
    """The first thing wrong with a row: a code and a sentence."""
    if not isinstance(row, dict):
        return "schema", "the line must hold a JSON object"
    if fault := _chat_fault(row.get("messages")):
        return fault
    shown, images = image_parts(row["messages"]), row.get("images", [])
    if not isinstance(images, list):
        return "schema", '"images" must be a list of file names'
    if shown != len(images):
        return "images", f"the messages show {shown} pictures, and {len(images)} are named"
    return next(filter(None, (_image_fault(name, data) for name in images)), None)


def _chat_fault(messages: Any) -> Fault | None:
    if fault := turns_fault(messages):
        return fault
    if messages[-1]["role"] != "assistant":
        return "schema", "the last message must be the assistant's: it is what is learned"
    if not any(message["role"] == "user" for message in messages):
        return "schema", "no message is the user's"
    return None


def _image_fault(name: Any, data: DataConfig) -> Fault | None:
    return file_fault("images", name, data) or image_fault(media_file(name, data), data)


def split_key(row: Row, data: DataConfig) -> str:
    """A hash of the pictures: what is asked of the same ones must share a split.

    Rows without pictures share one where they ask the same.
    """
    if images := row.get("images"):
        return text_key(" ".join(content_key(media_file(name, data)) for name in images))
    return text_key("\n".join(text_of(turn) for turn in row["messages"][:-1]))


def row_key(row: Row, data: DataConfig) -> str:
    """A hash of the whole row, blind to case and spacing."""
    turns = "\n".join(f"{turn['role']}:{text_of(turn)}" for turn in row["messages"])
    return split_key(row, data) + text_key(turns)


def row_size(row: Row, _: DataConfig) -> int:
    """Characters of a row's text."""
    return sum(len(text_of(turn)) for turn in row["messages"])
