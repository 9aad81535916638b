"""Requests and answers of image classification."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class ClassifyRequest(BaseModel):
    """`POST /v1/classify`."""

    model_config = ConfigDict(extra="forbid")

    image: str = Field(
        min_length=1, description="base64 of a PNG, JPEG or WebP file, or a data: URI of one."
    )
    top_k: int = Field(5, ge=1, le=100, description="How many classes to name.")


class Prediction(BaseModel):
    """One class and how likely it is."""

    label: str
    score: float


class ClassifyResponse(BaseModel):
    """The likeliest classes, the first first."""

    model: str
    predictions: list[Prediction]
