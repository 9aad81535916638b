"""A random BERT-shaped classifier, made in code: tests need no download."""

from __future__ import annotations

from typing import Any

import torch
from transformers import BertConfig, BertForSequenceClassification

from pipeline.tokenizer import tiny_tokenizer

TINY_SEED = 1234
"""The base weights are the same in every run, as those of a downloaded model would be."""


def tiny_model(attention: str, names: dict[str, Any]) -> BertForSequenceClassification:
    """About 0.2 million parameters; `names` are the classes."""
    config = BertConfig(
        vocab_size=len(tiny_tokenizer()),
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=2,
        num_attention_heads=4,
        max_position_embeddings=512,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
        pad_token_id=0,
        attn_implementation=attention,
        **names,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(TINY_SEED)
        return BertForSequenceClassification(config)
