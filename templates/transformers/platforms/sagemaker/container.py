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

from pipeline.cli import run
from pipeline.config import load_config
from pipeline.errors import ExitCode
from pipeline.settings import RunConfig
from platforms.command import run_to_the_end, training_command
from platforms.sagemaker.shapes import CHECKPOINTS
from platforms.settings import RUN_SECRETS

INPUT = Path("/opt/ml/input")
DATA = INPUT / "data" / "data"
# SageMaker kills two minutes after its signal.
GRACE_SECONDS = 100.0


class Interrupted(BaseException):
    """SageMaker stops the job or takes the spot machine back."""


def hosts_of(config: Mapping[str, Any]) -> tuple[int, int, str]:
    """Machines, the rank of this one, and the first of them, from resourceconfig.json."""
    hosts = sorted(str(host) for host in config["hosts"])
    return len(hosts), hosts.index(str(config["current_host"])), hosts[0]


def command_of(
    arguments: Sequence[str], *, gpus: int, resources: Mapping[str, Any], config: RunConfig
) -> list[str]:
    """The command that trains, on the channel's data, into the folder that outlives the machine."""
    nodes, rank, head = hosts_of(resources)
    places = {
        "project.output_dir": CHECKPOINTS,
        "data.train_path": DATA / config.data.train_path.name,
        "data.validation_path": DATA / config.data.validation_path.name,
    }
    settings = [part for key, value in places.items() for part in ("--set", f"{key}={value}")]
    return training_command([*settings, *arguments], gpus=gpus, nodes=nodes, rank=rank, head=head)


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
    command = command_of(
        sys.argv[1:],
        gpus=int(os.environ["GPUS_PER_NODE"]),
        resources=resources,
        config=load_config(),
    )
    signal.signal(signal.SIGTERM, interrupt)
    try:
        return run_to_the_end(command, grace_seconds=GRACE_SECONDS)
    except Interrupted:
        return ExitCode.PREEMPTED


if __name__ == "__main__":
    run(main)
