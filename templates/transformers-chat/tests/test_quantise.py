"""4-bit weights: what is refused, what is recorded, and when they take the export's place."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

import pipeline.launch
from conftest import ROOT, environment, script
from inference.vllm.arguments import load_arguments
from pipeline import compressor as environment_of
from pipeline import quantise as making
from pipeline import quantised as judging
from pipeline.compressor import QuantisationSettings, compressor, quantisation_settings
from pipeline.config import Config
from pipeline.errors import ConfigError, ExitCode, OutOfMemoryError, PipelineError
from pipeline.export import export
from pipeline.manifest import read_json, write_json
from pipeline.measurement import Measure, Measurement
from pipeline.quantise import (
    check_card,
    check_export,
    export_within_run,
    quantise,
    write_examples,
)
from pipeline.quantised import evaluate_quantised, judge_quantised
from pipeline.registry import register
from pipeline.rows import file_sha256
from pipeline.settings import config_hash

PYTHON = Path("nobody asks it")
LOSS = Measure("validation_loss", better="lower")


@pytest.fixture
def settings() -> QuantisationSettings:
    return quantisation_settings().model_copy(update={"examples": 3, "method": "awq"})


@pytest.fixture
def exported(smoke: Any, tmp_path: Path) -> tuple[Config, Path]:
    """The tiny model as `make export ARGS=--base` writes it."""
    config, folder = smoke(), tmp_path / "export"
    export(config, folder, base=True)
    return config, folder


def packed(export: Path, folder: Path, *, renamed: bool = False) -> None:
    """What LLM Compressor leaves of an export, as far as it is looked at."""
    folder.mkdir(parents=True)
    about = {"quantization_config": {"quant_method": "compressed-tensors"}}
    (folder / "config.json").write_text(json.dumps(about), encoding="utf-8")
    ending = ".gate_up.weight_packed" if renamed else ".weight_packed"
    tensors = {
        name.replace("_proj.weight", f"_proj{ending}"): torch.zeros(1)
        for name in load_file(export / "model.safetensors")
    }
    save_file(tensors, folder / "model.safetensors")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The files of examples that the compressor was given, with a stand-in for it."""
    given: list[Path] = []

    def stand_in(
        python: Path, settings: QuantisationSettings, source: Path, target: Path, examples: Path
    ) -> dict[str, str]:
        assert set(load_file(examples)) >= {"0.input_ids", "1.input_ids", "2.input_ids"}
        given.append(examples)
        packed(source, target)
        return {"llmcompressor": "0"}

    monkeypatch.setattr(making, "quantise_with", stand_in)
    return given


def test_the_engine_reads_the_export_or_what_is_made_of_it() -> None:
    assert load_arguments().model in ("models/export", str(quantisation_settings().output))


def test_an_export_as_it_was_written_is_taken_and_nothing_else(
    exported: tuple[Config, Path], tmp_path: Path
) -> None:
    _, folder = exported
    with pytest.raises(ConfigError, match=r"Groups of 128 do not divide .*\(96 inputs\)"):
        check_export(folder)  # the tiny model's blocks are 96 wide
    with pytest.raises(PipelineError, match="make export"):
        check_export(tmp_path / "nowhere")
    with (folder / "model.safetensors").open("ab") as weights:
        weights.write(b"!")
    with pytest.raises(PipelineError, match=r"other bytes: model\.safetensors"):
        check_export(folder)


def weights_of(folder: Path, shapes: dict[str, tuple[int, ...]], **about: Any) -> Path:
    folder.mkdir(parents=True)
    save_file(
        {name: torch.zeros(shape) for name, shape in shapes.items()}, folder / "a.safetensors"
    )
    write_json(folder / "config.json", about)
    write_json(
        folder / "export.json", {"sha256": {"a.safetensors": file_sha256(folder / "a.safetensors")}}
    )
    return folder


def test_only_what_the_blocks_multiply_by_needs_whole_groups(tmp_path: Path) -> None:
    block = {"model.layers.0.mlp.down_proj.weight": (8, 256)}
    others = {
        "model.layers.0.input_layernorm.weight": (96,),
        "model.embed_tokens.weight": (10, 96),
        "model.visual.layers.0.attn.qkv.weight": (8, 80),
        "lm_head.weight": (10, 96),
    }
    check_export(weights_of(tmp_path / "whole", block | others))
    odd = {f"model.layers.{layer}.self_attn.q_proj.weight": (8, 320) for layer in range(5)}
    with pytest.raises(ConfigError, match=r"q_proj\.weight \(320 inputs\).* and 2 more"):
        check_export(weights_of(tmp_path / "odd", block | odd))


