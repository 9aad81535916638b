"""The base model's commit on the hub, in `model.revision`: every run loads the same weights."""

from __future__ import annotations

import json
import os
import re
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

from pipeline.config import Config
from pipeline.environment import secret
from pipeline.errors import ConfigError, PipelineError

COMMIT = re.compile(r"^[0-9a-f]{40}$")
_TIMEOUT_SECONDS = 30


def commit_of(model_id: str, branch: str = "main") -> str:
    """Ask the hub (HF_ENDPOINT, else huggingface.co) which commit a branch or tag is now."""
    endpoint = os.environ.get("HF_ENDPOINT", "").rstrip("/") or "https://huggingface.co"
    if not endpoint.startswith(("https://", "http://")):
        raise ConfigError(f'HF_ENDPOINT "{endpoint}" is no address', "Write https://HOST.")
    path = "/".join(urllib.parse.quote(part, safe="") for part in model_id.split("/"))
    url = f"{endpoint}/api/models/{path}/revision/{urllib.parse.quote(branch, safe='')}"
    token = secret("HF_TOKEN")
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    try:
        request = urllib.request.Request(url, headers=headers)
        with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS) as answer:
            sha = json.load(answer).get("sha")
    except urllib.error.HTTPError as error:
        error.close()
        raise _refusal(model_id, branch, error.code) from None
    except (OSError, ValueError) as error:
        raise PipelineError(
            f"The hub at {endpoint} does not answer: {error}",
            "On a machine with the network: "
            f"git ls-remote https://huggingface.co/{model_id} {branch}, "
            "and put the commit into model.revision in configs/base.yaml.",
        ) from error
    if not isinstance(sha, str) or not COMMIT.match(sha):
        raise PipelineError(f"The hub named no commit for {model_id}: {sha!r}")
    return sha


def _refusal(model_id: str, branch: str, status: int) -> PipelineError:
    if status in (401, 403):
        return ConfigError(
            f'The hub does not show "{model_id}" (status {status})',
            "It is gated, private or misspelt: ask for access on its page, and set HF_TOKEN.",
        )
    if status == 404:
        return ConfigError(
            f'The hub has no "{model_id}" with a branch or tag "{branch}"',
            "Check model.id in configs/base.yaml.",
        )
    return PipelineError(f"The hub answered {status}", "Try again later.")


def write_revision(path: Path, commit: str) -> str | None:
    """Put a commit into model.revision of a YAML file, comments kept; returns what stood there."""
    text = path.read_text(encoding="utf-8")
    # Everything indented, empty or a comment below "model:" belongs to it.
    section = re.search(r"^model:.*\n((?:(?:[ \t]+.*|[ \t]*#.*)?\n)*)", text, re.M)
    line = section and re.search(
        r"^([ \t]+revision:[ \t]*)([^\s#]+)([^\n]*)$", section.group(1), re.M
    )
    if section is None or line is None:
        raise ConfigError(f"{path} has no model.revision", 'Add "revision: null" below "model:".')
    start = section.start(1) + line.start(2)
    end = section.start(1) + line.end(2)
    staged = path.with_name(path.name + ".part")
    staged.write_text(text[:start] + commit + text[end:], encoding="utf-8")
    staged.replace(path)
    before = line.group(2).strip("\"'")
    return None if before in ("null", "~") else before


def pin(configs: Path, config: Config, branch: str = "main") -> dict[str, str | None]:
    """Pin the configured base model; says what was and what is."""
    model = config.model
    if model.is_tiny or Path(model.id).is_dir():
        raise ConfigError(
            f'model.id is "{model.id}": there is nothing on the hub to pin',
            "Name the base model in configs/base.yaml first.",
        )
    commit = commit_of(model.id, branch)
    before = write_revision(configs / "base.yaml", commit)
    return {"model": model.id, "branch": branch, "before": before, "revision": commit}
