"""What platforms/lambda_cloud/settings.yaml may say."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from platforms.settings import PlatformSettings

PATH = Path(__file__).with_name("settings.yaml")


class LambdaSettings(PlatformSettings):
    """Which machine is rented, and what it may cost."""

    instance_type: str = Field(
        description="`scripts/launch_lambda.sh types` lists what there is, with capacity and price."
    )
    gpus: int = Field(ge=1, le=8)
    region: str | None = None
    max_usd_per_hour: float = Field(gt=0)
    ssh_key_name: str | None = None
    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,40}$")
