"""One turn of a conversation in text, as clients send it."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from pipeline.config import Config


class Message(BaseModel):
    """One turn."""

    role: Literal["system", "user", "assistant"]
    content: str = Field(min_length=1)


def sample_content(text: str, number: int, config: Config) -> str:  # noqa: ARG001 - for pictures
    """What the load test asks."""
    return text
