"""The files that rows of data point to: where they are, and what tells two of them apart."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import Field

from pipeline import settings

Fault = tuple[str, str]
"""A code and a sentence."""


class MediaDataConfig(settings.DataConfig):
    """Where the examples are."""

    media_path: Path = Field(
        Path("data/media"), description="The folder that the file names of rows start from."
    )


def media_file(name: str, data: MediaDataConfig) -> Path:
    """Where a row's file is."""
    return data.media_path / name


def file_fault(key: str, name: Any, data: MediaDataConfig) -> Fault | None:
    """What is wrong with where a row points; `key` is the row's word for it."""
    if not isinstance(name, str):
        return "schema", f'"{key}" must be the name of a file below data.media_path'
    if not name.strip():
        return "empty", f'"{key}" is empty'
    path = media_file(name, data)
    if not path.resolve().is_relative_to(data.media_path.resolve()):
        return "outside", f'"{name}" is not below data.media_path ({data.media_path})'
    if not path.is_file():
        return "missing", f'there is no file "{path}"'
    return None


def content_key(path: Path) -> str:
    """A hash of a file's content: a copy under another name is the same example."""
    facts = path.stat()
    return _content_key(path, facts.st_mtime_ns, facts.st_size)


@lru_cache(maxsize=1 << 20)
def _content_key(path: Path, _modified: int, _size: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:32]
