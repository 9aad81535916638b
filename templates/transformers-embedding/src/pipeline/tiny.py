"""A random BERT-shaped encoder, made in code: tests need no download."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
from safetensors.torch import save_model
from transformers import BertConfig, BertModel

from pipeline.tokenizer import tiny_tokenizer

TINY_SEED = 1234
"""The base weights are the same in every run, as those of a downloaded model would be."""


@contextmanager
def tiny_folder() -> Iterator[Path]:
    """About 0.2 million parameters, as a folder: Sentence Transformers reads nothing else."""
    tokenizer = tiny_tokenizer()
    config = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=2,
        num_attention_heads=4,
        max_position_embeddings=512,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
        initializer_range=0.2,  # with the usual 0.02 all random vectors are nearly one
        pad_token_id=0,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(TINY_SEED)
        model = BertModel(config)
    # Blind to order: what two texts share is then learned in the few steps that tests take.
    model.embeddings.position_embeddings.weight.data.zero_()
    with tempfile.TemporaryDirectory() as folder:
        # By hand: `save_pretrained` writes in the first process of a distributed run alone.
        (Path(folder) / "config.json").write_text(model.config.to_json_string(), encoding="utf-8")
        save_model(model, str(Path(folder) / "model.safetensors"), {"format": "pt"})
        tokenizer.save_pretrained(folder)
        yield Path(folder)
