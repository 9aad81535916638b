"""Refuse before the engine starts what it would refuse minutes later, or not at all."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from inference.vllm.arguments import EngineArguments, how_made, load_arguments
from pipeline.cli import run
from pipeline.errors import ConfigError, ExitCode

UNSAFE = ("*.bin", "*.pt", "*.pth", "*.pkl")


def problems(arguments: EngineArguments, folder: Path) -> list[str]:
    """Why these weights are not served with these arguments."""
    try:
        shape: dict[str, Any] = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return [f'there is no model at "{folder}". {how_made(folder)}']
    found = []
    if not list(folder.glob("*.safetensors")):
        found.append(f'"{folder}" holds no safetensors')
    if any(list(folder.glob(pattern)) for pattern in UNSAFE):
        found.append(f'"{folder}" holds pickled weights: remove them')
    # Of a model that also sees or hears, the language model's own numbers.
    text = shape.get("text_config", shape)
    positions, heads = text.get("max_position_embeddings"), text.get("num_attention_heads")
    if isinstance(positions, int) and arguments.max_model_len > positions:
        found.append(f"max-model-len {arguments.max_model_len} is above its {positions} positions")
    cards = arguments.tensor_parallel_size
    if isinstance(heads, int) and heads % cards:
        found.append(f"tensor-parallel-size {cards} does not divide its {heads} heads")
    quantised = shape.get("quantization_config")
    if arguments.quantization is not None and quantised is not None:
        found.append(
            f"quantization {arguments.quantization} is asked for, and the weights are already "
            f"quantised ({quantised.get('quant_method')}): set null"
        )
    return found


def checked_weights(elsewhere: Path | None = None) -> Path:
    """The folder that engine.yaml names, or where it lies; raises with all that is wrong."""
    arguments = load_arguments()
    folder = elsewhere or Path(arguments.model)
    found = problems(arguments, folder)
    if found:
        raise ConfigError("vLLM cannot serve this:\n" + "\n".join(f"  - {line}" for line in found))
    return folder


def main() -> int:
    """Print what is wrong with the weights, or with those in a folder; exit 2 with it."""
    checked_weights(*map(Path, sys.argv[1:2]))
    return ExitCode.OK


if __name__ == "__main__":
    run(main)
