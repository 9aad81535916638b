"""Pinning the base model: what is asked of the hub, and what is written."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from conftest import ROOT
from pipeline.config import load_config
from pipeline.errors import ConfigError, PipelineError
from pipeline.revision import commit_of, pin, write_revision

COMMIT = "0a" * 20


class Hub(BaseHTTPRequestHandler):
    """Knows one model; answers as the hub's API does."""

    asked: list[tuple[str, str | None]]

    def do_GET(self) -> None:
        self.asked.append((self.path, self.headers.get("Authorization")))
        known = self.path == "/api/models/organisation/model/revision/main"
        gated = "gated" in self.path
        body = json.dumps({"sha": COMMIT} if known else {"error": "no"}).encode()
        self.send_response(200 if known else 403 if gated else 404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        return


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[str, str | None]]]:
    Hub.asked = []
    server = HTTPServer(("127.0.0.1", 0), Hub)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setenv("HF_TOKEN", "project_dev_your_key_here")
    yield Hub.asked
    server.shutdown()
    server.server_close()


def copied(tmp_path: Path, model: str) -> Path:
    configs = tmp_path / "configs"
    configs.mkdir()
    for path in (ROOT / "configs").glob("*.yaml"):
        (configs / path.name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    base = configs / "base.yaml"
    lines = base.read_text(encoding="utf-8").splitlines(keepends=True)
    at = next(n for n, line in enumerate(lines) if line.startswith("  id:"))
    lines[at] = f"  id: {model}\n"
    base.write_text("".join(lines), encoding="utf-8")
    return configs


def test_the_commit_is_written_and_everything_else_stays(
    tmp_path: Path, hub: list[tuple[str, str | None]]
) -> None:
    configs = copied(tmp_path, "organisation/model")
    before = (configs / "base.yaml").read_text(encoding="utf-8").splitlines()
    done = pin(configs, load_config(configs))
    assert done["revision"] == COMMIT
    after = (configs / "base.yaml").read_text(encoding="utf-8").splitlines()
    changed = [(old, new) for old, new in zip(before, after, strict=True) if old != new]
    assert len(changed) == 1
    assert changed[0][1].startswith(f"  revision: {COMMIT}")
    config = load_config(configs)
    assert config.model.revision == COMMIT
    assert not any("revision" in text for text in config.warnings())
    # A placeholder is no token, and is not sent.
    assert hub == [("/api/models/organisation/model/revision/main", None)]


def test_pinning_again_says_what_stood_there(tmp_path: Path) -> None:
    path = tmp_path / "base.yaml"
    path.write_text("model:\n  # of the hub\n  id: a/b\n\n  revision: main  # why\n", "utf-8")
    assert write_revision(path, COMMIT) == "main"
    assert path.read_text("utf-8").endswith(f"  revision: {COMMIT}  # why\n")
    path.write_text("data:\n  revision: null\n", "utf-8")
    with pytest.raises(ConfigError, match=r"no model\.revision"):
        write_revision(path, COMMIT)


@pytest.mark.usefixtures("hub")
def test_what_the_hub_refuses_is_said_in_words() -> None:
    with pytest.raises(ConfigError, match="gated, private or misspelt"):
        commit_of("organisation/gated")
    with pytest.raises(ConfigError, match=r"Check model\.id"):
        commit_of("organisation/missing")


def test_without_the_network_the_way_by_hand_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(PipelineError, match="git ls-remote"):
        commit_of("organisation/model")
    with pytest.raises(ConfigError, match="nothing on the hub"):
        pin(Path("configs"), load_config("configs", overrides=["model.id=tiny"]))
