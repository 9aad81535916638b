"""Hugging Face endpoints: the real client against a strict double of the API, and the handler."""

from __future__ import annotations

import base64
import json
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Literal

import pytest
from huggingface_hub import constants
from pydantic import BaseModel, ConfigDict, Field

from conftest import ROOT, environment
from inference.endpoints.bundle import bundle, handler_requirements
from inference.endpoints.endpoint import main
from inference.endpoints.handler import EndpointHandler
from inference.endpoints.settings import load_settings
from inference.payload import payload
from inference.routes import PATH, sample_request
from inference.vllm.arguments import IMAGE, load_arguments
from pipeline.cli import run
from pipeline.errors import ConfigError, PipelineError

TOKEN = "a-token-of-the-test"
SHA = "0123456789abcdef0123456789abcdef01234567"


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Measure(Strict):
    pendingRequests: float = Field(gt=0)  # noqa: N815 - the API's own names


class Scaling(Strict):
    minReplica: int = Field(ge=0)  # noqa: N815
    maxReplica: int = Field(ge=1)  # noqa: N815
    scaleToZeroTimeout: int | None = Field(None, ge=15)  # noqa: N815
    measure: Measure


class Compute(Strict):
    accelerator: Literal["cpu", "gpu"]
    instanceType: str  # noqa: N815
    instanceSize: str = Field(pattern=r"^x\d+$")  # noqa: N815
    scaling: Scaling


class Custom(Strict):
    url: str
    healthRoute: str = Field(pattern="^/")  # noqa: N815
    port: int


class Image(Strict):
    custom: Custom | None = None
    huggingface: dict[str, Any] | None = None


class Model(Strict):
    framework: Literal["pytorch", "custom"]
    repository: str = Field(pattern=r"^[\w.-]+/[\w.-]+$")
    revision: str = Field(pattern=r"^[0-9a-f]{40}$")
    task: str
    image: Image | None = None
    args: list[str] | None = None
    env: dict[str, str] | None = None


class Provider(Strict):
    vendor: Literal["aws", "gcp", "azure"]
    region: str


class Creation(Strict):
    """What the API takes for a new endpoint, as huggingface_hub 2.4 sends it."""

    name: str = Field(max_length=32)
    type: Literal["authenticated", "private", "public"]
    provider: Provider
    compute: Compute
    model: Model


class Change(Strict):
    compute: Compute
    model: Model


