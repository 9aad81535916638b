"""Requests and answers: OpenAI's embeddings, with what a text is for beside it."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class EmbeddingRequest(BaseModel):
    """`POST /v1/embeddings`. Fields of the full API that are not here are ignored."""

    model_config = ConfigDict(extra="ignore")

    input: str | list[str]
    model: str | None = Field(None, max_length=256)
    input_type: Literal["query", "document"] = Field(
        "document", description="Which prompt is written before each text."
    )
    encoding_format: Literal["float", "base64"] = "float"
    dimensions: int | None = Field(None, ge=1)

    @property
    def texts(self) -> list[str]:
        """The texts, one or several."""
        return [self.input] if isinstance(self.input, str) else self.input


class Embedding(BaseModel):
    """The vector of one text, of length one; in base64 it is little-endian float32."""

    object: Literal["embedding"] = "embedding"
    index: int
    embedding: list[float] | str


class Usage(BaseModel):
    """Tokens that were read."""

    prompt_tokens: int
    total_tokens: int


class EmbeddingResponse(BaseModel):
    """One vector a text, in the request's order."""

    object: Literal["list"] = "list"
    data: list[Embedding]
    model: str
    usage: Usage