def test_what_this_recipe_would_spoil_is_refused(tmp_path: Path) -> None:
    quantised = weights_of(tmp_path / "quantised", {}, quantization_config={"quant_method": "awq"})
    with pytest.raises(ConfigError, match="quantised already"):
        check_export(quantised)


def test_processors_calibrate_only_when_they_are_told_to() -> None:
    with pytest.raises(ConfigError, match="no NVIDIA card"):
        check_card(processor=False)
    check_card(processor=True)


def test_the_compressor_is_the_locked_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="--install"):
        compressor(tmp_path / "bin" / "python")
    # This environment has none; of an environment with another one the versions are told.
    with pytest.raises(ConfigError, match="no LLM Compressor"):
        compressor(Path(sys.executable))
    monkeypatch.setattr(environment_of, "PACKAGE", "pydantic")
    monkeypatch.setattr(environment_of, "locked_version", lambda: "0.0.1")
    with pytest.raises(ConfigError, match=r"not the locked 0\.0\.1"):
        compressor(Path(sys.executable))


@pytest.mark.parametrize(
    ("code", "error"), [(71, OutOfMemoryError), (1, PipelineError), (-9, PipelineError)]
)
def test_an_end_of_the_compressor_keeps_its_meaning(
    settings: QuantisationSettings, tmp_path: Path, code: int, error: type[PipelineError]
) -> None:
    ends = "kill -9 $$" if code < 0 else f"exit {code}"
    python = tmp_path / "python"
    python.write_text(f"#!/bin/sh\n{ends}\n", encoding="utf-8")
    python.chmod(0o755)
    with pytest.raises(error) as raised:
        environment_of.quantise_with(python, settings, tmp_path, tmp_path / "new", tmp_path)
    assert type(raised.value) is error


def test_examples_are_rows_of_the_training_data_chosen_by_the_seed(
    exported: tuple[Config, Path], settings: QuantisationSettings, tmp_path: Path
) -> None:
    config, folder = exported

    def examples(seed: int, count: int = 3) -> dict[str, Any]:
        some = settings.model_copy(update={"seed": seed, "examples": count})
        return write_examples(config, some, folder, tmp_path / f"{seed}.safetensors")

    first = examples(1)
    assert first == examples(1)
    assert first["sha256"] != examples(2)["sha256"]
    assert first["data_sha256"] == file_sha256(config.data.train_path)
    tensors = load_file(tmp_path / "1.safetensors")
    assert not any(name.endswith(".labels") for name in tensors)
    read = [tensors[f"{number}.input_ids"] for number in range(3)]
    assert all(ids.shape[0] == 1 and ids.shape[1] <= config.model.max_length for ids in read)
    assert first["tokens"] == sum(ids.numel() for ids in read)
    rows = sum(1 for line in config.data.train_path.read_text("utf-8").splitlines() if line)
    assert examples(1, count=10**6)["count"] <= rows


def test_the_record_says_what_the_weights_were_made_of(
    exported: tuple[Config, Path],
    settings: QuantisationSettings,
    asked: list[Path],
    tmp_path: Path,
) -> None:
    config, folder = exported
    target = tmp_path / "export-awq"
    record = quantise(config, settings, folder, target, PYTHON)
    assert record == read_json(target / "export.json")
    made_of = record["quantisation"]["made_of"]
    assert (made_of["method"], made_of["group_size"]) == ("awq", 128)
    assert made_of["examples"]["count"] == 3
    assert record["sha256"] == {"model.safetensors": file_sha256(target / "model.safetensors")}
    # What speaks to the model is the export's, byte for byte; the examples are not kept.
    assert (target / "tokenizer.json").read_bytes() == (folder / "tokenizer.json").read_bytes()
    assert not asked[0].exists()
    assert not target.with_name("export-awq.part").exists()

    assert quantise(config, settings, folder, target, PYTHON) == record
    assert len(asked) == 1  # the same of the same is there already
    quantise(config, settings.model_copy(update={"seed": 7}), folder, target, PYTHON)
    assert len(asked) == 2


def spoil(folder: Path, name: str, how: str) -> None:
    """What an interruption leaves of a file."""
    path = folder / name
    if how == "missing":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


SPOILT = [
    ("model.safetensors", "missing"),
    ("model.safetensors", "cut off"),
    ("tokenizer.json", "missing"),
    ("export.json", "missing"),
    ("export.json", "cut off"),
]


@pytest.mark.parametrize("spoilt", SPOILT)
def test_half_a_folder_is_no_quantised_model(
    exported: tuple[Config, Path],
    settings: QuantisationSettings,
    asked: list[Path],
    tmp_path: Path,
    spoilt: tuple[str, str],
) -> None:
    config, folder = exported
    target = tmp_path / "export-awq"
    record = quantise(config, settings, folder, target, PYTHON)
    spoil(target, *spoilt)
    assert quantise(config, settings, folder, target, PYTHON) == record
    assert len(asked) == 2
    assert record["sha256"] == {"model.safetensors": file_sha256(target / "model.safetensors")}
    assert read_json(target / "export.json") == record


