"""Answers of speech recognition, as OpenAI's clients read them; the request is a form."""

from __future__ import annotations

from pydantic import BaseModel


class Transcription(BaseModel):
    """What is said in the recording."""

    text: str
