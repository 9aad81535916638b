"""One turn of a conversation with pictures, as OpenAI's clients send it."""

from __future__ import annotations

import base64
import io
import math
from random import Random
from typing import Annotated, Any, Literal

from PIL import Image
from pydantic import BaseModel, Field

from pipeline.config import Config


class TextPart(BaseModel):
    """Something said."""

    type: Literal["text"]
    text: str = Field(min_length=1)


class ImageAddress(BaseModel):
    """A picture as a data: URI; other addresses are refused."""

    url: str = Field(min_length=1)


class ImagePart(BaseModel):
    """Something shown."""

    type: Literal["image_url"]
    image_url: ImageAddress


Part = Annotated[TextPart | ImagePart, Field(discriminator="type")]


class Message(BaseModel):
    """One turn."""

    role: Literal["system", "user", "assistant"]
    content: (
        Annotated[str, Field(min_length=1)]
        | Annotated[list[Part], Field(min_length=1, max_length=64)]
    )


SAMPLE_SIDE = 1024
"""Pixels of a side of the load test's pictures, where the model takes as many."""

CELLS = 16


def sample_content(text: str, number: int, config: Config) -> list[dict[str, Any]]:
    """What the load test asks, of a picture of its own: no two alike, so no cache answers."""
    cells = Random(number).randbytes(CELLS * CELLS)  # noqa: S311 - a drawing, no secret
    side = min(SAMPLE_SIDE, math.isqrt(config.model.max_pixels))
    content = io.BytesIO()
    image = Image.frombytes("L", (CELLS, CELLS), cells).resize((side, side)).convert("RGB")
    image.save(content, "JPEG")
    uri = f"data:image/jpeg;base64,{base64.b64encode(content.getvalue()).decode()}"
    return [
        {"type": "image_url", "image_url": {"url": uri}},
        {"type": "text", "text": text},
    ]
