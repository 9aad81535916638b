"""A machine with a card that torch does not reach is told of, before anything is downloaded."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from pipeline.card import require_reached_card
from pipeline.errors import ConfigError

VERSION = (
    "NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.216.01  Tue Sep 17 16:54:04 UTC 2024\n"
    "GCC version:  gcc version 11.4.0 (Ubuntu 11.4.0-1ubuntu1~22.04)\n"
)


@pytest.fixture
def driver(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    path = tmp_path / "version"
    path.write_text(VERSION, encoding="utf-8")
    return path


def test_an_old_driver_is_an_error_that_names_it(
    driver: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.version, "cuda", "13.0")
    with pytest.raises(ConfigError, match=r"driver 535\.216\.01, and torch .*needs CUDA 13\.0"):
        require_reached_card(driver, driver)


def test_a_torch_without_cuda_is_told_apart(driver: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.version, "cuda", None)
    with pytest.raises(ConfigError, match="was built without CUDA"):
        require_reached_card(driver, driver)


def test_a_reached_card_no_card_and_a_hidden_card_are_right(
    driver: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    require_reached_card(driver.with_name("none"), driver)
    for hidden in ("", "-1"):
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", hidden)
        require_reached_card(driver, driver)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    require_reached_card(driver, driver)
