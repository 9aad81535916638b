"""Settings that every task on text has."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from pipeline import settings


class ModelConfig(settings.ModelConfig):
    """The base model. Remote code is never trusted, and only safetensors weights are loaded."""

    max_length: int = Field(1024, ge=8, description="Tokens a training example may hold.")

    def smaller_input_advice(self) -> str:
        """Shorter sequences."""
        return f"model.max_length: {max(self.max_length // 2, 8)} (cuts long examples)"


class MethodConfig(settings.MethodConfig):
    """Which parameters are trained, and how the frozen ones are held."""

    name: Literal["full", "lora", "qlora"] = "lora"
