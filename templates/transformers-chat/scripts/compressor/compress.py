"""Quantise an export with LLM Compressor, or write quantised weights in 16 bits again.

    compress.py quantise EXPORT TARGET --method awq --examples calibration.safetensors
    compress.py unpack QUANTISED TARGET

src/pipeline/quantise.py starts it in an environment of its own: LLM Compressor pins an older
transformers and torch than training has. So nothing of this project is imported here. The last line
on stdout is one JSON object. Exit codes: 71 out of memory; any other but 0 is a fault.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import defaultdict
from importlib import metadata
from pathlib import Path
from typing import Any

import torch
import transformers
from compressed_tensors.entrypoints.convert import (
    CompressedTensorsDequantizer,
    convert_checkpoint,
)
from llmcompressor import oneshot
from llmcompressor.modifiers.gptq import GPTQModifier
from llmcompressor.modifiers.quantization import QuantizationModifier
from llmcompressor.modifiers.transform.awq import AWQModifier
from llmcompressor.pipelines.cache import IntermediatesCache
from safetensors.torch import load_file
from torch.utils.data import DataLoader

OUT_OF_MEMORY = 71
PACKAGES = ("llmcompressor", "compressed-tensors", "torch", "transformers")


def recipe(method: str, ignored: list[str]) -> list[Any]:
    """4-bit integers in groups of 128 inputs, each with a scale: vLLM's W4A16 kernels.

    AWQ first scales up the channels that matter, and its groups have a zero point; GPTQ rounds
    column by column, and corrects in the next what it got wrong in the last.
    """
    linear = {"targets": ["Linear"], "ignore": ignored}
    if method == "awq":
        return [
            AWQModifier(duo_scaling="both"),
            QuantizationModifier(scheme="W4A16_ASYM", **linear),
        ]
    return [GPTQModifier(scheme="W4A16", **linear)]


def left_in_16_bit(model: transformers.PreTrainedModel) -> list[str]:
    """Linear layers outside the language model's blocks: the head, and what sees or hears."""
    inside = {id(module) for block in model.get_decoder().layers for module in block.modules()}
    return [
        name
        for name, module in model.named_modules()
        if isinstance(module, torch.nn.Linear) and id(module) not in inside
    ]


def examples_of(path: Path) -> list[dict[str, torch.Tensor]]:
    """Batches of one example, stored as `NUMBER.INPUT`."""
    found: dict[int, dict[str, torch.Tensor]] = defaultdict(dict)
    for key, value in load_file(path).items():
        number, name = key.split(".", 1)
        found[int(number)][name] = value
    return [found[number] for number in sorted(found)]


def quantise(export: Path, target: Path, method: str, examples_path: Path) -> None:
    """One block at a time is on the card; the host's memory holds the others."""
    about = json.loads((export / "config.json").read_text(encoding="utf-8"))
    model = getattr(transformers, about["architectures"][0]).from_pretrained(
        export, dtype="auto", use_safetensors=True, trust_remote_code=False
    )
    model.config.use_cache = False
    examples = examples_of(examples_path)
    if not torch.cuda.is_available():
        # LLM Compressor 0.14 pins memory for a card that is not there.
        IntermediatesCache.pin_memory = lambda *_args, **_named: None
    oneshot(
        model=model,
        # It wants one, and uses none: the examples are tokens already.
        processor=transformers.PreTrainedTokenizerFast(
            tokenizer_file=str(export / "tokenizer.json")
        ),
        dataset=DataLoader(examples, batch_size=None),  # type: ignore[arg-type]
        num_calibration_samples=len(examples),
        recipe=recipe(method, left_in_16_bit(model)),
        pipeline="sequential",
    )
    model.config.use_cache = True
    model.save_pretrained(target, save_compressed=True)


def main() -> int:
    """Do one of the two."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("action", choices=("quantise", "unpack"))
    parser.add_argument("source", type=Path)
    parser.add_argument("target", type=Path)
    parser.add_argument("--method", choices=("awq", "gptq"), default="awq")
    parser.add_argument("--examples", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    transformers.set_seed(options.seed)
    try:
        if options.action == "quantise":
            quantise(options.source, options.target, options.method, options.examples)
        else:
            convert_checkpoint(
                options.source, options.target, CompressedTensorsDequantizer(str(options.source))
            )
    except torch.OutOfMemoryError as error:
        print(error, file=sys.stderr)
        return OUT_OF_MEMORY
    print(json.dumps({name: metadata.version(name) for name in PACKAGES}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
