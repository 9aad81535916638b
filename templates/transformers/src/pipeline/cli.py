"""What every script shares: its arguments, its logs, and how it ends."""

from __future__ import annotations

import argparse
import json
import logging
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pipeline.config import Config, load_config
from pipeline.environment import forget_placeholders
from pipeline.errors import ExitCode, PipelineError
from pipeline.logs import configure_logging, log
from pipeline.strategy import launch


def parser(description: str | None) -> argparse.ArgumentParser:
    """A parser that knows where the configuration comes from."""
    result = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    result.add_argument(
        "--configs", type=Path, default=Path("configs"), help="configuration folder"
    )
    result.add_argument(
        "--overlay",
        type=Path,
        action="append",
        default=[],
        help="a YAML file laid over it, such as configs/smoke.yaml (may be repeated)",
    )
    result.add_argument(
        "--set",
        dest="overrides",
        action="append",
        default=[],
        metavar="SECTION.KEY=VALUE",
        help="one setting (may be repeated)",
    )
    return result


def config_from(arguments: argparse.Namespace) -> Config:
    """The configuration these arguments ask for, its warnings logged."""
    config = load_config(arguments.configs, arguments.overlay, arguments.overrides)
    for text in config.warnings():
        log("config_warning", logging.WARNING, text=text)
    return config


def answer(value: Any, *, indent: int | None = None) -> None:
    """Print what a script came to, as JSON on stdout; of many processes the first one speaks."""
    if launch().is_first:
        print(json.dumps(value, indent=indent))


def run(main: Callable[[], int | None]) -> None:
    """Run a script's main and exit: a known failure is one message and its code, no traceback."""
    first = launch().is_first
    configure_logging(logging.INFO if first else logging.ERROR)
    forget_placeholders()
    try:
        code = main()
    except PipelineError as error:
        if first or not error.of_all:
            print(f"{type(error).__name__}: {error}", file=sys.stderr)
        sys.exit(int(error.exit_code))
    except KeyboardInterrupt:
        sys.exit(130)
    sys.exit(ExitCode.OK if code is None else code)
