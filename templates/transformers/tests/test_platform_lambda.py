"""Lambda: its API is played by a strict server on this machine, ssh and rsync by scripts."""

from __future__ import annotations

import json
import os
import shutil
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import ConfigError, PipelineError
from platforms.lambda_cloud import launch, machine
from platforms.lambda_cloud import settings as lambda_settings
from platforms.lambda_cloud.client import LambdaCloud, LambdaError
from platforms.lambda_cloud.launch import Terminal, perform
from platforms.lambda_cloud.settings import LambdaSettings
from platforms.settings import TO_CHOOSE, read_settings

KEY = "of-the-account"
RUN_KEY = "of-the-run"
SETTINGS = {
    "instance_type": "gpu_1x_a10",
    "gpus": 1,
    "region": None,
    "max_usd_per_hour": 1.29,
    "ssh_key_name": None,
    "name": "demo",
}


class LocalLambda:
    """An account at Lambda as its API tells of it (openapi 1.10)."""

    def __init__(self) -> None:
        self.price_cents = 129
        self.regions = ["us-east-1", "us-west-1"]
        self.sold_out: set[str] = set()
        self.instances: dict[str, dict[str, Any]] = {}
        self.polls_until_active = 2
        self.refuse: list[tuple[int, str]] = []
        self.lose_answer = False
        self.redirect_to: str | None = None
        self.orders = 0
        self.authorized = 0

    def types(self) -> dict[str, Any]:
        kind = {
            "name": "gpu_1x_a10",
            "description": "1x A10 (24 GB PCIe)",
            "gpu_description": "A10 (24 GB PCIe)",
            "price_cents_per_hour": self.price_cents,
            "specs": {"vcpus": 30, "memory_gib": 200, "storage_gib": 1400, "gpus": 1},
        }
        places = [{"name": name, "description": name} for name in self.regions]
        return {"gpu_1x_a10": {"instance_type": kind, "regions_with_capacity_available": places}}

    def launch(self, order: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        fields = {"region_name", "instance_type_name", "ssh_key_names", "name"}
        if set(order) != fields or order["ssh_key_names"] != ["laptop"] or len(order["name"]) > 64:
            return 400, error("global/invalid-parameters", "Invalid request data.")
        if order["region_name"] in self.sold_out:
            return 400, error("instance-operations/launch/insufficient-capacity", "Not enough.")
        self.orders += 1
        identity = f"id-{self.orders}"
        self.instances[identity] = {
            "id": identity,
            "name": order["name"],
            "status": "booting",
            "polls": 0,
            "region": {"name": order["region_name"], "description": ""},
        }
        return 200, {"data": {"instance_ids": [identity]}}

    def shown(self, identity: str) -> dict[str, Any]:
        instance = self.instances[identity]
        instance["polls"] += 1
        if instance["status"] == "booting" and instance["polls"] > self.polls_until_active:
            instance |= {"status": "active", "ip": "198.51.100.2"}
        return {key: value for key, value in instance.items() if key != "polls"}

    def question(self, path: str) -> tuple[int, dict[str, Any]]:
        key = {"id": "1", "name": "laptop", "public_key": "ssh-ed25519 A"}
        answers = {
            "/instance-types": self.types,
            "/ssh-keys": lambda: [key],
            "/instances": lambda: [self.shown(identity) for identity in self.instances],
            **{f"/instances/{one}": partial(self.shown, one) for one in self.instances},
        }
        if path not in answers:
            return 404, error("global/object-does-not-exist", path)
        return 200, {"data": answers[path]()}

    def answer(self, method: str, path: str, body: Any) -> tuple[int, dict[str, Any]]:
        if self.refuse:
            status, code = self.refuse.pop(0)
            return status, error(code, "refused by the test")
        if method == "GET":
            return self.question(path)
        if path == "/instance-operations/launch":
            return self.launch(body)
        if path == "/instance-operations/terminate":
            ended = [
                self.instances.pop(i) | {"status": "terminating"} for i in body["instance_ids"]
            ]
            return 200, {"data": {"terminated_instances": ended}}
        return 404, error("global/object-does-not-exist", path)


def error(code: str, message: str) -> dict[str, Any]:
    return {"error": {"code": code, "message": message, "suggestion": "look closer"}}


class Handler(BaseHTTPRequestHandler):
    lambda_: LocalLambda

    def do_GET(self) -> None:
        self.reply("GET", None)

    def do_POST(self) -> None:
        assert self.headers["Content-Type"] == "application/json"
        self.reply("POST", json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

    def reply(self, method: str, body: Any) -> None:
        if self.lambda_.redirect_to is not None:
            self.send_response(302)
            self.send_header("Location", self.lambda_.redirect_to)
            self.end_headers()
            return
        if self.headers["Authorization"] != f"Bearer {KEY}":
            status, answer = 401, error("global/invalid-api-key", "API key was invalid.")
        else:
            self.lambda_.authorized += 1
            status, answer = self.lambda_.answer(method, self.path, body)
        if self.lambda_.lose_answer and method == "POST":
            self.lambda_.lose_answer = False
            self.connection.close()
            return
        text = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def account() -> Iterator[tuple[LocalLambda, str]]:
    local = LocalLambda()
    handler = type("Handler", (Handler,), {"lambda_": local})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield local, f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def cloud(address: str, key: str = KEY) -> LambdaCloud:
    return LambdaCloud(key, address, sleep=lambda _: None)


class Person:
    """Answers questions, and lives through the hours that a run takes."""

    def __init__(self, *, rents: bool = True, ends: bool = True, asks: bool = True) -> None:
        self.rents = rents
        self.ends = ends
        self.asks = asks
        self.heard: list[str] = []
        self.questions: list[str] = []
        self.time = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)

    def confirm(self, question: str) -> bool:
        self.questions.append(question)
        return self.rents if question.startswith("Rent") else self.ends

    def sleep(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)

    def terminal(self) -> Terminal:
        return Terminal(
            say=self.heard.append,
            confirm=self.confirm,
            asks=self.asks,
            now=lambda: self.time,
            sleep=self.sleep,
        )


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Ssh and rsync that write down what they were told; the machine's shell is this one's."""
    tools = tmp_path / "tools"
    tools.mkdir()
    told = tmp_path / "told"
    for name in ("ssh", "rsync"):
        path = tools / name
        path.write_text(
            f'#!/bin/sh\nprintf "%s\\n" "{name} $*" >>"{told}"\n'
            f'case "$*" in\n  *"cat >~/"*) cat >"{tmp_path}/secrets" ;;\n'
            f'  *"cat outputs/exit_code"*) cat "{tmp_path}/progress" ;;\nesac\n'
            f'[ ! -e "{tmp_path}/fail-{name}" ]\n',
            encoding="utf-8",
        )
        path.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(launch, "STATE", tmp_path / "state")
    monkeypatch.setattr(launch, "RENTED", tmp_path / "state" / "instance.json")
    settings = tmp_path / "settings.yaml"
    settings.write_text(json.dumps(SETTINGS), encoding="utf-8")
    monkeypatch.setattr(launch, "PATH", settings)
    (tmp_path / "progress").write_text('0\n\n{"event": "trained"}\n', encoding="utf-8")
    return tmp_path


def test_the_project_s_settings_are_valid_or_say_what_to_choose() -> None:
    if TO_CHOOSE not in lambda_settings.PATH.read_text(encoding="utf-8"):
        read_settings(lambda_settings.PATH, LambdaSettings)
        return
    with pytest.raises(ConfigError, match=r"launch_lambda\.sh types"):
        read_settings(lambda_settings.PATH, LambdaSettings)


def test_a_run_from_order_to_end(
    account: tuple[LocalLambda, str], tools: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    local, address = account
    monkeypatch.setenv("HF_TOKEN", RUN_KEY)
    person = Person()
    code = perform("train", cloud(address), person.terminal(), ["--set", "training.max_steps=2"])
    assert code == 0
    assert local.orders == 1
    assert local.instances == {}
    assert not (tools / "state" / "instance.json").exists()
    assert "$1.29 an hour" in person.questions[0]
    assert person.questions[1].startswith("End demo-20260102-030405 now")
    told = (tools / "told").read_text(encoding="utf-8")
    assert "bash platforms/setup_machine.sh" in told
    assert "training.max_steps=2" in told
    assert "tmux new-session -d" in told
    assert "--exclude=.env*" in told
    # The key of the account and the keys of the run are on no command line.
    assert KEY not in told
    assert RUN_KEY not in told
    assert (tools / "secrets").read_text(encoding="utf-8") == f"HF_TOKEN={RUN_KEY}\n"


def test_what_a_machine_costs_is_told_while_it_runs(
    account: tuple[LocalLambda, str], tools: Path
) -> None:
    _, address = account
    person = Person()
    rented = launch.rent(cloud(address), LambdaSettings(**SETTINGS), person.terminal())
    person.sleep(2 * 3600)
    # Two hours at $1.29.
    assert launch.cost_line(rented, person.terminal()) == "$2.58 at $1.29 an hour"


def test_nothing_is_rented_without_a_yes(account: tuple[LocalLambda, str], tools: Path) -> None:
    local, address = account
    with pytest.raises(PipelineError, match="Nothing was rented"):
        perform("train", cloud(address), Person(rents=False).terminal(), [])
    assert local.orders == 0


def test_a_dearer_machine_is_refused(account: tuple[LocalLambda, str], tools: Path) -> None:
    local, address = account
    local.price_cents = 130
    with pytest.raises(ConfigError, match=r"costs \$1.30 an hour now; max_usd_per_hour"):
        perform("train", cloud(address), Person().terminal(), [])
    assert local.orders == 0


def test_a_region_that_sells_out_meanwhile_is_followed_by_the_next(
    account: tuple[LocalLambda, str], tools: Path
) -> None:
    local, address = account
    local.sold_out = {"us-east-1"}
    rented = launch.rent(cloud(address), LambdaSettings(**SETTINGS), Person().terminal())
    assert rented.region == "us-west-1"


def test_sold_out_everywhere_says_what_there_is(
    account: tuple[LocalLambda, str], tools: Path
) -> None:
    local, address = account
    local.regions = []
    with pytest.raises(PipelineError, match="sold out in any region"):
        perform("train", cloud(address), Person().terminal(), [])
    assert not (tools / "state" / "instance.json").exists()


def test_a_failed_setup_offers_to_end_the_machine(
    account: tuple[LocalLambda, str], tools: Path
) -> None:
    local, address = account
    (tools / "fail-rsync").touch()
    person = Person()
    with pytest.raises(PipelineError, match="copying the project failed"):
        perform("train", cloud(address), person.terminal(), [])
    assert local.instances == {}
    assert "Nothing on it is needed any more" in person.questions[-1]


def test_results_that_did_not_come_home_are_not_given_up_unasked(
    account: tuple[LocalLambda, str], tools: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    local, address = account
    person = Person(asks=False)
    fetched = machine.Machine.fetch
    monkeypatch.setattr(
        machine.Machine,
        "fetch",
        lambda self, checkpoints: ["false", *fetched(self, checkpoints=True)],
    )
    with pytest.raises(PipelineError, match="fetching the results failed"):
        perform("train", cloud(address), person.terminal(), [])
    assert list(local.instances) == ["id-1"]
    assert "goes on costing $1.29 an hour" in person.heard[-1]
    monkeypatch.undo()


def test_a_run_that_was_left_is_followed_and_ended(
    account: tuple[LocalLambda, str], tools: Path
) -> None:
    local, address = account
    person = Person(ends=False)
    assert perform("train", cloud(address), person.terminal(), []) == 0
    assert list(local.instances) == ["id-1"]
    with pytest.raises(PipelineError, match="was not ended"):
        perform("train", cloud(address), person.terminal(), [])
    later = Person()
    assert perform("follow", cloud(address), later.terminal(), []) == 0
    assert local.instances == {}
    assert local.orders == 1


def test_the_exit_code_of_the_run_is_the_launcher_s(
    account: tuple[LocalLambda, str], tools: Path
) -> None:
    _, address = account
    (tools / "progress").write_text("71\n\nout of memory\n", encoding="utf-8")
    assert perform("train", cloud(address), Person().terminal(), []) == 71


def test_an_order_whose_answer_was_lost_is_found_by_its_name(
    account: tuple[LocalLambda, str], tools: Path
) -> None:
    local, address = account
    local.lose_answer = True
    rented = launch.rent(cloud(address), LambdaSettings(**SETTINGS), Person().terminal())
    assert rented.id == "id-1"
    assert local.orders == 1


def test_a_question_is_repeated_while_lambda_is_busy_and_an_order_is_not(
    account: tuple[LocalLambda, str],
) -> None:
    local, address = account
    local.refuse = [(429, "global/rate-limited"), (503, "provider/internal-unavailable")]
    local.refuse[1] = (500, "failing")
    assert cloud(address).ssh_keys() == ["laptop"]
    local.refuse = [(500, "failing")]
    with pytest.raises(LambdaError):
        cloud(address).launch(
            instance_type="gpu_1x_a10", region="us-east-1", ssh_key="laptop", name="demo-1"
        )
    assert local.orders == 0


def test_a_wrong_key_says_where_to_get_one(account: tuple[LocalLambda, str]) -> None:
    _, address = account
    with pytest.raises(LambdaError, match=r"https://cloud\.lambda\.ai/api-keys"):
        cloud(address, "another").offers()


def test_the_key_follows_no_redirect_and_leaves_over_https_only(
    account: tuple[LocalLambda, str],
) -> None:
    local, address = account
    with pytest.raises(ValueError, match="https"):
        LambdaCloud(KEY, "http://cloud.lambda.ai/api/v1")
    local.redirect_to = f"{address}/elsewhere"
    with pytest.raises(LambdaError):
        cloud(address).offers()
    assert local.authorized == 0


def test_a_type_that_is_still_to_be_chosen_is_not_ordered(tmp_path: Path) -> None:
    path = tmp_path / "settings.yaml"
    path.write_text(json.dumps(SETTINGS | {"instance_type": TO_CHOOSE}), encoding="utf-8")
    with pytest.raises(ConfigError, match=r"launch_lambda\.sh types"):
        read_settings(path, LambdaSettings)


def test_the_shell_that_the_run_starts_in_keeps_arguments_apart(tmp_path: Path) -> None:
    command = machine.start_command(["--set", "project.name=two words; rm -rf x"], gpus=2)
    assert "NPROC_PER_NODE=2 CUDA_VISIBLE_DEVICES=0,1" in command
    assert "'\"'\"'project.name=two words; rm -rf x'\"'\"'" in command
    assert machine.secrets_text({"HF_TOKEN": "a'b"}) == "HF_TOKEN='a'\"'\"'b'\n"
    assert shutil.which("sh")
