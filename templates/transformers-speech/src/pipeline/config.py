"""The one typed description of a run: speech recognition with a Whisper model.

`settings.py` has what every task shares and how the files are merged.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from pipeline import media, settings

WINDOW_SECONDS = 30.0
"""What Whisper hears at once: shorter clips are padded to it, longer ones do not fit."""


class ModelConfig(settings.ModelConfig):
    """The base model. Remote code is never trusted, and only safetensors weights are loaded."""

    task: Literal["transcribe", "translate"] = Field(
        "transcribe", description="translate writes English, whatever is spoken."
    )


class MethodConfig(settings.MethodConfig):
    """Which parameters are trained, and how the frozen ones are held."""

    name: settings.Method = Field(
        "full", description="freeze leaves the encoder as published and trains the decoder."
    )


class DataConfig(media.MediaDataConfig):
    """Where the examples are, and which recordings are taken."""

    language: str | None = Field(
        "en",
        description="Code of the language of rows that name none; null: an English-only model.",
    )
    min_seconds: float = Field(0.1, gt=0.0, description="A shorter recording is refused.")
    max_seconds: float = Field(
        WINDOW_SECONDS,
        gt=0.0,
        le=WINDOW_SECONDS,
        description="A longer recording is refused: cut it at pauses, with its text.",
    )
    max_transcript_tokens: int = Field(
        448, ge=8, le=448, description="A longer transcript is refused; 448 is Whisper's most."
    )


class EvaluationConfig(settings.EvaluationConfig):
    """What is measured before and after training, and what promotes a model."""

    max_new_tokens: int = Field(225, ge=1, description="Per transcript.")


class ServingConfig(settings.ServingConfig):
    """The HTTP server and its limits; every limit is explicit."""

    max_request_bytes: int = Field(25_000_000, ge=1)
    max_seconds: float = Field(
        WINDOW_SECONDS, gt=0.0, le=WINDOW_SECONDS, description="A longer recording is refused."
    )
    max_new_tokens: int = Field(225, ge=1, description="The most a transcript may hold.")


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
