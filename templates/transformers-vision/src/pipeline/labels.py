"""The classes: which there are, and which output of the model is which."""

from __future__ import annotations

from pathlib import Path

from pipeline.config import Config
from pipeline.errors import DataError
from pipeline.rows import read_rows


def label_names(config: Config) -> list[str]:
    """The classes in the order of the model's outputs: as configured, or those of the training."""
    if config.data.labels is not None:
        names = config.data.labels
    else:
        names = sorted({row["label"] for row in read_rows(config.data.train_path)})
    if len(set(names)) != len(names) or len(names) < 2:
        raise DataError(
            f"Cannot tell classes apart: {names}",
            "Name at least two different classes in data.labels, or label the training rows.",
        )
    return names


def label_id(label: str, names: list[str], path: Path) -> int:
    """A class's number."""
    try:
        return names.index(label)
    except ValueError:
        raise DataError(
            f'"{path}" has the label "{label}", which is none of the {len(names)} classes: '
            + ", ".join(names[:10]),
            "Correct the label, add rows of this class to the training data, or name all classes "
            "in data.labels.",
        ) from None
