"""A version names the bytes of a model, what they were made of, and how they measured."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from pipeline.config import Config
from pipeline.errors import ConfigError, PipelineError
from pipeline.manifest import write_json
from pipeline.registry import digest_of, known_versions, register
from pipeline.rows import file_sha256
from pipeline.settings import config_hash


def exported(config: Config, folder: Path, weights: bytes = b"weights") -> Path:
    """What `make train`, `make evaluate` and `make export` leave, with weights of a few bytes."""
    folder.mkdir(parents=True)
    (folder / "model.safetensors").write_bytes(weights)
    (folder / "config.json").write_text("{}", "utf-8")
    about = {"base_model": "tiny", "base_revision": None, "method": "lora", "dtype": "bf16"}
    hashes = {"model.safetensors": file_sha256(folder / "model.safetensors")}
    made_by = {"config_hash": config_hash(config), "versions": {"torch": "2"}}
    write_json(folder / "export.json", {**about, **made_by, "sha256": hashes})
    output = config.project.output_dir
    write_json(output / "manifest.json", {"data_sha256": {"train": "00"}, "git_commit": "abc"})
    evaluation = {"candidate": {"metrics": {"validation_loss": 1.0}}, "baseline": {}}
    write_json(output / "evaluation.json", {"promoted": True, **evaluation, **made_by})
    return folder


def test_a_version_holds_what_the_model_was_made_of(smoke: Any, tmp_path: Path) -> None:
    config = smoke()
    record = tmp_path / "models" / "versions.jsonl"
    first = register(config, exported(config, tmp_path / "one"), record=record)
    assert first["version"] == 1
    assert first["promoted"]
    assert first["measures"]["metrics"] == {"validation_loss": 1.0}
    assert first["data_sha256"] == {"train": "00"}
    assert set(first["sha256"]) == {"model.safetensors", "config.json", "export.json"}
    assert first["digest"] == digest_of(first["sha256"])

    again = register(config, tmp_path / "one", record=record)
    assert again == first
    second = register(config, exported(config, tmp_path / "two", b"others"), record=record)
    assert second["version"] == 2
    assert [known["version"] for known in known_versions(record)] == [1, 2]


def test_a_model_that_the_gate_did_not_promote_needs_a_word(smoke: Any, tmp_path: Path) -> None:
    config = smoke()
    folder = exported(config, tmp_path / "one")
    record = tmp_path / "versions.jsonl"
    report = config.project.output_dir / "evaluation.json"
    write_json(report, {**json.loads(report.read_text("utf-8")), "promoted": False})
    with pytest.raises(ConfigError, match="has not promoted"):
        register(config, folder, record=record)
    assert not record.exists()
    assert register(config, folder, unpromoted=True, record=record)["promoted"] is False
    # An evaluation of other settings says nothing of this model.
    other = smoke("evaluation.min_improvement=0.5")
    write_json(report, {"promoted": True, "config_hash": config_hash(other)})
    with pytest.raises(ConfigError, match="not evaluated as it is"):
        register(config, folder, record=record)


def test_a_model_evaluated_on_another_machine_is_registered_here(
    smoke: Any, tmp_path: Path
) -> None:
    there, here = smoke(output=tmp_path / "there"), smoke(output=tmp_path / "here")
    folder = exported(here, tmp_path / "one")
    report = {"promoted": True, "config_hash": config_hash(there)}
    write_json(here.project.output_dir / "evaluation.json", report)
    assert register(here, folder, record=tmp_path / "versions.jsonl")["promoted"]


def test_the_base_model_does_not_take_the_measures_of_the_trained_one(
    smoke: Any, tmp_path: Path
) -> None:
    config = smoke()
    folder = exported(config, tmp_path / "base")
    about = json.loads((folder / "export.json").read_text("utf-8"))
    write_json(folder / "export.json", {**about, "method": "none"})
    record = tmp_path / "versions.jsonl"
    with pytest.raises(ConfigError, match="not evaluated as it is"):
        register(config, folder, record=record)
    assert register(config, folder, unpromoted=True, record=record)["measures"] is None


def test_other_bytes_than_were_exported_are_refused(smoke: Any, tmp_path: Path) -> None:
    config = smoke()
    folder = exported(config, tmp_path / "one")
    (folder / "model.safetensors").write_bytes(b"changed")
    with pytest.raises(PipelineError, match=r"other bytes: model\.safetensors"):
        register(config, folder, record=tmp_path / "versions.jsonl")
    shutil.rmtree(folder)
    with pytest.raises(PipelineError, match="make export"):
        register(config, folder, record=tmp_path / "versions.jsonl")


def test_a_registry_that_is_not_there_is_named(
    smoke: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("WANDB_API_KEY", raising=False)
    record = tmp_path / "versions.jsonl"
    local = smoke("tracking.provider=tensorboard")
    with pytest.raises(ConfigError, match="has no registry"):
        register(local, exported(local, tmp_path / "one"), to_tracker=True, record=record)
    hosted = smoke("tracking.provider=wandb")
    with pytest.raises(ConfigError, match="needs its server"):
        register(hosted, exported(hosted, tmp_path / "two"), to_tracker=True, record=record)


def test_mlflow_registers_the_version_with_its_files(
    smoke: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mlflow = pytest.importorskip("mlflow")
    store = (tmp_path / "store").as_uri()
    monkeypatch.setenv("MLFLOW_TRACKING_URI", store)
    monkeypatch.setenv("MLFLOW_EXPERIMENT_NAME", "")
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    config = smoke("tracking.provider=mlflow", "tracking.offline=false")
    folder = exported(config, tmp_path / "one")
    entry = register(config, folder, to_tracker=True, record=tmp_path / "versions.jsonl")
    assert entry["tracker"] == f"models:/{config.project.name}/1"
    client = mlflow.MlflowClient(tracking_uri=store, registry_uri=store)
    version = client.get_model_version(config.project.name, "1")
    assert version.tags["digest"] == entry["digest"]
    names = {file.path for file in client.list_artifacts(version.run_id, "model")}
    assert names == {"model/model.safetensors", "model/config.json", "model/export.json"}


def test_wandb_is_given_the_files_and_the_record(
    smoke: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wandb = pytest.importorskip("wandb")
    monkeypatch.setenv("WANDB_API_KEY", "0" * 40)
    monkeypatch.setenv("WANDB_MODE", "offline")
    monkeypatch.setenv("WANDB_DIR", str(tmp_path))
    linked: list[tuple[str, str, Any]] = []

    def link(_: Any, artifact: Any, target: str) -> str:
        # Only a server has a registry to link to; the artifact itself is logged for real.
        linked.append((artifact.type, target, artifact.metadata["digest"]))
        assert {"model.safetensors", "export.json"} <= set(artifact.manifest.entries)
        return "linked"

    monkeypatch.setattr(wandb.sdk.wandb_run.Run, "link_artifact", link)
    config = smoke("tracking.provider=wandb", "tracking.offline=false")
    folder = exported(config, tmp_path / "one")
    entry = register(config, folder, to_tracker=True, record=tmp_path / "versions.jsonl")
    name = config.project.name
    assert linked == [("model", f"wandb-registry-model/{name}", entry["digest"])]
