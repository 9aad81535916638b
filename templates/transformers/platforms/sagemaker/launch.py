"""Train and serve on SageMaker.

    train [--run NAME] [script] [its arguments]   start a job, follow it, fetch its results
    follow | fetch | stop [--run NAME]            of the run's last job
    images                                        build the images and push them to ECR
    deploy                                        serve models/export; again: replace it
    undeploy                                      remove the endpoint and what belongs to it

SAGEMAKER_ROLE_ARN (what jobs and endpoints may do) and SAGEMAKER_BUCKET come from the environment,
credentials from wherever boto3 finds them. An endpoint costs money until `undeploy`.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from base64 import b64decode
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any

from pipeline.cli import run
from pipeline.errors import ConfigError, ExitCode, PipelineError
from platforms.arguments import action_and_arguments, launcher_parser
from platforms.sagemaker import shapes
from platforms.sagemaker.settings import PATH, SageMakerSettings
from platforms.sagemaker.shapes import MEDIA, PROCESSED, Place
from platforms.sagemaker.source import (
    OWN_DOCKERFILES,
    data_files,
    files_below,
    image_tag,
    source_archive,
)
from platforms.settings import read_settings

ROOT = Path(__file__).resolve().parents[2]
EXPORT = Path("models/export")
RESULTS = Path("outputs/sagemaker")
POLL_SECONDS = 30.0
ACTIONS = ("train", "follow", "fetch", "stop", "images", "deploy", "undeploy")
ENDED = {"Completed", "Failed", "Stopped"}


@dataclass(frozen=True)
class Account:
    """The services of one account, and the clock: replaced in tests."""

    sagemaker: Any
    s3: Any
    ecr: Any
    now: Callable[[], datetime]
    sleep: Callable[[float], None]
    say: Callable[[str], None]


def from_environment(name: str, hint: str) -> str:
    """A variable that must be set."""
    value = os.environ.get(name, "").strip()
    if not value or "_your_" in value:
        raise ConfigError(f"{name} is not set", hint)
    return value


def stamp(account: Account) -> str:
    """Part of a name that is used once."""
    return f"{account.now():%Y%m%d-%H%M%S}"


def upload(account: Account, place: Place, files: list[Path], folder: Path, *under: str) -> str:
    """Files of a folder under an address; large ones in parts."""
    uri = place.uri(*under)
    for path in files:
        key = f"{place.prefix}/{'/'.join(under)}/{path.relative_to(folder).as_posix()}"
        account.s3.upload_file(str(path), place.bucket, key)
    account.say(f"{len(files)} files in {uri}")
    return uri


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
    found = account.sagemaker.list_training_jobs(
        NameContains=f"{place.settings.project}-{run_name}-",
        SortBy="CreationTime",
        SortOrder="Descending",
        MaxResults=1,
    )["TrainingJobSummaries"]
    if not found:
        raise PipelineError(f'The run "{run_name}" has no job', "`train` starts one.")
    return str(found[0]["TrainingJobName"])


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


def require_image(account: Account, place: Place, kind: str) -> str:
    """The image of the project as it is now; it must have been pushed."""
    tag = image_tag(ROOT, kind)
    if not is_pushed(account, place, kind, tag):
        raise PipelineError(
            f"{place.image(kind, tag)} is not in the registry",
            "`scripts/launch_sagemaker.sh images` builds and pushes it (needs Docker).",
        )
    return place.image(kind, tag)


def is_pushed(account: Account, place: Place, kind: str, tag: str) -> bool:
    """Whether the registry has it. A tag is never given to another image there."""
    asked = {"repositoryName": place.repository(kind), "imageIds": [{"imageTag": tag}]}
    try:
        return bool(account.ecr.batch_get_image(**asked).get("images", []))
    except account.ecr.exceptions.RepositoryNotFoundException:
        return False


def own_dockerfiles() -> dict[str, str]:
    """Kind to the Dockerfile below SageMaker's; a project that is served elsewhere has one."""
    return {kind: file for kind, file in OWN_DOCKERFILES.items() if (ROOT / file).is_file()}


def build_commands(place: Place, kind: str, tag: str) -> list[list[str]]:
    """The project's own image, then SageMaker's on it, then the push."""
    own = f"{place.repository(kind)}:{tag}"
    return [
        ["docker", "build", "--file", own_dockerfiles()[kind], "--tag", own, "."],
        [
            *("docker", "build", "--file", "platforms/sagemaker/Dockerfile", "--target", kind),
            *("--build-arg", f"{kind.upper()}_IMAGE={own}", "--tag", place.image(kind, tag), "."),
        ],
        ["docker", "push", place.image(kind, tag)],
    ]


