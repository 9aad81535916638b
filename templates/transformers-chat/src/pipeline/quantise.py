"""The export in 4 bits, for an engine that reads them: made once, beside the export.

What is written says what it was made of: the export's bytes, the recipe and the examples. The same
of all of them is not made twice.
"""

from __future__ import annotations

import json
import random
import re
import shutil
import tempfile
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from safetensors.torch import save_file

from pipeline.calibration import calibration_batch
from pipeline.compressor import QuantisationSettings, locked_version, quantise_with
from pipeline.config import Config
from pipeline.data import load_dataset
from pipeline.errors import ConfigError, PipelineError
from pipeline.export import export, made_from, recorded_hashes, staging
from pipeline.logs import log
from pipeline.manifest import device_name, read_json, versions, write_json
from pipeline.model import load_processor
from pipeline.registry import EXPORT_NAME, digest_of
from pipeline.rows import file_sha256

GROUP_SIZE = 128
"""Inputs that share a scale, as in both recipes of scripts/compressor/compress.py."""

FROM_EXPORT = ("base_model", "base_revision", "method", "dtype", "config_hash")

BLOCK_WEIGHT = re.compile(r"(?:^|\.)layers\.\d+\..*\.weight$")
SEES_OR_HEARS = re.compile(r"vision|visual|audio")
PACKED = re.compile(r"\.weight_(packed|scale|shape|zero_point|g_idx)$")


def export_within_run(config: Config, folder: Path, *, base: bool) -> None:
    """Export, unless what lies there is whole and made from what lies here now.

    A machine that is taken away comes back with any part of the folder, and a second training with
    the export of the first.
    """
    source, known = made_from(config, base=base), _whole(folder)
    staging(folder)
    if known is None or source != {key: known.get(key) for key in source}:
        export(config, folder, base=base)
    else:
        log("already_exported", path=str(folder))


def check_export(folder: Path) -> None:
    """Refuse what is no export of this project, is not its bytes, or cannot be quantised."""
    exported: dict[str, Any] | None = read_json(folder / EXPORT_NAME)
    shape = read_json(folder / "config.json")
    if exported is None or shape is None:
        raise PipelineError(f'There is no exported model in "{folder}"', "Run `make export` first.")
    if shape.get("quantization_config") is not None or "quantisation" in exported:
        raise ConfigError(
            f'"{folder}" is quantised already: rounding it again would lose more',
            "Name the 16-bit export with --from; `make export` writes it.",
        )
    if changed := _changed(folder, exported["sha256"]):
        raise PipelineError(
            f'"{folder}" is not what was exported; other bytes: {", ".join(changed)}',
            "Export it again: `make export`.",
        )
    _check_shapes(folder)


def _changed(folder: Path, hashes: dict[str, str]) -> list[str]:
    return [
        name
        for name, sha256 in hashes.items()
        if not (folder / name).is_file() or file_sha256(folder / name) != sha256
    ]


def _whole(folder: Path) -> dict[str, Any] | None:
    """The record of a folder that has all that it names; None of any other."""
    try:
        record: dict[str, Any] = read_json(folder / EXPORT_NAME) or {}
    except ValueError:  # half a file
        return None
    weights, beside = record.get("sha256"), record.get("beside")
    if not weights or not beside or _changed(folder, weights | beside):
        return None
    return record


def shapes_of(folder: Path) -> dict[str, list[int]]:
    """Every tensor of the safetensors in a folder, told by their headers."""
    found = {}
    for path in sorted(folder.glob("*.safetensors")):
        with safe_open(path, framework="pt") as weights:
            for name in weights.keys():  # noqa: SIM118 - it is no mapping
                found[name] = weights.get_slice(name).get_shape()
    return found


def _check_shapes(folder: Path) -> None:
    odd = [
        f"{name} ({size[1]} inputs)"
        for name, size in shapes_of(folder).items()
        if BLOCK_WEIGHT.search(name) and not SEES_OR_HEARS.search(name)
        if len(size) == 2 and size[1] % GROUP_SIZE
    ]
    if odd:
        more = f" and {len(odd) - 3} more" if len(odd) > 3 else ""
        raise ConfigError(
            f"Groups of {GROUP_SIZE} do not divide {', '.join(odd[:3])}{more}",
            "vLLM's 4-bit kernels want whole groups: serve this model in 16 bits or fp8.",
        )


