"""What is wanted of the endpoint, typed: an unknown key is an error."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from pipeline.settings import read_settings

ENDPOINT_FILE = Path("inference/endpoints/endpoint.yaml")


class EndpointSettings(BaseModel):
    """`endpoint.yaml`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,30}[a-z0-9]$")
    repository: str | None = Field(pattern=r"^[\w.-]+/[\w.-]+$")
    namespace: str | None = Field(pattern=r"^[\w.-]+$")
    engine: Literal["vllm", "handler"]
    type: Literal["authenticated", "private"]
    vendor: Literal["aws", "gcp", "azure"]
    region: str = Field(min_length=1)
    accelerator: Literal["gpu", "cpu"]
    instance_type: str = Field(min_length=1)
    instance_size: str = Field(pattern=r"^x\d+$")
    usd_per_hour: float | None = Field(gt=0)
    min_replica: int = Field(ge=0)
    max_replica: int = Field(ge=1)
    scale_to_zero_minutes: int | None = Field(ge=15)
    pending_requests: float = Field(gt=0)

    @model_validator(mode="after")
    def _replicas_agree(self) -> EndpointSettings:
        if self.min_replica > self.max_replica:
            raise ValueError("min_replica is above max_replica")
        if (self.min_replica == 0) != (self.scale_to_zero_minutes is not None):
            raise ValueError("min_replica 0 and scale_to_zero_minutes go together")
        if self.engine == "vllm" and self.accelerator == "cpu":
            raise ValueError("engine vllm needs accelerator gpu: processors take the handler")
        return self


def load_settings(path: Path = ENDPOINT_FILE) -> EndpointSettings:
    """Checked: each complaint names its key."""
    return read_settings(EndpointSettings, path)
