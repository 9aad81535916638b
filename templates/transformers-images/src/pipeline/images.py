"""Pictures from files and from strangers: known formats only, never more pixels than allowed."""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image, ImageOps
from pydantic import Field

from pipeline.media import Fault, MediaDataConfig

FORMATS = ("JPEG", "PNG", "WEBP")
"""Each further decoder would be one more that a stranger's bytes reach."""


class ImageDataConfig(MediaDataConfig):
    """Where the examples are, and which pictures are taken."""

    min_image_side: int = Field(32, ge=1, description="A picture with a shorter side is refused.")
    max_image_pixels: int = Field(
        50_000_000, ge=1, description="A larger picture is refused before it is decoded."
    )


class ImageError(ValueError):
    """A picture that cannot be used."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def open_image(source: Path | bytes, max_pixels: int) -> Image.Image:
    """A picture as RGB, upright.

    Its size is read from the header: a few kilobytes that would unpack to gigabytes are refused
    before they do.
    """
    return ImageOps.exif_transpose(_decoded(source, max_pixels)).convert("RGB")


def image_size(path: Path) -> tuple[int, int]:
    """Width and height as the header says, without decoding."""
    with Image.open(path, formats=FORMATS) as image:
        return image.size


def image_fault(path: Path, data: ImageDataConfig) -> Fault | None:
    """What is wrong with a picture of the data."""
    try:
        # A JPEG is decoded at an eighth: enough to find one that was cut off, in a fraction of
        # the time.
        _decoded(path, data.max_image_pixels, draft=True)
    except ImageError as error:
        return error.code, f'"{path}": {error}'
    width, height = image_size(path)
    if min(width, height) < data.min_image_side:
        return "too-small", f'"{path}" is {width} x {height} pixels'
    return None


def _decoded(source: Path | bytes, max_pixels: int, *, draft: bool = False) -> Image.Image:
    try:
        with Image.open(
            io.BytesIO(source) if isinstance(source, bytes) else source, formats=FORMATS
        ) as image:
            width, height = image.size
            if width * height > max_pixels:
                raise ImageError(
                    "too-large", f"{width} x {height} pixels; at most {max_pixels} are taken"
                )
            if draft:
                image.draft("RGB", (1, 1))
            image.load()
            return image
    except ImageError:
        raise
    except Image.DecompressionBombError as error:
        raise ImageError("too-large", str(error)) from error
    except (OSError, ValueError, SyntaxError, EOFError) as error:
        raise ImageError("corrupt", f"no readable {', '.join(FORMATS)}: {error}") from error
