"""Settings of a platform: one small YAML beside its code, read by a typed model."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ConfigDict

from pipeline.errors import ConfigError
from pipeline.settings import read_settings as settings_of

TO_CHOOSE = "to-be-chosen"
"""Stands where the plan knew no name that the platform would accept. It is never sent."""


class PlatformSettings(BaseModel):
    """An unknown key is an error: a typo must not rent another machine."""

    model_config = ConfigDict(extra="forbid", frozen=True)


Settings = TypeVar("Settings", bound=PlatformSettings)


def read_settings(path: Path, model: type[Settings], used: tuple[str, ...] = ()) -> Settings:
    """The settings in a file, checked; what is still to be chosen is named, with where to look.

    `used` names the keys that are needed now, with all under them; without it they all are.
    """
    settings = settings_of(model, path)
    for key, hint in _left_open(settings):
        if used and not any(key == name or key.startswith(f"{name}.") for name in used):
            continue
        raise ConfigError(
            f'"{path}" leaves {key} open: the plan had no dated name for it',
            hint or "Put the platform's own name there.",
        )
    return settings


def _left_open(settings: BaseModel, prefix: str = "") -> list[tuple[str, str | None]]:
    found: list[tuple[str, str | None]] = []
    for name, field in type(settings).model_fields.items():
        value = getattr(settings, name)
        if isinstance(value, BaseModel):
            found += _left_open(value, f"{prefix}{name}.")
        elif isinstance(value, str) and TO_CHOOSE in value:
            found.append((prefix + name, field.description))
    return found


def secrets_to_send(environment: Mapping[str, str], names: tuple[str, ...]) -> dict[str, str]:
    """Those of these variables that hold a value a machine can use; placeholders stay at home."""
    return {
        name: environment[name]
        for name in names
        if environment.get(name, "").strip() and "_your_" not in environment[name]
    }


def forget_empty(environment: MutableMapping[str, str], prefix: str) -> None:
    """A line of .env that nobody filled in is no value: a client would take it for one."""
    for name in [name for name in environment if name.startswith(prefix)]:
        if not environment[name].strip():
            del environment[name]


RUN_SECRETS = ("HF_TOKEN", "WANDB_API_KEY", "MLFLOW_TRACKING_URI", "MLFLOW_TRACKING_TOKEN")
"""What a run may need. The platform's own key never travels with it."""