def push_images(account: Account, place: Place) -> None:
    """Build the images and push them; the registry's password goes over a pipe."""
    tags = {kind: image_tag(ROOT, kind) for kind in own_dockerfiles()}
    missing = {kind: tag for kind, tag in tags.items() if not is_pushed(account, place, kind, tag)}
    for kind in tags.keys() - missing.keys():
        account.say(f"{place.image(kind, tags[kind])} is in the registry already")
    if not missing:
        return
    for kind in missing:
        with suppress(account.ecr.exceptions.RepositoryAlreadyExistsException):
            account.ecr.create_repository(
                repositoryName=place.repository(kind),
                imageScanningConfiguration={"scanOnPush": True},
                imageTagMutability="IMMUTABLE",
            )
    token = account.ecr.get_authorization_token()["authorizationData"][0]["authorizationToken"]
    user, _, password = b64decode(token).decode().partition(":")
    login = ["docker", "login", "--username", user, "--password-stdin", place.registry()]
    subprocess.run(login, input=password, text=True, check=True)
    for kind, tag in missing.items():
        for command in build_commands(place, kind, tag):
            subprocess.run(command, check=True)


def deploy(account: Account, place: Place) -> str:
    """Upload the export and put it behind the endpoint; what it replaces goes on until then."""
    weights = sorted(path for path in EXPORT.rglob("*") if path.is_file())
    if not any(path.suffix == ".safetensors" for path in weights):
        raise ConfigError(f'"{EXPORT}" holds no weights', "`make export` writes them.")
    image = require_image(account, place, "serve")
    name = f"{place.settings.project}-{stamp(account)}"
    uri = upload(account, place, weights, EXPORT, "models", name)
    account.sagemaker.create_model(**shapes.model(place, name=name, image=image, weights=f"{uri}/"))
    account.sagemaker.create_endpoint_config(**shapes.endpoint_config(place, name=name))
    new = status_of(account, place) is None
    send = account.sagemaker.create_endpoint if new else account.sagemaker.update_endpoint
    send(**shapes.endpoint(place, config=name, new=new))
    account.say(f"{'creating' if new else 'updating'} {place.settings.project} with {name}")
    while (status := status_of(account, place)) in {"Creating", "Updating", "SystemUpdating"}:
        account.sleep(POLL_SECONDS)
    if status != "InService":
        raise PipelineError(
            f"The endpoint is {status}", "Its log: CloudWatch, /aws/sagemaker/Endpoints."
        )
    account.say("in service; it costs money until `scripts/launch_sagemaker.sh undeploy`")
    return name


def status_of(account: Account, place: Place) -> str | None:
    """The endpoint's state, or None where there is none."""
    found = account.sagemaker.list_endpoints(NameContains=place.settings.project, MaxResults=100)
    states = {item["EndpointName"]: item["EndpointStatus"] for item in found["Endpoints"]}
    return states.get(place.settings.project)


def undeploy(account: Account, place: Place) -> None:
    """Remove the endpoint, its configurations and models; images and weights stay."""
    service, name = account.sagemaker, place.settings.project
    if status_of(account, place) is not None:
        service.delete_endpoint(EndpointName=name)
    made = f"{name}-"
    for config in service.list_endpoint_configs(NameContains=made)["EndpointConfigs"]:
        if config["EndpointConfigName"].startswith(made):
            service.delete_endpoint_config(EndpointConfigName=config["EndpointConfigName"])
    for model in service.list_models(NameContains=made)["Models"]:
        if model["ModelName"].startswith(made):
            service.delete_model(ModelName=model["ModelName"])
    account.say(f"{name} is gone; weights stay in {place.uri('models')}, results in S3 too")


def perform(
    action: str, account: Account, place: Place, run_name: str, arguments: list[str]
) -> int:
    """One action."""
    if action == "images":
        push_images(account, place)
    elif action == "deploy":
        deploy(account, place)
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
    import boto3  # noqa: PLC0415 - the checks of this file work without it

    role = from_environment(
        "SAGEMAKER_ROLE_ARN",
        "The role that jobs take on: platforms/sagemaker/README.md says what it may do.",
    )
    bucket = from_environment("SAGEMAKER_BUCKET", f"A bucket in {settings.region} that it may use.")
    session = boto3.Session(region_name=settings.region)
    number = session.client("sts").get_caller_identity()["Account"]
    account = Account(
        sagemaker=session.client("sagemaker"),
        s3=session.client("s3"),
        ecr=session.client("ecr"),
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
    used = ("region", "endpoint" if action == "deploy" else "training")
    account, place = connect(read_settings(PATH, SageMakerSettings, used))
    return perform(action, account, place, options.run, arguments)


if __name__ == "__main__":
    run(main)
