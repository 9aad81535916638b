"""The training of this project as a Modal app.

    modal run --detach -m platforms.modal.app [script] [its arguments]

Checkpoints live on a volume: an attempt that was preempted, crashed or ran out of time is followed
by one that goes on from the last of them. Code, configuration and data travel with each run; the
packages are an image built from the locks.
"""

from __future__ import annotations

import sys
from pathlib import Path

import modal

from pipeline.errors import ExitCode
from platforms.command import NO_RETRY, run_command, run_to_the_end
from platforms.modal.settings import OUTPUTS, PATH, ModalSettings
from platforms.settings import read_settings

ROOT = Path(__file__).resolve().parents[2]
PROJECT = "/project"
LEFT_OUT = ["**/__pycache__", "**/*.egg-info", "**/.env*", "raw"]
CACHE = "/cache"
# Modal gives an interrupted container 30 seconds: https://modal.com/docs/guide/preemption
GRACE_SECONDS = 25.0

settings = read_settings(PATH, ModalSettings)
app = modal.App(settings.app)
outputs = modal.Volume.from_name(settings.outputs_volume, create_if_missing=True)
cache = modal.Volume.from_name(settings.cache_volume, create_if_missing=True)


def locks() -> list[str]:
    """The runtime's lock, and those of the tracker and of DeepSpeed where this project has them."""
    found = [
        path
        for kind in ("tracking", "distributed")
        for path in sorted(ROOT.glob(f"{kind}/*/requirements.lock"))
    ]
    return [str(path) for path in [ROOT / "requirements.lock", *found]]


# torch's wheels bring the CUDA runtime; the driver is Modal's.
image = (
    modal.Image.debian_slim(python_version="3.11")  # the Python that the locks were resolved for
    .uv_pip_install(requirements=locks(), extra_options="--require-hashes")
    .env({"PYTHONPATH": f"{PROJECT}/src:{PROJECT}", "HF_HOME": CACHE, "PYTHONUNBUFFERED": "1"})
    .workdir(PROJECT)
)
for folder in ("src", "scripts", "platforms", "configs", "data"):
    image = image.add_local_dir(ROOT / folder, f"{PROJECT}/{folder}", ignore=LEFT_OUT)


@app.function(
    image=image,
    gpu=settings.gpus,
    cpu=settings.cpu_cores,
    memory=settings.memory_gib * 1024,
    timeout=int(settings.timeout_hours * 3600),
    retries=modal.Retries(
        max_retries=settings.max_retries, backoff_coefficient=1.0, initial_delay=10.0
    ),
    volumes={OUTPUTS: outputs, CACHE: cache},
    secrets=[modal.Secret.from_name(settings.secret_name)] if settings.secret_name else [],
    region=settings.region,
    single_use_containers=True,  # a retry starts from a clean process and a clean GPU
    include_source=False,  # the source is added above, under the paths it expects
)
def train(arguments: list[str]) -> int:
    """Train, or go on. Returns an end that a retry would repeat; raises what a retry can help."""
    command = run_command(arguments, {"project.output_dir": OUTPUTS})
    outputs.reload()
    try:
        code = run_to_the_end(command, grace_seconds=GRACE_SECONDS)
    finally:
        outputs.commit()
        cache.commit()
    if code in NO_RETRY:
        return code
    raise RuntimeError(f"training ended with {code}; the next attempt goes on from the checkpoint")


@app.local_entrypoint()
def main(*arguments: str) -> None:
    """Start the run and say where its results are."""
    code = train.remote(list(arguments))
    print(f"ended with {code}; results: scripts/launch_modal.sh fetch", file=sys.stderr)
    if code != ExitCode.OK:
        sys.exit(code)
