"""SageMaker: what would be asked of it, what is uploaded, what happens inside the containers."""

from __future__ import annotations

import asyncio
import http.client
import io
import json
import os
import re
import sys
import tarfile
import threading
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from conftest import ROOT
from pipeline.errors import ConfigError, PipelineError
from platforms.sagemaker import container, endpoint, images, launch, shapes, weights
from platforms.sagemaker import settings as sagemaker_settings
from platforms.sagemaker.account import Account
from platforms.sagemaker.paths import ANSWER_SECONDS, SageMakerPaths
from platforms.sagemaker.settings import SageMakerSettings
from platforms.sagemaker.shapes import Place
from platforms.sagemaker.source import (
    OWN_SERVER,
    STAGES,
    VLLM,
    image_tag,
    own_dockerfiles,
    source_archive,
)
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
    "ami_version": "al2023-ami-sagemaker-inference-gpu-4-1",
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
    seen: list[dict[str, Any]] = []
    paths = {"/ping": "/readyz", "/invocations": "/v1/answers"}

    async def server(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope)

    async def call(path: str) -> None:
        headers = [(b"authorization", b"Bearer theirs"), (b"content-type", b"application/json")]
        scope = {"type": "http", "path": path, "headers": headers}
        await SageMakerPaths(server, "ours", paths)(scope, None, None)  # type: ignore[arg-type]

    for path in ("/ping", "/invocations", "/metrics"):
        asyncio.run(call(path))
    assert [scope["path"] for scope in seen] == ["/readyz", "/v1/answers", "/not-there"]
    assert seen[0]["headers"][-1] == (b"authorization", b"Bearer ours")
    assert (b"authorization", b"Bearer theirs") not in seen[0]["headers"]


def test_the_server_gives_up_before_sagemaker_does() -> None:
    pytest.importorskip("uvicorn")
    from platforms.sagemaker.serve import endpoint_config

    serving = endpoint_config().serving
    assert serving.request_timeout_seconds <= ANSWER_SECONDS < 60
    assert str(serving.model_path) == "/opt/ml/model"


vllm_part = pytest.mark.skipif(
    not (ROOT / "inference/vllm/start.sh").is_file(), reason="the project has no files of vLLM"
)


def engine_paths(
    monkeypatch: pytest.MonkeyPatch, engine: Any, path: str, seconds: float
) -> list[dict[str, Any]]:
    """What a caller gets from an engine behind SageMaker's paths."""
    from platforms.sagemaker.serve_vllm import EnginePaths

    monkeypatch.setenv("VLLM_API_KEY", "ours")
    sent: list[dict[str, Any]] = []
    asked = iter([{"type": "http.request", "body": b"{}", "more_body": False}])

    async def receive() -> Any:
        for message in asked:
            return message
        return await asyncio.Event().wait()  # the caller waits

    async def send(message: Any) -> None:
        sent.append(message)

    async def scenario() -> None:
        scope = {"type": "http", "method": "POST", "path": path, "headers": []}
        await EnginePaths(engine, seconds)(scope, receive, send)

    asyncio.run(scenario())
    return sent


