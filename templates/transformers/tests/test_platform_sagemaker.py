"""SageMaker: what would be asked of it, what is uploaded, what happens inside the containers."""

from __future__ import annotations

import asyncio
import io
import json
import re
import tarfile
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from conftest import ROOT
from pipeline.errors import ConfigError, PipelineError
from platforms.sagemaker import container, endpoint, images, launch, shapes
from platforms.sagemaker import settings as sagemaker_settings
from platforms.sagemaker.account import Account
from platforms.sagemaker.settings import SageMakerSettings
from platforms.sagemaker.shapes import Place
from platforms.sagemaker.source import image_tag, source_archive
from platforms.settings import TO_CHOOSE, read_settings

TRAINING: dict[str, Any] = {
    "instance_type": "ml.p4d.24xlarge",
    "instance_count": 2,
    "volume_gib": 200,
    "max_run_hours": 10,
    "spot": True,
    "max_wait_hours": 20,
    "secret_name": "demo-keys",
}
ENDPOINT: dict[str, Any] = {
    "instance_type": "ml.g5.2xlarge",
    "min_instances": 2,
    "max_instances": 6,
    "scale_on": "requests_per_minute",
    "target_per_instance": 40.5,
    "scale_out_cooldown_seconds": 400,
    "scale_in_cooldown_seconds": 300,
    "startup_seconds": 900,
}
IMAGE = "123456789012.dkr.ecr.us-west-2.amazonaws.com/demo-train:0123456789abcdef"


def place(wanted: dict[str, Any] | None = None, **training: Any) -> Place:
    settings = SageMakerSettings.model_validate(
        {
            "project": "demo",
            "region": "us-west-2",
            "training": TRAINING | training,
            "endpoint": ENDPOINT | (wanted or {}),
        }
    )
    return Place(settings, "arn:aws:iam::123456789012:role/demo", "bucket", "123456789012")


def job(**training: Any) -> dict[str, Any]:
    return shapes.training_job(
        place(**training), name="demo-main-1", run="main", image=IMAGE, arguments=["--set", "a=b"]
    )


def test_the_project_s_settings_are_valid_or_say_what_to_choose() -> None:
    if TO_CHOOSE not in sagemaker_settings.PATH.read_text(encoding="utf-8"):
        read_settings(sagemaker_settings.PATH, SageMakerSettings)
        return
    with pytest.raises(ConfigError, match="Service Quotas"):
        read_settings(sagemaker_settings.PATH, SageMakerSettings)


def test_spot_waits_no_less_than_it_runs() -> None:
    with pytest.raises(ValueError, match="max_wait_hours"):
        place(max_wait_hours=5)
    assert job()["StoppingCondition"] == {
        "MaxRuntimeInSeconds": 36_000,
        "MaxWaitTimeInSeconds": 72_000,
    }
    # Without spot SageMaker refuses a waiting time.
    assert job(spot=False)["StoppingCondition"] == {"MaxRuntimeInSeconds": 36_000}


def test_the_bounds_of_an_endpoint_agree_and_a_typo_is_an_error() -> None:
    for wrong, why in (
        ({"min_instances": 0}, "greater than or equal to 1"),
        ({"min_instances": 7}, "min_instances is above max_instances"),
        ({"instance_count": 1}, "Extra inputs"),
        ({"scale_on": "cpu"}, "requests_per_minute"),
        ({"target_per_instance": 0}, "greater than 0"),
        ({"instance_type": "ml.t2.medium"}, "does not scale burstable machines"),
    ):
        with pytest.raises(ValueError, match=why):
            place(wrong)
    fixed = place({"min_instances": 6, "instance_type": "ml.t2.medium"}).settings.endpoint
    assert not fixed.is_scaled


