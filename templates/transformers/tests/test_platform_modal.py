"""Modal: what the app asks for, and what an attempt's end means to it."""

from __future__ import annotations

import importlib
import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

from conftest import ROOT, environment
from pipeline.errors import ConfigError, PipelineError
from platforms.command import run_to_the_end
from platforms.modal import launch
from platforms.modal import settings as modal_settings
from platforms.modal.settings import ModalSettings
from platforms.settings import TO_CHOOSE, read_settings, secrets_to_send

VALUES: dict[str, Any] = {
    "app": "demo",
    "gpu": "H100",
    "gpu_count": 2,
    "cpu_cores": 8,
    "memory_gib": 64,
    "timeout_hours": 24,
    "max_retries": 10,
    "region": None,
    "secret_name": "demo",
}


def write(folder: Path, **changes: Any) -> Path:
    path = folder / "settings.yaml"
    path.write_text(yaml.safe_dump(VALUES | changes), encoding="utf-8")
    return path


def test_the_project_s_settings_are_valid_or_say_what_to_choose() -> None:
    if TO_CHOOSE not in modal_settings.PATH.read_text(encoding="utf-8"):
        read_settings(modal_settings.PATH, ModalSettings)
        return
    with pytest.raises(ConfigError, match=r"https://modal\.com/docs/guide/gpu"):
        read_settings(modal_settings.PATH, ModalSettings)


def test_a_card_is_asked_for_as_modal_writes_it(tmp_path: Path) -> None:
    assert read_settings(write(tmp_path), ModalSettings).gpus == "H100:2"
    assert read_settings(write(tmp_path, gpu="L4", gpu_count=1), ModalSettings).gpus == "L4"


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"gpus": "H100"}, "gpus"),  # an unknown key
        ({"gpu": TO_CHOOSE}, "https://modal.com/docs/guide/gpu"),
        ({"timeout_hours": 48}, "timeout_hours"),  # Modal allows 24
        ({"gpu_count": 16}, "gpu_count"),
    ],
)
def test_settings_that_modal_would_misunderstand_are_refused(
    tmp_path: Path, changes: dict[str, Any], told: str
) -> None:
    with pytest.raises(ConfigError, match=told):
        read_settings(write(tmp_path, **changes), ModalSettings)


def test_an_interrupted_attempt_saves_its_checkpoint_first(tmp_path: Path) -> None:
    saves = (
        "import signal, sys, time, pathlib\n"
        f"def stop(*_): pathlib.Path({str(tmp_path / 'saved')!r}).write_text('x'); sys.exit(75)\n"
        "signal.signal(signal.SIGTERM, stop)\n"
        f"pathlib.Path({str(tmp_path / 'ready')!r}).write_text('x')\n"
        "time.sleep(600)\n"
    )
    code = (
        "import sys\n"
        "from platforms.command import run_to_the_end\n"
        "run_to_the_end([sys.executable, '-c', sys.argv[1]], grace_seconds=120)\n"
    )
    attempt = subprocess.Popen(
        [sys.executable, "-c", code, saves],
        env=environment(),
        # Whoever starts the tests in the background ignores the signal, and children inherit that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
    )
    deadline = time.monotonic() + 120
    while not (tmp_path / "ready").exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    attempt.send_signal(signal.SIGINT)  # what Modal sends
    assert attempt.wait(timeout=240) != 0
    assert (tmp_path / "saved").exists()


def test_the_exit_code_of_a_run_comes_through() -> None:
    assert run_to_the_end([sys.executable, "-c", "raise SystemExit(71)"], grace_seconds=1) == 71


def test_keys_go_over_a_pipe_and_placeholders_stay_at_home() -> None:
    environ = {"HF_TOKEN": "abc", "WANDB_API_KEY": "x_dev_your_key_here", "OTHER": "1"}
    assert secrets_to_send(environ, ("HF_TOKEN", "WANDB_API_KEY")) == {"HF_TOKEN": "abc"}
    command = launch.modal_command("secret", ModalSettings(**VALUES), [])
    assert command[-3:] == ["--from-json", "/dev/stdin", "demo"]


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    pytest.importorskip("modal")
    monkeypatch.setattr(modal_settings, "PATH", write(tmp_path))
    sys.modules.pop("platforms.modal.app", None)
    loaded = importlib.import_module("platforms.modal.app")
    sys.modules.pop("platforms.modal.app", None)
    return loaded


def test_modal_accepts_the_app(app: ModuleType) -> None:
    assert app.app.name == "demo"
    asked = app.train.info()
    assert asked.gpus == [("H100", 2)]
    assert (asked.cpu, asked.memory_mib) == (8, 64 * 1024)
    assert (asked.timeout, asked.max_retries) == (24 * 3600, 10)
    assert set(asked.volumes) == {"/outputs", "/cache"}
    assert len(asked.secrets) == 1


