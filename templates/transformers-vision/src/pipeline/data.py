"""Rows of pictures and labels to batches of pixels.

A row is `{"image": name, "label": class}`; the name starts from data.media_path. Pictures are
decoded when they are needed, never all at once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from torchvision.transforms import v2

from pipeline.config import Config
from pipeline.errors import DataError
from pipeline.examples import Examples
from pipeline.images import open_image
from pipeline.labels import label_id, label_names
from pipeline.media import media_file
from pipeline.rows import read_rows


def pixel_statistics(processor: Any) -> tuple[list[float], list[float]]:
    """Mean and deviation that the base model was trained with, as its image processor says."""
    timm_settings = getattr(processor, "data_config", None)
    if timm_settings is not None:
        return list(timm_settings["mean"]), list(timm_settings["std"])
    return list(processor.image_mean), list(processor.image_std)


def still_transform(processor: Any, image_size: int) -> v2.Compose:
    """For evaluation and serving: the middle of the picture, always the same."""
    mean, std = pixel_statistics(processor)
    return v2.Compose(
        [
            v2.Resize(image_size),
            v2.CenterCrop(image_size),
            v2.ToImage(),
            v2.ToDtype(torch.float32, scale=True),
            v2.Normalize(mean, std),
        ]
    )


def moving_transform(config: Config) -> v2.Compose:
    """For training: another crop, or the mirror image, each time."""
    return v2.Compose(
        [
            v2.RandomResizedCrop(config.model.image_size, scale=(config.data.min_crop, 1.0)),
            v2.RandomHorizontalFlip(),
        ]
    )


class ImageDataset(Examples):
    """Pictures on disk and the numbers of their classes; every example costs the same."""

    unit = "images"

    def __init__(
        self,
        rows: Sequence[tuple[Path, int]],
        still: v2.Compose,
        moving: v2.Compose | None,
        config: Config,
    ) -> None:
        self.rows = rows
        self.epoch = 0
        self._still = still
        self._moving = moving
        self._seed = config.project.seed
        self._max_pixels = config.data.max_image_pixels

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: int) -> dict[str, Any]:
        path, label = self.rows[index]
        image = open_image(path, self._max_pixels)
        if self._moving is not None:
            image = self._moved(image, index)
        return {"pixel_values": self._still(image), "labels": label}

    def size(self, index: int) -> int:  # noqa: ARG002 - they are all brought to one size
        """One picture."""
        return 1

    def _moved(self, image: Image.Image, index: int) -> Image.Image:
        """A crop by seed, epoch and example alone: a resumed run sees the same ones."""
        name = f"{self._seed}:{self.epoch}:{index}".encode()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(int.from_bytes(hashlib.sha256(name).digest()[:8], "big") >> 1)
            return self._moving(image)  # type: ignore[misc]


def load_dataset(path: Path, processor: Any, config: Config) -> ImageDataset:
    """The pictures of a file; those of the training file are moved about."""
    names = label_names(config)
    rows = [
        (media_file(row["image"], config.data), label_id(row["label"], names, path))
        for row in read_rows(path, config.data.max_rows)
    ]
    if not rows:
        raise DataError(f'"{path}" holds no rows', "Put rows into data/raw and run `make data`.")
    train = config.data.augment and path == config.data.train_path
    still = still_transform(processor, config.model.image_size)
    return ImageDataset(rows, still, moving_transform(config) if train else None, config)


def largest_example(data: Examples, config: Config) -> Examples:  # noqa: ARG001 - of one size
    """Any: they are all brought to model.image_size."""
    return data.first(1)


def collate(features: Sequence[dict[str, Any]]) -> dict[str, torch.Tensor]:
    """One batch."""
    return {
        "pixel_values": torch.stack([feature["pixel_values"] for feature in features]),
        "labels": torch.tensor([feature["labels"] for feature in features]),
    }