def test_jobs_of_one_run_share_their_checkpoints() -> None:
    first = shapes.training_job(place(), name="a-1", run="main", image=IMAGE, arguments=[])
    second = shapes.training_job(place(), name="a-2", run="main", image=IMAGE, arguments=[])
    assert first["CheckpointConfig"] == second["CheckpointConfig"]
    assert first["CheckpointConfig"]["S3Uri"] == "s3://bucket/demo/main/outputs"
    assert "ContainerArguments" not in first  # an empty list is refused


def test_no_key_is_in_a_request() -> None:
    environment = job()["Environment"]
    assert environment["RUN_SECRET_NAME"] == "demo-keys"
    assert not re.search(r"TOKEN|API_KEY|PASSWORD", json.dumps(job()))


REQUESTS = {
    "CreateTrainingJob": job(),
    "CreateModel": shapes.model(
        place(), name="demo-1", image=IMAGE, weights="s3://bucket/demo/models/demo-1/"
    ),
    "CreateEndpointConfig": shapes.endpoint_config(place(), name="demo-1", instances=2),
    "CreateEndpoint": shapes.endpoint(place(), config="demo-1", new=True),
    "UpdateEndpoint": shapes.endpoint(place(), config="demo-1", new=False),
    "RegisterScalableTarget": shapes.scaling_bounds(place()),
    "PutScalingPolicy": shapes.scaling_policy(place()),
    "PutScalingPolicy in flight": shapes.scaling_policy(place({"scale_on": "concurrent_requests"})),
    "DeregisterScalableTarget": shapes.scalable_target(place()),
}


@pytest.mark.parametrize("operation", REQUESTS)
def test_the_service_model_accepts_the_request(operation: str) -> None:
    pytest.importorskip("botocore")
    from botocore.session import Session
    from botocore.validate import ParamValidator

    service = "application-autoscaling" if "Scal" in operation else "sagemaker"
    model = Session().get_service_model(service).operation_model(operation.partition(" ")[0])
    report = ParamValidator().validate(REQUESTS[operation], model.input_shape)
    assert not report.has_errors(), report.generate_report()
    assert_patterns(REQUESTS[operation], model.input_shape)


def assert_patterns(value: Any, shape: Any, at: str = "") -> None:
    """The patterns and options that the service checks and botocore leaves to it."""
    if shape.type_name == "structure":
        for key, inner in value.items():
            assert_patterns(inner, shape.members[key], f"{at}.{key}")
    elif shape.type_name == "list":
        for inner in value:
            assert_patterns(inner, shape.member, at)
    elif shape.type_name == "string":
        pattern = shape.metadata.get("pattern", r"(?s:.*)")
        for theirs, ours in (
            *((r"\p{L}", r"\w"), (r"\p{Z}", r"\s"), (r"\p{N}", r"\d"), (r"\p{Print}", r"[ -~]")),
            (r"\uD800\uDC00-\uDBFF\uDFFF", ""),  # beyond the basic plane, as JavaScript says it
        ):
            pattern = pattern.replace(theirs, ours)
        assert re.fullmatch(pattern, value), f"{at}: {value} is not {pattern}"
        options = shape.metadata.get("enum")
        assert not options or value in options, f"{at}: {value} is none of SageMaker's"


def names_in(packed: bytes) -> list[str]:
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        return archive.getnames()


