"""The endpoint: put into service, replaced, scaled with its load, taken away."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from pipeline.errors import PipelineError
from platforms.sagemaker import shapes
from platforms.sagemaker.account import POLL_SECONDS, Account, listed, stamp, stamped, upload
from platforms.sagemaker.images import require_image
from platforms.sagemaker.shapes import Place
from platforms.sagemaker.weights import checked_weights

# While any of these goes on SageMaker takes no other change; adding a machine is an update too.
CHANGING = {"Creating", "Updating", "SystemUpdating", "RollingBack", "Deleting"}


def deploy(account: Account, place: Place) -> str:
    """Upload the weights and put them behind the endpoint; what they replace goes on until then."""
    image = require_image(account, place, "serve")
    folder, weights = checked_weights(account, place)
    name = f"{place.settings.project}-{stamp(account)}"
    uri = upload(account, place, weights, folder, "models", name)
    before = settled(account, place)
    if before is not None and before["EndpointStatus"] == "Failed":
        raise PipelineError(
            f"The endpoint has failed: {before.get('FailureReason', 'not told why')}",
            "A failed endpoint can only be removed: `undeploy`, then `deploy`.",
        )
    account.sagemaker.create_model(**shapes.model(place, name=name, image=image, weights=f"{uri}/"))
    account.sagemaker.create_endpoint_config(
        **shapes.endpoint_config(place, name=name, instances=instances(place, before))
    )
    if before is None:
        account.sagemaker.create_endpoint(**shapes.endpoint(place, config=name, new=True))
    else:
        if not place.settings.endpoint.is_scaled or other_machine(account, place, before):
            stop_scaling(account, place)
        account.sagemaker.update_endpoint(**shapes.endpoint(place, config=name, new=False))
    account.say(f"{'creating' if before is None else 'updating'} {place.settings.project}: {name}")
    after = settled(account, place) or {}
    status, runs = after.get("EndpointStatus", "gone"), after.get("EndpointConfigName", "nothing")
    if status == "InService":
        scale(account, place)  # also where the update was rolled back: the old one goes on serving
    if (status, runs) != ("InService", name):
        raise PipelineError(
            f"The endpoint is {status} with {runs}: {after.get('FailureReason', 'not told why')}",
            "Its log: CloudWatch, /aws/sagemaker/Endpoints.",
        )
    account.say("in service; it costs money until `scripts/launch_sagemaker.sh undeploy`")
    return name


def settled(account: Account, place: Place) -> dict[str, Any] | None:
    """The endpoint once nothing changes it any more, or None where there is none."""
    project = place.settings.project
    while True:
        found = listed(account.sagemaker.list_endpoints, "Endpoints", NameContains=project)
        if project not in {item["EndpointName"] for item in found}:
            return None
        described: dict[str, Any] = account.sagemaker.describe_endpoint(EndpointName=project)
        if described["EndpointStatus"] not in CHANGING:
            return described
        account.sleep(POLL_SECONDS)


def instances(place: Place, before: dict[str, Any] | None) -> int:
    """With how many machines to go on: as many as the load has called for, within the bounds."""
    wanted = place.settings.endpoint
    now = 0 if before is None else variant_of(before)["DesiredInstanceCount"]
    return min(max(now, wanted.min_instances), wanted.max_instances)


def other_machine(account: Account, place: Place, before: dict[str, Any]) -> bool:
    """Whether the update changes the type of machine: SageMaker refuses that while it is scaled."""
    config = account.sagemaker.describe_endpoint_config(
        EndpointConfigName=before["EndpointConfigName"]
    )
    return bool(variant_of(config)["InstanceType"] != place.settings.endpoint.instance_type)


def variant_of(described: dict[str, Any]) -> dict[str, Any]:
    """This project's machines in an endpoint or in its configuration."""
    found: dict[str, dict[str, Any]] = {
        variant["VariantName"]: variant for variant in described["ProductionVariants"]
    }
    return found[shapes.VARIANT]


def scale(account: Account, place: Place) -> None:
    """Let the number of machines follow the load. Asked again it changes what is there already."""
    wanted = place.settings.endpoint
    if not wanted.is_scaled:
        return
    account.scaling.register_scalable_target(**shapes.scaling_bounds(place))
    put_policy(account, place)
    account.say(
        f"{wanted.min_instances} to {wanted.max_instances} machines, more of them beyond "
        f"{wanted.target_per_instance:g} {wanted.scale_on.replace('_', ' ')} each"
    )


def put_policy(account: Account, place: Place) -> None:
    """A target that was registered a moment ago may not be found yet."""
    policy = shapes.scaling_policy(place)
    for _ in range(5):
        with suppress(account.scaling.exceptions.ObjectNotFoundException):
            account.scaling.put_scaling_policy(**policy)
            return
        account.sleep(5.0)
    account.scaling.put_scaling_policy(**policy)


def stop_scaling(account: Account, place: Place) -> None:
    """The number of machines stays as it is; policies and their alarms go too."""
    with suppress(account.scaling.exceptions.ObjectNotFoundException):
        account.scaling.deregister_scalable_target(**shapes.scalable_target(place))


def undeploy(account: Account, place: Place) -> None:
    """Remove the endpoint, its configurations and models; images and weights stay."""
    service, name = account.sagemaker, place.settings.project
    stop_scaling(account, place)
    if settled(account, place) is not None:
        service.delete_endpoint(EndpointName=name)
    # Listed whole before the first is deleted: a page is not the same one after that.
    configs = [*listed(service.list_endpoint_configs, "EndpointConfigs", NameContains=f"{name}-")]
    for config in stamped((found["EndpointConfigName"] for found in configs), name):
        service.delete_endpoint_config(EndpointConfigName=config)
    models = [*listed(service.list_models, "Models", NameContains=f"{name}-")]
    for model in stamped((found["ModelName"] for found in models), name):
        service.delete_model(ModelName=model)
    account.say(f"{name} is gone; weights stay in {place.uri('models')}, results in S3 too")