class Api(ThreadingHTTPServer):
    """The Hub and its endpoints on this machine: refuses what the real ones would."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Requests)
        self.endpoints: dict[str, dict[str, Any]] = {}
        self.files: dict[str, str] = {}
        self.visibility: str | None = None
        self.price = 0.8
        self.allowed = 8

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Requests(BaseHTTPRequestHandler):
    server: Api

    def log_message(self, *_: Any) -> None: ...

    def answer(self, status: int, body: Any) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self) -> None:
        self.act("GET")

    def do_POST(self) -> None:
        self.act("POST")

    def do_PUT(self) -> None:
        self.act("PUT")

    def do_DELETE(self) -> None:
        self.act("DELETE")

    def act(self, method: str) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            self.answer(401, {"error": "Invalid username or password."})
            return
        try:
            self.answer(*self.respond(method, self.path.partition("?")[0], body))
        except ValueError as error:
            self.answer(400, {"error": str(error)})

    def respond(self, method: str, path: str, body: bytes) -> tuple[int, Any]:
        api = self.server
        if path == "/v2/provider/someone":
            return 200, {"vendors": [vendor(api)]}
        if path.startswith("/v2/"):
            return self.endpoint(method, path, body)
        return self.hub(path, body)

    def hub(self, path: str, body: bytes) -> tuple[int, Any]:
        api = self.server
        if path == "/api/whoami-v2":
            return 200, {"name": "someone", "type": "user", "orgs": [], "auth": {}}
        if path == "/api/repos/create":
            api.visibility = api.visibility or json.loads(body)["visibility"]
            return 200, {"url": f"{api.url}/someone/support", "name": "someone/support"}
        if path == "/api/models/someone/support":
            private = api.visibility == "private"
            return 200, {"id": "someone/support", "private": private, "sha": SHA}
        if path.endswith("/preupload/main"):
            files = [
                {"path": file["path"], "uploadMode": "regular", "shouldIgnore": False, "oid": None}
                for file in json.loads(body)["files"]
            ]
            return 200, {"files": files}
        if not path.endswith("/commit/main"):
            raise ValueError(f"no route {path}")
        for line in map(json.loads, body.splitlines()):
            if line["key"] == "file":
                content = base64.b64decode(line["value"]["content"])
                api.files[line["value"]["path"]] = content.decode()
        url = f"{api.url}/someone/support/commit/{SHA}"
        return 200, {"success": True, "commitOid": SHA, "commitUrl": url}

    def endpoint(self, method: str, path: str, body: bytes) -> tuple[int, Any]:
        api = self.server
        found = re.fullmatch(r"/v2/endpoint/someone(?:/([\w-]+)(?:/([\w-]+))?)?", path)
        if found is None:
            return 404, {"error": f"no route {method} {path}"}
        name, verb = found.groups()
        if name is None:
            wanted = Creation.model_validate_json(body)
            if wanted.name in api.endpoints:
                return 409, {"error": "it is there"}
            api.endpoints[wanted.name] = raw(wanted.model_dump(exclude_none=True))
            return 200, api.endpoints[wanted.name]
        if name not in api.endpoints:
            return 404, {"error": "Endpoint not found"}
        if method == "DELETE":
            return 200, api.endpoints.pop(name)
        if method == "PUT":
            change = Change.model_validate_json(body).model_dump(exclude_none=True)
            api.endpoints[name] |= change
        if verb is not None:
            states = {"pause": "paused", "resume": "pending", "scale-to-zero": "scaledToZero"}
            api.endpoints[name]["status"]["state"] = states[verb]
        return 200, api.endpoints[name]


def vendor(api: Api) -> dict[str, Any]:
    compute = {
        "id": "aws-us-east-1-nvidia-l4-x1",
        "accelerator": "gpu",
        "instanceType": "nvidia-l4",
        "instanceSize": "x1",
        "architecture": "Nvidia L4",
        "numAccelerators": 1,
        "memoryGb": 30,
        "pricePerHour": api.price,
        "status": "available",
        "quota": {"maxAccelerators": api.allowed, "usedAccelerators": 0},
    }
    return {"name": "aws", "regions": [{"name": "us-east-1", "computes": [compute]}]}


def raw(wanted: dict[str, Any]) -> dict[str, Any]:
    at = "2026-11-01T00:00:00Z"
    status = {"state": "pending", "createdAt": at, "updatedAt": at, "url": None}
    return wanted | {"status": status, "healthRoute": "/health"}


@pytest.fixture
def api() -> Iterator[Api]:
    with Api() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


class Project:
    """This project with an export of a few bytes and an endpoint.yaml of its own."""

    def __init__(self, root: Path, api: Api, capsys: pytest.CaptureFixture[str]) -> None:
        self.root, self.api, self.capsys = root, api, capsys
        for path in ("src", "configs", *(f"inference/{p.name}" for p in ROOT.glob("inference/*"))):
            if path != "inference/endpoints":
                (root / path).parent.mkdir(exist_ok=True)
                (root / path).symlink_to(ROOT / path)
        (root / "inference/endpoints").mkdir()
        self.export(load_arguments().model)
        self.want()

    def export(self, model: str) -> None:
        folder = self.root / model
        folder.mkdir(parents=True)
        for name in ("model.safetensors", "config.json", "training_args.bin"):
            (folder / name).write_text(f"{model}/{name}", encoding="utf-8")

    def want(self, **changes: Any) -> None:
        values = json.dumps(L4 | changes)
        (self.root / "inference/endpoints/endpoint.yaml").write_text(values, encoding="utf-8")

    def __call__(self, verb: str) -> tuple[int, Any, str]:
        """Exit status, what was printed, and the message of an error."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sys, "argv", ["endpoint.py", verb])
            with pytest.raises(SystemExit) as ended:
                run(main)
        printed = self.capsys.readouterr()
        return int(str(ended.value.code)), json.loads(printed.out or "null"), printed.err


