"""Deploy the server to Modal: `modal deploy -m inference.modal.app` from the project's root.

`modal.yaml` says with what. The image holds the engine's packages and this project's code, a volume
the weights, a secret of Modal the key. Modal imports this file here and in every container: it
reads settings and declares, nothing else.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import modal

from inference.modal.settings import load_settings
from inference.vllm.arguments import ENVIRONMENT, IMAGE

if TYPE_CHECKING:
    from fastapi import FastAPI

HERE = Path(__file__).resolve().parents[2]
"""The project's root, here and in the container."""
ROOT = "/project"
PORT = 8000

settings = load_settings()
app = modal.App(settings.app)
weights = modal.Volume.from_name(settings.volume, create_if_missing=True)
compiled = modal.Volume.from_name(f"{settings.app}-cache", create_if_missing=True)
key = modal.Secret.from_name(settings.secret_name, required_keys=["API_KEY"])

VARIABLES = ENVIRONMENT | {
    "PYTHONPATH": f"{ROOT}/src:{ROOT}",
    "VLLM_CACHE_ROOT": "/cache/vllm",
}
# The official image of vLLM brings its own torch and transformers: it shares no packages with
# training. Modal looks for "python", the image calls it python3.
packages = (
    modal.Image.from_registry(
        IMAGE,
        setup_dockerfile_commands=['RUN ln -sf "$(command -v python3)" /usr/local/bin/python'],
    ).entrypoint([])
    if settings.engine == "vllm"
    else modal.Image.debian_slim(python_version="3.11").pip_install_from_requirements(
        str(HERE / "requirements.lock"), extra_options="--require-hashes"
    )
)
image = packages.env(VARIABLES).workdir(ROOT)
for folder in ("configs", "src", "inference"):
    image = image.add_local_dir(HERE / folder, f"{ROOT}/{folder}", ignore=["**/__pycache__/**"])

in_container = app.cls(
    image=image,
    gpu=settings.accelerator,
    cpu=settings.cpu,
    memory=settings.memory_mib,
    volumes={f"{ROOT}/models": weights.with_mount_options(read_only=True), "/cache": compiled},
    secrets=[key],
    min_containers=settings.min_containers,
    max_containers=settings.max_containers,
    scaledown_window=settings.scaledown_window_seconds,
    startup_timeout=settings.startup_timeout_seconds,
    timeout=settings.timeout_seconds,
    include_source=False,
)
at_a_time = modal.concurrent(max_inputs=settings.max_inputs, target_inputs=settings.target_inputs)


class ProjectServer:
    """This project's own server: loaded before the container takes its first request."""

    @modal.enter()
    def load(self) -> None:
        """Read the weights; a container that cannot is replaced."""
        from inference.app import create_app  # noqa: PLC0415 - torch is in the container only
        from pipeline.config import load_config  # noqa: PLC0415

        overrides = ["serving.host=0.0.0.0", f"serving.model_path={ROOT}/models/export"]
        self.application = create_app(load_config(f"{ROOT}/configs", overrides=overrides))
        self.application.state.server.load()
        if self.application.state.server.engine is None:
            raise RuntimeError(self.application.state.server.load_error)

    @modal.asgi_app()
    def serve(self) -> FastAPI:
        """The application, its key and limits included."""
        return self.application


class VllmServer:
    """vLLM behind the project's guard, as `inference/vllm/start.sh` starts it elsewhere."""

    @modal.web_server(port=PORT, startup_timeout=settings.startup_timeout_seconds)
    def serve(self) -> None:
        """Start it; Modal sends requests once the port answers."""
        subprocess.Popen(
            ["vllm", "serve", "--config", "inference/vllm/engine.yaml"],
            cwd=ROOT,
            env=os.environ | {"VLLM_API_KEY": os.environ["API_KEY"]},
        )


Server = in_container(at_a_time(VllmServer if settings.engine == "vllm" else ProjectServer))
