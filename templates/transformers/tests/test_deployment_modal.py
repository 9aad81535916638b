"""Modal: the settings, and what the app declares, loaded with the real package."""

from __future__ import annotations

import contextlib
import importlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from conftest import ROOT, environment
from inference.modal.settings import MODAL_FILE, ModalSettings, load_settings
from inference.vllm.arguments import ENVIRONMENT, load_arguments
from pipeline.config import load_config
from pipeline.errors import ConfigError, PipelineError

VALUES: dict[str, Any] = yaml.safe_load(MODAL_FILE.read_text(encoding="utf-8"))


def settings(**changes: Any) -> ModalSettings:
    return ModalSettings.model_validate(VALUES | changes)


def test_settings_that_do_not_agree_are_refused(tmp_path: Path) -> None:
    def refused(**changes: Any) -> str:
        path = tmp_path / "modal.yaml"
        path.write_text(json.dumps(VALUES | changes), encoding="utf-8")
        with pytest.raises(ConfigError) as caught:
            load_settings(path)
        return str(caught.value)

    assert "above max_containers" in refused(min_containers=3, max_containers=2)
    assert "above max_inputs" in refused(max_inputs=4, target_inputs=5)
    assert "needs a gpu" in refused(engine="vllm", gpu=None)
    assert "gpu_counts" in refused(gpu_counts=2)
    assert "gpu" in refused(gpu="l4")  # Modal's names are in capitals
    assert "scaledown_window_seconds" in refused(scaledown_window_seconds=7200)


def test_several_cards_of_a_container_are_written_as_modal_reads_them() -> None:
    assert settings(gpu="H100", gpu_count=2).accelerator == "H100:2"
    assert settings(gpu="L4", gpu_count=1).accelerator == "L4"
    assert settings(engine="project", gpu=None).accelerator is None


def test_a_container_takes_what_the_engine_runs_and_no_more() -> None:
    wanted, engine = load_settings(), load_arguments()
    if wanted.engine == "vllm":
        assert wanted.max_inputs <= engine.max_num_seqs + load_config().serving.queue_limit
        assert wanted.gpu_count == engine.tensor_parallel_size


def test_what_the_engine_is_told_to_put_before_itself_can_be_imported() -> None:
    for name in load_arguments().middleware:
        module, _, attribute = name.rpartition(".")
        assert callable(getattr(importlib.import_module(module), attribute))


class Volume:
    """Takes what is uploaded, as Modal's would."""

    def __init__(self) -> None:
        self.uploaded: list[tuple[str, str]] = []

    def batch_upload(self, *, force: bool) -> Any:
        assert force  # the weights of an earlier export are replaced
        return contextlib.nullcontext(self)

    def put_directory(self, folder: Path, remote: str) -> None:
        self.uploaded.append((str(folder), remote))


@pytest.mark.parametrize(
    "case",  # what answers, what engine.yaml names, what was made, what is uploaded
    [
        ("vllm", "models/export", "models/export", "models/export"),
        ("vllm", "models/export-awq", "models/export-awq", "models/export-awq"),
        ("vllm", "models/export-awq", "models/export", None),
        ("project", "models/export-awq", "models/export", "models/export"),
    ],
)
def test_the_weights_that_the_engine_reads_are_uploaded(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    smoke: Any,
    case: tuple[str, str, str, str | None],
) -> None:
    engine, model, there, wanted = case
    modal = pytest.importorskip("modal", reason="make install brings it with this deployment")
    from inference.modal import upload

    volume = Volume()
    arguments = load_arguments().model_copy(update={"model": model})
    config = smoke("serving.model_path=models/export")
    monkeypatch.setattr(modal.Volume, "from_name", lambda *_, **__: volume)
    monkeypatch.setattr(upload, "load_settings", lambda: settings(engine=engine, gpu="L4"))
    monkeypatch.setattr(upload, "load_config", lambda: config)
    monkeypatch.setattr("inference.vllm.check.load_arguments", lambda: arguments)
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / there
    folder.mkdir(parents=True)
    (folder / "config.json").write_text("{}", encoding="utf-8")
    (folder / "model.safetensors").write_bytes(b"")
    if wanted is None:
        with pytest.raises(PipelineError, match=r"models/export-awq.*make quantise"):
            upload.main()
        assert volume.uploaded == []
    else:
        upload.main()
        assert volume.uploaded == [(wanted, f"/{Path(wanted).name}")]


@pytest.fixture
def declared(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Loads the app with other settings; returns what Modal's own package was told, and took."""
    modal = pytest.importorskip("modal", reason="make install brings it with this deployment")

    def load(**changes: Any) -> dict[str, Any]:
        told: dict[str, Any] = {}
        cls, concurrent = modal.App.cls, modal.concurrent

        def recorded_cls(self: Any, **given: Any) -> Any:
            told.update(given)
            return cls(self, **given)

        def recorded_concurrent(**given: Any) -> Any:
            told.update(given)
            return concurrent(**given)

        with monkeypatch.context() as patch:
            patch.setattr("inference.modal.settings.load_settings", lambda: settings(**changes))
            patch.setattr(modal.App, "cls", recorded_cls)
            patch.setattr(modal, "concurrent", recorded_concurrent)
            sys.modules.pop("inference.modal.app", None)
            app = importlib.import_module("inference.modal.app")
        return told | {"app": app}

    return load


def test_the_app_declares_what_is_wanted(declared: Any) -> None:
    told = declared(engine="project", gpu="L4", gpu_count=1, min_containers=1, max_containers=3)
    assert told["gpu"] == "L4"
    assert (told["min_containers"], told["max_containers"]) == (1, 3)
    assert told["scaledown_window"] == VALUES["scaledown_window_seconds"]
    assert (told["max_inputs"], told["target_inputs"]) == (
        VALUES["max_inputs"],
        VALUES["target_inputs"],
    )
    assert set(told["volumes"]) == {"/project/models", "/cache"}
    assert len(told["secrets"]) == 1
    assert told["app"].app.name == VALUES["app"]
    assert told["app"].VARIABLES.items() >= ENVIRONMENT.items()
    assert told["app"].ProjectServer.serve is not None


def test_vllm_takes_several_cards_and_the_project_none_where_none_was_planned(
    declared: Any,
) -> None:
    assert declared(engine="project", gpu=None)["gpu"] is None
    assert declared(engine="vllm", gpu="H100", gpu_count=2)["gpu"] == "H100:2"


def test_the_containers_import_finds_what_the_image_holds(tmp_path: Path) -> None:
    """Only what `add_local_dir` puts there, at the same places: no lock, no scripts."""
    pytest.importorskip("modal", reason="make install brings it with this deployment")
    for folder in ("configs", "src", "inference"):
        (tmp_path / folder).symlink_to(ROOT / folder)
    own = {str(ROOT), str(ROOT / "src")}
    packages = [path for path in sys.path if path and path not in own]
    ended = subprocess.run(
        [sys.executable, "-c", "from inference.modal.app import app; print(app.name)"],
        cwd=tmp_path,
        env=environment() | {"PYTHONPATH": ":".join(["src", ".", *packages])},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert ended.stdout.strip() == VALUES["app"], ended.stderr