@pytest.fixture
def project(
    tmp_path: Path,
    api: Api,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Project:
    """The real client, sent to the double instead of Hugging Face."""
    monkeypatch.setattr(constants, "ENDPOINT", api.url)
    monkeypatch.setattr(constants, "INFERENCE_ENDPOINTS_ENDPOINT", f"{api.url}/v2")
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    project = Project(tmp_path, api, capsys)
    monkeypatch.chdir(tmp_path)
    return project


L4 = {
    "name": "support",
    "repository": None,
    "namespace": None,
    "engine": "vllm",
    "type": "authenticated",
    "vendor": "aws",
    "region": "us-east-1",
    "accelerator": "gpu",
    "instance_type": "nvidia-l4",
    "instance_size": "x1",
    "usd_per_hour": 0.8,
    "min_replica": 1,
    "max_replica": 2,
    "scale_to_zero_minutes": None,
    "pending_requests": 11,
}


def test_weights_are_pushed_and_exactly_they_are_deployed(project: Project) -> None:
    api = project.api
    assert project("apply")[0] == 2  # nothing was pushed
    code, pushed, errors = project("push")
    assert code == 0, errors
    assert pushed == {"repository": "someone/support", "revision": SHA}
    assert api.visibility == "private"
    assert sorted(api.files) == ["config.json", "model.safetensors"]  # and no pickle

    code, shown, errors = project("apply")
    assert code == 0, errors
    assert shown["revision"] == SHA
    endpoint = api.endpoints["support"]
    assert endpoint["type"] == "authenticated"
    assert endpoint["provider"] == {"vendor": "aws", "region": "us-east-1"}
    scaling = endpoint["compute"]["scaling"]
    assert scaling == {"minReplica": 1, "maxReplica": 2, "measure": {"pendingRequests": 11.0}}
    model = endpoint["model"]
    assert model["image"] == {"custom": {"url": IMAGE, "healthRoute": "/health", "port": 8000}}
    assert model["args"][0] == "/repository"
    length = model["args"][model["args"].index("--max-model-len") + 1]
    assert int(length) == load_arguments().max_model_len
    assert "--middleware" not in model["args"]  # its module is not in the official image
    assert model["env"]["VLLM_MAX_N_SEQUENCES"] == "1"


def test_the_weights_that_the_engine_is_told_of_are_pushed(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    quantised = load_arguments().model_copy(update={"model": "models/quantised"})
    monkeypatch.setattr("inference.endpoints.endpoint.load_arguments", lambda: quantised)
    code, _, errors = project("push")
    assert (code, "make quantise" in errors) == (3, True), errors
    project.export("models/quantised")
    code, _, errors = project("push")
    assert code == 0, errors
    assert project.api.files["model.safetensors"] == "models/quantised/model.safetensors"


def test_weights_are_not_pushed_where_everybody_reads_them(project: Project) -> None:
    project.api.visibility = "public"
    code, _, errors = project("push")
    assert (code, "is public" in errors) == (2, True)
    assert project.api.files == {}


def test_an_endpoint_that_is_there_is_changed_paused_and_removed(project: Project) -> None:
    project("push")
    project("apply")
    project.want(min_replica=0, scale_to_zero_minutes=15, max_replica=4)
    code, _, errors = project("apply")
    assert code == 0, errors
    scaling = project.api.endpoints["support"]["compute"]["scaling"]
    assert (scaling["minReplica"], scaling["maxReplica"]) == (0, 4)
    assert scaling["scaleToZeroTimeout"] == 15
    for verb, status in {
        "pause": "paused",
        "resume": "pending",
        "scale-to-zero": "scaledToZero",
        "status": "scaledToZero",
        "delete": "deleted",
    }.items():
        code, shown, errors = project(verb)
        assert (code, shown["status"]) == (0, status), errors
    assert project.api.endpoints == {}
    assert project("status")[0] == 3


def test_what_is_dearer_not_sold_or_not_allowed_is_refused_before_it_is_created(
    project: Project,
) -> None:
    api = project.api
    project("push")
    api.price = 0.9
    code, _, errors = project("apply")
    assert (code, "0.9 USD an hour; planned are 0.8" in errors) == (2, True)
    api.price, api.allowed = 0.8, 1
    code, _, errors = project("apply")
    assert (code, "may run 1" in errors) == (2, True)
    project.want(region="eu-west-1")
    code, _, errors = project("apply")
    assert (code, "There is no aws eu-west-1 nvidia-l4 x1" in errors) == (2, True)
    assert api.endpoints == {}
    assert project("hardware")[1] == [
        {"id": "aws-us-east-1-nvidia-l4-x1", "usd_per_hour": 0.8, "status": "available"}
    ]


def test_a_token_is_needed_and_the_error_does_not_show_it(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "ml-project_dev_your_token_here")
    code, _, errors = project("status")
    assert (code, "HF_TOKEN" in errors) == (2, True)
    monkeypatch.setenv("HF_TOKEN", "a-wrong-token")
    code, _, errors = project("status")
    assert code == 3
    assert "a-wrong-token" not in errors


def test_settings_that_do_not_agree_are_refused(tmp_path: Path) -> None:
    def refused(**changes: Any) -> str:
        path = tmp_path / "endpoint.yaml"
        path.write_text(json.dumps(L4 | changes), encoding="utf-8")
        with pytest.raises(ConfigError) as caught:
            load_settings(path)
        return str(caught.value)

    assert "go together" in refused(min_replica=0)
    assert "above max_replica" in refused(min_replica=3)
    assert "needs accelerator gpu" in refused(accelerator="cpu")
    assert "type" in refused(type="public")
    assert "max_replicas" in refused(max_replicas=3)


def test_the_handler_goes_with_all_the_code_that_it_imports(tmp_path: Path) -> None:
    weights = tmp_path / "export"
    weights.mkdir()
    for name in ("model.safetensors", "training_args.bin"):
        (weights / name).write_bytes(b"")
    files = bundle(weights, handler=True)
    assert "training_args.bin" not in files
    assert {"handler.py", "requirements.txt", "pipeline/config.py", "inference/app.py"} <= set(
        files
    )
    bare = tmp_path / "repository"
    for name, path in files.items():
        target = bare / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(path if isinstance(path, bytes) else path.read_bytes())
    # As the toolkit does: the folder first on the path, nothing of this checkout.
    ended = subprocess.run(
        [sys.executable, "-c", "import handler; print(handler.EndpointHandler.__name__)"],
        cwd=bare,
        env={n: v for n, v in environment().items() if n != "PYTHONPATH"}
        | {"PYTHONPATH": installed()},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert ended.stdout.strip() == "EndpointHandler", ended.stderr


def installed() -> str:
    """Folders of packages, without this project's own."""
    own = {str(ROOT), str(ROOT / "src")}
    return ":".join(path for path in sys.path if path and path not in own)


def test_no_weights_are_no_endpoint(tmp_path: Path) -> None:
    with pytest.raises(PipelineError, match="make export"):
        bundle(tmp_path, handler=False)


def test_the_endpoint_installs_the_versions_of_this_project_but_not_its_torch() -> None:
    pins = handler_requirements().splitlines()
    assert set(pins) <= set((ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines())
    assert any(pin.startswith("transformers==") for pin in pins)
    assert not any(pin.startswith("torch==") for pin in pins)


def test_the_handler_answers_and_refuses_as_the_server_does(
    smoke: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = sample_request(smoke())
    limit = len(payload(request)[0]) + 100
    config = smoke(f"serving.max_request_bytes={limit}")
    monkeypatch.setattr("inference.endpoints.handler.load_config", lambda *_, **__: config)
    handler = EndpointHandler("/repository")
    assert handler({"inputs": request}).keys() >= {"model"} or PATH != "/v1/chat/completions"
    with pytest.raises(ValueError, match=r"^400 invalid_request"):
        handler({"inputs": {}})
    with pytest.raises(ValueError, match=r"^413 request_too_large"):
        handler({"inputs": request | {"padding": "x" * 1000}})


def test_a_handler_without_weights_does_not_start(tmp_path: Path) -> None:
    (tmp_path / "configs").symlink_to(ROOT / "configs")
    with pytest.raises(RuntimeError, match="did not load"):
        EndpointHandler(str(tmp_path))
