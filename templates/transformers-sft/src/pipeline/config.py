"""The one typed description of a run: supervised fine-tuning of a language model.

`settings.py` has what every task shares and how the files are merged.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from pipeline import settings


class ModelConfig(settings.ModelConfig):
    """The base model. Remote code is never trusted, and only safetensors weights are loaded."""

    max_length: int = Field(1024, ge=8, description="Tokens a training example may hold.")

    def smaller_input_advice(self) -> str:
        """Shorter sequences."""
        return f"model.max_length: {max(self.max_length // 2, 8)} (cuts long examples)"


class DataConfig(settings.DataConfig):
    """Where the examples are and how they become tokens."""

    format: Literal["chat", "prompt-completion"] = "chat"
    packing: bool = Field(
        False,
        description="Put several examples into one sequence of model.max_length tokens; they do "
        "not attend to each other.",
    )
    mask_prompt: bool = Field(True, description="Learn the answers only, not the questions.")


class TrainingConfig(settings.TrainingConfig):
    """The optimisation."""

    fused_loss: bool = Field(
        False, description="Compute the loss in chunks of tokens; the logits are never whole."
    )


class EvaluationConfig(settings.EvaluationConfig):
    """What is measured before and after training, and what promotes a model."""

    max_new_tokens: int = Field(128, ge=1, description="Per golden answer.")


class ServingConfig(settings.ServingConfig):
    """The HTTP server and its limits; every limit is explicit."""

    max_input_tokens: int = Field(2048, ge=1)
    max_new_tokens: int = Field(512, ge=1, description="The most a request may ask for.")


class Config(settings.RunConfig):
    """Everything a run depends on."""

    model: ModelConfig = Field(default_factory=ModelConfig)
    data: DataConfig = Field(default_factory=DataConfig)
    training: TrainingConfig = Field(default_factory=TrainingConfig)
    evaluation: EvaluationConfig = Field(default_factory=EvaluationConfig)
    serving: ServingConfig = Field(default_factory=ServingConfig)

    def memory_advice(self) -> list[str]:
        """The chunked loss."""
        if self.training.fused_loss:
            return []
        return ["training.fused_loss: true (same loss; saves most with a large vocabulary)"]


def load_config(
    config_dir: Path | str = "configs",
    overlays: Iterable[Path | str] = (),
    overrides: Iterable[str] = (),
) -> Config:
    """Merge a project's configuration files, overlays and `section.key=value` overrides."""
    return parse_config(settings.merged_values(config_dir, overlays, overrides))


def parse_config(values: Mapping[str, Any]) -> Config:
    """Check values; each complaint names its key and, for a typo, the nearest known one."""
    return settings.checked(Config, values)
