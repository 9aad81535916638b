"""What an endpoint serves, and on how many cards: checked before anything costs money."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

from pipeline.errors import ConfigError
from platforms.sagemaker.account import Account
from platforms.sagemaker.shapes import Place
from platforms.sagemaker.source import ROOT, VLLM, own_dockerfiles

EXPORT = Path("models/export")
KINDS = {".safetensors", ".json", ".jinja", ".txt", ".model"}
"""Weights and what belongs to them: no state of a training, and no code. vLLM would import a
model.py that lies beside the weights of an endpoint."""


def checked_weights(account: Account, place: Place) -> tuple[Path, list[Path]]:
    """The folder that the server reads, and its files; raises where it could not serve them."""
    folder = EXPORT
    if own_dockerfiles(ROOT).get("serve") == VLLM:
        # A part that only projects with vLLM have.
        folder = import_module("inference.vllm.check").checked_weights()
        check_cards(account, place, import_module("inference.vllm.arguments").load_arguments())
    files = [
        path
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix in KINDS and not passed_over(path.relative_to(folder))
    ]
    if not any(path.suffix == ".safetensors" for path in files):
        raise ConfigError(f'"{folder}" holds no weights', "`make export` writes them.")
    return folder, files


def passed_over(path: Path) -> bool:
    """Whether it is hidden, or what a training goes on from."""
    return any(part.startswith(("checkpoint-", ".")) for part in path.parts)


def check_cards(account: Account, place: Place, engine: Any) -> None:
    """One machine is one server: it needs its cards there, and leaves what else there is idle."""
    instance_type = place.settings.endpoint.instance_type
    needed, there = engine.tensor_parallel_size, cards_of(account, instance_type)
    if needed > there:
        raise ConfigError(
            f"tensor-parallel-size {needed} in inference/vllm/engine.yaml, and {instance_type} "
            f"has {there} cards",
            "Take a machine with as many in platforms/sagemaker/settings.yaml, or fewer cards.",
        )
    if needed < there:
        account.say(
            f"{there - needed} of the {there} cards of {instance_type} stay idle, and are paid for"
        )


def cards_of(account: Account, instance_type: str) -> int:
    """Those of the EC2 machine that it is."""
    asked = [instance_type.removeprefix("ml.")]
    [machine] = account.ec2.describe_instance_types(InstanceTypes=asked)["InstanceTypes"]
    return sum(int(card["Count"]) for card in machine.get("GpuInfo", {}).get("Gpus", []))
