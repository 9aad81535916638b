"""Does vLLM take what projects say to it? Its own parser reads each file; one JSON object is printed.

Arguments: a project's folder, then engine.yaml files.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
from pathlib import Path

import vllm.platforms
from vllm.platforms.interface import Platform, PlatformEnum


class Card(Platform):
    """The platform that the arguments are for; without a card vLLM would refuse to guess one."""

    _enum = PlatformEnum.CUDA
    device_type = "cuda"
    device_name = "cuda"
    dispatch_key = "CUDA"


vllm.platforms._current_platform = Card()

from vllm.engine.arg_utils import AsyncEngineArgs
from vllm.entrypoints.common.cli_args import make_arg_parser
from vllm.exceptions import VLLMClientError
from vllm.sampling_params import SamplingParams
from vllm.utils.argparse_utils import FlexibleArgumentParser


def parsed(line: list[str]) -> dict[str, object] | str:
    """The arguments as the engine gets them, or why they are refused."""
    said = io.StringIO()
    try:
        with contextlib.redirect_stderr(said):
            given = make_arg_parser(FlexibleArgumentParser(prog="vllm serve")).parse_args(line)
            given.model = given.model_tag or given.model  # as `vllm serve` does before it goes on
            AsyncEngineArgs.from_cli_args(given)
    except (SystemExit, ValueError) as error:
        return said.getvalue().strip().splitlines()[-1] if said.getvalue().strip() else str(error)
    return {name: value for name, value in vars(given).items() if is_plain(value)}


def started(line: list[str]) -> dict[str, object]:
    """What `vllm` takes from a whole command line: the weights stand where start.sh puts them."""
    vllm = FlexibleArgumentParser(prog="vllm")
    make_arg_parser(vllm.add_subparsers().add_parser("serve"))
    given = vllm.parse_args(line)
    given.model = given.model_tag
    return {name: value for name, value in vars(given).items() if is_plain(value)}


def is_plain(value: object) -> bool:
    """Whether JSON can say it."""
    try:
        json.dumps(value)
    except (TypeError, ValueError):
        return False
    return True


project, *files = sys.argv[1:]
sys.path[:0] = [f"{project}/src", project]
from inference.vllm.arguments import ENVIRONMENT, load_arguments
from platforms.sagemaker.serve_vllm import command


def two_answers() -> str:
    """What vLLM says to a request for two in the project's environment."""
    os.environ.update(ENVIRONMENT)
    try:
        SamplingParams(n=2)
    except VLLMClientError as error:  # answered with 400
        return str(error)
    return "taken"


result: dict[str, object] = {path: parsed(["--config", path]) for path in files}
arguments = load_arguments(Path(project) / "inference/vllm/engine.yaml")
result["command line"] = parsed(arguments.command_line(without=frozenset({"middleware"})))
result["two answers"] = two_answers()
result["SageMaker"] = started(["serve", "models/elsewhere", "--config", files[0], *command()[1:]])
print(json.dumps(result))
