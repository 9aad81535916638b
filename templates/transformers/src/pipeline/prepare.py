"""Raw rows to a clean training file and a validation file that shares no split key with it."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from pathlib import Path
from typing import Any

from pipeline.config import Config
from pipeline.errors import DataError
from pipeline.row import row_fault, row_key, split_key


def raw_files(path: Path) -> list[Path]:
    """The .jsonl files at a path, in a stable order."""
    files = sorted(path.rglob("*.jsonl")) if path.is_dir() else [path]
    existing = [file for file in files if file.is_file()]
    if not existing:
        raise DataError(
            f'No .jsonl file at "{path}"',
            "Put your rows there (data/README.md shows the format), or set data.raw_path.",
        )
    return existing


def held_out(key: str, seed: int, fraction: float) -> bool:
    """Whether what shares this key belongs to validation.

    Decided by a hash of the key, not by its place in the file: rows added later never move an
    old row from one split to the other.
    """
    digest = hashlib.sha256(f"{seed}:{key}".encode()).digest()
    return int.from_bytes(digest[:8], "big") < fraction * 2**64


def prepare(config: Config) -> dict[str, Any]:
    """Write data.train_path and data.validation_path from data.raw_path; returns a report."""
    dropped: Counter[str] = Counter()
    seen: set[str] = set()
    training: list[str] = []
    validation: list[str] = []
    files = raw_files(config.data.raw_path)
    for path in files:
        for line in path.read_text(encoding="utf-8").split("\n"):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except ValueError:
                dropped["json"] += 1
                continue
            if fault := row_fault(row, config.data):
                dropped[fault[0]] += 1
                continue
            if (identity := row_key(row, config.data)) in seen and not config.data.allow_duplicates:
                dropped["duplicate"] += 1
                continue
            seen.add(identity)
            text = json.dumps(row, ensure_ascii=False)
            key = split_key(row, config.data)
            out = held_out(key, config.project.seed, config.data.validation_fraction)
            (validation if out else training).append(text)
    if not training or not validation:
        raise DataError(
            f"{len(training)} training and {len(validation)} validation rows remain: "
            "both must have some",
            "Add rows to data/raw or raise data.validation_fraction. "
            f"Dropped: {dict(dropped) or 'none'}.",
        )
    for target, rows in (
        (config.data.train_path, training),
        (config.data.validation_path, validation),
    ):
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return {
        "raw_files": [str(path) for path in files],
        "train_rows": len(training),
        "validation_rows": len(validation),
        "dropped": dict(dropped),
    }
