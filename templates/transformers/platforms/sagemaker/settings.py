"""What platforms/sagemaker/settings.yaml may say."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from platforms.settings import PlatformSettings

PATH = Path(__file__).with_name("settings.yaml")
INSTANCE_HINT = (
    "Choose a type with its price at https://aws.amazon.com/sagemaker/pricing/ and see that your "
    "account's quota for it is not zero (Service Quotas, Amazon SageMaker)."
)


class TrainingSettings(PlatformSettings):
    """The machine of a training job."""

    instance_type: str = Field(description=INSTANCE_HINT)
    instance_count: int = Field(ge=1)
    volume_gib: int = Field(ge=1, le=16384)
    max_run_hours: float = Field(gt=0, le=672)
    spot: bool
    max_wait_hours: float = Field(gt=0)
    secret_name: str | None = None

    @model_validator(mode="after")
    def _waits_longer_than_it_runs(self) -> TrainingSettings:
        if self.spot and self.max_wait_hours < self.max_run_hours:
            raise ValueError("max_wait_hours holds max_run_hours: it cannot be less")
        return self


class EndpointSettings(PlatformSettings):
    """The machines behind an endpoint. As many as the load asks for, where the bounds differ."""

    instance_type: str = Field(description=INSTANCE_HINT)
    min_instances: int = Field(ge=1)
    max_instances: int = Field(ge=1)
    scale_on: Literal["requests_per_minute", "concurrent_requests"]
    target_per_instance: float = Field(gt=0)
    scale_out_cooldown_seconds: int = Field(ge=0)
    scale_in_cooldown_seconds: int = Field(ge=0)
    startup_seconds: int = Field(ge=60, le=3600)

    @property
    def is_scaled(self) -> bool:
        """Whether the number of machines follows the load."""
        return self.min_instances < self.max_instances

    @model_validator(mode="after")
    def _bounds_agree(self) -> EndpointSettings:
        if self.min_instances > self.max_instances:
            raise ValueError("min_instances is above max_instances")
        if self.is_scaled and re.match(r"ml\.t\d", self.instance_type):
            raise ValueError(
                f"SageMaker does not scale burstable machines ({self.instance_type}): "
                "min_instances and max_instances must be equal"
            )
        return self


class SageMakerSettings(PlatformSettings):
    """Where, and on what."""

    project: str = Field(pattern=r"^[a-z0-9](-?[a-z0-9]){0,30}$")
    region: str = Field(description="An AWS region in which the instance type is sold.")
    training: TrainingSettings
    endpoint: EndpointSettings
