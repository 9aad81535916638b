"""LLM Compressor in its own environment: is it there, and what it is asked to do."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Literal

from pydantic import Field

from pipeline.errors import ConfigError, ExitCode, OutOfMemoryError, PipelineError
from pipeline.logs import log
from pipeline.settings import Section, read_settings

FOLDER = Path("scripts/compressor")
ENVIRONMENT = Path(".venv-compressor")
PACKAGE = "llmcompressor"


class QuantisationSettings(Section):
    """What scripts/compressor/settings.yaml says."""

    method: Literal["awq", "gptq"]
    output: Path
    examples: int = Field(ge=1)
    seed: int = Field(ge=0, lt=2**32)
    max_worsening: float = Field(ge=0.0, lt=1.0)


def quantisation_settings() -> QuantisationSettings:
    """Checked: each complaint names its key."""
    return read_settings(QuantisationSettings, FOLDER / "settings.yaml")


def locked_version() -> str:
    """The version of LLM Compressor that the lock holds."""
    lock = (FOLDER / "requirements.lock").read_text(encoding="utf-8")
    found = re.search(rf"^{PACKAGE}==([^\s\\]+)", lock, re.MULTILINE)
    if found is None:
        raise ConfigError(f'"{FOLDER / "requirements.lock"}" does not hold {PACKAGE}')
    return found[1]


def install() -> None:
    """Make the environment from the lock, some six gigabytes; what is there already stays."""
    log("installing_compressor", environment=str(ENVIRONMENT))
    lock = FOLDER / "requirements.lock"
    for command in (
        [sys.executable, "-m", "venv", str(ENVIRONMENT)],
        [*_pip(), "install", "--quiet", "--require-hashes", "-r", str(lock)],
    ):
        if subprocess.run(command, env=_environment(), check=False).returncode != 0:
            raise PipelineError(
                f'LLM Compressor could not be installed into "{ENVIRONMENT}"',
                "The lines above say why: the network, or the disk (about six gigabytes)?",
            )


def _pip() -> list[str]:
    return [str(ENVIRONMENT / "bin" / "python"), "-m", "pip", "--disable-pip-version-check"]


def compressor(python: Path | None = None) -> Path:
    """The interpreter that has LLM Compressor as it is locked; refuses any other."""
    found = python or ENVIRONMENT / "bin" / "python"
    wanted = locked_version()
    asking = f"from importlib import metadata; print(metadata.version('{PACKAGE}'))"
    hint = (
        "`make quantise ARGS=--install` makes it from scripts/compressor/requirements.lock: about "
        "six gigabytes, beside .venv and never in it."
    )
    try:
        said = subprocess.run(
            [str(found), "-c", asking],
            capture_output=True,
            text=True,
            env=_environment(),
            check=True,
        )
    except (OSError, subprocess.CalledProcessError) as error:
        raise ConfigError(f'There is no LLM Compressor at "{found}"', hint) from error
    version = said.stdout.strip()
    if version != wanted:
        raise ConfigError(f'"{found}" has LLM Compressor {version}, not the locked {wanted}', hint)
    return found


def quantise_with(
    python: Path, settings: QuantisationSettings, source: Path, target: Path, examples: Path
) -> dict[str, str]:
    """Write 4-bit weights of the model in a folder; which packages did it."""
    options = ["--method", settings.method, "--examples", str(examples)]
    return _run(python, "quantise", source, target, *options, "--seed", str(settings.seed))


def unpack_with(python: Path, source: Path, target: Path) -> None:
    """Write the same weights as the 16-bit numbers that they stand for."""
    _run(python, "unpack", source, target)


def _run(python: Path, action: str, source: Path, target: Path, *options: str) -> dict[str, str]:
    ended = subprocess.run(
        [str(python), str(FOLDER / "compress.py"), action, str(source), str(target), *options],
        stdout=subprocess.PIPE,  # what it reports on the way goes to stderr, and is shown
        text=True,
        env=_environment(),
        check=False,
    )
    if ended.returncode == ExitCode.OUT_OF_MEMORY:
        raise OutOfMemoryError(
            "Out of memory while quantising",
            "One block of the model and the examples' activations are on the card at a time: "
            "lower examples in scripts/compressor/settings.yaml, or model.max_length.",
        )
    if ended.returncode != 0:
        raise PipelineError(
            f"LLM Compressor ended with {ended.returncode}", "The lines above say why."
        )
    packages: dict[str, str] = json.loads(ended.stdout.strip().splitlines()[-1])
    return packages


def _environment() -> dict[str, str]:
    """Without this project's packages, which would stand before its own; the hub is not asked."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | {
        "HF_HUB_OFFLINE": "1"
    }
