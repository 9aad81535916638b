"""Rent a machine at Lambda, train on it, bring the results home, and end it.

    train [script] [its arguments]   rent, prepare, train, fetch, end the machine
    types                            kinds of machines with price and free regions
    status                           what is rented, and what it has cost
    follow                           watch a run that was left, then fetch and end
    fetch [--checkpoints]            bring the results here
    end                              end the machine

A machine costs money from order to end, busy or idle. Asked questions are answered on a terminal;
without one, --yes orders and ends the machine, and nothing is rented without it.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from pipeline.cli import run
from pipeline.environment import secret
from pipeline.errors import ConfigError, ExitCode, PipelineError
from platforms.arguments import action_and_arguments, check_kept, launcher_parser
from platforms.lambda_cloud.client import (
    BASE_URL,
    LAUNCH_SECONDS,
    LOST_ANSWER,
    NO_CAPACITY,
    LambdaCloud,
    LambdaError,
    Offer,
)
from platforms.lambda_cloud.machine import (
    EXIT_CODE,
    LOG,
    Machine,
    asked,
    do,
    secrets_command,
    secrets_text,
    start_command,
    wait_for_ssh,
)
from platforms.lambda_cloud.settings import PATH, LambdaSettings
from platforms.settings import RUN_SECRETS, read_settings, secrets_to_send

STATE = Path("outputs/lambda")
RENTED = STATE / "instance.json"
CONSOLE = "https://cloud.lambda.ai/instances"
ACTIONS = ("train", "types", "status", "follow", "fetch", "end")


@dataclass(frozen=True)
class Rented:
    """The machine of this project: written before it is ordered, so that none is forgotten."""

    id: str | None  # None: ordered, and nobody has seen the answer
    name: str
    instance_type: str
    region: str
    usd_per_hour: float
    ordered_at: str

    def cost_usd(self, now: datetime) -> float:
        """From the order until now; Lambda bills by the minute."""
        hours = (now - datetime.fromisoformat(self.ordered_at)).total_seconds() / 3600
        return hours * self.usd_per_hour


@dataclass(frozen=True)
class Terminal:
    """What reaches outside: replaced in tests."""

    say: Callable[[str], None]
    confirm: Callable[[str], bool]
    asks: bool
    now: Callable[[], datetime]
    sleep: Callable[[float], None]


def wanted_machine(offers: list[Offer], settings: LambdaSettings) -> tuple[Offer, list[str]]:
    """The wanted kind of machine and the regions that have one now, within the price."""
    found = next((o for o in offers if o.instance_type.name == settings.instance_type), None)
    if found is None:
        names = ", ".join(sorted(offer.instance_type.name for offer in offers))
        raise ConfigError(
            f'Lambda has no instance_type "{settings.instance_type}"', f"It has: {names}."
        )
    price = found.instance_type.usd_per_hour
    if price > settings.max_usd_per_hour:
        raise ConfigError(
            f"{settings.instance_type} costs ${price:.2f} an hour now; "
            f"max_usd_per_hour allows ${settings.max_usd_per_hour:.2f}",
            f"Raise max_usd_per_hour in {PATH} if that is worth it to you.",
        )
    regions = [r for r in found.regions if settings.region in {None, r}]
    if not regions:
        where = settings.region or "any region"
        others = [
            f"{o.instance_type.name} at ${o.instance_type.usd_per_hour:.2f} in {o.regions[0]}"
            for o in offers
            if o.regions
        ]
        raise PipelineError(
            f"{settings.instance_type} is sold out in {where}",
            "There is: " + ("; ".join(others) or "nothing at all") + ". Try again later, or change "
            f"{PATH}.",
        )
    return found, regions


def ssh_key(cloud: LambdaCloud, settings: LambdaSettings) -> str:
    """The key that the machine will let in."""
    names = cloud.ssh_keys()
    wanted = settings.ssh_key_name
    if wanted is None and len(names) == 1:
        return names[0]
    if wanted in names:
        return str(wanted)
    raise ConfigError(
        f"ssh_key_name is {wanted or 'not set'}; the account has {', '.join(names) or 'no key'}",
        f"Register your public key at https://cloud.lambda.ai/ssh-keys, and name it in {PATH}.",
    )


def rent(cloud: LambdaCloud, settings: LambdaSettings, terminal: Terminal) -> Rented:
    """Order the machine, after a yes to its price."""
    if RENTED.exists():
        raise PipelineError(
            f"{RENTED} names a machine that was not ended",
            "`scripts/launch_lambda.sh follow` goes on with it, `end` ends it.",
        )
    offer, regions = wanted_machine(cloud.offers(), settings)
    key = ssh_key(cloud, settings)
    price = offer.instance_type.usd_per_hour
    if not terminal.confirm(
        f"Rent {settings.instance_type} ({offer.instance_type.description}) in {regions[0]} "
        f"at ${price:.2f} an hour?"
    ):
        raise PipelineError("Nothing was rented")
    now = terminal.now()
    name = f"{settings.name}-{now:%Y%m%d-%H%M%S}"
    kind = settings.instance_type
    order = Rented(None, name, kind, regions[0], price, now.isoformat())
    for region in regions:
        keep(replace(order, region=region))
        try:
            identity = cloud.launch(instance_type=kind, region=region, ssh_key=key, name=name)
        except LambdaError as error:
            if error.code != LOST_ANSWER:
                RENTED.unlink()  # refused: nothing was rented
            if error.code != NO_CAPACITY or region == regions[-1]:
                raise
            terminal.say(f"{region} was sold out meanwhile")
            terminal.sleep(LAUNCH_SECONDS)
            continue
        rented = replace(order, id=identity, region=region)
        keep(rented)
        terminal.say(f"ordered {name} ({identity}) in {region}: ${price:.2f} an hour from now on")
        return rented
    raise AssertionError("unreachable")


def keep(rented: Rented) -> None:
    """Remember the machine."""
    STATE.mkdir(parents=True, exist_ok=True)
    RENTED.write_text(json.dumps(asdict(rented), indent=2) + "\n", encoding="utf-8")


def rented_machine(cloud: LambdaCloud) -> Rented:
    """The machine that this project rents."""
    if not RENTED.exists():
        raise PipelineError("This project rents no machine", f"All of yours: {CONSOLE}")
    rented = Rented(**json.loads(RENTED.read_text(encoding="utf-8")))
    if rented.id is not None:
        return rented
    found = [instance.id for instance in cloud.instances() if instance.name == rented.name]
    if not found:
        RENTED.unlink()
        raise PipelineError(f"The order of {rented.name} never arrived", "Nothing is rented.")
    keep(replace(rented, id=found[0]))
    return replace(rented, id=found[0])


def identity_of(rented: Rented) -> str:
    """Lambda's name for it; `rented_machine` finds it where it is not known."""
    if rented.id is None:
        raise PipelineError(f"The id of {rented.name} is not known", f"See {CONSOLE}")
    return rented.id


