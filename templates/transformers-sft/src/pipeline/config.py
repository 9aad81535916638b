"""The one typed description of a run: supervised fine-tuning of a language model.

`settings.py` has what every task shares and how the files are merged.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from pipeline import settings
from pipeline.chat_settings import EvaluationConfig, ServingConfig
from pipeline.text_settings import MethodConfig, ModelConfig


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


class Config(settings.RunConfig):
    """Everything a run depends on."""

    model: ModelConfig = Field(default_factory=ModelConfig)
    method: MethodConfig = Field(default_factory=MethodConfig)
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
