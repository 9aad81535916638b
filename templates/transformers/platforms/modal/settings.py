"""What platforms/modal/settings.yaml may say."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from platforms.settings import PlatformSettings

PATH = Path(__file__).with_name("settings.yaml")
OUTPUTS = "/outputs"
"""Where the volume is that outlives a run."""


class ModalSettings(PlatformSettings):
    """One app: its name, its machine and its patience."""

    app: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,50}$")
    gpu: str = Field(description="Choose a value of gpu= from https://modal.com/docs/guide/gpu.")
    gpu_count: int = Field(ge=1, le=8)
    cpu_cores: float = Field(ge=0.125)
    memory_gib: int = Field(ge=1)
    timeout_hours: float = Field(gt=0, le=24)
    max_retries: int = Field(ge=0, le=100)
    region: str | None = None
    secret_name: str | None = None

    @property
    def gpus(self) -> str:
        """The card and how many, as Modal writes it."""
        return self.gpu if self.gpu_count == 1 else f"{self.gpu}:{self.gpu_count}"

    @property
    def outputs_volume(self) -> str:
        """Checkpoints, metrics and the trained model."""
        return f"{self.app}-outputs"

    @property
    def cache_volume(self) -> str:
        """Weights of the hub, downloaded once."""
        return f"{self.app}-hub-cache"
