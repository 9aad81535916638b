"""Requests and answers: the subset of OpenAI's chat completions that this server speaks.

vLLM and other engines accept the same requests, so a client does not change when one replaces this
server.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from inference.message import Message


class ChatRequest(BaseModel):
    """`POST /v1/chat/completions`. Fields of the full API that are not here are ignored."""

    model_config = ConfigDict(extra="ignore")

    messages: list[Message] = Field(min_length=1, max_length=256)
    model: str | None = Field(None, max_length=256)
    max_tokens: int | None = Field(None, ge=1)
    max_completion_tokens: int | None = Field(None, ge=1, description="The newer name.")
    temperature: float = Field(0.0, ge=0.0, le=2.0)
    top_p: float = Field(1.0, gt=0.0, le=1.0)
    seed: int | None = None
    stream: bool = False
    n: int = 1

    @property
    def asked_tokens(self) -> int | None:
        """How long an answer the client wants at most."""
        return self.max_completion_tokens or self.max_tokens


class AnswerMessage(BaseModel):
    """The assistant's turn; empty when the model ended at once."""

    role: Literal["assistant"] = "assistant"
    content: str


class Choice(BaseModel):
    """One answer."""

    index: int
    message: AnswerMessage
    finish_reason: Literal["stop", "length"]


class Usage(BaseModel):
    """Tokens that were read and written."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


class ChatResponse(BaseModel):
    """The whole answer."""

    id: str
    object: Literal["chat.completion"] = "chat.completion"
    created: int
    model: str
    choices: list[Choice]
    usage: Usage
