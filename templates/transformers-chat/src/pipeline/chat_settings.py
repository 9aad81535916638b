"""Settings that every task has whose model answers in text."""

from __future__ import annotations

from pydantic import Field

from pipeline import settings


class EvaluationConfig(settings.EvaluationConfig):
    """What is measured before and after training, and what promotes a model."""

    max_new_tokens: int = Field(128, ge=1, description="Per golden answer.")


class ServingConfig(settings.ServingConfig):
    """The HTTP server and its limits; every limit is explicit."""

    max_input_tokens: int = Field(2048, ge=1)
    max_new_tokens: int = Field(512, ge=1, description="The most a request may ask for.")
