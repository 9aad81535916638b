"""What a model that reads pictures is asked, as it reads it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PIL import Image

from pipeline.config import Config
from pipeline.conversation import Turns, image_parts, render, require_shown, turns_fault
from pipeline.errors import DataError
from pipeline.generate import Prompt
from pipeline.images import ImageError, open_image
from pipeline.rows import Row


def render_prompt(messages: Turns, pictures: Sequence[Image.Image], processor: Any) -> Prompt:
    """Messages and their pictures as the model is to continue them."""
    text = render(messages, processor, prompt=True)
    require_shown(text, len(pictures), processor)
    return dict(processor(text=[text], images=list(pictures) or None, return_tensors="pt"))


def golden_prompt(row: Row, processor: Any, config: Config) -> Prompt:
    """A golden row up to where the model answers; its pictures lie beside the file."""
    golden, messages, names = config.evaluation.golden_path, row["messages"], row.get("images", [])
    if fault := turns_fault(messages):
        raise DataError(f"{golden}: {row.get('id')}: {fault[1]}")
    if image_parts(messages) != len(names):
        raise DataError(f"{golden}: {row.get('id')} names other pictures than it shows")
    pictures = [_golden_picture(golden.parent / name, config) for name in names]
    return render_prompt(messages, pictures, processor)


def _golden_picture(path: Path, config: Config) -> Image.Image:
    try:
        return open_image(path, config.data.max_image_pixels)
    except ImageError as error:
        raise DataError(
            f'The golden picture "{path}" cannot be used: {error}',
            "Those of the sample are drawn by `python scripts/make_sample.py`.",
        ) from error