def test_keys_and_results_are_not_packed(tmp_path: Path) -> None:
    for path in ("configs/base.yaml", "src/pipeline/a.py", "scripts/train.py"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("x", encoding="utf-8")
    for path in (".env", "configs/.env", "src/key.pem", "scripts/id_ed25519", "outputs/model.json"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("secret", encoding="utf-8")
    (tmp_path / "src" / "link.py").symlink_to(tmp_path / ".env")
    packed = source_archive(tmp_path)
    assert packed == source_archive(tmp_path)
    assert names_in(packed) == ["configs/base.yaml", "scripts/train.py", "src/pipeline/a.py"]


def test_a_job_finds_everything_in_the_packed_project() -> None:
    names = set(names_in(source_archive(ROOT)))
    assert {
        "scripts/train.py",
        "configs/base.yaml",
        "src/pipeline/train.py",
        "platforms/sagemaker/container.py",
        "platforms/command.py",
        "platforms/local/check_gpu.py",
        "data/golden/golden.jsonl",
        "data/sample/train.jsonl",
    } <= names


def test_a_container_trains_on_the_channel_s_data_into_what_outlives_it() -> None:
    given = ["--set", "training.max_steps=2", "--set", "data.train_path=data/processed/a/b.jsonl"]
    command = container.command_of(given)
    assert command[3] == "scripts/train.py"
    assert "project.output_dir=/opt/ml/checkpoints" in command
    # After what was given: a path of the project is the channel's there.
    assert command[command.index(given[-1]) + 1 :][:2] == [
        *("--set", "data.train_path=/opt/ml/input/data/data/a/b.jsonl"),
    ]


def test_an_overlay_s_own_data_is_not_replaced_by_the_channel_s() -> None:
    given = ["scripts/probe_memory.py", "--overlay", "configs/smoke.yaml"]
    command = container.command_of(given)
    assert command[3] == "scripts/probe_memory.py"
    assert command[4:6] == ["--set", "project.output_dir=/opt/ml/checkpoints"]
    assert command[6:] == given[1:]  # data/sample comes with the source


def test_pictures_and_recordings_come_with_the_channel(monkeypatch: pytest.MonkeyPatch) -> None:
    data = SimpleNamespace(
        train_path=Path("data/processed/train.jsonl"),
        validation_path=Path("data/processed/validation.jsonl"),
        media_path=Path("data/media/photos"),
    )
    monkeypatch.setattr(container, "load_config", lambda *_: SimpleNamespace(data=data))
    assert f"data.media_path={container.DATA / 'media' / 'photos'}" in container.command_of([])


def test_the_machines_of_a_job_meet_at_the_first() -> None:
    resources = {"current_host": "algo-2", "hosts": ["algo-2", "algo-1"]}
    assert container.meeting(resources) == {"NODE_RANK": "1", "MASTER_ADDR": "algo-1"}


def test_only_the_keys_of_a_run_are_taken_from_a_secret() -> None:
    class Secrets:
        def get_secret_value(self, SecretId: str) -> dict[str, str]:  # noqa: N803 - AWS's name
            return {
                "SecretString": json.dumps({"HF_TOKEN": "abc", "PATH": "/evil", "for": SecretId})
            }

    assert container.fetch_secrets("demo-keys", Secrets()) == {"HF_TOKEN": "abc"}


def test_the_endpoint_has_two_paths_and_the_server_s_own_key() -> None:
    pytest.importorskip("uvicorn")
    from inference.routes import PATH
    from platforms.sagemaker.serve import SageMakerPaths

    seen: list[dict[str, Any]] = []

    async def server(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope)

    async def call(path: str) -> None:
        headers = [(b"authorization", b"Bearer theirs"), (b"content-type", b"application/json")]
        scope = {"type": "http", "path": path, "headers": headers}
        await SageMakerPaths(server, "ours")(scope, None, None)  # type: ignore[arg-type]

    for path in ("/ping", "/invocations", "/metrics"):
        asyncio.run(call(path))
    assert [scope["path"] for scope in seen] == ["/readyz", PATH, "/not-there"]
    assert seen[0]["headers"][-1] == (b"authorization", b"Bearer ours")
    assert (b"authorization", b"Bearer theirs") not in seen[0]["headers"]


class FakeService:
    """Answers from a script, and notes what it was asked."""

    def __init__(self, **answers: Any) -> None:
        self.answers = answers
        self.calls: list[tuple[str, dict[str, Any]]] = []

    class exceptions:  # noqa: N801 - boto3's name
        class RepositoryNotFoundException(Exception):  # noqa: N818
            pass

        class ObjectNotFoundException(Exception):  # noqa: N818
            pass

    def __getattr__(self, name: str) -> Any:
        def call(*arguments: Any, **request: Any) -> Any:
            self.calls.append((name, request or {"arguments": arguments}))
            answer = self.answers.get(name, {})
            answer = answer.pop(0) if isinstance(answer, list) else answer
            if isinstance(answer, Exception):
                raise answer
            return answer

        return call

    def asked(self) -> list[str]:
        return [name for name, _ in self.calls]


def account(
    sagemaker: FakeService,
    ecr: FakeService,
    said: list[str],
    scaling: FakeService | None = None,
) -> Account:
    return Account(
        sagemaker=sagemaker,
        s3=FakeService(),
        ecr=ecr,
        scaling=scaling or FakeService(),
        now=lambda: datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        sleep=lambda _: None,
        say=said.append,
    )


def test_a_job_is_not_started_without_the_image_of_these_locks() -> None:
    missing = account(FakeService(), FakeService(batch_get_image={"images": []}), [])
    with pytest.raises(PipelineError, match=image_tag(ROOT, "train")):
        images.require_image(missing, place(), "train")


def test_the_servers_image_is_another_one_after_any_change_of_what_it_runs(tmp_path: Path) -> None:
    for file in ("requirements.lock", "configs/serve.yaml", "src/pipeline/a.py", "Dockerfile"):
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_text("a", encoding="utf-8")
    (tmp_path / "platforms/sagemaker").mkdir(parents=True)
    (tmp_path / "platforms/sagemaker/requirements.lock").touch()

    def tags() -> tuple[str, str]:
        return image_tag(tmp_path, "train"), image_tag(tmp_path, "serve")

    train, serve = tags()
    (tmp_path / "configs/serve.yaml").write_text("b", encoding="utf-8")
    assert tags()[0] == train  # a job brings its settings along
    assert tags()[1] != serve
    train, serve = tags()
    (tmp_path / "platforms/sagemaker/settings.yaml").write_text("b", encoding="utf-8")
    assert tags() == (train, serve)  # how many machines run it is nothing that it runs
    (tmp_path / "requirements.lock").write_text("b", encoding="utf-8")
    assert tags()[0] != train
    assert tags()[1] != serve


def test_an_image_that_the_registry_has_is_not_built_again() -> None:
    said: list[str] = []
    ecr = FakeService(batch_get_image={"images": [{}]})
    images.push_images(account(FakeService(), ecr, said), place())
    assert set(ecr.asked()) == {"batch_get_image"}
    assert all("already" in line for line in said)
    assert len(said) == len(images.own_dockerfiles())


def test_images_are_built_from_what_the_project_has() -> None:
    kinds = images.own_dockerfiles()
    assert ("serve" in kinds) == (ROOT / "inference/docker").is_dir()
    for kind in kinds:
        own, on_it, push = images.build_commands(place(), kind, "0123456789abcdef")
        assert (ROOT / own[own.index("--file") + 1]).is_file()
        assert f"{kind.upper()}_IMAGE={own[own.index('--tag') + 1]}" in on_it
        assert push[-1] == on_it[on_it.index("--tag") + 1]


def test_a_failed_job_tells_why_and_what_it_cost() -> None:
    resources = {"InstanceCount": 2, "InstanceType": "ml.p4d.24xlarge"}
    states = [
        {"TrainingJobStatus": "InProgress", "SecondaryStatus": "Starting"},
        {"TrainingJobStatus": "InProgress", "SecondaryStatus": "Starting"},
        {
            "TrainingJobStatus": "Failed",
            "FailureReason": "exit code 71",
            "BillableTimeInSeconds": 1800,
            "ResourceConfig": resources,
        },
    ]
    said: list[str] = []
    service = FakeService(describe_training_job=states)
    assert launch.follow_job(account(service, FakeService(), said), "demo-main-1") == "Failed"
    assert sum("Starting" in line for line in said) == 1
    assert any("billed 1.00 hours" in line for line in said)
    assert any("exit code 71" in line for line in said)


NAME = "demo-20260102-030405"


class FakeEndpoint(FakeService):
    """SageMaker with one endpoint, or none yet: in turn it has these states, then the last one."""

    def __init__(self, *states: str, runs: str | None = "demo-1", **more: Any) -> None:
        super().__init__(**more)
        self.states = list(states)
        self.runs = runs
        self.instances = 4
        self.instance_type = ENDPOINT["instance_type"]
        self.refuses = False

    def list_endpoints(self, **_: Any) -> Any:
        near = {"EndpointName": "demo-2", "EndpointStatus": "InService"}
        if self.runs is None:
            return {"Endpoints": [near]}
        if len(self.states) > 1:
            self.states.pop(0)
        return {"Endpoints": [near, {"EndpointName": "demo", "EndpointStatus": self.states[0]}]}

    def describe_endpoint(self, EndpointName: str) -> Any:  # noqa: N803 - AWS's name
        variant = {"VariantName": shapes.VARIANT, "DesiredInstanceCount": self.instances}
        return {
            "EndpointName": EndpointName,
            "EndpointStatus": self.states[0],
            "EndpointConfigName": self.runs,
            "ProductionVariants": [variant],
        }

    def describe_endpoint_config(self, EndpointConfigName: str) -> Any:  # noqa: N803
        variant = {"VariantName": shapes.VARIANT, "InstanceType": self.instance_type}
        return {"EndpointConfigName": EndpointConfigName, "ProductionVariants": [variant]}

    def create_endpoint(self, **request: Any) -> None:
        self.calls.append(("create_endpoint", request))
        self.runs = request["EndpointConfigName"]

    def update_endpoint(self, **request: Any) -> None:
        self.calls.append(("update_endpoint", request))
        self.runs = self.runs if self.refuses else request["EndpointConfigName"]

    def begun_with(self) -> int:
        [config] = [call for name, call in self.calls if name == "create_endpoint_config"]
        return int(config["ProductionVariants"][0]["InitialInstanceCount"])


@pytest.fixture
def export(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "export"
    folder.mkdir()
    (folder / "model.safetensors").write_bytes(b"weights")
    monkeypatch.setattr(endpoint, "EXPORT", folder)
    monkeypatch.setattr(endpoint, "require_image", lambda *_: IMAGE)
    return folder


def deployed(service: FakeEndpoint, scaling: FakeService, **wanted: Any) -> str:
    return endpoint.deploy(account(service, FakeService(), [], scaling), place(wanted))


def test_an_endpoint_is_created_once_and_then_updated(export: Path) -> None:
    first = FakeEndpoint("Creating", "Creating", "InService", runs=None)
    assert deployed(first, FakeService()) == NAME
    assert {"create_endpoint", "update_endpoint"} & set(first.asked()) == {"create_endpoint"}
    second = FakeEndpoint("InService")
    deployed(second, FakeService())
    assert {"create_endpoint", "update_endpoint"} & set(second.asked()) == {"update_endpoint"}
    (export / "model.safetensors").unlink()
    with pytest.raises(ConfigError, match="make export"):
        deployed(FakeEndpoint("InService"), FakeService())


def test_an_endpoint_in_service_follows_its_load_and_takes_changed_bounds(export: Path) -> None:
    scaling = FakeService()
    deployed(FakeEndpoint("Creating", "InService", runs=None), scaling)
    deployed(FakeEndpoint("InService"), scaling, max_instances=8)
    target = {
        "ServiceNamespace": "sagemaker",
        "ResourceId": "endpoint/demo/variant/main",
        "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
    }
    metric = "SageMakerVariantInvocationsPerInstance"
    policy = {
        "PolicyName": "demo-follows-load",
        "PolicyType": "TargetTrackingScaling",
        "TargetTrackingScalingPolicyConfiguration": {
            "TargetValue": 40.5,
            "PredefinedMetricSpecification": {"PredefinedMetricType": metric},
            "ScaleOutCooldown": 400,
            "ScaleInCooldown": 300,
        },
    }
    # One name for target and policy: the second time both are changed, not added.
    assert scaling.calls == [
        ("register_scalable_target", {**target, "MinCapacity": 2, "MaxCapacity": 6}),
        ("put_scaling_policy", {**target, **policy}),
        ("register_scalable_target", {**target, "MinCapacity": 2, "MaxCapacity": 8}),
        ("put_scaling_policy", {**target, **policy}),
    ]


def test_a_server_of_many_at_a_time_is_scaled_by_what_is_in_flight() -> None:
    wanted = {"scale_on": "concurrent_requests", "target_per_instance": 41}
    policy = shapes.scaling_policy(place(wanted))["TargetTrackingScalingPolicyConfiguration"]
    metric = "SageMakerVariantConcurrentRequestsPerModelHighResolution"
    assert policy["PredefinedMetricSpecification"] == {"PredefinedMetricType": metric}
    assert policy["TargetValue"] == 41.0


def test_an_update_goes_on_with_the_machines_that_the_load_called_for(export: Path) -> None:
    def begun(now: int, **wanted: int) -> int:
        service = FakeEndpoint("InService")
        service.instances = now
        deployed(service, FakeService(), **wanted)
        return service.begun_with()

    assert begun(4) == 4
    assert begun(1) == 2
    assert begun(4, max_instances=3) == 3
    new = FakeEndpoint("InService", runs=None)
    deployed(new, FakeService())
    assert new.begun_with() == 2


def test_another_type_of_machine_is_taken_while_nothing_scales(export: Path) -> None:
    scaling = FakeService()
    service = FakeEndpoint("InService")
    service.instance_type = "ml.g6.2xlarge"
    deployed(service, scaling)
    assert scaling.asked() == [
        *("deregister_scalable_target", "register_scalable_target", "put_scaling_policy"),
    ]


def test_equal_bounds_are_a_fixed_number_of_machines(export: Path) -> None:
    never = FakeService(deregister_scalable_target=FakeService.exceptions.ObjectNotFoundException())
    service = FakeEndpoint("InService")
    deployed(service, never, max_instances=2)
    assert service.begun_with() == 2
    assert never.asked() == ["deregister_scalable_target"]
    new = FakeService()
    deployed(FakeEndpoint("InService", runs=None), new, max_instances=2)
    assert new.asked() == []


def test_an_endpoint_that_is_changing_is_waited_for(export: Path) -> None:
    """A machine that is being added is an update, and SageMaker takes one at a time."""
    service = FakeEndpoint("InService", "Updating", "SystemUpdating", "InService")
    deployed(service, FakeService())
    assert service.states == ["InService"]
    assert "update_endpoint" in service.asked()


def test_an_update_that_was_rolled_back_is_no_success_and_the_old_one_scales_on(
    export: Path,
) -> None:
    service, scaling = FakeEndpoint("InService"), FakeService()
    service.refuses = True
    with pytest.raises(PipelineError, match="InService with demo-1"):
        deployed(service, scaling)
    assert "put_scaling_policy" in scaling.asked()
    with pytest.raises(PipelineError, match="has failed"):
        deployed(FakeEndpoint("Failed"), scaling)


def test_a_target_that_is_not_found_yet_gets_its_policy_a_moment_later(export: Path) -> None:
    late = FakeService.exceptions.ObjectNotFoundException()
    scaling = FakeService(put_scaling_policy=[late, late, {}])
    deployed(FakeEndpoint("InService"), scaling)
    assert scaling.asked().count("put_scaling_policy") == 3


def test_a_project_that_is_served_elsewhere_has_no_image_for_an_endpoint(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(images, "own_dockerfiles", lambda: {"train": "Dockerfile"})
    with pytest.raises(ConfigError, match="not served from SageMaker"):
        images.require_image(account(FakeService(), FakeService(), []), place(), "serve")


CODE = "".join(
    path.read_text(encoding="utf-8") for path in sorted((ROOT / "platforms/sagemaker").glob("*.py"))
)
OWNERS = {  # a service to what its client is called in the code
    "sagemaker": "(?:sagemaker|service)",
    "application-autoscaling": "scaling",
    "ecr": "ecr",
}


@pytest.mark.parametrize("service", OWNERS)
def test_the_readme_lists_every_permission_that_the_launcher_needs(service: str) -> None:
    pytest.importorskip("botocore")
    from botocore import xform_name
    from botocore.session import Session

    readme = (ROOT / "platforms/sagemaker/README.md").read_text(encoding="utf-8")
    model = Session().get_service_model(service)
    operations = {xform_name(operation): operation for operation in model.operation_names}
    called = set(re.findall(rf"\b{OWNERS[service]}\.(\w+)\(", CODE)) & operations.keys()
    assert called
    assert [
        name for name in sorted(called) if f"`{service}:{operations[name]}`" not in readme
    ] == []
    errors = {shape.name for shape in model.error_shapes}
    assert set(re.findall(rf"\b{OWNERS[service]}\.exceptions\.(\w+)", CODE)) <= errors


def test_the_service_answers_as_it_does_here() -> None:
    pytest.importorskip("botocore")
    from botocore.session import Session

    model = Session().get_service_model("sagemaker")
    fake = FakeEndpoint("InService")
    for operation, answer in {
        "ListEndpoints": fake.list_endpoints(),
        "DescribeEndpoint": fake.describe_endpoint("demo"),
        "DescribeEndpointConfig": fake.describe_endpoint_config("demo-1"),
    }.items():
        assert_patterns(answer, model.operation_model(operation).output_shape)
    assert set(model.shape_for("EndpointStatus").enum) >= endpoint.CHANGING


def test_what_a_bucket_holds_is_fetched_into_the_results_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(launch, "RESULTS", tmp_path)
    names = ("final/model.safetensors", "checkpoint-10/x", "../../evil", "metrics.jsonl", "final/")

    class Pages:
        def paginate(self, **_: str) -> list[dict[str, Any]]:
            return [{"Contents": [{"Key": f"demo/main/outputs/{name}"} for name in names]}]

    mine = account(FakeService(), FakeService(), [])
    mine.s3.answers["get_paginator"] = Pages()
    assert launch.fetch(mine, place(), "main") == 2
    fetched = [call["arguments"][2] for name, call in mine.s3.calls if name == "download_file"]
    assert fetched == [str(tmp_path / "main" / names[0]), str(tmp_path / "main" / names[3])]


def test_undeploy_ends_the_scaling_first_and_leaves_what_belongs_to_others() -> None:
    service = FakeEndpoint(
        *("InService", "Updating", "InService"),
        list_endpoint_configs={"EndpointConfigs": [{"EndpointConfigName": "demo-1"}]},
        list_models={"Models": [{"ModelName": "demo-1"}, {"ModelName": "other-demo-1"}]},
    )
    scaling = FakeService()
    endpoint.undeploy(account(service, FakeService(), [], scaling), place())
    deleted = [call for name, call in service.calls if name.startswith("delete")]
    assert deleted == [
        {"EndpointName": "demo"},
        {"EndpointConfigName": "demo-1"},
        {"ModelName": "demo-1"},
    ]
    assert scaling.calls == [("deregister_scalable_target", shapes.scalable_target(place()))]
    assert service.states == ["InService"]  # it was waited for


def test_undeploy_without_an_endpoint_removes_what_is_left() -> None:
    gone = FakeService(deregister_scalable_target=FakeService.exceptions.ObjectNotFoundException())
    service = FakeEndpoint("InService", runs=None)
    service.answers = {
        "list_endpoint_configs": {"EndpointConfigs": [{"EndpointConfigName": "demo-1"}]},
        "list_models": {"Models": []},
    }
    endpoint.undeploy(account(service, FakeService(), [], gone), place())
    assert [name for name in service.asked() if name.startswith("delete")] == [
        "delete_endpoint_config"
    ]
