"""What Modal is asked for, typed: an unknown key is an error."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from pipeline.settings import read_settings

MODAL_FILE = Path(__file__).with_name("modal.yaml")


class ModalSettings(BaseModel):
    """`modal.yaml`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    app: str = Field(pattern=r"^[\w.-]{1,63}$")
    engine: Literal["vllm", "project"]
    gpu: str | None = Field(pattern=r"^[A-Z][A-Za-z0-9-]*!?$")
    gpu_count: int = Field(ge=1, le=8)
    cpu: float = Field(gt=0)
    memory_mib: int = Field(ge=128)
    min_containers: int = Field(ge=0)
    max_containers: int = Field(ge=1)
    scaledown_window_seconds: int = Field(ge=2, le=1200)
    max_inputs: int = Field(ge=1)
    target_inputs: int = Field(ge=1)
    startup_timeout_seconds: int = Field(ge=1)
    timeout_seconds: int = Field(ge=1)
    volume: str = Field(pattern=r"^[\w.-]{1,63}$")
    secret_name: str = Field(pattern=r"^[\w.-]{1,63}$")

    @model_validator(mode="after")
    def _numbers_agree(self) -> ModalSettings:
        if self.min_containers > self.max_containers:
            raise ValueError("min_containers is above max_containers")
        if self.target_inputs > self.max_inputs:
            raise ValueError("target_inputs is above max_inputs")
        if self.engine == "vllm" and self.gpu is None:
            raise ValueError("engine vllm needs a gpu: processors take the project's own server")
        return self

    @property
    def accelerator(self) -> str | None:
        """As Modal writes it: "L4", or "L4:2" for two in a container."""
        return (
            self.gpu if self.gpu is None or self.gpu_count == 1 else f"{self.gpu}:{self.gpu_count}"
        )


def load_settings(path: Path = MODAL_FILE) -> ModalSettings:
    """Checked: each complaint names its key."""
    return read_settings(ModalSettings, path)
