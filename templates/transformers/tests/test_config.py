"""The configuration is typed, complete and strict."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from pipeline.config import Config, load_config, parse_config
from pipeline.environment import forget_placeholders
from pipeline.errors import ConfigError
from pipeline.settings import (
    CONFIG_FILES,
    config_hash,
    json_schema,
    known_keys,
    merge,
    parse_override,
    read_yaml,
)


def test_the_project_configuration_is_valid() -> None:
    load_config("configs")


OURS = [path for path in sorted(Path("configs").glob("*.yaml")) if path.name != "accelerate.yaml"]


@pytest.mark.parametrize("path", OURS, ids=lambda path: path.name)
def test_every_yaml_file_is_a_valid_part_of_it(path: Path) -> None:
    overlays = [] if path.name in CONFIG_FILES else [path]
    load_config("configs", overlays)
    parse_config(read_yaml(path))


def test_the_four_files_state_every_key() -> None:
    stated: dict[str, object] = {}
    for name in CONFIG_FILES:
        stated = merge(stated, read_yaml(Path("configs") / name))
    keys = {f"{section}.{key}" for section, values in stated.items() for key in values}  # type: ignore[attr-defined]
    assert keys == {key for key in known_keys(Config) if "." in key}


def test_the_schema_file_is_the_schema_of_the_code() -> None:
    written = json.loads(Path("configs/schema.json").read_text(encoding="utf-8"))
    assert written == json_schema(Config), "run `make schema`"


@pytest.mark.parametrize(
    ("override", "suggestion"),
    [
        ("training.learning_rat=1", "training.learning_rate"),
        ("model.revison=abc", "model.revision"),
        ("trainings.epochs=1", "training"),
        ("model.lora_rank=8", "method.lora_rank"),
    ],
)
def test_an_unknown_key_is_an_error_that_names_the_nearest(override: str, suggestion: str) -> None:
    with pytest.raises(ConfigError, match=f'unknown key .* did you mean "{suggestion}"'):
        load_config("configs", overrides=[override])


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("method.name=qlora", r"needs quantization|method\.name"),  # or no qlora at all
        ("method.quantization=nf4", "needs name qlora"),
        ("training.micro_batch_size=0", "training.micro_batch_size"),
        ("training.dtype=float8", "training.dtype"),
        ("training.save_total_limit=1", "training.save_total_limit"),
        ("project.name=../elsewhere", "project.name"),
        ("serving.adapter_path=outputs/final", "set model_path to null"),
    ],
)
def test_settings_that_cannot_work_are_refused(override: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        parse_config(parse_override(override))


def test_early_stopping_needs_the_best_step_on_disk() -> None:
    training = {"early_stopping_patience": 2, "eval_steps": 50, "save_steps": 75}
    with pytest.raises(ConfigError, match="multiple of eval_steps"):
        parse_config({"training": training})


def test_later_files_win_key_by_key(tmp_path: Path) -> None:
    overlay = tmp_path / "overlay.yaml"
    overlay.write_text("training: {epochs: 7}\n", encoding="utf-8")
    config = load_config("configs", [overlay], ["training.max_steps=3"])
    assert (config.training.epochs, config.training.max_steps) == (7, 3)
    assert config.training.warmup_ratio == load_config("configs").training.warmup_ratio


def test_the_hash_names_the_settings() -> None:
    config = load_config("configs")
    assert config_hash(config) == config_hash(load_config("configs"))
    for changed in ("project.seed=1", "training.learning_rate=0.5", "evaluation.min_improvement=0"):
        assert config_hash(config) != config_hash(load_config("configs", overrides=[changed]))


@pytest.mark.parametrize(
    "place",
    [
        "project.output_dir=/outputs",
        "project.name=another",
        "data.train_path=/opt/data/train.jsonl",
        "evaluation.golden_path=/opt/data/golden.jsonl",
        "tracking.provider=none",
        "serving.port=9000",
        "serving.model_path=/models/export",
    ],
)
def test_a_model_keeps_its_hash_wherever_it_is_trained_evaluated_and_served(place: str) -> None:
    elsewhere = load_config("configs", overrides=[place])
    assert config_hash(elsewhere) == config_hash(load_config("configs"))


def test_a_hub_model_without_a_pinned_revision_is_warned_of() -> None:
    unpinned = {"model": {"id": "organisation/model"}}
    assert any("revision" in text for text in parse_config(unpinned).warnings())
    pinned = {"model": {"id": "organisation/model", "revision": "0" * 40}}
    assert parse_config(pinned).warnings() == []


def test_remote_code_cannot_be_switched_on() -> None:
    assert not any("remote_code" in key for key in known_keys(Config))
    with pytest.raises(ConfigError, match="unknown key"):
        parse_config({"model": {"trust_remote_code": True}})


def test_a_placeholder_of_the_example_is_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "ml-project_dev_your_key_here")
    monkeypatch.setenv("WANDB_API_KEY", "a-real-one")
    forget_placeholders()
    assert "HF_TOKEN" not in os.environ
    assert os.environ["WANDB_API_KEY"] == "a-real-one"
