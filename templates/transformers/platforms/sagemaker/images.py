"""The images that jobs and endpoints run: built here, kept in ECR."""

from __future__ import annotations

import subprocess
from base64 import b64decode
from contextlib import suppress

from pipeline.errors import ConfigError, PipelineError
from platforms.sagemaker.account import Account
from platforms.sagemaker.shapes import Place
from platforms.sagemaker.source import ROOT, STAGES, image_tag, own_dockerfiles


def require_image(account: Account, place: Place, kind: str) -> str:
    """The image of the project as it is now; it must have been pushed."""
    if kind not in own_dockerfiles(ROOT):
        raise ConfigError(
            "This project is not served from SageMaker", "README.md says how it is deployed."
        )
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


# For SageMaker's machines, whatever machine builds. SageMaker takes one manifest and no list of
# them, which BuildKit would make to add its attestation.
BUILD = ("docker", "build", "--platform", "linux/amd64", "--provenance=false")


def build_commands(place: Place, kind: str, tag: str) -> list[list[str]]:
    """The project's own image, then SageMaker's on it, then the push."""
    dockerfile = own_dockerfiles(ROOT)[kind]
    own = f"{place.repository(kind)}:{tag}"
    return [
        [*BUILD, "--file", dockerfile, "--tag", own, "."],
        [
            *(*BUILD, "--file", "platforms/sagemaker/Dockerfile"),
            *("--target", STAGES[dockerfile], "--build-arg", f"{kind.upper()}_IMAGE={own}"),
            *("--tag", place.image(kind, tag), "."),
        ],
        ["docker", "push", place.image(kind, tag)],
    ]


def push_images(account: Account, place: Place) -> None:
    """Build the images and push them; the registry's password goes over a pipe."""
    tags = {kind: image_tag(ROOT, kind) for kind in own_dockerfiles(ROOT)}
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
