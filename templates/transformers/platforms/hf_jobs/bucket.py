"""The private bucket of a run: the project goes up, checkpoints are kept, results come down.

A mounted bucket takes files that are written once from front to back; logs that grow and
checkpoints that are renamed are not such files. So a run writes to the job's own disk, and what is
complete is copied.
"""

from __future__ import annotations

from pathlib import Path

from huggingface_hub import HfApi

from pipeline.checkpoints import COMPLETE_MARKER, step_of
from pipeline.errors import PipelineError

PROJECT_FILES = (
    "src/*",
    "scripts/*",
    "platforms/*",
    "configs/*",
    "data/processed/*",
    "data/media/*",
    "data/sample/*",
    "data/golden/*",
    "tracking/*",
    "pyproject.toml",
    "requirements*",
    "README.md",
)
LEFT_AT_HOME = ("*/__pycache__/*", "*.egg-info/*", ".env*", "*/.env*")


def open_bucket(api: HfApi, namespace: str, name: str) -> str:
    """The bucket's address, made when it is not there; a public one is refused."""
    bucket = f"{namespace}/{name}-run"
    api.create_bucket(bucket, private=True, exist_ok=True)
    if not api.bucket_info(bucket).private:
        raise PipelineError(
            f'The bucket "{bucket}" is public: data and weights would be too',
            f"Make it private at https://huggingface.co/buckets/{bucket}/settings.",
        )
    return f"hf://buckets/{bucket}"


def send_project(api: HfApi, root: Path, bucket: str) -> None:
    """Copy what a run needs, and nothing that holds a key."""
    api.sync_bucket(
        str(root),
        f"{bucket}/project",
        include=list(PROJECT_FILES),
        exclude=list(LEFT_AT_HOME),
        delete=True,
        quiet=True,
    )


def keep(api: HfApi, outputs: Path, bucket: str, *, finished: bool = False) -> None:
    """Copy what is complete. A checkpoint's marker follows its files: half of one never counts."""
    complete = [
        folder
        for folder in sorted(outputs.iterdir(), key=step_of)
        if step_of(folder) >= 0 and (folder / COMPLETE_MARKER).is_file()
    ]
    for folder in complete:
        target = f"{bucket}/outputs/{folder.name}"
        api.sync_bucket(str(folder), target, exclude=[COMPLETE_MARKER], quiet=True)
        api.sync_bucket(str(folder), target, include=[COMPLETE_MARKER], quiet=True)
    api.sync_bucket(
        str(outputs),
        f"{bucket}/outputs",
        include=["*.json", "*.jsonl", "tracking/*"],
        exclude=["checkpoint-*"],
        quiet=True,
    )
    if finished:
        api.sync_bucket(str(outputs), f"{bucket}/outputs", delete=True, quiet=True)


def fetch(api: HfApi, bucket: str, outputs: Path) -> None:
    """Copy the run's results here."""
    outputs.mkdir(parents=True, exist_ok=True)
    api.sync_bucket(f"{bucket}/outputs", str(outputs), quiet=True)
