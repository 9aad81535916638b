"""What one row of this project's data must hold, and what tells two rows apart."""

from __future__ import annotations

from typing import Any

from pipeline.config import DataConfig
from pipeline.images import image_fault, image_size
from pipeline.media import Fault, content_key, file_fault, media_file
from pipeline.rows import Row

SIZE_UNIT = "shorter_side_pixels"
"""What `row_size` counts; the data report's histogram is named by it."""

SIZE_EDGES = (32, 64, 128, 224, 384, 512, 768, 1024, 2048, 4096)
"""Upper bounds of the histogram's bins."""


def row_fault(row: Any, data: DataConfig) -> Fault | None:
    """The first thing wrong with a row: a code and a sentence."""
    if not isinstance(row, dict):
        return "schema", "the line must hold a JSON object"
    label = row.get("label")
    if not isinstance(label, str):
        return "schema", '"label" must be text'
    if not label.strip():
        return "empty", '"label" is empty'
    if data.labels is not None and label not in data.labels:
        return "unknown-label", f'"{label}" is none of data.labels'
    if fault := file_fault("image", row.get("image"), data):
        return fault
    return image_fault(media_file(row["image"], data), data)


def split_key(row: Row, data: DataConfig) -> str:
    """A hash of the picture: copies of it must share a split."""
    return content_key(media_file(row["image"], data))


def row_key(row: Row, data: DataConfig) -> str:
    """The same: a picture with two labels is a repetition too, and one of them is wrong."""
    return split_key(row, data)


def row_size(row: Row, data: DataConfig) -> int:
    """The shorter side: below model.image_size a picture is blown up."""
    return min(image_size(media_file(row["image"], data)))
