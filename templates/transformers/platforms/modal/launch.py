"""The Modal run: train [script] [its arguments] | fetch | secret | stop.

`secret` puts the keys of a run (HF_TOKEN, WANDB_API_KEY, …) from this environment into a Modal
secret, over a pipe: they appear on no command line.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from pipeline.cli import run
from pipeline.errors import ConfigError, ExitCode, PipelineError
from platforms.arguments import action_and_arguments, check_kept, launcher_parser
from platforms.command import NO_RETRY
from platforms.modal.settings import OUTPUTS, PATH, ModalSettings
from platforms.settings import RUN_SECRETS, read_settings, secrets_to_send

MODAL = [sys.executable, "-m", "modal"]
RESULTS = Path("outputs/modal")
ACTIONS = ("train", "fetch", "secret", "stop")
RUNNING = {"initializing...", "ephemeral", "ephemeral (detached)"}
"""States of a run's app in the words of `modal app list`. A deployed app is none."""


def modal_command(action: str, settings: ModalSettings, arguments: Sequence[str]) -> list[str]:
    """The command of Modal's own client for one of our actions."""
    if action == "train":
        return [*MODAL, "run", "--detach", "-m", "platforms.modal.app", *arguments]
    if action == "fetch":
        return [*MODAL, "volume", "get", "--force", settings.outputs_volume, "/", str(RESULTS)]
    name = settings.secret_name or settings.app
    return [*MODAL, "secret", "create", "--force", "--from-json", "/dev/stdin", name]


def running_apps(listed: str, name: str) -> list[str]:
    """The ids of this project's runs in what `modal app list --json` prints.

    By its name Modal finds a deployed app only.
    """
    return [
        str(app["app_id"])
        for app in json.loads(listed)
        if app["description"] == name and app["state"] in RUNNING
    ]


def stop(settings: ModalSettings) -> None:
    """End the run: nothing of it is billed from then on."""
    listed = subprocess.run(
        [*MODAL, "app", "list", "--json"], stdout=subprocess.PIPE, text=True, check=False
    )
    require_done(listed.returncode)
    running = running_apps(listed.stdout, settings.app)
    if not running:
        raise PipelineError(
            f"No run of the app {settings.app} is going on: there is nothing to stop",
            "`.venv/bin/modal app list` shows all of yours.",
        )
    for app in running:
        # Without --yes it asks, and gives up where there is no terminal.
        require_done(subprocess.run([*MODAL, "app", "stop", "--yes", app], check=False).returncode)
        print(f"stopped {app}, a run of {settings.app}", file=sys.stderr)


def require_done(code: int, ends: Sequence[int] = (ExitCode.OK,)) -> None:
    """Refuse an end of Modal's client that is none of these."""
    if code not in ends:
        raise PipelineError(
            f"modal ended with {code}",
            "Signed in? `.venv/bin/modal token info`; a key: https://modal.com/settings/tokens",
        )


def main() -> int:
    """Run one action."""
    _, given = launcher_parser(__doc__).parse_known_args()
    action, arguments = action_and_arguments(ACTIONS, given)
    check_kept(arguments, OUTPUTS, f"--set project.output_dir={OUTPUTS}/NAME is on the volume.")
    settings = read_settings(PATH, ModalSettings)
    if action == "stop":
        stop(settings)
        return ExitCode.OK
    keys = None
    if action == "secret":
        values = secrets_to_send(os.environ, RUN_SECRETS)
        if not values:
            raise ConfigError(
                f"None of {', '.join(RUN_SECRETS)} is set in this environment",
                "Put the keys into .env, then: set -a; . ./.env; set +a",
            )
        keys = json.dumps(values)
    if action == "fetch":
        RESULTS.mkdir(parents=True, exist_ok=True)
    command = modal_command(action, settings, arguments)
    ended = subprocess.run(command, input=keys, text=True, check=False)
    if action == "secret" and ended.returncode == 0 and settings.secret_name is None:
        print(f"now set secret_name: {settings.app} in {PATH.name}", file=sys.stderr)
    # A run's own ends come through; what a retry could help is told by an exception.
    require_done(ended.returncode, NO_RETRY)
    return ended.returncode


if __name__ == "__main__":
    run(main)
