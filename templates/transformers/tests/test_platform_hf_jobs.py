"""Hugging Face Jobs: what is sent, what is kept, and that half a checkpoint never counts."""

from __future__ import annotations

import fnmatch
import inspect
import shutil
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import HfApi

from conftest import ROOT
from pipeline.checkpoints import COMPLETE_MARKER, last_complete_checkpoint
from pipeline.errors import ConfigError, PipelineError
from platforms.hf_jobs import launch
from platforms.hf_jobs.bucket import fetch, keep, open_bucket, send_project
from platforms.hf_jobs.settings import PATH, HfJobsSettings
from platforms.settings import read_settings

SETTINGS = HfJobsSettings(
    name="tickets", flavor="l40sx1", timeout_hours=2, image="python:3.11.14-bookworm"
)


class Folders:
    """A hub whose buckets are folders; takes calls under the real client's own signatures."""

    def __init__(self, root: Path, *, private: bool = True) -> None:
        self.root, self.private = root, private
        self.jobs: list[dict[str, Any]] = []
        self.copied: list[str] = []

    def _checked(self, method: str, *arguments: Any, **keywords: Any) -> None:
        inspect.signature(getattr(HfApi, method)).bind(self, *arguments, **keywords)

    def whoami(self) -> dict[str, str]:
        return {"name": "team"}

    def create_bucket(self, bucket_id: str, **keywords: Any) -> None:
        self._checked("create_bucket", bucket_id, **keywords)
        assert keywords["private"]

    def bucket_info(self, bucket_id: str) -> Any:
        self._checked("bucket_info", bucket_id)
        return type("Info", (), {"private": self.private})()

    def run_job(self, **keywords: Any) -> Any:
        self._checked("run_job", **keywords)
        self.jobs.append(keywords)
        return type("Job", (), {"id": "j1"})()

    def _folder(self, address: str) -> Path:
        if address.startswith("hf://buckets/"):
            return self.root / address.removeprefix("hf://buckets/")
        return Path(address)

    def sync_bucket(self, source: str, dest: str, **keywords: Any) -> None:
        self._checked("sync_bucket", source, dest, **keywords)
        include, exclude = keywords.get("include"), keywords.get("exclude") or []
        start = self._folder(source)
        for file in sorted(start.rglob("*")) if start.is_dir() else []:
            path = file.relative_to(start).as_posix()
            wanted = include is None or any(fnmatch.fnmatch(path, each) for each in include)
            if file.is_file() and wanted and not any(fnmatch.fnmatch(path, e) for e in exclude):
                target = self._folder(dest) / path
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(file, target)
                self.copied.append(path)


def test_the_settings_of_this_project_are_complete() -> None:
    read_settings(PATH, HfJobsSettings)


def test_the_project_travels_without_keys_and_raw_data(tmp_path: Path) -> None:
    project = tmp_path / "project"
    for path in ("src/pipeline/a.py", "data/raw/x.jsonl", "data/processed/t.jsonl", ".env"):
        (project / path).parent.mkdir(parents=True, exist_ok=True)
        (project / path).write_text("x", encoding="utf-8")
    (project / "src/.env").write_text("x", encoding="utf-8")
    hub = Folders(tmp_path)
    send_project(hub, project, "hf://buckets/team/tickets-run")  # type: ignore[arg-type]
    assert hub.copied == ["data/processed/t.jsonl", "src/pipeline/a.py"]


def test_a_public_bucket_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PipelineError, match="public"):
        open_bucket(Folders(tmp_path, private=False), "team", "tickets")  # type: ignore[arg-type]


def test_a_kept_checkpoint_is_gone_on_from_and_half_of_one_is_not(tmp_path: Path) -> None:
    outputs, hub = tmp_path / "outputs", Folders(tmp_path / "hub")
    for step, files in {4: ["a.safetensors", COMPLETE_MARKER], 8: ["a.safetensors"]}.items():
        for name in files:
            file = outputs / f"checkpoint-{step}" / name
            file.parent.mkdir(parents=True, exist_ok=True)
            # A marker lists the sizes of what it completes.
            text = '{"a.safetensors": 1}' if name == COMPLETE_MARKER else "x"
            file.write_text(text, encoding="utf-8")
    (outputs / "manifest.json").write_text("{}", encoding="utf-8")
    bucket = "hf://buckets/team/tickets-run"
    keep(hub, outputs, bucket)  # type: ignore[arg-type]
    assert hub.copied.index("a.safetensors") < hub.copied.index(COMPLETE_MARKER)

    fetch(hub, bucket, tmp_path / "next")  # type: ignore[arg-type]
    checkpoint = last_complete_checkpoint(tmp_path / "next")
    assert checkpoint is not None
    assert checkpoint.name == "checkpoint-4"
    assert not (tmp_path / "next" / "checkpoint-8").exists()
    assert (tmp_path / "next" / "manifest.json").is_file()


def test_a_job_is_asked_for_with_its_limits_and_no_placeholder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "a-token-of-the-test")
    monkeypatch.setenv("WANDB_API_KEY", "tickets_dev_your_wandb_key_here")
    monkeypatch.setattr(launch, "JOB", tmp_path / "job.json")
    hub = Folders(tmp_path)
    launch.train(hub, SETTINGS, ["--set", "training.max_steps=20"])  # type: ignore[arg-type]
    (job,) = hub.jobs
    assert job["flavor"] == "l40sx1"
    assert job["timeout"] == 7200
    assert job["secrets"] == {"HF_TOKEN": "a-token-of-the-test"}
    assert job["command"][-2:] == ["--set", "training.max_steps=20"]
    assert job["volumes"][0].to_dict()["readOnly"] is True
    assert launch.started()["bucket"] == "hf://buckets/team/tickets-run"


def test_without_a_token_nothing_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "ml-project_dev_your_hf_token_here")
    monkeypatch.setattr("sys.argv", ["launch", "train"])
    with pytest.raises(ConfigError, match="HF_TOKEN"):
        launch.main()


def test_the_launcher_is_a_script_that_runs() -> None:
    assert (ROOT / "scripts" / "launch_hf_jobs.sh").stat().st_mode & 0o100
