"""Versions of the trained model: what each was made of and how it measured, by hash.

`models/versions.jsonl` is the record, in git; the weights lie where they were exported to. With
`--tracker` the version goes to the registry of W&B or MLflow, too.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pipeline.environment import secret
from pipeline.errors import ConfigError, PipelineError
from pipeline.logs import log
from pipeline.manifest import MANIFEST_NAME, read_json
from pipeline.rows import file_sha256
from pipeline.settings import RunConfig
from pipeline.tracking import configure_tracking, experiment_name, run_name

VERSIONS = Path("models/versions.jsonl")
EXPORT_NAME = "export.json"
QUANTISED_REPORT = "evaluation-quantised.json"
"""How quantised weights compare with the export that they were made of."""


def digest_of(hashes: dict[str, str]) -> str:
    """One name for all the files of a model: the SHA-256 of their names and hashes."""
    listed = "".join(f"{sha256}  {name}\n" for name, sha256 in sorted(hashes.items()))
    return hashlib.sha256(listed.encode()).hexdigest()


def folder_hashes(folder: Path) -> dict[str, str]:
    """SHA-256 of every file below a folder, by its path there."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): file_sha256(path) for path in files}


def describe(config: RunConfig, folder: Path) -> dict[str, Any]:
    """What the model in a folder is: its files, its base, its data, its code and its measures."""
    exported = read_json(folder / EXPORT_NAME)
    if exported is None:
        raise PipelineError(f'There is no exported model in "{folder}"', "Run `make export` first.")
    hashes = folder_hashes(folder)
    changed = [name for name, sha256 in exported["sha256"].items() if hashes.get(name) != sha256]
    if changed:
        raise PipelineError(
            f'"{folder}" is not what was exported; other bytes: {", ".join(changed)}',
            "Export it again: `make export`.",
        )
    run = read_json(config.project.output_dir / MANIFEST_NAME) or {}
    evaluation = _evaluation_of(config, exported)
    return {
        "name": config.project.name,
        "digest": digest_of(hashes),
        "path": folder.as_posix(),
        **{key: exported[key] for key in ("base_model", "base_revision", "method", "dtype")},
        "config_hash": exported["config_hash"],
        "data_sha256": run.get("data_sha256"),
        "git_commit": run.get("git_commit"),
        "device": run.get("device"),
        "promoted": evaluation.get("promoted"),
        "measures": evaluation.get("candidate"),
        "baseline": evaluation.get("baseline"),
        "quantisation": exported.get("quantisation"),
        "sha256": hashes,
        "versions": exported["versions"],
    }


def _evaluation_of(config: RunConfig, exported: dict[str, Any]) -> dict[str, Any]:
    """What was measured of this model; empty where reports are of others or of other settings."""
    trained = read_json(config.project.output_dir / "evaluation.json") or {}
    if exported["method"] == "none" or trained.get("config_hash") != exported["config_hash"]:
        trained = {}
    if "quantisation" not in exported:
        return trained
    report = read_json(config.project.output_dir / QUANTISED_REPORT) or {}
    if report.get("weights") != digest_of(exported["sha256"]):
        return {}
    # Of a trained model both gates count: it is better than its base, and rounding kept it so.
    passed = report["promoted"] and (exported["method"] == "none" or bool(trained.get("promoted")))
    return {**report, "promoted": passed}


def known_versions(path: Path) -> list[dict[str, Any]]:
    """Every version that was registered, the oldest first."""
    if not path.is_file():
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]


def register(
    config: RunConfig,
    folder: Path,
    *,
    to_tracker: bool = False,
    unpromoted: bool = False,
    record: Path = VERSIONS,
) -> dict[str, Any]:
    """Give the exported model its version. The same bytes keep the version that they have."""
    model = describe(config, folder)
    if not model["promoted"] and not unpromoted:
        raise ConfigError(
            "The gate has not promoted this model"
            + ("" if model["promoted"] is False else " (it was not evaluated as it is)"),
            "Run `make evaluate`; ARGS=--unpromoted registers it all the same, marked as such.",
        )
    versions = known_versions(record)
    entry = next((known for known in versions if known["digest"] == model["digest"]), None)
    if entry is None:
        entry = {
            "version": 1 + max((known["version"] for known in versions), default=0),
            "registered_at": datetime.now(tz=UTC).isoformat(timespec="seconds"),
            **model,
        }
        record.parent.mkdir(parents=True, exist_ok=True)
        with record.open("a", encoding="utf-8") as lines:
            lines.write(json.dumps(entry, sort_keys=True) + "\n")
        log("registered", version=entry["version"], digest=entry["digest"])
    if to_tracker:
        entry = {**entry, "tracker": _to_tracker(config, folder, entry)}
    return entry


def _to_tracker(config: RunConfig, folder: Path, entry: dict[str, Any]) -> str:
    provider = config.tracking.provider
    address = {"wandb": secret("WANDB_API_KEY"), "mlflow": os.environ.get("MLFLOW_TRACKING_URI")}
    if provider not in address:
        raise ConfigError(
            f"tracking.provider {provider} has no registry",
            "Set it to wandb or mlflow, or leave out --tracker: models/versions.jsonl is written.",
        )
    if config.tracking.offline or not address[provider]:
        raise ConfigError(
            f"The registry of {provider} needs its server",
            "Set WANDB_API_KEY or MLFLOW_TRACKING_URI, and tracking.offline: false.",
        )
    configure_tracking(config)
    send = _to_wandb if provider == "wandb" else _to_mlflow
    return send(config, folder, entry)


def _tags(entry: dict[str, Any]) -> dict[str, str]:
    """What a registry's page shows of a version; the whole record is beside the weights."""
    keys = ("digest", "base_model", "base_revision", "method", "config_hash", "git_commit")
    return {key: str(entry[key]) for key in (*keys, "promoted")}


def _to_wandb(config: RunConfig, folder: Path, entry: dict[str, Any]) -> str:
    wandb = importlib.import_module("wandb")
    with wandb.init(
        project=experiment_name(config), name=run_name(config), job_type="register"
    ) as run:
        artifact = wandb.Artifact(entry["name"], type="model", metadata=entry)
        artifact.add_dir(str(folder))
        run.log_artifact(artifact, aliases=["latest", f"version-{entry['version']}"])
        return str(run.link_artifact(artifact, f"wandb-registry-model/{entry['name']}"))


def _to_mlflow(config: RunConfig, folder: Path, entry: dict[str, Any]) -> str:
    mlflow = importlib.import_module("mlflow")
    mlflow.set_tracking_uri(os.environ["MLFLOW_TRACKING_URI"])
    client = mlflow.MlflowClient()
    mlflow.set_experiment(experiment_name(config))
    with mlflow.start_run(run_name=f"{run_name(config)}-version-{entry['version']}") as run:
        mlflow.log_dict(entry, "version.json")
        mlflow.log_artifacts(str(folder), "model")
    if not client.search_registered_models(f"name = '{entry['name']}'"):
        client.create_registered_model(entry["name"])
    made = client.create_model_version(
        entry["name"],
        source=f"{run.info.artifact_uri}/model",
        run_id=run.info.run_id,
        tags=_tags(entry),
    )
    return f"models:/{made.name}/{made.version}"
