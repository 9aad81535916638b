"""The lines of a JSONL file, and the hash that names a data file."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pipeline.errors import DataError

Row = dict[str, Any]


def read_rows(path: Path, max_rows: int | None = None) -> Iterator[Row]:
    """The rows of a JSONL file. Faults are errors here; `data_checks` lists them all at once."""
    try:
        with path.open(encoding="utf-8") as lines:
            count = 0
            for number, line in enumerate(lines, start=1):
                if not line.strip():
                    continue
                if max_rows is not None and count >= max_rows:
                    return
                try:
                    row = json.loads(line)
                except ValueError as error:
                    raise DataError(f"{path}:{number} is not JSON: {error}") from error
                count += 1
                yield row
    except OSError as error:
        raise cannot_read(path, error) from error


def cannot_read(path: Path, error: OSError) -> DataError:
    """A data file that is not there, and what makes it."""
    return DataError(
        f'Cannot read "{path}": {error.strerror}',
        "Put .jsonl files into data/raw and run `make data`, or set data.train_path and "
        "data.validation_path.",
    )


def file_sha256(path: Path) -> str:
    """The content hash that names a data file in manifests."""
    digest = hashlib.sha256()
    with path.open("rb") as content:
        while block := content.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def text_key(text: str) -> str:
    """A hash of a text, blind to case and spacing."""
    return hashlib.sha256(" ".join(text.lower().split()).encode()).hexdigest()[:32]
