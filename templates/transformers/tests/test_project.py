"""The project as a whole keeps its promises: locks, secrets, notebook, scripts."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

from conftest import ROOT, environment, script

SOURCES = [
    path
    for folder in ("src", "inference", "scripts", "platforms")
    for path in sorted((ROOT / folder).rglob("*.py"))
]
LOCKS = [
    path
    for pattern in (
        "requirements*.lock",
        "tracking/*/requirements.lock",
        "distributed/*/requirements.lock",
        "platforms/*/requirements*.lock",
        "inference/*/requirements.lock",
        "scripts/*/requirements.lock",
    )
    for path in sorted(ROOT.glob(pattern))
]


def pins(path: Path) -> dict[str, str]:
    found = re.findall(r"^([A-Za-z0-9._-]+)==([^\s\\]+)", path.read_text(encoding="utf-8"), re.M)
    return {name.lower().replace("_", "-"): version for name, version in found}


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_lock_has_hashes_and_nothing_of_one_machine(lock: Path) -> None:
    text = lock.read_text(encoding="utf-8")
    assert text.count("--hash=sha256:") >= len(pins(lock)) > 0
    assert not re.search(r"\+cpu|--find-links|--index-url|--extra-index-url|file:|://", text)


def test_the_locks_hold_the_exact_pins_and_agree() -> None:
    runtime = pins(ROOT / "requirements.lock")
    assert pins(ROOT / "requirements.txt").items() <= runtime.items()
    for lock in LOCKS:
        stated = lock.with_suffix(".txt").read_text(encoding="utf-8")
        if re.search(r"^# apart: ", stated, re.MULTILINE):
            continue  # it has an environment of its own
        assert all(runtime.get(name, version) == version for name, version in pins(lock).items())
    development = pins(ROOT / "requirements-dev.lock")
    assert runtime.items() <= development.items()
    assert pins(ROOT / "requirements-dev.txt").items() <= development.items()


def test_no_code_unpickles_or_trusts_remote_code() -> None:
    for path in SOURCES:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"^\s*(import|from) (pickle|joblib|dill|shelve)\b", text, re.M), path
        assert "trust_remote_code=True" not in text, path
        assert "torch.load(" not in text, path


def test_environment_examples_hold_placeholders_only() -> None:
    for path in ROOT.glob(".env*.example"):
        for line in path.read_text(encoding="utf-8").splitlines():
            name, separator, value = line.lstrip("#").strip().partition("=")
            if separator and re.search(r"(KEY|TOKEN|SECRET|PASSWORD)$", name):
                assert re.search(r"_your_\w*(key|token)_here$", value), f"{path.name}: {name}"


def test_the_notebook_runs_from_top_to_bottom(capsys: pytest.CaptureFixture[str]) -> None:
    notebook = json.loads((ROOT / "notebooks" / "exploration.ipynb").read_text(encoding="utf-8"))
    assert notebook["nbformat"] == 4
    names: dict[str, object] = {}
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            assert cell["outputs"] == []
            exec("".join(cell["source"]), names)
    assert "pass" in capsys.readouterr().out  # the checks of the sample data


def test_a_script_ends_with_a_message_and_a_code_not_a_traceback() -> None:
    ended = subprocess.run(
        script("prepare_data.py", "--set", "training.epoch=1"),
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert ended.returncode == 2
    assert "training.epochs" in ended.stderr
    assert "Traceback" not in ended.stderr