def wait_until_active(cloud: LambdaCloud, rented: Rented, terminal: Terminal) -> Machine:
    """Until the machine runs and lets us in: minutes for small ones, more for eight GPUs."""
    for _ in range(120):
        instance = cloud.instance(identity_of(rented))
        if instance.status == "active" and instance.ip:
            identity = os.environ.get("LAMBDA_SSH_KEY_FILE")
            key_file = Path(identity).expanduser() if identity else None
            machine = Machine(instance.ip, STATE, key_file)
            wait_for_ssh(machine, sleep=terminal.sleep)
            return machine
        if instance.status not in {"booting", "active"}:
            raise PipelineError(f"{rented.name} is {instance.status}", f"See {CONSOLE}")
        terminal.sleep(15)
    raise PipelineError(f"{rented.name} did not start within half an hour", f"See {CONSOLE}")


def start(machine: Machine, arguments: list[str]) -> None:
    """Copy, prepare, start."""
    do(machine.send(), what="copying the project")
    do(machine.ssh("bash platforms/setup_machine.sh"), what="preparing the machine")
    keys = secrets_text(secrets_to_send(os.environ, RUN_SECRETS))
    do(machine.ssh(secrets_command()), given=keys, what="sending the keys of the run")
    do(machine.ssh(start_command(arguments)), what="starting the run")


def follow(machine: Machine, rented: Rented, terminal: Terminal) -> int:
    """Until the run ends: its last line and what it has cost, every minute."""
    while True:
        shown = asked(machine.ssh(f"cat {EXIT_CODE} 2>/dev/null; echo; tail -n 1 {LOG}"))
        if shown is None:
            terminal.say(f"no connection; {cost_line(rented, terminal)}")
        else:
            code, _, line = shown.partition("\n")
            terminal.say(f"{cost_line(rented, terminal)}  {line.strip()}")
            if code.strip().isdigit():
                return int(code)
        terminal.sleep(60)


