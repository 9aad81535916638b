"""What platforms/hf_jobs/settings.yaml may say."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from platforms.settings import PlatformSettings

PATH = Path(__file__).with_name("settings.yaml")


class HfJobsSettings(PlatformSettings):
    """One job: its machine, its patience and the bucket that keeps its results."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,40}$")
    namespace: str | None = Field(
        None, pattern=r"^[A-Za-z0-9][A-Za-z0-9-]{0,95}$", description="null: the token's own"
    )
    flavor: str = Field(description="`hf jobs hardware` lists what there is, with prices.")
    timeout_hours: float = Field(gt=0)
    image: str = Field(min_length=1)
