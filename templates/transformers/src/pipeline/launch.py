"""Start a script as configs/accelerate.yaml says: one process, or one a device on each machine.

With several machines the same command runs on each of them, with NODE_RANK (0, 1, ...) and
MASTER_ADDR (the first machine) in its environment or as arguments; NNODES, NPROC_PER_NODE and
MASTER_PORT replace what the file says. The exit code is the script's own, and SIGTERM reaches every
process, so that a spot machine's notice ends in a checkpoint.

With --evaluate a training is followed by scripts/evaluate.py, in one process on the first machine:
the model is compared with its baseline where its card is. The same holds where scripts/evaluate.py
is the script, and for scripts/quantise.py where a project has it; that a model is not promoted is
their answer, which another attempt would only repeat.
"""

from __future__ import annotations

import argparse
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

import psutil

from pipeline.cli import run
from pipeline.errors import ConfigError, ExitCode
from pipeline.logs import log
from pipeline.strategy import LAUNCH_FILE

DEFAULT_SCRIPT = "scripts/train.py"
EVALUATION = "scripts/evaluate.py"
QUANTISATION = "scripts/quantise.py"
"""Like the evaluation it runs in one process and ends with a verdict."""
DEFAULT_PORT = 29500


@dataclass(frozen=True)
class Place:
    """This machine among those of the run."""

    machines: int
    processes: int
    """On this machine."""
    rank: int
    address: str
    port: int
    """0 lets one machine alone take any free one."""


