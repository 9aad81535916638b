"""Train and serve on SageMaker.

    train [--run NAME] [script] [its arguments]   start a job, follow it, fetch its results
    follow | fetch | stop [--run NAME]            of the run's last job
    images                                        build the images and push them to ECR
    deploy                                        serve the exported weights; again: replace
                                                  what is served
    proxy                                         the endpoint as http://127.0.0.1:8000
    undeploy                                      remove the endpoint and what belongs to it

SAGEMAKER_ROLE_ARN (what jobs and endpoints may do) and SAGEMAKER_BUCKET come from the environment,
credentials from wherever boto3 finds them. An endpoint costs money until `undeploy`.
"""

from __future__ import annotations

import os
import sys
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from pipeline.cli import run
from pipeline.errors import ConfigError, ExitCode, PipelineError
from platforms.arguments import action_and_arguments, check_kept, launcher_parser
from platforms.sagemaker import shapes
from platforms.sagemaker.account import POLL_SECONDS, Account, listed, stamp, stamped, upload
from platforms.sagemaker.endpoint import deploy, undeploy
from platforms.sagemaker.images import push_images, require_image
from platforms.sagemaker.proxy import AT_A_TIME, READ_SECONDS, proxy
from platforms.sagemaker.settings import PATH, SageMakerSettings
from platforms.sagemaker.shapes import MEDIA, PROCESSED, Place
from platforms.sagemaker.source import ROOT, data_files, files_below, source_archive
from platforms.settings import forget_empty, read_settings

RESULTS = Path("outputs/sagemaker")
ACTIONS = ("train", "follow", "fetch", "stop", "images", "deploy", "proxy", "undeploy")
ENDED = {"Completed", "Failed", "Stopped"}


def from_environment(name: str, hint: str) -> str:
    """A variable that must be set."""
    value = os.environ.get(name, "").strip()
    if not value or "_your_" in value:
        raise ConfigError(f"{name} is not set", hint)
    return value


def start_job(account: Account, place: Place, run_name: str, arguments: list[str]) -> str:
    """Code, data and the job itself; returns its name."""
    name = f"{place.settings.project}-{run_name}-{stamp(account)}"
    image = require_image(account, place, "train")
    upload(account, place, data_files(PROCESSED), PROCESSED, run_name, "data")
    if MEDIA.is_dir():
        upload(account, place, files_below(MEDIA), MEDIA, run_name, "data", MEDIA.name)
    account.s3.put_object(
        Bucket=place.bucket,
        Key=f"{place.prefix}/{run_name}/source/{name}/{shapes.SOURCE_ARCHIVE}",
        Body=source_archive(ROOT),
    )
    account.sagemaker.create_training_job(
        **shapes.training_job(place, name=name, run=run_name, image=image, arguments=arguments)
    )
    account.say(f"started {name}; it goes on when this ends: scripts/launch_sagemaker.sh follow")
    return name


def last_job(account: Account, place: Place, run_name: str) -> str:
    """The newest job of a run."""
    made = f"{place.settings.project}-{run_name}"
    jobs = listed(
        account.sagemaker.list_training_jobs,
        "TrainingJobSummaries",
        NameContains=f"{made}-",
        SortBy="CreationTime",
        SortOrder="Descending",
    )
    name = next(stamped((job["TrainingJobName"] for job in jobs), made), None)
    if name is None:
        raise PipelineError(f'The run "{run_name}" has no job', "`train` starts one.")
    return name


def follow_job(account: Account, name: str) -> str:
    """Until the job ends: each new state, once."""
    shown = ""
    while True:
        job = account.sagemaker.describe_training_job(TrainingJobName=name)
        state = f"{job['TrainingJobStatus']}, {job.get('SecondaryStatus', '')}"
        if state != shown:
            account.say(f"{account.now():%H:%M:%S} {name}: {state}")
            shown = state
        if job["TrainingJobStatus"] in ENDED:
            billed = job.get("BillableTimeInSeconds", 0) * job["ResourceConfig"]["InstanceCount"]
            account.say(
                f"billed {billed / 3600:.2f} hours of {job['ResourceConfig']['InstanceType']}; "
                f"log: CloudWatch, /aws/sagemaker/TrainingJobs, streams {name}/…"
            )
            if job["TrainingJobStatus"] == "Failed":
                account.say(f"why: {job.get('FailureReason', 'not told')}")
            return str(job["TrainingJobStatus"])
        account.sleep(POLL_SECONDS)