def cost_line(rented: Rented, terminal: Terminal) -> str:
    """What the machine has cost so far."""
    return f"${rented.cost_usd(terminal.now()):.2f} at ${rented.usd_per_hour:.2f} an hour"


def end(cloud: LambdaCloud, rented: Rented, terminal: Terminal) -> None:
    """End the machine."""
    cloud.terminate(identity_of(rented))
    RENTED.unlink()
    terminal.say(f"ended {rented.name}: {cost_line(rented, terminal)} in all")


def offer_to_end(
    cloud: LambdaCloud, rented: Rented, terminal: Terminal, *, results_there: bool
) -> None:
    """Whatever happened, nobody leaves without having been asked.

    Without a terminal a machine that holds results is kept: they cost more than an hour of it.
    """
    lost = "The results on it are lost!" if results_there else "Nothing on it is needed any more."
    question = f"End {rented.name} now ({cost_line(rented, terminal)})? {lost}"
    if (terminal.asks or not results_there) and terminal.confirm(question):
        end(cloud, rented, terminal)
        return
    terminal.say(
        f"{rented.name} goes on costing ${rented.usd_per_hour:.2f} an hour until "
        "`scripts/launch_lambda.sh end`"
    )


def train_on(
    cloud: LambdaCloud, rented: Rented, terminal: Terminal, arguments: list[str] | None
) -> int:
    """Bring a machine from order to end; `arguments` None goes on with a run that was started."""
    results_there = arguments is None
    try:
        machine = wait_until_active(cloud, rented, terminal)
        if arguments is not None:
            start(machine, arguments)
        results_there = True
        code = follow(machine, rented, terminal)
        do(machine.fetch(checkpoints=code != ExitCode.OK), what="fetching the results")
        results_there = False
        terminal.say(f"training ended with {code}; the results are in outputs/")
        return code
    finally:
        offer_to_end(cloud, rented, terminal, results_there=results_there)


def perform(action: str, cloud: LambdaCloud, terminal: Terminal, arguments: list[str]) -> int:
    """One action."""
    if action == "types":
        for offer in sorted(cloud.offers(), key=lambda o: o.instance_type.price_cents_per_hour):
            kind = offer.instance_type
            places = ", ".join(offer.regions) or "sold out"
            print(f"{kind.name:26} ${kind.usd_per_hour:6.2f}  {kind.description:28} {places}")
        return ExitCode.OK
    if action == "train":
        rented = rent(cloud, read_settings(PATH, LambdaSettings), terminal)
        return train_on(cloud, rented, terminal, arguments)
    rented = rented_machine(cloud)
    if action == "follow":
        return train_on(cloud, rented, terminal, None)
    if action == "status":
        status = cloud.instance(identity_of(rented)).status
        terminal.say(f"{rented.name}: {status}, {cost_line(rented, terminal)}")
    elif action == "fetch":
        machine = wait_until_active(cloud, rented, terminal)
        do(machine.fetch(checkpoints="--checkpoints" in arguments), what="fetching the results")
    else:
        end(cloud, rented, terminal)
    return ExitCode.OK


def confirm_on(yes: bool) -> Callable[[str], bool]:
    """Ask on a terminal; without one only --yes is a yes."""

    def confirm(question: str) -> bool:
        if yes or not sys.stdin.isatty():
            return yes
        return input(f"{question} [y/N] ").strip().lower() in {"y", "yes"}

    return confirm


def main() -> int:
    """Read the command line and perform."""
    parser = launcher_parser(__doc__)
    parser.add_argument("--yes", action="store_true", help="rent, and end, without asking")
    options, given = parser.parse_known_args()
    action, arguments = action_and_arguments(ACTIONS, given)
    check_kept(arguments, "outputs", "--set project.output_dir=outputs/NAME is fetched too.")
    key = secret("LAMBDA_API_KEY")
    if key is None:
        raise ConfigError(
            "LAMBDA_API_KEY is not set",
            "Make a key at https://cloud.lambda.ai/api-keys, put it into .env, then: "
            "set -a; . ./.env; set +a",
        )
    terminal = Terminal(
        say=lambda text: print(text, file=sys.stderr),
        confirm=confirm_on(options.yes),
        asks=sys.stdin.isatty() and not options.yes,
        now=lambda: datetime.now(UTC),
        sleep=time.sleep,
    )
    cloud = LambdaCloud(key, os.environ.get("LAMBDA_API_URL", BASE_URL))
    return perform(action, cloud, terminal, arguments)


if __name__ == "__main__":
    run(main)
