"""The Modal run: train [arguments of scripts/train.py] | fetch | secret | stop.

`secret` puts the keys of a run (HF_TOKEN, WANDB_API_KEY, …) from this environment into a Modal
secret, over a pipe: they appear on no command line.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from pipeline.cli import run
from pipeline.errors import ConfigError, ExitCode, PipelineError
from platforms.modal.settings import PATH, ModalSettings
from platforms.settings import RUN_SECRETS, read_settings, secrets_to_send

RESULTS = Path("outputs/modal")


def modal_command(action: str, settings: ModalSettings, arguments: Sequence[str]) -> list[str]:
    """The command of Modal's own client for one of our actions."""
    modal = [sys.executable, "-m", "modal"]
    if action == "train":
        return [*modal, "run", "--detach", "-m", "platforms.modal.app", *arguments]
    if action == "fetch":
        return [*modal, "volume", "get", "--force", settings.outputs_volume, "/", str(RESULTS)]
    if action == "secret":
        name = settings.secret_name or settings.app
        return [*modal, "secret", "create", "--force", "--from-json", "/dev/stdin", name]
    return [*modal, "app", "stop", settings.app]


def main() -> int:
    """Run one action."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    actions = ("train", "fetch", "secret", "stop")
    parser.add_argument("action", nargs="?", default="train", choices=actions)
    asked, arguments = parser.parse_known_args()
    settings = read_settings(PATH, ModalSettings)
    given = None
    if asked.action == "secret":
        values = secrets_to_send(os.environ, RUN_SECRETS)
        if not values:
            raise ConfigError(
                f"None of {', '.join(RUN_SECRETS)} is set in this environment",
                "Put the keys into .env, then: set -a; . ./.env; set +a",
            )
        given = json.dumps(values)
    if asked.action == "fetch":
        RESULTS.mkdir(parents=True, exist_ok=True)
    command = modal_command(asked.action, settings, arguments)
    ended = subprocess.run(command, input=given, text=True, check=False)
    if asked.action == "secret" and ended.returncode == 0 and settings.secret_name is None:
        print(f"now set secret_name: {settings.app} in {PATH.name}", file=sys.stderr)
    if ended.returncode not in {ExitCode.OK, ExitCode.WRONG_INPUT, ExitCode.OUT_OF_MEMORY}:
        raise PipelineError(
            f"modal ended with {ended.returncode}",
            "Signed in? `.venv/bin/modal token info`; a key: https://modal.com/settings/tokens",
        )
    return ended.returncode


if __name__ == "__main__":
    run(main)