def fetch(account: Account, place: Place, run_name: str, *, checkpoints: bool = False) -> int:
    """What the run wrote, without checkpoints unless they are wanted; returns how many files."""
    prefix = f"{place.prefix}/{run_name}/outputs/"
    target = RESULTS / run_name
    count = 0
    for page in account.s3.get_paginator("list_objects_v2").paginate(
        Bucket=place.bucket, Prefix=prefix
    ):
        for item in page.get("Contents", []):
            relative = PurePosixPath(item["Key"].removeprefix(prefix))
            if relative.is_absolute() or ".." in relative.parts or item["Key"].endswith("/"):
                continue
            if relative.parts[0].startswith("checkpoint-") and not checkpoints:
                continue
            path = target / relative
            path.parent.mkdir(parents=True, exist_ok=True)
            account.s3.download_file(place.bucket, item["Key"], str(path))
            count += 1
    account.say(f"{count} files in {target}")
    return count


def serve_proxy(account: Account, place: Place) -> None:
    """Until Ctrl-C."""
    with proxy(account.runtime, place.settings.project) as server, suppress(KeyboardInterrupt):
        account.say(f"{place.settings.project} answers on http://127.0.0.1:{server.server_port}")
        server.serve_forever()


def perform(
    action: str, account: Account, place: Place, run_name: str, arguments: list[str]
) -> int:
    """One action."""
    if action == "images":
        push_images(account, place)
    elif action == "deploy":
        deploy(account, place)
    elif action == "proxy":
        serve_proxy(account, place)
    elif action == "undeploy":
        undeploy(account, place)
    elif action == "stop":
        name = last_job(account, place, run_name)
        account.sagemaker.stop_training_job(TrainingJobName=name)
        account.say(f"{name} saves a checkpoint and ends; `train` goes on from it")
    elif action == "fetch":
        fetch(account, place, run_name, checkpoints="--checkpoints" in arguments)
    else:
        started = action == "train"
        name = (
            start_job(account, place, run_name, arguments)
            if started
            else last_job(account, place, run_name)
        )
        status = follow_job(account, name)
        fetch(account, place, run_name)
        if status != "Completed":
            return ExitCode.OUTSIDE
    return ExitCode.OK


def connect(settings: SageMakerSettings) -> tuple[Account, Place]:
    """The account that this environment's credentials lead to."""
    forget_empty(os.environ, "AWS_")  # .env names a profile; an empty one would be looked for
    import boto3  # noqa: PLC0415 - the checks of this file work without it
    from botocore.config import Config  # noqa: PLC0415

    role = from_environment(
        "SAGEMAKER_ROLE_ARN",
        "The role that jobs take on: platforms/sagemaker/README.md says what it may do.",
    )
    bucket = from_environment("SAGEMAKER_BUCKET", f"A bucket in {settings.region} that it may use.")
    session = boto3.Session(region_name=settings.region)
    # What a load test measures is not asked twice.
    once = Config(
        read_timeout=READ_SECONDS,
        max_pool_connections=AT_A_TIME,
        retries={"total_max_attempts": 1},
    )
    number = session.client("sts").get_caller_identity()["Account"]
    account = Account(
        sagemaker=session.client("sagemaker"),
        runtime=session.client("sagemaker-runtime", config=once),
        s3=session.client("s3"),
        ecr=session.client("ecr"),
        ec2=session.client("ec2"),
        scaling=session.client("application-autoscaling"),
        now=lambda: datetime.now(UTC),
        sleep=time.sleep,
        say=lambda text: print(text, file=sys.stderr),
    )
    return account, Place(settings, role, bucket, number)


def main() -> int:
    """Read the command line and perform."""
    parser = launcher_parser(__doc__)
    parser.add_argument("--run", default="main", help="jobs of one run share its checkpoints")
    options, given = parser.parse_known_args()
    action, arguments = action_and_arguments(ACTIONS, given)
    check_kept(
        arguments,
        shapes.CHECKPOINTS,
        "A run of its own has its own folder: `scripts/launch_sagemaker.sh --run NAME` in place of "
        f"project.output_dir; its results come to {RESULTS}/NAME.",
    )
    used = ("region", "endpoint" if action == "deploy" else "training")
    account, place = connect(read_settings(PATH, SageMakerSettings, used))
    return perform(action, account, place, options.run, arguments)


if __name__ == "__main__":
    run(main)