def test_what_an_interruption_left_beside_a_whole_folder_is_removed(
    exported: tuple[Config, Path],
    settings: QuantisationSettings,
    asked: list[Path],
    tmp_path: Path,
) -> None:
    config, folder = exported
    target = tmp_path / "export-awq"
    quantise(config, settings, folder, target, PYTHON)
    for whole in (folder, target):
        shutil.copytree(whole, whole.with_name(whole.name + ".part"))
    export_within_run(config, folder, base=True)
    quantise(config, settings, folder, target, PYTHON)
    assert len(asked) == 1
    assert not list(tmp_path.glob("*.part"))


def test_the_same_weights_under_other_settings_go_by_the_settings_of_the_export(
    exported: tuple[Config, Path],
    settings: QuantisationSettings,
    asked: list[Path],
    tmp_path: Path,
    smoke: Any,
) -> None:
    config, folder = exported
    target = tmp_path / "export-awq"
    before = quantise(config, settings, folder, target, PYTHON)
    config = smoke("evaluation.min_improvement=0.5")
    export(config, folder, base=True)
    after = quantise(config, settings, folder, target, PYTHON)
    assert len(asked) == 1
    assert after == {**before, "config_hash": config_hash(config)} != before
    assert read_json(target / "export.json") == after


@pytest.fixture
def exports(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The folders that were exported to within a run."""
    made: list[Path] = []

    def watched(config: Config, target: Path, *, base: bool) -> dict[str, Any]:
        made.append(target)
        return export(config, target, base=base)

    monkeypatch.setattr(making, "export", watched)
    return made


@pytest.mark.parametrize("spoilt", SPOILT)
def test_half_an_export_is_made_again_within_a_run(
    exported: tuple[Config, Path], exports: list[Path], spoilt: tuple[str, str]
) -> None:
    config, folder = exported
    record = read_json(folder / "export.json")
    export_within_run(config, folder, base=True)
    assert exports == []  # it is whole
    spoil(folder, *spoilt)
    export_within_run(config, folder, base=True)
    assert exports == [folder]
    assert read_json(folder / "export.json") == record
    assert file_sha256(folder / "model.safetensors") == record["sha256"]["model.safetensors"]
    assert (folder / "tokenizer.json").is_file()


def test_an_export_of_other_settings_or_of_the_base_is_made_again_within_a_run(
    smoke: Any, exported: tuple[Config, Path], exports: list[Path]
) -> None:
    _, folder = exported
    half = smoke("serving.dtype=fp16")
    export_within_run(half, folder, base=True)
    export_within_run(half, folder, base=True)
    assert exports == [folder]
    assert read_json(folder / "export.json")["dtype"] == "fp16"
    with pytest.raises(PipelineError, match="make train"):
        export_within_run(half, folder, base=False)  # the base is not what was trained


def test_a_second_training_is_exported_again_within_a_run(
    smoke: Any, exported: tuple[Config, Path], exports: list[Path]
) -> None:
    config, base = smoke("method.name=full"), exported[1]
    final = config.project.output_dir / "final"
    folder = config.project.output_dir / "export"
    shutil.copytree(base, final, ignore=shutil.ignore_patterns("export.json"))
    export_within_run(config, folder, base=False)
    export_within_run(config, folder, base=False)
    assert exports == [folder]
    first = read_json(folder / "export.json")

    weights = {name: value + 1 for name, value in load_file(final / "model.safetensors").items()}
    save_file(weights, final / "model.safetensors", {"format": "pt"})
    export_within_run(config, folder, base=False)
    assert exports == [folder, folder]
    second = read_json(folder / "export.json")
    assert second["config_hash"] == first["config_hash"]  # the settings do not tell them apart
    assert second["trained"] != first["trained"]
    assert second["sha256"] != first["sha256"]


def test_what_fails_leaves_the_weights_that_were_there(
    exported: tuple[Config, Path],
    settings: QuantisationSettings,
    asked: list[Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    config, folder = exported
    target = tmp_path / "export-awq"
    before = quantise(config, settings, folder, target, PYTHON)
    other = settings.model_copy(update={"seed": 7})

    def nothing(
        python: Path, settings: QuantisationSettings, source: Path, target: Path, examples: Path
    ) -> dict[str, str]:
        target.mkdir()
        return {}

    monkeypatch.setattr(making, "quantise_with", nothing)
    with pytest.raises(PipelineError, match="left no quantised weights"):
        quantise(config, other, folder, target, PYTHON)
    assert read_json(target / "export.json") == before

    def experts(python: Path, settings: Any, source: Path, target: Path, _: Path) -> dict[str, str]:
        packed(source, target, renamed=True)
        return {}

    monkeypatch.setattr(making, "quantise_with", experts)
    with pytest.raises(PipelineError, match=r"under other names: without .*_proj\.weight"):
        quantise(config, other, folder, target, PYTHON)
    assert read_json(target / "export.json") == before
    with pytest.raises(ConfigError, match="the export itself"):
        quantise(config, other, folder, folder, PYTHON)


def measured(loss: float, passed: int = 2) -> Measurement:
    return Measurement({"validation_loss": loss}, golden_total=2, golden_passed=passed)


@pytest.mark.parametrize(
    ("after", "passed", "promoted"),
    [(2.0, 2, True), (2.04, 2, True), (2.06, 2, False), (2.0, 1, False), (float("nan"), 2, False)],
)
def test_weights_that_lost_more_than_is_allowed_are_not_promoted(
    after: float, passed: int, promoted: bool
) -> None:
    # 2 % of a loss of 2.0 are 0.04.
    verdict = judge_quantised(LOSS, measured(2.0), measured(after, passed), 0.0201)
    assert verdict.promoted is promoted


@pytest.fixture
def quantised(
    exported: tuple[Config, Path],
    settings: QuantisationSettings,
    asked: list[Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[[], tuple[Config, Path, dict[str, Any]]]:
    """Quantised and compared; what is unpacked are the export's own numbers."""
    config, folder = exported
    monkeypatch.setattr(
        judging, "unpack_with", lambda python, source, target: shutil.copytree(folder, target)
    )

    def make() -> tuple[Config, Path, dict[str, Any]]:
        target = tmp_path / "export-awq"
        quantise(config, settings, folder, target, PYTHON)
        return config, target, evaluate_quantised(config, settings, folder, target, PYTHON)

    return make


def test_the_same_numbers_measure_the_same_and_the_export_is_measured_once(
    quantised: Callable[[], tuple[Config, Path, dict[str, Any]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    config, _, report = quantised()
    assert report["promoted"]
    assert report["baseline"]["metrics"] == report["candidate"]["metrics"]
    assert not (config.project.output_dir / "unpacked").exists()

    measured_paths: list[Path | None] = []
    real = judging.measure_weights

    def watched(config: Config, path: Path | None, *rest: Any) -> Measurement:
        measured_paths.append(path)
        return real(config, path, *rest)

    monkeypatch.setattr(judging, "measure_weights", watched)
    assert quantised()[2] == report
    assert measured_paths == [config.project.output_dir / "unpacked"]


def test_quantised_weights_are_registered_by_their_own_comparison(
    quantised: Callable[[], tuple[Config, Path, dict[str, Any]]], tmp_path: Path
) -> None:
    config, target, report = quantised()
    record = tmp_path / "versions.jsonl"
    entry = register(config, target, record=record)
    assert entry["promoted"]
    assert entry["quantisation"]["made_of"]["bits"] == 4
    assert entry["measures"] == report["candidate"]
    assert entry["baseline"] == report["baseline"]

    # Of a trained model its own gate counts, too.
    path = target / "export.json"
    write_json(path, {**read_json(path), "method": "lora"})
    with pytest.raises(ConfigError, match="has not promoted"):
        register(config, target, record=record)
    trained = {"promoted": True, "config_hash": config_hash(config)}
    write_json(config.project.output_dir / "evaluation.json", trained)
    assert register(config, target, record=record)["promoted"]

    # A comparison of other weights says nothing of these.
    other = config.project.output_dir / "evaluation-quantised.json"
    write_json(other, {**report, "weights": "0" * 64})
    with pytest.raises(ConfigError, match="not evaluated as it is"):
        register(config, target, record=record)


def test_a_launcher_takes_a_verdict_for_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[list[str]] = []

    def not_promoted(command: list[str]) -> int:
        ran.append(command)
        return ExitCode.NOT_PROMOTED

    monkeypatch.setattr("signal.signal", lambda *_: None)
    monkeypatch.setattr(pipeline.launch, "_run", not_promoted)
    assert pipeline.launch.main(["scripts/quantise.py", "--within-run"]) == ExitCode.OK
    assert ran == [["scripts/quantise.py", "--within-run"]]


def test_the_script_refuses_before_it_costs_anything() -> None:
    ended = subprocess.run(
        script("quantise.py", "--overlay", "configs/smoke.yaml"),
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == ExitCode.WRONG_INPUT
    assert "no NVIDIA card" in ended.stderr
    assert "Traceback" not in ended.stderr
