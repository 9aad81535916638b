"""Modal: the settings, and what the app declares, loaded with the real package."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

from conftest import ROOT, environment
from inference.modal.settings import MODAL_FILE, ModalSettings, load_settings
from inference.vllm.arguments import load_arguments
from pipeline.config import load_config
from pipeline.errors import ConfigError

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


def declared(app: ModuleType) -> dict[str, Any]:
    """What Modal was told, read back from the declaration itself."""
    [(name, service)] = app.app.registered_classes.items()
    spec = app.app.registered_functions[f"{name}.*"].spec
    return {"name": name, "class": service, "spec": spec}


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    pytest.importorskip("modal", reason="make install brings it with this deployment")

    def make(**changes: Any) -> ModuleType:
        monkeypatch.setattr(
            "inference.modal.settings.load_settings", lambda *_: settings(**changes)
        )
        sys.modules.pop("inference.modal.app", None)
        return importlib.import_module("inference.modal.app")

    return make


def test_the_app_declares_what_is_wanted(load: Any) -> None:
    app = load(engine="project", gpu="L4", gpu_count=1, min_containers=1, max_containers=3)
    told = declared(app)
    spec = told["spec"]
    assert told["name"] == "ProjectServer"
    assert spec.gpus == "L4"
    assert spec.memory == VALUES["memory_mib"]
    assert [secret.name for secret in spec.secrets if hasattr(secret, "name")]
    assert set(spec.volumes) == {"/root/models", "/cache"}
    assert app.app.name == VALUES["app"]


def test_on_processors_no_card_is_asked_for_and_vllm_is_not_served(load: Any) -> None:
    assert declared(load(engine="project", gpu=None))["spec"].gpus is None
    assert declared(load(engine="vllm", gpu="H100", gpu_count=2))["spec"].gpus == "H100:2"


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
        timeout=120,
        check=False,
    )
    assert ended.stdout.strip() == VALUES["app"], ended.stderr
