"""The classifier: its new head, what is trained of it, and when it may be served."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import LlamaConfig, LlamaForCausalLM

from labelled_rows import LABELS
from pipeline.errors import PipelineError
from pipeline.evaluate import evaluate
from pipeline.measure import (
    encode_texts,
    predict,
)
from pipeline.model import load_finished, load_for_training
from pipeline.tokenizer import tiny_tokenizer
from pipeline.train import train


def test_the_new_head_is_trained_beside_an_adapter(smoke: Any) -> None:
    model = load_for_training(smoke())
    trained = {name for name, value in model.named_parameters() if value.requires_grad}
    assert any("classifier" in name for name in trained)
    assert not any("embeddings" in name for name in trained)


def test_a_base_model_is_not_served_with_a_head_of_chance(smoke: Any) -> None:
    with pytest.raises(PipelineError, match="no trained head"):
        load_finished(smoke("model.id=organisation/model"), None, None, torch.float32)


@pytest.mark.parametrize("method", ["lora", "full"])
def test_a_decoder_from_a_folder_gets_a_head_too(smoke: Any, tmp_path: Path, method: str) -> None:
    tokenizer = tiny_tokenizer()
    tokenizer.save_pretrained(tmp_path / "base")
    shape = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 1}
    heads = {"num_attention_heads": 2, "num_key_value_heads": 1}
    base = LlamaForCausalLM(LlamaConfig(vocab_size=len(tokenizer), **shape, **heads))
    base.save_pretrained(tmp_path / "base")
    config = smoke(f"model.id={tmp_path / 'base'}", f"method.name={method}", "training.max_steps=1")
    model = load_for_training(config)
    assert model.config.pad_token_id == tokenizer.pad_token_id
    assert any("score" in name for name, value in model.named_parameters() if value.requires_grad)
    train(config)
    assert len(evaluate(config)["candidate"]["details"]["labels"]) == len(LABELS)


def test_padding_changes_no_probability(smoke: Any) -> None:
    config = smoke()
    model, tokenizer = load_finished(config, None, None, torch.float32)
    texts = ["short", "a text that is a good deal longer than the other"]
    together = predict(model, tokenizer, encode_texts(texts, tokenizer, 512), 2)
    apart = predict(model, tokenizer, encode_texts(texts, tokenizer, 512), 1)
    np.testing.assert_allclose(together, apart, atol=1e-5)
    np.testing.assert_allclose(together.sum(axis=1), 1.0, atol=1e-5)
