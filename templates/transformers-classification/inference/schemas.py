"""Requests and answers: vLLM's classification API, so that a client need not change for it."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class ClassifyRequest(BaseModel):
    """`POST /v1/classify`: one text, or several at once."""

    model_config = ConfigDict(extra="ignore")

    input: str | list[str]
    model: str | None = Field(None, max_length=256)

    @property
    def texts(self) -> list[str]:
        """The texts, one or several."""
        return [self.input] if isinstance(self.input, str) else self.input


class Classification(BaseModel):
    """The class of one text."""

    index: int
    label: str
    probs: list[float] = Field(description="Of every class, in the order of `labels`.")
    num_classes: int
    truncated: bool = Field(description="The text was longer than the model reads.")


class Usage(BaseModel):
    """Tokens that were read."""

    prompt_tokens: int
    total_tokens: int


class ClassifyResponse(BaseModel):
    """One classification a text, in the request's order."""

    id: str
    object: Literal["list"] = "list"
    created: int
    model: str
    labels: list[str]
    data: list[Classification]
    usage: Usage
