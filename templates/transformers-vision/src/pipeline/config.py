"""The one typed description of a run: image classification.

`settings.py` has what every task shares and how the files are merged.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from pipeline import images, settings


class ModelConfig(settings.ModelConfig):
    """The base model. Remote code is never trusted, and only safetensors weights are loaded."""

    image_size: int = Field(224, ge=16, description="Pixels of a side, as the model sees pictures.")

    def smaller_input_advice(self) -> str:
        """Smaller pictures."""
        return f"model.image_size: {max(self.image_size // 2, 16)} (where the model takes it)"


class MethodConfig(settings.MethodConfig):
    """Which parameters are trained, and how the frozen ones are held."""

    name: Literal["full", "lora", "freeze"] = Field(
        "full", description="freeze trains the new head alone, on features as published."
    )


class DataConfig(images.ImageDataConfig):
    """Where the examples are, and which pictures are taken."""

    labels: list[str] | None = Field(
        None, description="The classes, in the order of the model's outputs; null: those found."
    )
    augment: bool = Field(True, description="Train on random crops and mirror images.")
    min_crop: float = Field(
        0.5, gt=0.0, le=1.0, description="The smallest share of a picture that a crop keeps."
    )


class ServingConfig(settings.ServingConfig):
    """The HTTP server and its limits; every limit is explicit."""

    max_request_bytes: int = Field(10_000_000, ge=1, description="base64 adds a third to a file.")
    max_image_pixels: int = Field(25_000_000, ge=1, description="Checked before decoding.")


class Config(settings.RunConfig):
    """Everything a run depends on."""

    model: ModelConfig = Field(default_factory=ModelConfig)
    method: MethodConfig = Field(default_factory=MethodConfig)
    data: DataConfig = Field(default_factory=DataConfig)
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
