"""What is asked of SageMaker, as its interface takes it. Nothing here sends anything.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateTrainingJob.html
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from platforms.sagemaker.settings import SageMakerSettings

CODE = "/opt/project"
CHECKPOINTS = "/opt/ml/checkpoints"
SOURCE_ARCHIVE = "source.tar.gz"
# The code comes with each job; the image holds the locked packages only.
UNPACK_AND_TRAIN = (
    f"set -e; mkdir -p {CODE}; "
    f"tar -xzf /opt/ml/input/data/source/{SOURCE_ARCHIVE} -C {CODE}; cd {CODE}; "
    'exec python -m platforms.sagemaker.container "$@"'
)
VARIANT = "main"
# https://docs.aws.amazon.com/sagemaker/latest/dg/endpoint-auto-scaling-add-code-define.html
METRICS = {
    "requests_per_minute": "SageMakerVariantInvocationsPerInstance",
    "concurrent_requests": "SageMakerVariantConcurrentRequestsPerModelHighResolution",
}
# What is uploaded as the data's channel: media lie below the rows there.
PROCESSED = Path("data/processed")
MEDIA = Path("data/media")

Request = dict[str, Any]


@dataclass(frozen=True)
class Place:
    """Where this project lives in an account."""

    settings: SageMakerSettings
    role: str
    bucket: str
    account: str

    @property
    def prefix(self) -> str:
        """Of every object."""
        return self.settings.project

    def uri(self, *parts: str) -> str:
        """An address in the bucket."""
        return "/".join([f"s3://{self.bucket}", self.prefix, *parts])

    def registry(self) -> str:
        """The account's image registry."""
        return f"{self.account}.dkr.ecr.{self.settings.region}.amazonaws.com"

    def repository(self, kind: str) -> str:
        """The repository of the training or the serving image."""
        return f"{self.settings.project}-{kind}"

    def image(self, kind: str, tag: str) -> str:
        """An image by its tag, which names the locks it was built from."""
        return f"{self.registry()}/{self.repository(kind)}:{tag}"


def channel(name: str, uri: str) -> Request:
    """Files that are copied to /opt/ml/input/data/<name> before the job starts."""
    source = {"S3DataType": "S3Prefix", "S3Uri": uri, "S3DataDistributionType": "FullyReplicated"}
    return {"ChannelName": name, "DataSource": {"S3DataSource": source}, "InputMode": "File"}


def training_job(
    place: Place, *, name: str, run: str, image: str, arguments: Sequence[str]
) -> Request:
    """One job. Jobs of one run share its checkpoints: the next goes on where the last one stood."""
    training = place.settings.training
    run_seconds = int(training.max_run_hours * 3600)
    stopping = {"MaxRuntimeInSeconds": run_seconds}
    if training.spot:
        stopping["MaxWaitTimeInSeconds"] = int(training.max_wait_hours * 3600)
    environment = {"PYTHONPATH": f"{CODE}/src:{CODE}", "AWS_REGION": place.settings.region}
    if training.secret_name is not None:
        environment["RUN_SECRET_NAME"] = training.secret_name
    return {
        "TrainingJobName": name,
        "RoleArn": place.role,
        "AlgorithmSpecification": {
            "TrainingImage": image,
            "TrainingInputMode": "File",
            "ContainerEntrypoint": ["sh", "-c", UNPACK_AND_TRAIN, "train"],
            **({"ContainerArguments": list(arguments)} if arguments else {}),
        },
        "InputDataConfig": [
            channel("source", place.uri(run, "source", name)),
            channel("data", place.uri(run, "data")),
        ],
        "OutputDataConfig": {"S3OutputPath": place.uri(run, "jobs")},
        "CheckpointConfig": {"S3Uri": place.uri(run, "outputs"), "LocalPath": CHECKPOINTS},
        "ResourceConfig": {
            "InstanceType": training.instance_type,
            "InstanceCount": training.instance_count,
            "VolumeSizeInGB": training.volume_gib,
        },
        "StoppingCondition": stopping,
        "EnableManagedSpotTraining": training.spot,
        "EnableInterContainerTrafficEncryption": training.instance_count > 1,
        "Environment": environment,
        "Tags": tags(place),
    }


def tags(place: Place) -> list[Request]:
    """What bills and policies can go by."""
    return [{"Key": "project", "Value": place.settings.project}]


def model(place: Place, *, name: str, image: str, weights: str) -> Request:
    """The serving image with the exported weights, which are not packed."""
    source = {"S3Uri": weights, "S3DataType": "S3Prefix", "CompressionType": "None"}
    return {
        "ModelName": name,
        "ExecutionRoleArn": place.role,
        "PrimaryContainer": {"Image": image, "ModelDataSource": {"S3DataSource": source}},
        "EnableNetworkIsolation": True,  # it needs nothing from outside, and can send nothing there
        "Tags": tags(place),
    }


def endpoint_config(place: Place, *, name: str, instances: int) -> Request:
    """The machines for a model of the same name: with how many it begins."""
    endpoint = place.settings.endpoint
    return {
        "EndpointConfigName": name,
        "ProductionVariants": [
            {
                "VariantName": VARIANT,
                "ModelName": name,
                "InstanceType": endpoint.instance_type,
                "InitialInstanceCount": instances,
                "ModelDataDownloadTimeoutInSeconds": endpoint.startup_seconds,
                "ContainerStartupHealthCheckTimeoutInSeconds": endpoint.startup_seconds,
            }
        ],
        "Tags": tags(place),
    }


def endpoint(place: Place, *, config: str, new: bool) -> Request:
    """The address that callers keep, on this configuration."""
    request: Request = {"EndpointName": place.settings.project, "EndpointConfigName": config}
    return {**request, "Tags": tags(place)} if new else request


def scalable_target(place: Place) -> Request:
    """The endpoint's machines, as Application Auto Scaling names them.

    https://docs.aws.amazon.com/autoscaling/application/APIReference/API_RegisterScalableTarget.html
    """
    return {
        "ServiceNamespace": "sagemaker",
        "ResourceId": f"endpoint/{place.settings.project}/variant/{VARIANT}",
        "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
    }


def scaling_bounds(place: Place) -> Request:
    """Between how many machines it may choose."""
    endpoint = place.settings.endpoint
    bounds = {"MinCapacity": endpoint.min_instances, "MaxCapacity": endpoint.max_instances}
    return {**scalable_target(place), **bounds}


def scaling_policy(place: Place) -> Request:
    """When a machine is added or taken away."""
    endpoint = place.settings.endpoint
    return {
        **scalable_target(place),
        "PolicyName": f"{place.settings.project}-follows-load",
        "PolicyType": "TargetTrackingScaling",
        "TargetTrackingScalingPolicyConfiguration": {
            "TargetValue": endpoint.target_per_instance,
            "PredefinedMetricSpecification": {"PredefinedMetricType": METRICS[endpoint.scale_on]},
            "ScaleOutCooldown": endpoint.scale_out_cooldown_seconds,
            "ScaleInCooldown": endpoint.scale_in_cooldown_seconds,
        },
    }
