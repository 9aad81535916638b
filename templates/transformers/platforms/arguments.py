"""The command line of a launcher: one of its actions, its own options, and the run's arguments."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from pipeline.cli import parser as script_parser
from pipeline.errors import ConfigError
from pipeline.settings import parse_override
from platforms.command import script_and_arguments

TRAIN = "train"
CONFIGS = "configs"


def launcher_parser(description: str | None) -> argparse.ArgumentParser:
    """Takes a launcher's own options; `parse_known_args` leaves the rest, in its order.

    There is no positional argument: argparse would take the value of an option it does not know,
    as in `--set training.epochs=1`, for one.
    """
    return argparse.ArgumentParser(
        description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,  # a script's own options must not be taken for the launcher's
    )


def action_and_arguments(actions: Sequence[str], given: Sequence[str]) -> tuple[str, list[str]]:
    """The action, to train where the first argument is none, and everything else in its order.

    What could not work on the platform's machine is refused here, before it costs anything.
    """
    action, arguments = TRAIN, list(given)
    if given and given[0] in actions:
        action, *arguments = given
    if action == TRAIN:
        check_script(arguments, actions)
        check_configuration(arguments)
    return action, arguments


def check_script(arguments: Sequence[str], actions: Sequence[str]) -> None:
    """A first argument that is no option is a script of this project: a typo rents nothing."""
    script, _ = script_and_arguments(arguments)
    path = Path(script)
    if path.parent != Path("scripts") or path.suffix != ".py" or not path.is_file():
        found = ", ".join(sorted(str(file) for file in Path("scripts").glob("*.py")))
        raise ConfigError(
            f'"{script}" is neither an action nor a script of this project',
            f"Actions: {', '.join(actions)}. Scripts: {found}.",
        )


def check_configuration(arguments: Sequence[str]) -> None:
    """Of the configuration only configs/ travels to every platform, and not its hidden files."""
    options, _ = script_parser(None).parse_known_args(arguments)
    folder, overlays = options.configs, options.overlay
    found = {path for path in overlays if path.suffix == ".yaml" and path.is_file()}
    if folder.is_dir():
        found.add(folder)
    for path in [folder, *overlays]:
        hidden = any(part.startswith(".") for part in path.parts)  # ".." among them
        if path not in found or path.parts[0] != CONFIGS or hidden:
            raise ConfigError(
                f'"{path}" would not be found where the run is',
                f"An overlay is a .yaml file in {CONFIGS}/, named from the project's root, such as "
                f"{CONFIGS}/smoke.yaml: nothing else of the configuration is sent.",
            )


def check_kept(arguments: Sequence[str], kept: str, instead: str) -> None:
    """A person's output_dir replaces the platform's: outside the kept folder its hours are lost."""
    options, _ = script_parser(None).parse_known_args(arguments)
    for override in options.overrides:
        project = parse_override(override).get("project")
        if not isinstance(project, dict) or "output_dir" not in project:
            continue
        folder = PurePosixPath(str(project["output_dir"]))
        if ".." in folder.parts or not folder.is_relative_to(kept):
            raise ConfigError(
                f'What a run writes to "{folder}" is lost with its machine: {kept} is kept', instead
            )
