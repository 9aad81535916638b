"""Hugging Face Jobs: train [script] [its arguments] | logs | fetch | cancel.

Needs HF_TOKEN with write access to the namespace and permission to start jobs.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from huggingface_hub import HfApi, Volume
from huggingface_hub.errors import HfHubHTTPError

from pipeline.cli import run
from pipeline.environment import secret
from pipeline.errors import ConfigError, ExitCode, PipelineError
from pipeline.manifest import read_json, write_json
from platforms.arguments import action_and_arguments, check_kept, launcher_parser
from platforms.hf_jobs.bucket import fetch, open_bucket, send_project
from platforms.hf_jobs.run import OUTPUTS
from platforms.hf_jobs.settings import PATH, HfJobsSettings
from platforms.settings import RUN_SECRETS, read_settings, secrets_to_send

ROOT = Path(__file__).resolve().parents[2]
JOB = Path("outputs/hf_jobs/job.json")
RESULTS = Path("outputs/hf_jobs/outputs")
ACTIONS = ("train", "logs", "fetch", "cancel")

IN_THE_JOB = """
cp -r /source /project && cd /project
bash platforms/setup_machine.sh
exec .venv/bin/python -m platforms.hf_jobs.run "$@"
"""
"""The bucket is mounted to be read from; the run works on the job's own disk."""


def job_request(
    settings: HfJobsSettings, namespace: str, bucket: str, arguments: Sequence[str]
) -> dict[str, Any]:
    """What the hub is asked for, apart from the secrets."""
    return {
        "image": settings.image,
        "command": ["bash", "-ec", IN_THE_JOB, "job", bucket, *arguments],
        "env": {"PYTHONUNBUFFERED": "1", "PYTHONPATH": "/project/src:/project"},
        "flavor": settings.flavor,
        "timeout": int(settings.timeout_hours * 3600),
        "name": settings.name,
        "namespace": namespace,
        "volumes": [
            Volume(
                type="bucket",
                source=bucket.removeprefix("hf://buckets/"),
                mount_path="/source",
                path="project",
                read_only=True,
            )
        ],
    }


def train(api: HfApi, settings: HfJobsSettings, arguments: Sequence[str]) -> None:
    """Send the project, start the job, say how to follow it."""
    namespace = settings.namespace or str(api.whoami()["name"])
    bucket = open_bucket(api, namespace, settings.name)
    send_project(api, ROOT, bucket)
    job = api.run_job(
        **job_request(settings, namespace, bucket, arguments),
        secrets=secrets_to_send(os.environ, RUN_SECRETS),
    )
    write_json(JOB, {"id": job.id, "namespace": namespace, "bucket": bucket})
    print(
        f"job {job.id}: https://huggingface.co/jobs/{namespace}/{job.id}\n"
        "It is billed until it ends: scripts/launch_hf_jobs.sh logs | fetch | cancel",
        file=sys.stderr,
    )


def started() -> dict[str, str]:
    """The job that was started from here."""
    job = read_json(JOB)
    if not isinstance(job, dict):
        raise ConfigError(f'There is no job in "{JOB}"', "Start one: scripts/launch_hf_jobs.sh")
    return {key: str(value) for key, value in job.items()}


def main() -> int:
    """Run one action."""
    _, given = launcher_parser(__doc__).parse_known_args()
    action, arguments = action_and_arguments(ACTIONS, given)
    check_kept(arguments, str(OUTPUTS), f"--set project.output_dir={OUTPUTS}/NAME is copied too.")
    settings = read_settings(PATH, HfJobsSettings)
    token = secret("HF_TOKEN")
    if token is None:
        raise ConfigError(
            "HF_TOKEN is not set",
            "Make one at https://huggingface.co/settings/tokens (write to your namespace, start "
            "jobs), put it into .env, then: set -a; . ./.env; set +a",
        )
    api = HfApi(token=token)
    try:
        if action == "train":
            train(api, settings, arguments)
            return ExitCode.OK
        job = started()
        if action == "logs":
            for line in api.fetch_job_logs(
                job_id=job["id"], namespace=job["namespace"], follow=True
            ):
                print(line)
        elif action == "fetch":
            fetch(api, job["bucket"], RESULTS)
            print(json.dumps({"fetched": str(RESULTS)}))
        else:
            api.cancel_job(job_id=job["id"], namespace=job["namespace"])
    except HfHubHTTPError as error:
        raise PipelineError(
            f"The hub refused: {error}",
            "Jobs need a payment method, and a token that may start them: "
            "https://huggingface.co/docs/hub/jobs.",
        ) from error
    return ExitCode.OK


if __name__ == "__main__":
    run(main)
