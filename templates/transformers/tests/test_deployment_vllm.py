"""What stands around vLLM: its arguments, the check before it starts, and the guard before it."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from conftest import ROOT, environment
from inference.limits import RateLimit
from inference.routes import PATH
from inference.vllm.arguments import ENVIRONMENT, EngineArguments, load_arguments
from inference.vllm.check import problems
from inference.vllm.guard import Guard
from pipeline.config import Config
from pipeline.errors import ConfigError

KEY = "a-key-of-the-test"
HELLO = {"messages": [{"role": "user", "content": "hello"}]}
WITH_KEY = {"Authorization": f"Bearer {KEY}"}


def arguments(**changes: Any) -> EngineArguments:
    values = yaml.safe_load((ROOT / "inference/vllm/engine.yaml").read_text(encoding="utf-8"))
    return EngineArguments.model_validate(
        values | {name.replace("_", "-"): value for name, value in changes.items()}
    )


@pytest.fixture
def weights(tmp_path: Path) -> Callable[..., Path]:
    def make(*files: str, **config: Any) -> Path:
        folder = tmp_path / "export"
        folder.mkdir(exist_ok=True)
        shape = {"max_position_embeddings": 131072, "num_attention_heads": 32} | config
        (folder / "config.json").write_text(json.dumps(shape), encoding="utf-8")
        for name in ("model.safetensors", *files):
            (folder / name).write_bytes(b"")
        return folder

    return make


def test_an_argument_that_was_not_meant_is_refused(tmp_path: Path) -> None:
    text = (ROOT / "inference/vllm/engine.yaml").read_text(encoding="utf-8")
    path = tmp_path / "engine.yaml"
    path.write_text(text + "enforce-eager: true\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="enforce-eager"):
        load_arguments(path)
    path.write_text(text.replace("trust-remote-code: false", "trust-remote-code: true"))
    with pytest.raises(ConfigError, match="trust-remote-code"):
        load_arguments(path)
    path.write_text(text.replace("load-format: safetensors", "load-format: auto"))
    with pytest.raises(ConfigError, match="load-format"):
        load_arguments(path)


def test_limits_that_contradict_each_other_are_refused() -> None:
    with pytest.raises(ValueError, match="each running request takes a token"):
        arguments(max_num_batched_tokens=8, max_num_seqs=16)
    with pytest.raises(ValueError, match="no room for a prompt"):
        arguments(max_model_len=512, override_generation_config={"max_new_tokens": 512})


def test_the_same_arguments_stand_on_a_command_line_where_no_file_is_read() -> None:
    line = arguments(tensor_parallel_size=2).command_line(without=frozenset({"middleware"}))
    assert line[0] == load_arguments().model
    assert line[line.index("--tensor-parallel-size") + 1] == "2"
    assert json.loads(line[line.index("--override-generation-config") + 1]) == {
        "max_new_tokens": load_arguments().override_generation_config.max_new_tokens
    }
    # false and null are left out: as flags they would mean the opposite, or the word "None".
    assert not {"--trust-remote-code", "--quantization", "--middleware"} & set(line)
    assert line[-1] == "--disable-uvicorn-access-log"


def test_weights_that_would_fail_minutes_later_fail_before_the_start(
    weights: Callable[..., Path], tmp_path: Path
) -> None:
    assert problems(arguments(), weights()) == []
    assert "make export`." in problems(arguments(), tmp_path / "nowhere" / "export")[0]
    assert "make quantise" in problems(arguments(), tmp_path / "export-awq")[0]
    longer = arguments(max_model_len=2048, override_generation_config={"max_new_tokens": 16})
    assert "above its 1024 positions" in problems(longer, weights(max_position_embeddings=1024))[0]
    # A model that sees keeps the language model's numbers apart.
    text = {"max_position_embeddings": 512}
    assert "above its 512 positions" in problems(longer, weights(text_config=text))[0]
    assert (
        "does not divide its 28 heads"
        in problems(arguments(tensor_parallel_size=8), weights(num_attention_heads=28))[0]
    )
    assert (
        "already quantised (awq)"
        in problems(
            arguments(quantization="fp8"), weights(quantization_config={"quant_method": "awq"})
        )[0]
    )
    assert "pickled" in problems(arguments(), weights("pytorch_model.bin"))[0]


@pytest.fixture
def guarded(monkeypatch: pytest.MonkeyPatch) -> Callable[..., TestClient]:
    """The guard before an application that answers everything, as vLLM's other routes would."""
    monkeypatch.setenv("API_KEY", KEY)

    async def answer(request: Request) -> Response:
        return PlainTextResponse(f"{len(await request.body())} bytes")

    def make(config: Config | None = None) -> TestClient:
        if config is not None:
            monkeypatch.setattr("inference.vllm.guard.load_config", lambda: config)
        app = Starlette(routes=[Route("/{path:path}", answer, methods=["GET", "POST"])])
        app.add_middleware(Guard)
        return TestClient(app)

    return make