def place(
    options: argparse.Namespace, environment: Mapping[str, str], machines: int, processes: int
) -> Place:
    """Where this machine stands: arguments before environment before the file."""

    def value(argument: str, variable: str, otherwise: str) -> str:
        given = getattr(options, argument)
        return str(given) if given is not None else environment.get(variable) or otherwise

    def number(argument: str, variable: str, otherwise: int) -> int:
        text = value(argument, variable, str(otherwise))
        if not text.isdecimal():
            raise ConfigError(f'{variable} is "{text}", not a number')
        return int(text)

    nodes = number("nnodes", "NNODES", machines)
    each = number("nproc_per_node", "NPROC_PER_NODE", max(processes // machines, 1))
    if nodes == 1:
        return Place(1, each, 0, "127.0.0.1", number("master_port", "MASTER_PORT", 0))
    address = value("master_addr", "MASTER_ADDR", "")
    rank = value("node_rank", "NODE_RANK", "")
    if not address or not rank:
        raise ConfigError(
            f"The run is spread over {nodes} machines, and this one does not know its place",
            "On each of them set MASTER_ADDR to the first one's address and NODE_RANK to 0, 1, ...",
        )
    here = number("node_rank", "NODE_RANK", 0)
    if here >= nodes:
        raise ConfigError(f"NODE_RANK is {here}, and {nodes} machines are counted from 0")
    return Place(nodes, each, here, address, number("master_port", "MASTER_PORT", DEFAULT_PORT))


def exit_code(failed: int) -> int:
    """A process's end as a shell tells it: 128 and the signal's number for one that was killed."""
    return failed if failed >= 0 else 128 - failed


def main(arguments: Sequence[str] | None = None) -> int:
    """Start, wait, and end as the script did."""
    parser = argparse.ArgumentParser(
        prog="scripts/launch.sh",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,  # a script's own --set must not be taken for one of these
    )
    parser.add_argument("--launch-file", type=Path, default=Path(LAUNCH_FILE))
    for name in ("nnodes", "node-rank", "nproc-per-node", "master-port"):
        parser.add_argument(f"--{name}", type=int)
    parser.add_argument("--master-addr")
    parser.add_argument("--evaluate", action="store_true", help="compare with the baseline then")
    options, rest = parser.parse_known_args(arguments)
    script, *passed = rest if rest and rest[0].endswith(".py") else [DEFAULT_SCRIPT, *rest]
    if options.evaluate and script != DEFAULT_SCRIPT:
        raise ConfigError(f"--evaluate follows {DEFAULT_SCRIPT}, not {script}")
    return start(options, script, passed)


def start(options: argparse.Namespace, script: str, passed: Sequence[str]) -> int:
    """Run the script in one process in place of this one, or in several under torchrun."""
    # Slow to import, and `--help` should not be.
    from accelerate.commands.config.config_args import load_config_from_file  # noqa: PLC0415
    from accelerate.utils import DistributedType  # noqa: PLC0415

    try:
        settings: Any = load_config_from_file(str(options.launch_file))
    except (OSError, ValueError, TypeError) as error:
        raise ConfigError(
            f'accelerate does not take "{options.launch_file}": {error}',
            "https://huggingface.co/docs/accelerate/basic_tutorials/launch lists the keys.",
        ) from error
    here = place(options, os.environ, settings.num_machines, settings.num_processes)
    total = here.machines * here.processes
    if total != settings.num_processes:
        log(
            "other_number_of_processes",
            logging.WARNING,
            started=total,
            in_file=settings.num_processes,
            note="a step sees micro_batch_size x gradient_accumulation_steps x processes sequences",
        )
    if script in (EVALUATION, QUANTISATION):
        signal.signal(signal.SIGTERM, _tell_processes)
        return _judge(script, passed) if here.rank == 0 else ExitCode.OK
    if total == 1 and settings.distributed_type is not DistributedType.DEEPSPEED:
        if not options.evaluate:
            # In place of this process: signals and exit codes are the script's without our help.
            os.execv(sys.executable, [sys.executable, script, *passed])  # noqa: S606
        signal.signal(signal.SIGTERM, _tell_processes)
        code = _run([script, *passed])
    else:
        if not settings.use_cpu:
            _check_devices(here.processes)
        copies = settings.distributed_type is DistributedType.NO  # a file for one, on several
        strategy = [f"--config_file={options.launch_file}", *(["--multi_gpu"] if copies else [])]
        code = _start_many(strategy, here, [script, *passed])
    if code == ExitCode.OK and options.evaluate and here.rank == 0:
        return _judge(EVALUATION, passed)
    return code


def _run(command: Sequence[str]) -> int:
    """A script in a process of its own, and its end as a shell tells it."""
    return exit_code(subprocess.run([sys.executable, *command], check=False).returncode)


def _judge(script: str, passed: Sequence[str]) -> int:
    """Compare models. "Not promoted" is an answer: the run itself did not fail."""
    code = _run([script, *passed])
    if code != ExitCode.NOT_PROMOTED:
        return code
    log("not_promoted", logging.WARNING, note="the report beside the model has the reasons")
    return ExitCode.OK


def _start_many(strategy: Sequence[str], here: Place, command: Sequence[str]) -> int:
    from accelerate.commands.launch import launch_command, launch_command_parser  # noqa: PLC0415
    from torch.distributed.elastic.multiprocessing.errors import (  # noqa: PLC0415
        ChildFailedError,
    )

    arguments = launch_command_parser().parse_args(
        [
            *strategy,
            f"--num_machines={here.machines}",
            f"--num_processes={here.machines * here.processes}",
            f"--machine_rank={here.rank}",
            f"--main_process_ip={here.address}",
            f"--main_process_port={here.port}",
            *command,
        ]
    )
    # torchrun would give the processes half a minute after SIGTERM, and a checkpoint of a large
    # model takes longer. They are told here, and it sees them end by themselves.
    arguments.signals_to_handle = "SIGINT,SIGHUP,SIGQUIT"
    signal.signal(signal.SIGTERM, _tell_processes)
    try:
        launch_command(arguments)
    except ChildFailedError as error:
        _, failure = error.get_first_failure()
        return exit_code(failure.exitcode)
    return ExitCode.OK


def _tell_processes(signum: int, _frame: FrameType | None) -> None:
    for child in psutil.Process().children():
        child.send_signal(signum)


def _check_devices(processes: int) -> None:
    import torch  # noqa: PLC0415

    found = torch.cuda.device_count()
    if found < processes:
        raise ConfigError(
            f"{LAUNCH_FILE} starts {processes} processes on this machine, one a GPU, and torch "
            f"sees {found}",
            "Run on the machine of the plan, or set NPROC_PER_NODE to the number of its GPUs.",
        )


if __name__ == "__main__":
    run(main)