def test_vllm_is_asked_under_sagemaker_s_paths_with_its_key(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from inference.routes import PATH

    async def engine(scope: Any, receive: Any, send: Any) -> None:
        assert (await receive())["body"] == b"{}"
        said = f"{scope['path']} {dict(scope['headers'])[b'authorization'].decode()}"
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": said.encode()})

    for path, theirs in {"/ping": "/health", "/invocations": PATH, PATH: "/not-there"}.items():
        sent = engine_paths(monkeypatch, engine, path, 60.0)
        assert sent[1]["body"].decode() == f"{theirs} Bearer ours"


def test_an_answer_that_does_not_begin_in_time_leaves_the_engine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """To vLLM a client that has gone ends the request: it answers nobody then."""
    heard: list[str] = []

    async def engine(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        heard.append((await receive())["type"])
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    sent = engine_paths(monkeypatch, engine, "/invocations", 0.01)
    assert heard == ["http.disconnect"]
    assert [message.get("status") for message in sent] == [504, None]
    assert json.loads(sent[1]["body"])["error"]["code"] == "timeout"


def test_a_streamed_answer_that_has_begun_may_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    async def engine(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        loop = asyncio.get_running_loop()
        later = loop.time() + 600.0  # than an answer may take to begin
        monkeypatch.setattr(loop, "time", lambda: later)
        for _ in range(3):
            await asyncio.sleep(0)  # whatever is due by now comes
        await send({"type": "http.response.body", "body": b"data: [DONE]"})

    sent = engine_paths(monkeypatch, engine, "/invocations", 300.0)
    assert sent[1]["body"] == b"data: [DONE]"


@vllm_part
def test_the_guard_limits_what_comes_by_sagemaker_s_paths(
    monkeypatch: pytest.MonkeyPatch, smoke: Any
) -> None:
    from starlette.responses import PlainTextResponse
    from starlette.testclient import TestClient

    from platforms.sagemaker.serve_vllm import EnginePaths

    for name in ("API_KEY", "VLLM_API_KEY"):
        monkeypatch.setenv(name, "made-anew-in-each-container")
    limits = smoke("serving.max_request_bytes=100", "serving.requests_per_minute=2")
    monkeypatch.setattr("inference.vllm.guard.load_config", lambda: limits)
    guarded = import_module("inference.vllm.guard").Guard(PlainTextResponse("yes"))
    client = TestClient(EnginePaths(guarded))  # type: ignore[arg-type]
    assert client.get("/ping").status_code == 200
    statuses = [client.post("/invocations", content=b"x" * size).status_code for size in (101, 1)]
    assert statuses == [413, 200]
    assert client.post("/invocations", content=b"x").status_code == 429
    for path in ("/metrics", "/v1/models", "/v1/completions"):
        assert client.get(path).status_code == 404


@vllm_part
def test_vllm_starts_with_its_guard_inside_sagemaker_s_paths(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from platforms.sagemaker import serve_vllm

    started: list[tuple[Any, ...]] = []
    monkeypatch.setattr(serve_vllm.os, "execve", lambda *given: started.append(given))
    monkeypatch.setenv("API_KEY", "of-somebody-else")
    serve_vllm.main()
    [(path, line, environment)] = started
    assert (ROOT / path).is_file()
    given = dict(argument.split("=") for argument in line[1:])
    assert given["--port"] == "8080"
    module, _, name = given["--middleware"].rpartition(".")
    assert getattr(import_module(module), name) is serve_vllm.EnginePaths
    assert environment["WEIGHTS"] == "/opt/ml/model"
    assert len(environment["API_KEY"]) >= 32  # made anew
    assert int(given["--shutdown-timeout"]) < 30  # SageMaker kills then


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


def machine(cards: int) -> dict[str, Any]:
    """As EC2 describes one."""
    gpus = {"GpuInfo": {"Gpus": [{"Name": "A10G", "Count": cards}]}} if cards else {}
    return {"InstanceType": "g5.2xlarge", **gpus}


def account(
    sagemaker: FakeService,
    ecr: FakeService,
    said: list[str],
    scaling: FakeService | None = None,
    cards: int = 0,
) -> Account:
    return Account(
        sagemaker=sagemaker,
        runtime=FakeService(),
        s3=FakeService(),
        ecr=ecr,
        ec2=FakeService(describe_instance_types={"InstanceTypes": [machine(cards)]}),
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
    assert len(said) == len(own_dockerfiles(ROOT))


NO_LIST = "--provenance=false"  # SageMaker takes no list of manifests


def test_images_are_built_from_what_the_project_has() -> None:
    kinds = own_dockerfiles(ROOT)
    served = [(ROOT / file).is_file() for file in (OWN_SERVER, VLLM)]
    assert ("serve" in kinds) == any(served)
    stages = (ROOT / "platforms/sagemaker/Dockerfile").read_text(encoding="utf-8")
    for kind, dockerfile in kinds.items():
        own, on_it, push = images.build_commands(place(), kind, "0123456789abcdef")
        for build in (own, on_it):  # what a laptop of another kind builds runs there too
            assert build[:5] == [*("docker", "build", "--platform", "linux/amd64"), NO_LIST]
        assert own[own.index("--file") + 1] == dockerfile
        argument = f"{kind.upper()}_IMAGE"
        assert f"{argument}={own[own.index('--tag') + 1]}" in on_it
        stage = on_it[on_it.index("--target") + 1]
        assert stage == STAGES[dockerfile]
        assert f"FROM ${{{argument}}} AS {stage}\n" in stages
        assert push[-1] == on_it[on_it.index("--tag") + 1]


def test_an_endpoint_runs_the_server_that_the_project_has(tmp_path: Path) -> None:
    assert own_dockerfiles(tmp_path) == {"train": "Dockerfile"}
    for file, stage in ((VLLM, "serve-vllm"), (OWN_SERVER, "serve")):
        root = tmp_path / stage
        (root / file).parent.mkdir(parents=True)
        (root / file).touch()
        assert STAGES[own_dockerfiles(root)["serve"]] == stage


def test_vllm_s_image_holds_none_of_the_project_s_packages(tmp_path: Path) -> None:
    files = (VLLM, "requirements.lock", "inference/vllm/engine.yaml")
    for file in (*files, "platforms/sagemaker/requirements.lock"):
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_text("a", encoding="utf-8")
    tag = image_tag(tmp_path, "serve")
    (tmp_path / "requirements.lock").write_text("b", encoding="utf-8")
    assert image_tag(tmp_path, "serve") == tag
    (tmp_path / "inference/vllm/engine.yaml").write_text("b", encoding="utf-8")
    assert image_tag(tmp_path, "serve") != tag


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
OLDER = "demo-20251231-235959"


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
    monkeypatch.setattr(weights, "EXPORT", folder)
    monkeypatch.setattr(weights, "own_dockerfiles", lambda _: {"serve": OWN_SERVER})
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


def test_what_is_served_goes_up_and_no_state_of_a_training(export: Path) -> None:
    for name in (
        *("config.json", "chat_template.jinja", "1_Pooling/config.json"),
        *("optimizer.pt", "training_args.bin", "model.py", ".cache/config.json"),
        "checkpoint-10/model.safetensors",
    ):
        (export / name).parent.mkdir(exist_ok=True)
        (export / name).touch()
    mine = account(FakeEndpoint("InService"), FakeService(), [])
    endpoint.deploy(mine, place())
    assert [call["arguments"][2] for _, call in mine.s3.calls] == [
        f"demo/models/{NAME}/{name}"
        for name in ("1_Pooling/config.json", "chat_template.jinja", "config.json")
    ] + [f"demo/models/{NAME}/model.safetensors"]


@pytest.fixture
def by_vllm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project that vLLM serves on two cards, its weights where engine.yaml says."""
    arguments = import_module("inference.vllm.arguments").load_arguments()
    wanted = arguments.model_copy(update={"tensor_parallel_size": 2})
    for module in ("inference.vllm.arguments", "inference.vllm.check"):
        monkeypatch.setattr(f"{module}.load_arguments", lambda: wanted)
    monkeypatch.setattr(weights, "own_dockerfiles", lambda _: {"serve": VLLM})
    monkeypatch.setattr(endpoint, "require_image", lambda *_: IMAGE)
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / wanted.model
    folder.mkdir(parents=True)
    (folder / "config.json").write_text('{"num_attention_heads": 32}', encoding="utf-8")
    (folder / "model.safetensors").touch()
    return folder


@vllm_part
def test_vllm_gets_the_folder_that_its_arguments_name(by_vllm: Path) -> None:
    by_vllm.with_name("other").mkdir()
    (by_vllm.with_name("other") / "model.safetensors").touch()
    mine = account(FakeEndpoint("InService"), FakeService(), [], cards=2)
    endpoint.deploy(mine, place())
    sent = [Path(call["arguments"][0]).parent.name for _, call in mine.s3.calls]
    assert sent == [by_vllm.name] * 2
    asked = {"InstanceTypes": ["g5.2xlarge"]}
    assert mine.ec2.calls == [("describe_instance_types", asked)]


@vllm_part
def test_a_machine_with_too_few_cards_or_weights_is_not_paid_for(by_vllm: Path) -> None:
    mine = account(FakeEndpoint("InService"), FakeService(), [], cards=1)
    with pytest.raises(ConfigError, match="has 1 cards"):
        endpoint.deploy(mine, place())
    (by_vllm / "pytorch_model.bin").touch()
    with pytest.raises(ConfigError, match="pickled"):
        endpoint.deploy(mine, place())
    assert mine.s3.calls + mine.sagemaker.calls == []


@vllm_part
def test_cards_that_one_server_leaves_idle_are_told(by_vllm: Path) -> None:
    said: list[str] = []
    endpoint.deploy(account(FakeEndpoint("InService"), FakeService(), said, cards=8), place())
    assert "6 of the 8 cards of ml.g5.2xlarge stay idle, and are paid for" in said


def test_an_endpoint_on_cards_brings_the_driver_and_one_on_processors_none() -> None:
    def variant(**wanted: Any) -> dict[str, Any]:
        config = shapes.endpoint_config(place(wanted), name="demo-1", instances=1)
        return dict(config["ProductionVariants"][0])

    assert variant()["InferenceAmiVersion"] == ENDPOINT["ami_version"]
    assert "InferenceAmiVersion" not in variant(ami_version=None)


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
    monkeypatch.setattr(images, "own_dockerfiles", lambda _: {"train": "Dockerfile"})
    with pytest.raises(ConfigError, match="not served from SageMaker"):
        images.require_image(account(FakeService(), FakeService(), []), place(), "serve")


CODE = "".join(
    path.read_text(encoding="utf-8") for path in sorted((ROOT / "platforms/sagemaker").glob("*.py"))
)
OWNERS = {  # a service to what its client is called in the code
    "sagemaker": "(?:sagemaker|service)",
    "application-autoscaling": "scaling",
    "ecr": "ecr",
    "ec2": "ec2",
}


@pytest.mark.parametrize("service", OWNERS)
def test_the_readme_lists_every_permission_that_the_launcher_needs(service: str) -> None:
    pytest.importorskip("botocore")
    from botocore import xform_name
    from botocore.session import Session

    readme = (ROOT / "platforms/sagemaker/README.md").read_text(encoding="utf-8")
    model = Session().get_service_model(service)
    operations = {xform_name(operation): operation for operation in model.operation_names}
    called = set(re.findall(rf"\b{OWNERS[service]}\.(\w+)\b", CODE)) & operations.keys()
    assert called
    assert [
        name for name in sorted(called) if f"`{service}:{operations[name]}`" not in readme
    ] == []
    errors = {shape.name for shape in getattr(model, "error_shapes", [])}
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


class Refused(Exception):  # noqa: N818 - AWS's kind of name
    """As botocore raises what a service says."""

    def __init__(self, **response: Any) -> None:
        super().__init__("refused")
        self.response = response


class FakeRuntime(FakeService):
    class exceptions:  # noqa: N801 - boto3's name
        class ModelError(Refused):
            pass

        ClientError = Refused


def test_the_load_test_reaches_the_endpoint_through_this_machine() -> None:
    from inference.routes import PATH
    from platforms.sagemaker.proxy import proxy

    late = {"OriginalStatusCode": 504, "OriginalMessage": '{"error": {"code": "timeout"}}'}
    throttled = {"ResponseMetadata": {"HTTPStatusCode": 429}}
    runtime = FakeRuntime(
        invoke_endpoint=[
            {"Body": io.BytesIO(b'{"usage": {}}')},
            FakeRuntime.exceptions.ModelError(**late),
            FakeRuntime.exceptions.ClientError(**throttled),
        ]
    )

    def ask(path: str) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=60)
        connection.request("POST", path, b"{}", {"Content-Type": "application/json"})
        answer = connection.getresponse()
        return answer.status, answer.read()

    with proxy(runtime, "demo", port=0) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        assert ask(PATH) == (200, b'{"usage": {}}')
        assert ask(PATH) == (504, late["OriginalMessage"].encode())  # type: ignore[attr-defined]
        assert ask(PATH)[0] == 429
        assert ask("/metrics")[0] == 404
        server.shutdown()
    request = {"EndpointName": "demo", "ContentType": "application/json", "Body": b"{}"}
    assert [call for _, call in runtime.calls] == [request] * 3
    assert server.server_address[0] == "127.0.0.1"


def test_an_invocation_is_what_the_service_takes_and_refuses_with() -> None:
    pytest.importorskip("botocore")
    from botocore.session import Session
    from botocore.validate import ParamValidator

    from platforms.sagemaker.proxy import READ_SECONDS

    model = Session().get_service_model("sagemaker-runtime").operation_model("InvokeEndpoint")
    request = {"EndpointName": "demo", "ContentType": "application/json", "Body": b"{}"}
    assert not ParamValidator().validate(request, model.input_shape).has_errors()
    errors = {shape.name: shape for shape in model.error_shapes}
    assert {"OriginalStatusCode", "OriginalMessage"} <= set(errors["ModelError"].members)
    # What the README and the limits of time rest on.
    assert "must respond to requests within 60 seconds" in model.documentation
    assert f"set to be {READ_SECONDS} seconds" in model.documentation
    assert model.input_shape.members["Body"].metadata["max"] == 6_291_456


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


def pages(key: str, field: str, *names: list[str]) -> list[dict[str, Any]]:
    """A listing as SageMaker gives it: where to go on, until the last page."""
    found = [{key: [{field: name} for name in page], "NextToken": "more"} for page in names]
    del found[-1]["NextToken"]
    return found


def test_the_last_job_is_this_run_s_and_this_project_s() -> None:
    others = [
        *("demo-main-second-20260102-030405", "other-demo-main-20260102-030405", "demo-main-1"),
        *("Demo-main-20260102-030405", "demo-main-20260102-030405-again"),
    ]
    own = ["demo-main-20260102-030405", "demo-main-20260101-030405"]
    jobs = pages("TrainingJobSummaries", "TrainingJobName", others, ["demo-x"], own)
    service = FakeService(list_training_jobs=jobs)
    assert launch.last_job(account(service, FakeService(), []), place(), "main") == own[0]
    assert [call.get("NextToken") for _, call in service.calls] == [None, "more", "more"]
    assert {call["SortOrder"] for _, call in service.calls} == {"Descending"}
    none = FakeService(list_training_jobs=pages("TrainingJobSummaries", "TrainingJobName", others))
    with pytest.raises(PipelineError, match="has no job"):
        launch.last_job(account(none, FakeService(), []), place(), "main")


def test_an_empty_line_of_the_environment_is_no_profile(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[str, str] = {}

    class Session:
        def __init__(self, **_: str) -> None:
            seen.update({name: os.environ[name] for name in os.environ if name[:4] == "AWS_"})

        def client(self, name: str, **_: Any) -> FakeService:
            return FakeService(get_caller_identity={"Account": "123456789012"})

    monkeypatch.setitem(sys.modules, "boto3", SimpleNamespace(Session=Session))
    monkeypatch.setitem(sys.modules, "botocore", SimpleNamespace())
    monkeypatch.setitem(sys.modules, "botocore.config", SimpleNamespace(Config=dict))
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_PROFILE", "")
    monkeypatch.setenv("AWS_SESSION_TOKEN", " ")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("SAGEMAKER_ROLE_ARN", "arn:aws:iam::123456789012:role/demo")
    monkeypatch.setenv("SAGEMAKER_BUCKET", "bucket")
    launch.connect(place().settings)
    assert seen == {"AWS_DEFAULT_REGION": "us-east-1"}


@pytest.mark.parametrize("given", ["--set {}", "--set={}"])
def test_a_folder_that_sagemaker_does_not_keep_is_refused_with_the_way_to_another_run(
    given: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(launch, "connect", lambda _: pytest.fail("too late"))
    arguments = given.format("project.output_dir=outputs/tenth").split()
    monkeypatch.setattr("sys.argv", ["launch", "train", "scripts/evaluate.py", *arguments])
    with pytest.raises(ConfigError, match="outputs/tenth") as refused:
        launch.main()
    assert "--run NAME" in str(refused.value.hint)


def test_undeploy_ends_the_scaling_first_and_leaves_what_belongs_to_others() -> None:
    others = ["demo-eu-20260102-030405", "other-demo-20260102-030405", "demo-1", f"{NAME}-x"]
    service = FakeEndpoint(
        *("InService", "Updating", "InService"),
        list_endpoint_configs=pages("EndpointConfigs", "EndpointConfigName", others, [NAME]),
        list_models=pages("Models", "ModelName", [NAME, *others], [OLDER]),
    )
    scaling = FakeService()
    endpoint.undeploy(account(service, FakeService(), [], scaling), place())
    deleted = [call for name, call in service.calls if name.startswith("delete")]
    assert deleted == [
        {"EndpointName": "demo"},
        {"EndpointConfigName": NAME},
        {"ModelName": NAME},
        {"ModelName": OLDER},
    ]
    assert scaling.calls == [("deregister_scalable_target", shapes.scalable_target(place()))]
    assert service.states == ["InService"]  # it was waited for


def test_undeploy_without_an_endpoint_removes_what_is_left() -> None:
    gone = FakeService(deregister_scalable_target=FakeService.exceptions.ObjectNotFoundException())
    service = FakeEndpoint("InService", runs=None)
    service.answers = {
        "list_endpoint_configs": {"EndpointConfigs": [{"EndpointConfigName": NAME}]},
        "list_models": {"Models": []},
    }
    endpoint.undeploy(account(service, FakeService(), [], gone), place())
    assert [name for name in service.asked() if name.startswith("delete")] == [
        "delete_endpoint_config"
    ]
