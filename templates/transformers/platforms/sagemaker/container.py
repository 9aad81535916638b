"""Inside a training job: where SageMaker puts things, in this project's words.

Checkpoints and results are written to /opt/ml/checkpoints, which SageMaker copies to S3 while the
job runs, and back before an interrupted one goes on.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pipeline.cli import parser, run
from pipeline.config import load_config
from pipeline.errors import ExitCode
from platforms.command import run_command, run_to_the_end, set_options
from platforms.sagemaker.shapes import CHECKPOINTS, MEDIA, PROCESSED
from platforms.settings import RUN_SECRETS

INPUT = Path("/opt/ml/input")
DATA = INPUT / "data" / "data"
# SageMaker kills two minutes after its signal.
GRACE_SECONDS = 100.0


class Interrupted(BaseException):
    """SageMaker stops the job or takes the spot machine back."""


def meeting(resources: Mapping[str, Any]) -> dict[str, str]:
    """Which machine this is and where all meet, from resourceconfig.json, for pipeline.launch."""
    hosts = sorted(str(host) for host in resources["hosts"])
    return {"NODE_RANK": str(hosts.index(str(resources["current_host"]))), "MASTER_ADDR": hosts[0]}


def command_of(arguments: Sequence[str]) -> list[str]:
    """The command of the run, on the channel's data, into the folder that outlives the machine.

    The channel is data/processed, with data/media below it; what these arguments take from
    elsewhere is where they say.
    """
    options, _ = parser(None).parse_known_args(arguments)
    data = load_config(options.configs, options.overlay, options.overrides).data
    channel: dict[str, Path] = {}
    for key in ("train_path", "validation_path", "media_path"):
        path = getattr(data, key, None)  # text has no media
        for folder, there in ((PROCESSED, DATA), (MEDIA, DATA / MEDIA.name)):
            if path is not None and path.is_relative_to(folder):
                channel[f"data.{key}"] = there / path.relative_to(folder)
    return run_command([*arguments, *set_options(channel)], {"project.output_dir": CHECKPOINTS})


def fetch_secrets(name: str, client: Any) -> dict[str, str]:
    """The keys of a run, by the job's role: they are in no request and no description of a job."""
    values = json.loads(client.get_secret_value(SecretId=name)["SecretString"])
    return {key: str(values[key]) for key in RUN_SECRETS if key in values}


def interrupt(_signal: int, _frame: object) -> None:
    """Turns SageMaker's signal into an exception, which the run is told of."""
    raise Interrupted


def main() -> int:
    """Train as the job asks."""
    secret_name = os.environ.get("RUN_SECRET_NAME")
    if secret_name:
        import boto3  # noqa: PLC0415 - not needed by jobs without keys

        os.environ.update(fetch_secrets(secret_name, boto3.client("secretsmanager")))
    resources = json.loads((INPUT / "config" / "resourceconfig.json").read_text(encoding="utf-8"))
    os.environ.update(meeting(resources))
    command = command_of(sys.argv[1:])
    signal.signal(signal.SIGTERM, interrupt)
    try:
        return run_to_the_end(command, grace_seconds=GRACE_SECONDS)
    except Interrupted:
        return ExitCode.PREEMPTED


if __name__ == "__main__":
    run(main)
