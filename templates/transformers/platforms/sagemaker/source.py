"""The project as a job takes it: code and configuration, without data, results or keys."""

from __future__ import annotations

import gzip
import hashlib
import io
import tarfile
from collections.abc import Iterator
from pathlib import Path

from pipeline.errors import ConfigError

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("configs", "data/golden", "data/sample", "platforms", "scripts", "src", "inference")
SUFFIXES = {".py", ".yaml", ".json", ".jsonl", ".lock", ".sh", ".typed"}

TRAINING = "Dockerfile"
OWN_SERVER = "inference/docker/Dockerfile"
VLLM = "inference/vllm/Dockerfile"
STAGES = {TRAINING: "train", OWN_SERVER: "serve", VLLM: "serve-vllm"}
"""A Dockerfile of the project to the stage of SageMaker's that goes on its image."""


def source_files(root: Path) -> Iterator[Path]:
    """Known kinds of files in known folders: an .env or a key file is none of them."""
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*")):
            hidden = any(part.startswith(".") for part in path.relative_to(root).parts)
            if path.is_file() and not path.is_symlink() and not hidden and path.suffix in SUFFIXES:
                yield path


def source_archive(root: Path) -> bytes:
    """The archive; equal files give equal bytes."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for path in source_files(root):
            entry = tarfile.TarInfo(path.relative_to(root).as_posix())
            content = path.read_bytes()
            entry.size = len(content)
            entry.mode = 0o755 if path.suffix == ".sh" else 0o644
            archive.addfile(entry, io.BytesIO(content))
    return gzip.compress(packed.getvalue(), mtime=0)


def own_dockerfiles(root: Path) -> dict[str, str]:
    """Kind of image to the Dockerfile below SageMaker's; served elsewhere there is none for it."""
    servers = [file for file in (OWN_SERVER, VLLM) if (root / file).is_file()]
    return {"train": TRAINING, **({"serve": servers[0]} if servers else {})}


def image_tag(root: Path, kind: str) -> str:
    """Names what an image holds: its packages, and for the server its code and settings too.

    A training job brings its code along. What is said here is said of the working tree: change any
    of it, and `images` builds another one. How many machines of which type run it is no part of it.
    """
    own = own_dockerfiles(root).get(kind, OWN_SERVER)
    locks = [] if own == VLLM else image_locks(root)  # its image brings its own packages
    dockerfiles = [root / own, root / "platforms" / "sagemaker" / "Dockerfile"]
    contents = [*locks, *(path for path in dockerfiles if path.is_file())]
    if kind == "serve":
        machines = root / "platforms" / "sagemaker" / "settings.yaml"
        contents += (path for path in source_files(root) if path != machines)
    digest = hashlib.sha256()
    for path in contents:
        digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def image_locks(root: Path) -> list[Path]:
    """What the images are installed from."""
    return [
        root / "requirements.lock",
        *sorted(root.glob("tracking/*/requirements.lock")),
        *sorted(root.glob("distributed/*/requirements.lock")),
        root / "platforms" / "sagemaker" / "requirements.lock",
    ]


def files_below(folder: Path) -> list[Path]:
    """All but hidden ones."""
    return sorted(path for path in folder.rglob("*") if path.is_file() and path.name[0] != ".")


def data_files(folder: Path) -> list[Path]:
    """What `make data` left."""
    found = files_below(folder)
    if not found:
        raise ConfigError(f'"{folder}" holds no data', "`make data` writes it from data/raw.")
    return found
