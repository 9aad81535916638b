"""The language model learns, the vision tower stays as published, and pictures are looked at."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image
from transformers import Qwen2_5_VLForConditionalGeneration

from pipeline.config import parse_config
from pipeline.errors import ConfigError, DataError, PipelineError
from pipeline.generate import generate
from pipeline.golden import golden_answers
from pipeline.memory import out_of_memory_advice
from pipeline.model import load_base_model, load_finished, load_for_training, load_processor
from pipeline.prompt import render_prompt
from pipeline.tiny import tiny_model, tiny_processor
from pipeline.train import train

ASKED = [{"role": "user", "content": [{"type": "image"}, {"type": "text", "text": "What is it?"}]}]


def test_the_tiny_model_initialises_alike_every_time_and_leaves_the_seed_alone() -> None:
    torch.manual_seed(0)
    first = tiny_model(tiny_processor()).state_dict()
    drawn = torch.rand(1)
    second = tiny_model(tiny_processor()).state_dict()
    torch.manual_seed(0)
    assert torch.equal(drawn, torch.rand(1))
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_another_picture_gives_another_prediction(smoke: Any) -> None:
    config = smoke()
    processor, model = load_processor(config), load_base_model(config, torch.float32).eval()
    with torch.no_grad():
        seen = [
            model(**render_prompt(ASKED, [Image.new("RGB", (56, 56), colour)], processor)).logits
            for colour in ("black", "white")
        ]
    assert seen[0].shape == seen[1].shape
    assert not torch.allclose(seen[0][0, -1], seen[1][0, -1])


@pytest.mark.parametrize(
    ("targets", "adapted"), [("all-linear", 7), ("attention", 4), ("qv", 2), ("[up_proj]", 1)]
)
def test_adapters_go_on_the_language_model_alone(smoke: Any, targets: str, adapted: int) -> None:
    model = load_for_training(smoke(f"method.lora_targets={targets}"))
    layers = [name for name, _ in model.named_parameters() if "lora_A" in name]
    assert len(layers) == 2 * adapted  # two decoder layers
    assert not any("visual" in name or "lm_head" in name for name in layers)


def test_the_vision_tower_is_adapted_when_asked(smoke: Any) -> None:
    model = load_for_training(smoke("method.freeze_vision=false"))
    assert any("visual" in name and "lora_A" in name for name, _ in model.named_parameters())


def test_full_fine_tuning_leaves_the_vision_tower_as_published(smoke: Any) -> None:
    result = train(smoke("method.name=full", "training.max_steps=2"))
    trained = Qwen2_5_VLForConditionalGeneration.from_pretrained(result.final_model).state_dict()
    published = tiny_model(tiny_processor()).state_dict()
    changed = {name for name in published if not torch.equal(trained[name], published[name])}
    assert changed
    assert not any("visual" in name for name in changed)
    assert any("language_model" in name for name in changed)


@pytest.mark.parametrize("dtype", ["bf16", "bf16-mixed"])
def test_sixteen_bit_training_with_checkpointing_runs(smoke: Any, dtype: str) -> None:
    config = smoke(
        f"training.dtype={dtype}",
        "training.gradient_checkpointing=true",
        "training.max_steps=2",
        "method.freeze_vision=false",
    )
    assert train(config).steps == 2


def test_a_published_folder_is_loaded_with_this_projects_limit(smoke: Any, tmp_path: Path) -> None:
    processor = tiny_processor()
    processor.save_pretrained(tmp_path / "base")
    tiny_model(processor).save_pretrained(tmp_path / "base")
    config = smoke(f"model.id={tmp_path / 'base'}")
    model, loaded = load_finished(config, None, None, torch.float32)
    assert loaded.image_processor.size["longest_edge"] == 12_544
    answer = generate(
        model,
        loaded,
        render_prompt(ASKED, [Image.new("RGB", (500, 500))], loaded),
        max_new_tokens=2,
    )
    assert answer.prompt_tokens < 16 + 60
    with pytest.raises(ConfigError, match="positions"):
        load_for_training(smoke(f"model.id={tmp_path / 'base'}", "model.max_length=4096"))


def test_golden_answers_look_at_their_pictures(smoke: Any, tmp_path: Path) -> None:
    config = smoke("evaluation.max_new_tokens=2")
    model, processor = load_finished(config, None, None, torch.float32)
    assert len(golden_answers(model, processor, config)) == 6
    lost = tmp_path / "golden.jsonl"
    lost.write_text(Path("data/golden/golden.jsonl").read_text(encoding="utf-8"), encoding="utf-8")
    with pytest.raises(DataError, match="make_sample"):
        golden_answers(model, processor, smoke(f"evaluation.golden_path={lost}"))


def test_a_model_that_cannot_be_fetched_says_what_helps(smoke: Any) -> None:
    with pytest.raises(PipelineError, match="HF_TOKEN"):
        load_processor(smoke("model.id=organisation/does-not-exist"))


def test_out_of_memory_advice_makes_pictures_smaller() -> None:
    advice = out_of_memory_advice(parse_config({"model": {"max_pixels": 802816}}))
    assert any(line.startswith("model.max_pixels: 401408") for line in advice)