def check_card(*, processor: bool) -> None:
    """Refuse to calibrate on processors, unless that is asked for."""
    if not torch.cuda.is_available() and not processor:
        raise ConfigError(
            "There is no NVIDIA card here, and a processor takes hours where a card takes minutes",
            "`make launch ARGS='scripts/quantise.py --within-run --install'` runs it where the "
            "plan trains; --cpu is for small models.",
        )


def write_examples(
    config: Config, settings: QuantisationSettings, source: Path, path: Path
) -> dict[str, Any]:
    """Examples as the model reads them, chosen by the seed; what they are, by hash."""
    model = config.model.model_copy(update={"id": str(source), "revision": None})
    processor = load_processor(config.model_copy(update={"model": model}))
    data = load_dataset(config.data.train_path, processor, config)
    count = min(settings.examples, len(data))
    chosen = random.Random(settings.seed).sample(range(len(data)), count)  # noqa: S311 - no secret
    tensors = {
        f"{number}.{name}": value.contiguous()
        for number, index in enumerate(chosen)
        for name, value in calibration_batch(data, index, processor, config).items()
    }
    save_file(tensors, path)
    return {
        "count": count,
        "seed": settings.seed,
        "tokens": sum(tensors[f"{number}.input_ids"].numel() for number in range(count)),
        "sha256": file_sha256(path),
        "data_sha256": file_sha256(config.data.train_path),
    }


def quantise(
    config: Config, settings: QuantisationSettings, source: Path, target: Path, python: Path
) -> dict[str, Any]:
    """Quantise the export into a folder; a reader finds the old folder or the new one, whole."""
    exported = read_json(source / EXPORT_NAME)
    if target.resolve() == source.resolve():
        raise ConfigError(f'"{target}" is the export itself', "Name another folder with --output.")
    staged = staging(target)
    about = {key: exported[key] for key in FROM_EXPORT}
    with tempfile.TemporaryDirectory(prefix="calibration-") as scratch:
        examples = Path(scratch) / "examples.safetensors"
        made_of = {
            "method": settings.method,
            "bits": 4,
            "group_size": GROUP_SIZE,
            "compressor": locked_version(),
            "export": digest_of(exported["sha256"]),
            "examples": write_examples(config, settings, source, examples),
        }
        known = _whole(target)
        if known is not None and known.get("quantisation", {}).get("made_of") == made_of:
            log("already_quantised", path=str(target))
            if known.items() >= about.items():
                return known
            # The same weights under other settings: the gate asks for those of the export.
            record = {**known, **about}
            write_json(target / EXPORT_NAME, record)
            return record
        log("quantising", method=settings.method, examples=made_of["examples"])
        packages = quantise_with(python, settings, source, staged, examples)
    _complete(source, staged)
    record = {
        **about,
        **recorded_hashes(staged),
        "quantisation": {"made_of": made_of, "packages": packages, "device": device_name()},
        "versions": versions(),
    }
    write_json(staged / EXPORT_NAME, record)
    shutil.rmtree(target, ignore_errors=True)
    staged.replace(target)
    return record


def _complete(source: Path, staged: Path) -> None:
    """What the engine reads beside the weights, byte for byte the export's: tokenizer, template."""
    config = staged / "config.json"
    shape = json.loads(config.read_text(encoding="utf-8")) if config.is_file() else {}
    made = shapes_of(staged)
    if "quantization_config" not in shape or not any(PACKED.search(name) for name in made):
        raise PipelineError(f'LLM Compressor left no quantised weights in "{staged}"')
    # Experts of some models get other names, and no engine would find them.
    missing = shapes_of(source).keys() - {PACKED.sub(".weight", name) for name in made}
    if missing:
        raise PipelineError(
            f"LLM Compressor writes this kind of model under other names: without {min(missing)}",
            "Serve it in 16 bits or fp8: `model: models/export` in engine.yaml.",
        )
    for path in source.iterdir():
        weights = path.suffix == ".safetensors" or path.name.endswith(".safetensors.index.json")
        if path.is_file() and not weights and not (staged / path.name).exists():
            shutil.copyfile(path, staged / path.name)
    (staged / EXPORT_NAME).unlink(missing_ok=True)  # it speaks of the export
