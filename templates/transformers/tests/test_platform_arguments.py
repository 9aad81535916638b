"""A launcher's command line: what is an action, what goes on to the run, what is refused."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import ROOT, environment
from pipeline.errors import ConfigError
from platforms.arguments import action_and_arguments, check_kept, launcher_parser
from platforms.command import run_command

ACTIONS = ("train", "fetch", "stop")
LAUNCHERS = sorted(path.parent.name for path in ROOT.glob("platforms/*/launch.py"))


@pytest.mark.parametrize(
    ("line", "action", "passed"),
    [
        ("", "train", ""),
        ("train", "train", ""),
        ("--set training.learning_rate=1e-4", "train", "--set training.learning_rate=1e-4"),
        ("--evaluate --set a.b=1", "train", "--evaluate --set a.b=1"),
        ("train --set a=fetch", "train", "--set a=fetch"),
        ("--set fetch", "train", "--set fetch"),
        ("fetch --checkpoints", "fetch", "--checkpoints"),
        ("scripts/probe_memory.py --full-length", "train", "scripts/probe_memory.py --full-length"),
    ],
)
def test_only_a_first_argument_is_an_action_and_the_rest_goes_on_in_its_order(
    line: str, action: str, passed: str
) -> None:
    assert action_and_arguments(ACTIONS, line.split()) == (action, passed.split())


@pytest.mark.parametrize(
    "line",
    ["--run b fetch --checkpoints", "fetch --run b --checkpoints", "fetch --checkpoints --run b"],
)
def test_a_launcher_s_own_option_stands_anywhere(line: str) -> None:
    parser = launcher_parser(None)
    parser.add_argument("--run", default="main")
    options, given = parser.parse_known_args(line.split())
    assert options.run == "b"
    assert action_and_arguments(ACTIONS, given) == ("fetch", ["--checkpoints"])


@pytest.mark.parametrize(
    "first",
    ["fetsh", "train.py", "scripts/none.py", "scripts/launch.sh", "src/pipeline/train.py"],
)
@pytest.mark.parametrize("before", [[], ["train"]])
def test_a_typo_rents_nothing(before: list[str], first: str) -> None:
    with pytest.raises(ConfigError, match=rf'"{first}" is neither(.|\n)*scripts/probe_memory\.py'):
        action_and_arguments(ACTIONS, [*before, first])


def test_an_overlay_of_the_project_goes_on() -> None:
    given = ["--overlay", "configs/smoke.yaml", "--overlay=./configs/train.yaml"]
    assert action_and_arguments(ACTIONS, given) == ("train", given)


@pytest.mark.parametrize(
    "path",
    [
        str(ROOT / "configs" / "smoke.yaml"),  # no such path on the other machine
        "configs/../pyproject.toml",
        "configs/none.yaml",
        "configs/schema.json",
        "data/smoke.yaml",
        "smoke.yaml",
    ],
)
@pytest.mark.parametrize("option", ["--overlay {}", "--overlay={}", "--over {}"])
def test_an_overlay_that_would_not_travel_is_refused(path: str, option: str) -> None:
    with pytest.raises(ConfigError, match=r"file in configs/"):
        action_and_arguments(ACTIONS, option.format(path).split())


def test_a_folder_of_configuration_that_would_not_travel_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="would not be found"):
        action_and_arguments(ACTIONS, ["--configs", str(tmp_path)])


def test_a_run_trains_or_does_what_its_arguments_begin_with() -> None:
    settings = {"project.output_dir": "/kept"}
    kept = ["--set", "project.output_dir=/kept"]
    python = [sys.executable, "-m", "pipeline.launch"]
    assert run_command(["--set", "a=1"]) == [*python, "scripts/train.py", "--set", "a=1"]
    # A later setting replaces an earlier one: the person's stand last.
    assert run_command(["--evaluate"], settings)[3:] == ["scripts/train.py", *kept, "--evaluate"]
    probe = ["scripts/probe_memory.py", "--full-length"]
    assert run_command(probe, settings)[3:] == [probe[0], *kept, probe[1]]


@pytest.mark.parametrize("folder", ["outputs", "./outputs/x", "outputs/x/../y", "/kept/../x"])
@pytest.mark.parametrize(
    "line",
    [
        "--set project.output_dir={}",
        "--set=project.output_dir={}",
        "scripts/evaluate.py --set a.b=1 --set project.output_dir={}",
    ],
)
def test_a_folder_that_is_lost_with_the_machine_is_refused(line: str, folder: str) -> None:
    with pytest.raises(ConfigError, match="/kept is kept") as refused:
        check_kept(line.format(folder).split(), "/kept", "so it is")
    assert refused.value.hint == "so it is"


def test_a_folder_below_what_is_kept_goes_on() -> None:
    for kept, folder in (("/kept", "/kept/x"), ("/kept", "/kept"), ("outputs", "./outputs/x")):
        check_kept(["--set", f"project.output_dir={folder}", "--set", "a.b=/x"], kept, "")


@pytest.mark.parametrize("platform", LAUNCHERS)
def test_no_launcher_pays_for_a_run_whose_folder_is_lost(
    platform: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    launcher = importlib.import_module(f"platforms.{platform}.launch")
    if platform == "skypilot":
        monkeypatch.setattr(launcher, "read_task", lambda _: {"name": "demo"})
    monkeypatch.setattr("sys.argv", ["launch", "--set", "project.output_dir=/elsewhere"])
    with pytest.raises(ConfigError, match="is lost with its machine"):
        launcher.main()


@pytest.mark.parametrize("platform", LAUNCHERS)
def test_every_launcher_refuses_a_typo_before_it_asks_for_anything(
    platform: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    launcher = importlib.import_module(f"platforms.{platform}.launch")
    monkeypatch.setattr("sys.argv", ["launch", "--set", "a.b=1", "--overlay", "elsewhere.yaml"])
    with pytest.raises(ConfigError, match="elsewhere"):
        launcher.main()
    monkeypatch.setattr("sys.argv", ["launch", "trian"])
    with pytest.raises(ConfigError, match="trian"):
        launcher.main()


def test_make_launch_hands_on_the_action_first_and_the_overlay() -> None:
    ended = subprocess.run(
        [
            *("make", "--dry-run", "launch", "PLATFORM=local", "OVERLAY=configs/smoke.yaml"),
            "ARGS=scripts/probe_memory.py --set a.b=1",
        ],
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert (
        "scripts/launch_local.sh scripts/probe_memory.py --set a.b=1 --overlay configs/smoke.yaml"
        in ended.stdout
    )
