"""Put the exported weights into Modal's volume: `python -m inference.modal.upload`."""

from __future__ import annotations

import modal

from inference.modal.settings import load_settings
from pipeline.cli import run
from pipeline.config import load_config
from pipeline.errors import ConfigError, PipelineError
from pipeline.logs import log


def main() -> None:
    """Upload the export in place of what the volume holds."""
    settings, folder = load_settings(), load_config().serving.model_path
    if folder is None or not list(folder.glob("*.safetensors")):
        raise ConfigError(f'"{folder}" holds no safetensors', "Run `make export` first.")
    try:
        volume = modal.Volume.from_name(settings.volume, create_if_missing=True)
        with volume.batch_upload(force=True) as batch:
            batch.put_directory(folder, f"/{folder.name}")
    except modal.exception.Error as error:
        raise PipelineError(f"Modal did not take the weights: {error}") from error
    log("uploaded", folder=str(folder), volume=settings.volume)


if __name__ == "__main__":
    run(main)
