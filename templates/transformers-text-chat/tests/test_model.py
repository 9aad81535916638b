"""The model holds the parameters, precisions and adapters that the configuration asks for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from pipeline.adapters import base_dtype, check_machine, quantization_config
from pipeline.config import parse_config
from pipeline.errors import ConfigError, PipelineError
from pipeline.memory import out_of_memory_advice
from pipeline.model import load_finished, load_for_training, load_processor
from pipeline.prompt import render_prompt
from pipeline.tiny import tiny_model
from pipeline.tokenizer import tiny_tokenizer


def test_the_tiny_model_initialises_alike_every_time_and_leaves_the_seed_alone() -> None:
    torch.manual_seed(0)
    first = tiny_model(259).state_dict()
    drawn = torch.rand(1)
    second = tiny_model(259).state_dict()
    torch.manual_seed(0)
    assert torch.equal(drawn, torch.rand(1))
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_a_base_model_without_a_chat_template_gets_a_plain_one(smoke: Any, tmp_path: Path) -> None:
    bare = tiny_tokenizer()
    bare.chat_template = None
    bare.save_pretrained(tmp_path / "base")
    tokenizer = load_processor(smoke(f"model.id={tmp_path / 'base'}"))
    messages = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}]
    whole = str(tokenizer.apply_chat_template(messages, tokenize=False))
    asked = str(
        tokenizer.apply_chat_template(messages[:1], tokenize=False, add_generation_prompt=True)
    )
    assert whole == f"User: Hi\nAssistant: Hello{tokenizer.eos_token}\n"
    # The space is the first word's: " Hello" is one token, and a space alone another.
    assert asked == "User: Hi\nAssistant:"


def test_a_base_model_reads_its_begin_token_first_where_it_has_one(
    smoke: Any, tmp_path: Path
) -> None:
    bare = tiny_tokenizer()
    bare.chat_template, bare.bos_token = None, "<|im_start|>"
    bare.save_pretrained(tmp_path / "base")
    config = smoke(f"model.id={tmp_path / 'base'}")
    tokenizer = load_processor(config)
    messages = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}]
    whole = str(tokenizer.apply_chat_template(messages, tokenize=False))
    assert whole == f"<|im_start|>User: Hi\nAssistant: Hello{tokenizer.eos_token}\n"
    # Training, evaluation and serving read one and the same prompt.
    asked = render_prompt(messages[:1], tokenizer)["input_ids"][0].tolist()
    assert asked[0] == tokenizer.bos_token_id
    assert asked.count(tokenizer.bos_token_id) == 1
    assert tokenizer(whole, add_special_tokens=False)["input_ids"][: len(asked)] == asked


@pytest.mark.parametrize(
    ("overrides", "base", "trained"),
    [
        (["method.name=full", "training.dtype=bf16"], torch.bfloat16, torch.bfloat16),
        (["method.name=full", "training.dtype=bf16-mixed"], torch.float32, torch.float32),
        (["method.name=full", "training.dtype=fp32"], torch.float32, torch.float32),
        (["training.dtype=bf16"], torch.bfloat16, torch.bfloat16),
        (["training.dtype=bf16-mixed"], torch.bfloat16, torch.float32),
        (["training.dtype=fp32"], torch.float32, torch.float32),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, list) else str(value),
)
def test_precisions(
    smoke: Any, overrides: list[str], base: torch.dtype, trained: torch.dtype
) -> None:
    config = smoke(*overrides)
    model = load_for_training(config)
    held = {parameter.dtype for parameter in model.parameters() if not parameter.requires_grad}
    learned = {parameter.dtype for parameter in model.parameters() if parameter.requires_grad}
    assert base_dtype(config) == base
    assert learned == {trained}
    assert held == (set() if config.method.name == "full" else {base})


@pytest.mark.parametrize(
    ("targets", "adapted"),
    [("all-linear", 7), ("attention", 4), ("qv", 2), ("[up_proj, down_proj]", 2)],
)
def test_adapters_go_on_the_layers_asked_for(smoke: Any, targets: str, adapted: int) -> None:
    model = load_for_training(smoke(f"method.lora_targets={targets}"))
    layers = [
        name for name, _ in model.named_parameters() if name.endswith("lora_A.default.weight")
    ]
    assert len(layers) == 2 * adapted  # two decoder layers
    assert not any("lm_head" in name for name in layers)


def test_trainable_modules_are_trained_in_full(smoke: Any) -> None:
    model = load_for_training(smoke("method.trainable_modules=[lm_head]"))
    trained = [name for name, value in model.named_parameters() if value.requires_grad]
    assert any("lm_head" in name for name in trained)


def test_a_missing_export_names_both_ways_to_make_one(smoke: Any, tmp_path: Path) -> None:
    with pytest.raises(PipelineError) as missing:
        load_finished(smoke(), tmp_path / "none", None, torch.float32)
    assert "make export ARGS=--base" in missing.value.hint


def test_an_unknown_target_names_those_that_exist(smoke: Any) -> None:
    with pytest.raises(ConfigError, match="down_proj"):
        load_for_training(smoke("method.lora_targets=[query]"))


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (["method.name=qlora", "method.quantization=nf4"], r"method\.quantization: none"),
        (["training.optimizer=paged-adamw-8bit"], r"training\.optimizer: adamw"),
        (["training.dtype=fp16-mixed"], r"training\.dtype: fp32"),
        (["model.attention=flash_attention_2"], r"model\.attention: sdpa"),
    ],
)
def test_what_needs_a_gpu_says_what_to_change_on_a_cpu(
    smoke: Any, overrides: list[str], message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        check_machine(smoke(*overrides))


def test_a_quantised_base_is_described_to_bitsandbytes() -> None:
    config = parse_config({"method": {"name": "qlora", "quantization": "nf4-dq"}})
    settings = quantization_config(config)
    assert settings is not None
    assert settings.load_in_4bit
    assert settings.bnb_4bit_use_double_quant
    assert settings.bnb_4bit_compute_dtype == torch.bfloat16


def test_out_of_memory_advice_names_existing_keys_cheapest_first() -> None:
    training = {"micro_batch_size": 4, "gradient_checkpointing": False}
    config = parse_config({"training": training})
    advice = out_of_memory_advice(config)
    assert advice[0].startswith("training.gradient_checkpointing: true")
    assert "training.micro_batch_size: 2 with training.gradient_accumulation_steps: 32" in " ".join(
        advice
    )
