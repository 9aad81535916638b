"""Put the exported weights into Modal's volume: `python -m inference.modal.upload`."""

from __future__ import annotations

from pathlib import Path

import modal

from inference.modal.settings import ModalSettings, load_settings
from inference.vllm.check import checked_weights
from pipeline.cli import run
from pipeline.config import load_config
from pipeline.errors import ConfigError, PipelineError
from pipeline.logs import log


def weights(settings: ModalSettings) -> Path:
    """The folder that the engine of `modal.yaml` reads."""
    if settings.engine == "vllm":
        return checked_weights()
    folder = load_config().serving.model_path
    if folder is None or not list(folder.glob("*.safetensors")):
        raise ConfigError(f'"{folder}" holds no safetensors', "Run `make export` first.")
    return folder


def main() -> None:
    """Upload the weights in place of what the volume holds of them."""
    settings = load_settings()
    folder = weights(settings)
    try:
        volume = modal.Volume.from_name(settings.volume, create_if_missing=True)
        with volume.batch_upload(force=True) as batch:
            batch.put_directory(folder, f"/{folder.name}")
    except modal.exception.Error as error:
        raise PipelineError(f"Modal did not take the weights: {error}") from error
    log("uploaded", folder=str(folder), volume=settings.volume)


if __name__ == "__main__":
    run(main)
