"""A random Llama-shaped model, made in code: tests need no download."""

from __future__ import annotations

import torch
from transformers import LlamaConfig, LlamaForCausalLM

TINY_SEED = 1234
"""The base weights are the same in every run, as those of a downloaded model would be."""


def tiny_model(vocabulary_size: int, attention: str = "sdpa") -> LlamaForCausalLM:
    """About 0.2 million parameters with grouped-query attention and an untied head."""
    config = LlamaConfig(
        vocab_size=vocabulary_size,
        hidden_size=96,
        intermediate_size=192,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=2048,
        pad_token_id=0,
        bos_token_id=None,
        eos_token_id=2,
        attn_implementation=attention,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(TINY_SEED)
        return LlamaForCausalLM(config)
