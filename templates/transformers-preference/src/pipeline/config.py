"""The one typed description of a run: preference tuning of a language model.

`settings.py` has what every task shares and how the files are merged.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, model_validator

from pipeline import settings
from pipeline.chat_settings import EvaluationConfig, ServingConfig
from pipeline.text_settings import ModelConfig


class DataConfig(settings.DataConfig):
    """Where the pairs of answers are, and how they are written."""

    format: Literal["chat", "plain"] = "chat"


class TrainingConfig(settings.TrainingConfig):
    """The optimisation: direct preference optimisation against the model as it was."""

    loss: Literal["sigmoid", "ipo", "hinge"] = Field(
        "sigmoid",
        description="sigmoid: DPO (Rafailov et al. 2023). ipo: a margin of its own, for pairs "
        "that all agree. hinge: SLiC.",
    )
    beta: float = Field(
        0.1,
        gt=0.0,
        description="How dear it is to leave the reference: low moves far, high stays near.",
    )
    label_smoothing: float = Field(
        0.0, ge=0.0, lt=0.5, description="Share of pairs that may be the wrong way round."
    )

    @model_validator(mode="after")
    def _only_the_sigmoid_is_smoothed(self) -> TrainingConfig:
        if self.label_smoothing and self.loss != "sigmoid":
            raise ValueError(f"label_smoothing is for loss sigmoid: {self.loss} takes no notice")
        return self


class Config(settings.RunConfig):
    """Everything a run depends on."""

    model: ModelConfig = Field(default_factory=ModelConfig)
    data: DataConfig = Field(default_factory=DataConfig)
    training: TrainingConfig = Field(default_factory=TrainingConfig)
    evaluation: EvaluationConfig = Field(default_factory=EvaluationConfig)
    serving: ServingConfig = Field(default_factory=ServingConfig)


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
