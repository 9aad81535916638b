"""Start the run through SkyPilot: train [script] [its arguments] | follow | fetch | stop.

With a bucket the run is a managed job: SkyPilot replaces a machine that was taken back, the next
goes on from the bucket's checkpoint, and machines end with the job. On clouds where buckets cannot
be mounted it is one machine that ends itself half an hour after it was last busy: fetch before.
"""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pipeline.cli import run
from pipeline.errors import ConfigError, PipelineError
from pipeline.settings import read_yaml
from platforms.arguments import action_and_arguments, check_kept, launcher_parser
from platforms.settings import RUN_SECRETS, TO_CHOOSE, forget_empty, secrets_to_send

FOLDER = Path(__file__).parent
TASK = FOLDER / "task.yaml"
RESULTS = Path("outputs/skypilot")
IDLE_MINUTES = 30
ACTIONS = ("train", "follow", "fetch", "stop")


def read_task(path: Path) -> dict[str, Any]:
    """The task, if nothing of it is still to be chosen. Its keys are SkyPilot's to check."""
    task = read_yaml(path)
    resources = task.get("resources", {})
    left_open = [key for key in ("infra", "accelerators") if TO_CHOOSE in str(resources.get(key))]
    if left_open:
        raise ConfigError(
            f'"{path}" leaves resources.{left_open[0]} open: the plan had no dated name for it',
            "`sky gpus list --all` shows what SkyPilot calls accelerators, and on which clouds.",
        )
    return task


def sky_command(
    action: str, task: Mapping[str, Any], arguments: Sequence[str], environment: Mapping[str, str]
) -> list[str]:
    """The command of SkyPilot's client. Keys are named in it, never written into it."""
    name = str(task["name"])
    managed = "file_mounts" in task
    if action == "train":
        start = ["jobs", "launch", "--name", name] if managed else ["launch", "--cluster", name]
        given = [f"--env=ARGUMENTS={shlex.join(arguments)}"]
        if managed:
            given.append(f"--env=CHECKPOINT_URL={checkpoint_url(environment)}")
        else:
            given.append(f"--idle-minutes-to-autostop={IDLE_MINUTES}")
            given.append("--down")
        keys = [f"--secret={key}" for key in secrets_to_send(environment, RUN_SECRETS)]
        return ["sky", *start, *given, *keys, str(TASK)]
    if action == "follow":
        return ["sky", "jobs", "logs", "--name", name] if managed else ["sky", "logs", name]
    if action == "stop":
        return ["sky", "jobs", "cancel", "--name", name] if managed else ["sky", "down", name]
    if managed:
        raise ConfigError(
            "The results of a managed job are in its bucket",
            f"Copy them with the cloud's own tool from {checkpoint_url(environment)} to {RESULTS}.",
        )
    return ["rsync", "-az", f"{name}:sky_workdir/outputs/", f"{RESULTS}/"]


def kept_folder(task: Mapping[str, Any]) -> str:
    """The bucket's, as run.sh has it, or what `fetch` copies from the machine."""
    return "/checkpoints" if "file_mounts" in task else "outputs"


def checkpoint_url(environment: Mapping[str, str]) -> str:
    """The bucket's folder that holds this run."""
    url = environment.get("CHECKPOINT_URL", "").strip()
    if "://" not in url:
        raise ConfigError(
            "CHECKPOINT_URL is not set",
            "A folder of a bucket that you own, such as s3://my-bucket/my-run (also gs://, r2://, "
            "nebius://, oci://): what the run writes is kept there.",
        )
    return url


def main() -> int:
    """Run one action."""
    _, given = launcher_parser(__doc__).parse_known_args()
    action, arguments = action_and_arguments(ACTIONS, given)
    task = read_task(TASK)
    kept = kept_folder(task)
    check_kept(arguments, kept, f"--set project.output_dir={kept}/NAME is kept.")
    forget_empty(os.environ, "AWS_")
    command = sky_command(action, task, arguments, os.environ)
    if action == "fetch":
        RESULTS.mkdir(parents=True, exist_ok=True)
    # SkyPilot has an environment of its own: its packages need not agree with the project's.
    command[0] = os.environ.get("SKY", command[0]) if command[0] == "sky" else command[0]
    try:
        ended = subprocess.run(command, check=False)
    except FileNotFoundError as error:
        raise PipelineError(
            f'"{command[0]}" is not installed', "platforms/skypilot/README.md says how."
        ) from error
    if ended.returncode != 0:
        raise PipelineError(f"{shlex.join(command[:3])} ended with {ended.returncode}")
    return ended.returncode


if __name__ == "__main__":
    run(main)
