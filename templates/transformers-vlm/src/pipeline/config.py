"""The one typed description of a run: supervised fine-tuning of a model that reads pictures.

`settings.py` has what every task shares and how the files are merged.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic import Field

from pipeline import chat_settings, settings, text_settings
from pipeline.chat_settings import EvaluationConfig
from pipeline.images import ImageDataConfig as DataConfig


class ModelConfig(text_settings.ModelConfig):
    """The base model. Remote code is never trusted, and only safetensors weights are loaded."""

    max_length: int = Field(
        2048, ge=8, description="Tokens of an example, its pictures' among them; none is cut."
    )
    max_pixels: int = Field(
        896 * 896,
        ge=1024,
        description="A larger picture is scaled down to this before the model sees it; its tokens "
        "grow with it.",
    )

    def smaller_input_advice(self) -> str:
        """Smaller pictures: they are most of a sequence."""
        return f"model.max_pixels: {max(self.max_pixels // 2, 1024)} (fewer tokens a picture)"


class MethodConfig(text_settings.MethodConfig):
    """Which parameters are trained, and how the frozen ones are held."""

    freeze_vision: bool = Field(
        True, description="Keep the vision tower as published; only the language model learns."
    )


class ServingConfig(chat_settings.ServingConfig):
    """The HTTP server and its limits; every limit is explicit."""

    max_request_bytes: int = Field(20_000_000, ge=1, description="base64 adds a third to a file.")
    max_images: int = Field(1, ge=0, description="Pictures in one request; one more is refused.")
    max_image_pixels: int = Field(25_000_000, ge=1, description="Checked before decoding.")


class Config(settings.RunConfig):
    """Everything a run depends on."""

    model: ModelConfig = Field(default_factory=ModelConfig)
    method: MethodConfig = Field(default_factory=MethodConfig)
    data: DataConfig = Field(default_factory=DataConfig)
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
