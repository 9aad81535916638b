"""What is done on a rented machine: copy the project, prepare it, train, copy the results back."""

from __future__ import annotations

import shlex
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import PipelineError

FOLDER = "project"
SECRETS = ".training-secrets"
SESSION = "train"
EXIT_CODE = "outputs/exit_code"
LOG = "outputs/train.log"
# Neither keys nor what is made anew there. Patterns that begin with / are at the project's root.
LEFT_OUT = (
    ".env*",
    ".git/",
    "/.venv*/",
    "/outputs/",
    "/models/export*/",
    "__pycache__/",
    "*.egg-info/",
    ".mypy_cache/",
    ".pytest_cache/",
    ".ruff_cache/",
)


class MachineError(PipelineError):
    """A step on the machine failed."""


@dataclass(frozen=True)
class Machine:
    """A machine that lets this person in by ssh."""

    ip: str
    state: Path
    identity_file: Path | None = None
    user: str = "ubuntu"

    def options(self) -> list[str]:
        """Of ssh. Its host key is believed at the first meeting and must stay the same."""
        return [
            *(["-i", str(self.identity_file)] if self.identity_file else []),
            *("-o", "BatchMode=yes"),
            *("-o", "StrictHostKeyChecking=accept-new"),
            *("-o", f"UserKnownHostsFile={self.state / 'known_hosts'}"),
            *("-o", "ConnectTimeout=15"),
            *("-o", "ServerAliveInterval=30"),
        ]

    def ssh(self, command: str) -> list[str]:
        """Run a shell command in the project's folder."""
        return ["ssh", *self.options(), f"{self.user}@{self.ip}", f"cd {FOLDER} && {command}"]

    def send(self) -> list[str]:
        """Copy the project there."""
        left_out = [f"--exclude={pattern}" for pattern in LEFT_OUT]
        return ["rsync", "-az", *left_out, *self._over_ssh(), "./", f"{self._place()}/"]

    def fetch(self, *, checkpoints: bool) -> list[str]:
        """Copy the results here; checkpoints are large and only needed to go on elsewhere."""
        left_out = [] if checkpoints else ["--exclude=checkpoint-*/"]
        return [
            "rsync",
            "-az",
            *left_out,
            *self._over_ssh(),
            f"{self._place()}/outputs/",
            "outputs/",
        ]

    def _over_ssh(self) -> list[str]:
        return ["-e", shlex.join(["ssh", *self.options()])]

    def _place(self) -> str:
        return f"{self.user}@{self.ip}:{FOLDER}"


def start_command(arguments: Sequence[str]) -> str:
    """Train in a terminal that outlives the connection; the exit code is written last."""
    train = shlex.join(["scripts/launch_local.sh", "--foreground", *arguments])
    script = (
        f"set -a; . ~/{SECRETS}; set +a; "
        f"{train} >>{LOG} 2>&1; "
        f"echo $? >{EXIT_CODE}.part; mv {EXIT_CODE}.part {EXIT_CODE}"
    )
    return (
        f"mkdir -p outputs && rm -f {EXIT_CODE} && "
        f"tmux new-session -d -s {SESSION} {shlex.quote(script)}"
    )


def secrets_command() -> str:
    """Write what comes over the pipe into a file that only this user reads."""
    return f"umask 077 && cat >~/{SECRETS}"


def secrets_text(values: Mapping[str, str]) -> str:
    """The keys of the run as a shell reads them."""
    return "".join(f"{name}={shlex.quote(value)}\n" for name, value in sorted(values.items()))


def do(command: Sequence[str], *, given: str | None = None, what: str) -> None:
    """Run a step, its output shown; a failure names the step."""
    ended = subprocess.run(command, input=given, text=True, check=False)
    if ended.returncode != 0:
        raise MachineError(f"{what} failed with {ended.returncode}", "The lines above say why.")


def asked(command: Sequence[str]) -> str | None:
    """What a command prints, or None where it fails: the connection may be gone for a moment."""
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    return ended.stdout if ended.returncode == 0 else None


def wait_for_ssh(
    machine: Machine, *, attempts: int = 40, sleep: Callable[[float], None] = time.sleep
) -> None:
    """Until the machine lets us in: it says "active" some time before."""
    command = ["ssh", *machine.options(), f"{machine.user}@{machine.ip}", f"mkdir -p {FOLDER}"]
    for _ in range(attempts):
        if asked(command) is not None:
            return
        sleep(15)
    raise MachineError(
        f"{machine.ip} does not let ssh in",
        "Is the private key of ssh_key_name here? Say which: LAMBDA_SSH_KEY_FILE=~/.ssh/…",
    )
