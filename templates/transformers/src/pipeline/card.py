"""A card that torch does not reach: a rented machine would quietly train on its processor."""

from __future__ import annotations

import os
import re
from pathlib import Path

import torch

from pipeline.errors import ConfigError

DEVICE = Path("/dev/nvidiactl")
"""There where a card may be used: a container that was given none has no such file."""
DRIVER = Path("/proc/driver/nvidia/version")


def require_reached_card(device: Path = DEVICE, driver: Path = DRIVER) -> None:
    """Refuse a machine whose driver is too old for torch, or whose torch knows no CUDA."""
    hidden = os.environ.get("CUDA_VISIBLE_DEVICES") in ("", "-1")
    if hidden or torch.cuda.is_available() or not device.exists():
        return
    about = driver.read_text(encoding="utf-8") if driver.is_file() else ""
    found = re.search(r"\b\d{3}\.\d+(?:\.\d+)?\b", about)
    version = f" {found[0]}" if found else ""
    built = f"needs CUDA {torch.version.cuda}" if torch.version.cuda else "was built without CUDA"
    raise ConfigError(
        f"This machine has NVIDIA's driver{version}, and torch {torch.__version__}, which {built}, "
        "reaches no card",
        "`nvidia-smi` shows the newest CUDA that the driver knows: take a newer driver or image, "
        "or another machine. To use the processor all the same, set CUDA_VISIBLE_DEVICES=.",
    )
