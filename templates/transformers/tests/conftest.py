"""Tests run on a CPU, without the network, from the project's own configuration."""

from __future__ import annotations

import os
import random
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

# Before any import of transformers or torch. Nothing may be downloaded. The tiny model's matrices
# are too small to share: with more threads a busy machine spends its time waiting for them.
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["OMP_NUM_THREADS"] = "1"
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
os.environ.pop("API_KEY", None)

import pytest

from pipeline.config import Config, load_config

ROOT = Path(__file__).resolve().parent.parent
SMOKE = ROOT / "configs" / "smoke.yaml"
MAKE_SAMPLE = ROOT / "scripts" / "make_sample.py"


@pytest.fixture(scope="session", autouse=True)
def sample_media() -> None:
    """Pictures and sounds of the sample are made, not stored; a task that has some brings this."""
    if MAKE_SAMPLE.is_file():
        subprocess.run([sys.executable, str(MAKE_SAMPLE)], cwd=ROOT, env=environment(), check=True)


@pytest.fixture(autouse=True)
def in_project_root(monkeypatch: pytest.MonkeyPatch) -> None:
    """Paths in the configuration are relative to the project."""
    monkeypatch.chdir(ROOT)


@pytest.fixture
def smoke(tmp_path: Path) -> Any:
    """The smoke configuration, writing into a folder of the test; takes further overrides."""

    def make(*overrides: str, output: Path | None = None) -> Config:
        folder = output or tmp_path / "outputs"
        return load_config("configs", [SMOKE], [f"project.output_dir={folder}", *overrides])

    return make


def environment() -> dict[str, str]:
    """What a script of this project runs under, installed or not."""
    paths = [str(ROOT / "src"), str(ROOT), os.environ.get("PYTHONPATH", "")]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))}


def free_port() -> int:
    """A free port that no program is given by chance: systems hand out those from 32768 on."""
    while True:
        port = random.randrange(20_000, 32_000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port


def script(name: str, *arguments: str) -> list[str]:
    """The command line of a script."""
    return [sys.executable, str(ROOT / "scripts" / name), *arguments]