def test_nothing_but_the_probes_answers_without_the_key(
    guarded: Callable[..., TestClient],
) -> None:
    client = guarded()
    for path in ("/health", "/metrics"):
        assert client.get(path).status_code == 200
    # vLLM's own key leaves these open.
    for path in ("/tokenize", "/invocations", "/pooling", "/load", PATH):
        assert client.post(path, json=HELLO).status_code == 401
    assert client.post("/invocations", json=HELLO, headers=WITH_KEY).status_code == 404
    assert client.get("/v1/models", headers=WITH_KEY).status_code == 200
    response = client.post(PATH, json=HELLO, headers=WITH_KEY)
    assert (response.status_code, response.text) == (200, f"{len(response.request.content)} bytes")


def test_size_and_rate_are_limited_as_in_the_projects_own_server(
    guarded: Callable[..., TestClient], smoke: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    # However long they take, they come at once.
    monkeypatch.setattr(
        "inference.vllm.guard.RateLimit", lambda per_minute: RateLimit(per_minute, lambda: 0.0)
    )
    client = guarded(smoke("serving.max_request_bytes=100", "serving.requests_per_minute=2"))

    def post(content: bytes) -> Response:
        return client.post(PATH, content=content, headers=WITH_KEY)  # type: ignore[return-value]

    assert post(b"x" * 101).status_code == 413
    assert post(b"x" * 100).status_code == 200
    refused = post(b"x")
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "30")


def test_requests_beyond_those_that_run_and_wait_are_refused(
    monkeypatch: pytest.MonkeyPatch, smoke: Any
) -> None:
    monkeypatch.setenv("API_KEY", KEY)
    monkeypatch.setattr("inference.vllm.guard.load_config", lambda: smoke("serving.queue_limit=2"))
    monkeypatch.setattr("inference.vllm.guard.load_arguments", lambda: arguments(max_num_seqs=1))

    async def scenario() -> list[int]:
        release = asyncio.Event()
        statuses: list[int] = []

        async def engine(scope: Any, receive: Any, send: Any) -> None:
            await release.wait()
            await PlainTextResponse("ok")(scope, receive, send)

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": b"{}", "more_body": False}

        async def send(message: Any) -> None:
            if message["type"] == "http.response.start":
                statuses.append(message["status"])

        guard = Guard(engine)
        scope = {
            "type": "http",
            "method": "POST",
            "path": PATH,
            "headers": [(b"authorization", f"Bearer {KEY}".encode())],
        }
        waiting = [asyncio.create_task(guard(scope, receive, send)) for _ in range(3)]
        await asyncio.sleep(0)
        await guard(scope, receive, send)  # one runs and two wait: the fourth is too many
        release.set()
        await asyncio.gather(*waiting)
        assert guard.admitted == 0
        return statuses

    assert asyncio.run(scenario()) == [429, 200, 200, 200]


def test_the_guard_does_not_start_without_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_KEY", "ml-project_dev_your_api_key_here")

    async def app(scope: Any, receive: Any, send: Any) -> None: ...

    with pytest.raises(ConfigError, match="API_KEY"):
        Guard(app)


@pytest.mark.parametrize("arguments_given", [[], ["--max-num-seqs", "8"]])
def test_the_start_script_checks_and_hands_over(
    weights: Callable[..., Path], tmp_path: Path, arguments_given: list[str]
) -> None:
    project = tmp_path / "project"
    for part in ("src", "inference", "configs"):
        shutil.copytree(ROOT / part, project / part, ignore=shutil.ignore_patterns("__pycache__"))
    tools = tmp_path / "bin"
    tools.mkdir()
    commands = {
        "python3": f'exec "{sys.executable}" "$@"',
        "vllm": 'echo "$VLLM_API_KEY" "$VLLM_MAX_N_SEQUENCES" "$@"',
    }
    for name, command in commands.items():
        (tools / name).write_text(f"#!/bin/sh\n{command}\n", encoding="utf-8")
        (tools / name).chmod(0o755)

    def start(**variables: str) -> subprocess.CompletedProcess[str]:
        given = {name: value for name, value in environment().items() if name != "API_KEY"}
        return subprocess.run(
            [project / "inference/vllm/start.sh", *arguments_given],
            cwd=project,
            env=given | {"PATH": f"{tools}{os.pathsep}{os.environ['PATH']}"} | variables,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    assert "API_KEY" in start().stderr
    ended = start(API_KEY=KEY)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "make export" in ended.stderr
    target = project / load_arguments().model
    target.parent.mkdir(parents=True, exist_ok=True)
    weights().rename(target)
    answers = ENVIRONMENT["VLLM_MAX_N_SEQUENCES"]
    handed = " ".join([KEY, answers, "serve --config inference/vllm/engine.yaml", *arguments_given])
    assert start(API_KEY=KEY).stdout.strip() == handed
    # Weights that lie elsewhere are checked and served there; vLLM takes its model first.
    elsewhere = str(tmp_path / "model")
    refused = start(API_KEY=KEY, WEIGHTS=elsewhere)
    assert (refused.returncode, elsewhere in refused.stderr) == (2, True)
    target.rename(elsewhere)
    given = start(API_KEY=KEY, WEIGHTS=elsewhere).stdout.strip()
    assert given == handed.replace("serve", f"serve {elsewhere}", 1)
