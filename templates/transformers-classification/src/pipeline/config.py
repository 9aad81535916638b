"""The one typed description of a run: classification of texts.

`settings.py` has what every task shares and how the files are merged.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, field_validator

from pipeline import settings
from pipeline.text_settings import ModelConfig


class DataConfig(settings.DataConfig):
    """Where the labelled texts are."""

    labels: list[str] = Field(
        default_factory=list,
        description="Every class; a row with another label is a fault. Empty: the labels of the "
        "training file, sorted.",
    )

    @field_validator("labels")
    @classmethod
    def _labels_are_distinct(cls, labels: list[str]) -> list[str]:
        if len(set(labels)) != len(labels):
            raise ValueError("a label stands twice")
        if len(labels) == 1:
            raise ValueError("one class needs no classifier: name two labels or more, or none")
        return labels


class TrainingConfig(settings.TrainingConfig):
    """The optimisation."""

    class_weights: Literal["none", "balanced"] = Field(
        "none",
        description="balanced: a class counts as much as any other, however rare it is; better "
        "for macro-F1, worse for the probabilities.",
    )
    label_smoothing: float = Field(
        0.0, ge=0.0, lt=1.0, description="Share of each label given to the other classes."
    )


class ServingConfig(settings.ServingConfig):
    """The HTTP server and its limits; every limit is explicit."""

    max_texts: int = Field(64, ge=1, description="Texts of one request.")


class Config(settings.RunConfig):
    """Everything a run depends on."""

    model: ModelConfig = Field(default_factory=ModelConfig)
    data: DataConfig = Field(default_factory=DataConfig)
    training: TrainingConfig = Field(default_factory=TrainingConfig)
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