def test_the_image_is_built_from_the_locks(app: ModuleType) -> None:
    locks = [Path(lock).relative_to(ROOT).as_posix() for lock in app.locks()]
    assert locks[0] == "requirements.lock"
    assert all(lock.startswith(("tracking/", "distributed/")) for lock in locks[1:])


@pytest.mark.filterwarnings("ignore:The train function is executing locally")
@pytest.mark.parametrize("code", [0, 2, 71])
def test_an_end_that_a_retry_would_repeat_is_returned(
    app: ModuleType, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    volume = FakeVolume()
    monkeypatch.setattr(app, "outputs", volume)
    monkeypatch.setattr(app, "cache", volume)
    monkeypatch.setattr(app, "run_to_the_end", lambda _, grace_seconds: code)
    assert app.train.local([]) == code
    assert volume.calls == ["reload", "commit", "commit"]


@pytest.mark.filterwarnings("ignore:The train function is executing locally")
@pytest.mark.parametrize("code", [1, 3, 75, -9])
def test_an_end_that_a_retry_can_help_is_raised_with_the_checkpoint_kept(
    app: ModuleType, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    volume = FakeVolume()
    monkeypatch.setattr(app, "outputs", volume)
    monkeypatch.setattr(app, "cache", volume)
    monkeypatch.setattr(app, "run_to_the_end", lambda _, grace_seconds: code)
    with pytest.raises(RuntimeError, match="goes on from the checkpoint"):
        app.train.local([])
    assert "commit" in volume.calls


# One row for each state that `modal app list` knows, and a run of another project.
STATES = {
    "ap-1": ("demo", "ephemeral (detached)"),
    "ap-2": ("demo", "ephemeral"),
    "ap-3": ("demo", "initializing..."),
    "ap-4": ("demo", "deployed"),
    "ap-5": ("demo", "stopping..."),
    "ap-6": ("demo", "stopped"),
    "ap-7": ("demo", "disabled"),
    "ap-8": ("demo-2", "ephemeral (detached)"),
}


def client_with(states: dict[str, tuple[str, str]], folder: Path) -> list[str]:
    """A client in place of Modal's that lists these apps and writes down what it is told."""
    rows = [
        {"app_id": app, "description": name, "state": state, "tasks": "1"}
        for app, (name, state) in states.items()
    ]
    code = (
        "import pathlib, sys\n"
        f"with pathlib.Path({str(folder / 'told')!r}).open('a') as told:\n"
        "    print(*sys.argv[1:], file=told)\n"
        f"if sys.argv[2] == 'list': print({json.dumps(rows)!r})\n"
    )
    (folder / "client.py").write_text(code, encoding="utf-8")
    return [sys.executable, str(folder / "client.py")]


def test_a_run_is_stopped_by_its_id_and_nothing_else_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(launch, "MODAL", client_with(STATES, tmp_path))
    launch.stop(ModalSettings(**VALUES))
    told = (tmp_path / "told").read_text(encoding="utf-8").splitlines()
    assert told == ["app list --json", *(f"app stop --yes ap-{number}" for number in (1, 2, 3))]
    assert "stopped ap-1, a run of demo" in capsys.readouterr().err


def test_that_nothing_runs_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ended = {app: row for app, row in STATES.items() if app > "ap-3"}
    monkeypatch.setattr(launch, "MODAL", client_with(ended, tmp_path))
    with pytest.raises(PipelineError, match="No run of the app demo is going on"):
        launch.stop(ModalSettings(**VALUES))
    assert (tmp_path / "told").read_text(encoding="utf-8") == "app list --json\n"


def test_a_stop_that_failed_is_not_called_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(launch, "MODAL", [sys.executable, "-c", "raise SystemExit(2)"])
    with pytest.raises(PipelineError, match="modal ended with 2"):
        launch.stop(ModalSettings(**VALUES))


def test_modal_s_own_list_is_read(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    client = pytest.importorskip("modal.cli.app")
    from modal.output import enable_output

    api_pb2 = pytest.importorskip("modal_proto.api_pb2")

    apps = [
        api_pb2.AppListResponse.AppListItem(app_id=name, description="demo", state=state)
        for name, state in api_pb2.AppState.items()
    ]

    class Server:
        async def AppList(self, request: Any) -> Any:  # noqa: N802 - Modal's name
            return api_pb2.AppListResponse(apps=apps)

    async def connect() -> Any:
        return type("Client", (), {"_stub": Server()})()

    monkeypatch.setattr(client._Client, "from_env", connect)
    with enable_output():
        client.list_.callback(env=None, json=True, limit=0)
    running = launch.running_apps(capsys.readouterr().out, "demo")
    assert set(running) == {
        "APP_STATE_DETACHED",
        "APP_STATE_DETACHED_DISCONNECTED",
        "APP_STATE_EPHEMERAL",
        "APP_STATE_INITIALIZING",
    }


class FakeVolume:
    """Notes what is asked of a volume."""

    def __init__(self) -> None:
        self.calls: list[str] = []

    def reload(self) -> None:
        self.calls.append("reload")

    def commit(self) -> None:
        self.calls.append("commit")
