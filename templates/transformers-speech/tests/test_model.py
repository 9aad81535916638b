"""Only what is configured is trained, as it is configured, and the model is told its language."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import ViTConfig, ViTForImageClassification

from pipeline.data import collator, load_dataset
from pipeline.errors import ConfigError, PipelineError
from pipeline.export import export
from pipeline.model import load_finished, load_for_training, load_processor
from pipeline.probe import probe
from pipeline.tiny import tiny_model, tiny_processor
from pipeline.train import train
from pipeline.trainer import build_trainer
from pipeline.transcribe import transcribe

SILENCE = np.zeros(16_000, dtype=np.float32)


def test_the_tiny_model_initialises_alike_every_time_and_leaves_the_seed_alone() -> None:
    processor = tiny_processor(2)
    torch.manual_seed(0)
    first = tiny_model(processor).state_dict()
    drawn = torch.rand(1)
    second = tiny_model(processor).state_dict()
    torch.manual_seed(0)
    assert torch.equal(drawn, torch.rand(1))
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_the_tiny_tokenizer_round_trips_any_text() -> None:
    tokenizer = tiny_processor(2).tokenizer
    text = "Grüße, 世界!"
    assert tokenizer.decode(tokenizer(text).input_ids, skip_special_tokens=True) == text


def test_language_and_task_start_every_transcript() -> None:
    """Whisper's prompt is start, language, task, no timestamps."""
    processor = tiny_processor(2)
    model = tiny_model(processor)
    mel = processor.feature_extractor(SILENCE, sampling_rate=16_000, return_tensors="pt")
    seen: list[torch.Tensor] = []

    def look(_: Any, __: Any, keywords: dict[str, Any]) -> None:
        seen.append(keywords["input_ids"])

    model.model.decoder.register_forward_pre_hook(look, with_kwargs=True)
    model.generate(mel.input_features, language="de", task="translate", max_new_tokens=1)
    prompt = processor.tokenizer.convert_ids_to_tokens(seen[-1][0].tolist())
    assert prompt == ["<|startoftranscript|>", "<|de|>", "<|translate|>", "<|notimestamps|>"]


def test_an_unknown_language_is_refused_not_guessed(smoke: Any) -> None:
    model, processor = load_finished(smoke(), None, None, torch.float32)
    with pytest.raises(ValueError, match="fr"):
        transcribe(model, processor, [SILENCE], ["fr"], smoke(), max_new_tokens=2)


def test_freeze_leaves_the_encoder_as_published(smoke: Any, tmp_path: Path) -> None:
    config = smoke("method.name=freeze", "training.max_steps=2")
    train(config)
    export(config, tmp_path / "export")
    trained = load_finished(config, tmp_path / "export", None, torch.float32)[0].state_dict()
    published = tiny_model(load_processor(config)).state_dict()
    changed = {name for name in published if not torch.equal(trained[name], published[name])}
    assert changed
    assert not [name for name in changed if ".encoder." in name]


@pytest.mark.parametrize(
    ("targets", "adapted"), [("attention", 24), ("qv", 12), ("all-linear", 32)]
)
def test_adapters_go_on_the_layers_asked_for(smoke: Any, targets: str, adapted: int) -> None:
    # Encoder: 2 x (4 of attention + 2); decoder: 2 x (4 + 4 across + 2).
    model = load_for_training(smoke(f"method.lora_targets={targets}"))
    names = [name for name, _ in model.named_parameters()]
    assert sum(name.endswith("lora_A.default.weight") for name in names) == adapted


def test_an_optimizer_step_averages_its_micro_batches(smoke: Any) -> None:
    """Four recordings at once and four one by one are the same step."""
    losses = []
    for size, steps in ((4, 1), (1, 4)):
        config = smoke(
            f"training.micro_batch_size={size}", f"training.gradient_accumulation_steps={steps}"
        )
        processor = load_processor(config)
        data = load_dataset(config.data.train_path, processor, config).first(4)
        model = load_for_training(config)
        trainer = build_trainer(config, model, processor, data, data, [], max_steps=1)
        losses.append(trainer.train().training_loss)
    # The mean over recordings of means over tokens: equal but for recordings of unequal length.
    assert losses[1] == pytest.approx(losses[0], rel=0.02)


@pytest.mark.parametrize("dtype", ["bf16", "bf16-mixed"])
def test_sixteen_bit_training_runs(smoke: Any, dtype: str) -> None:
    result = probe(
        smoke(f"training.dtype={dtype}", "training.gradient_checkpointing=true"), full_length=True
    )
    assert result["unit"] == "transcript_tokens"
    assert result["largest_example"] == 32
    assert result["longest_tokens"] is result["tokens_per_second"] is None
    assert result["examples_per_second"] > 0


def test_spectrograms_have_the_precision_of_the_weights(smoke: Any) -> None:
    config = smoke("training.dtype=bf16")
    data = load_dataset(config.data.train_path, load_processor(config), config)
    assert collator(config)([data[0]])["input_features"].dtype == torch.bfloat16


def test_a_model_that_is_no_whisper_is_refused(smoke: Any, tmp_path: Path) -> None:
    ViTForImageClassification(
        ViTConfig(hidden_size=8, num_hidden_layers=1, num_attention_heads=1, intermediate_size=8)
    ).save_pretrained(tmp_path)
    with pytest.raises((ConfigError, PipelineError)):
        load_for_training(smoke(f"model.id={tmp_path}"))


def test_a_model_that_cannot_be_fetched_says_what_helps(smoke: Any) -> None:
    with pytest.raises(PipelineError, match="HF_TOKEN"):
        load_processor(smoke("model.id=organisation/does-not-exist"))
