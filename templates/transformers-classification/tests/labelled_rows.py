"""Rows of labelled texts, and a configuration over them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pipeline.config import Config, parse_config

LABELS = ["access", "billing", "bug", "how-to", "outage"]


def write(path: Path, rows: list[Any]) -> str:
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    return str(path)


def row(text: str, label: str) -> dict[str, str]:
    return {"text": text, "label": label}


def config_of(tmp_path: Path, train_rows: list[Any], *held_out: Any, **settings: Any) -> Config:
    return parse_config(
        {
            "data": {
                "train_path": write(tmp_path / "train.jsonl", train_rows),
                "validation_path": write(
                    tmp_path / "validation.jsonl", list(held_out) or [row("z", "a")]
                ),
                **settings,
            }
        }
    )
