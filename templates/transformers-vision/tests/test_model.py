"""Models are loaded with this project's classes, and only what is configured is trained."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoModelForImageClassification, TimmWrapperConfig
from transformers import TimmWrapperForImageClassification as TimmModel

from pipeline.adapters import base_dtype
from pipeline.data import still_transform
from pipeline.errors import ConfigError, PipelineError
from pipeline.export import export
from pipeline.model import head_name, load_finished, load_for_training, load_processor, published_id
from pipeline.probe import probe
from pipeline.tiny import tiny_model
from pipeline.train import train
from pipeline.trainer import hold_averages

LABELS = ["fault", "ok", "warning"]


def test_the_tiny_model_initialises_alike_every_time_and_leaves_the_seed_alone() -> None:
    torch.manual_seed(0)
    first = tiny_model(LABELS, 32).state_dict()
    drawn = torch.rand(1)
    second = tiny_model(LABELS, 32).state_dict()
    torch.manual_seed(0)
    assert torch.equal(drawn, torch.rand(1))
    assert all(torch.equal(first[name], second[name]) for name in first)


@pytest.fixture(params=["test_vit", "test_resnet"])
def timm_folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A published timm model with other classes, as a folder: attention, and convolutions."""
    settings = {
        "architecture": request.param,
        "mean": [0.5, 0.5, 0.5],
        "std": [0.25, 0.25, 0.25],
        "input_size": [3, 160, 160],
        "interpolation": "bicubic",
        "crop_pct": 0.95,
    }
    config = TimmWrapperConfig(architecture=request.param, num_labels=7, pretrained_cfg=settings)
    TimmModel(config).save_pretrained(tmp_path / "base")
    return tmp_path / "base"


@pytest.mark.parametrize("method", ["full", "freeze", "lora"])
def test_a_timm_model_is_trained_exported_and_served(
    smoke: Any, tmp_path: Path, timm_folder: Path, method: str
) -> None:
    convolutions = "resnet" in (timm_folder / "config.json").read_text(encoding="utf-8")
    if convolutions and method == "lora":
        return  # a ResNet has no linear layer but its head
    config = smoke(
        f"model.id={timm_folder}",
        "model.image_size=160",
        f"method.name={method}",
        "training.max_steps=2",
        "training.gradient_checkpointing=true",
    )
    assert head_name(load_for_training(config)) in ("head", "fc")
    train(config)
    export(config, tmp_path / "export")
    model, processor = load_finished(config, tmp_path / "export", None, torch.float32)
    assert model.config.id2label == dict(enumerate(LABELS))
    assert still_transform(processor, 160).transforms[-1].std == [0.25, 0.25, 0.25]


def test_the_default_weights_of_a_timm_architecture_are_found_without_the_network() -> None:
    assert published_id("timm/resnet50") == "timm/resnet50.a1_in1k"
    assert published_id("timm/resnet50.a3_in1k") == "timm/resnet50.a3_in1k"
    assert published_id("google/vit-base-patch16-224") == "google/vit-base-patch16-224"
    with pytest.raises(ConfigError, match="timm"):
        published_id("timm/no_such_net")


def test_a_published_head_is_replaced_by_one_for_our_classes(smoke: Any, tmp_path: Path) -> None:
    tiny_model([str(number) for number in range(10)], 32).save_pretrained(tmp_path / "base")
    processor = load_processor(smoke())
    processor.save_pretrained(tmp_path / "base")
    model = load_for_training(smoke(f"model.id={tmp_path / 'base'}", "method.name=full"))
    assert model.config.id2label == dict(enumerate(LABELS))
    assert model.classifier.out_features == 3


def test_freeze_trains_the_head_alone_and_leaves_the_rest_as_published(smoke: Any) -> None:
    config = smoke("method.name=freeze", "training.max_steps=2", "training.dtype=bf16-mixed")
    assert base_dtype(config) == torch.float32
    result = train(config)
    trained = AutoModelForImageClassification.from_pretrained(result.final_model).state_dict()
    published = tiny_model(LABELS, 32).state_dict()
    changed = {name for name in published if not torch.equal(trained[name], published[name])}
    assert changed == {"classifier.weight", "classifier.bias"}


def test_a_frozen_batch_norm_keeps_its_averages() -> None:
    model = torch.nn.Sequential(torch.nn.BatchNorm2d(3), torch.nn.BatchNorm2d(3)).train()
    model[0].requires_grad_(False)
    before = [layer.running_mean.clone() for layer in model]
    hold_averages(model)
    model(torch.ones(2, 3, 4, 4))
    assert torch.equal(model[0].running_mean, before[0])
    assert not torch.equal(model[1].running_mean, before[1])


def test_an_adapter_goes_on_the_transformer_and_the_head_is_trained_whole(smoke: Any) -> None:
    model = load_for_training(smoke())
    trained = [name for name, value in model.named_parameters() if value.requires_grad]
    adapted = [name for name in trained if name.endswith("lora_A.default.weight")]
    assert len(adapted) == 2 * 6  # two layers: four of attention, two of the perceptron
    assert any("classifier.modules_to_save" in name for name in trained)
    assert not any("classifier" in name for name in adapted)


@pytest.mark.parametrize(("targets", "adapted"), [("attention", 4), ("qv", 2), ("[fc1, fc2]", 2)])
def test_adapters_go_on_the_layers_asked_for(smoke: Any, targets: str, adapted: int) -> None:
    model = load_for_training(smoke(f"method.lora_targets={targets}"))
    names = [name for name, _ in model.named_parameters()]
    assert sum(name.endswith("lora_A.default.weight") for name in names) == 2 * adapted


def test_a_size_that_the_model_does_not_take_is_refused_before_training(
    smoke: Any, tmp_path: Path
) -> None:
    tiny_model(LABELS, 32).save_pretrained(tmp_path / "base")
    with pytest.raises(ConfigError, match=r"model\.image_size 48"):
        load_for_training(smoke(f"model.id={tmp_path / 'base'}", "model.image_size=48"))


def test_a_model_that_cannot_be_fetched_says_what_helps(smoke: Any) -> None:
    with pytest.raises(PipelineError, match="HF_TOKEN"):
        load_processor(smoke("model.id=organisation/does-not-exist"))


@pytest.mark.parametrize("dtype", ["bf16", "bf16-mixed"])
def test_sixteen_bit_training_runs(smoke: Any, dtype: str) -> None:
    result = probe(smoke(f"training.dtype={dtype}", "training.gradient_checkpointing=true"))
    assert result["unit"] == "images"
    assert result["largest_example"] == 1
    assert result["longest_tokens"] is result["tokens_per_second"] is None
    assert result["losses"][1] < result["losses"][0] + 0.5
