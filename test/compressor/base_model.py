"""Write a random base model whose blocks are 128 wide, so that groups of 128 divide them.

Arguments: the folder. Runs in a project, for its tokenizer.
"""

from __future__ import annotations

import sys

import torch
from transformers import LlamaConfig, LlamaForCausalLM

from pipeline.tokenizer import tiny_tokenizer

[folder] = sys.argv[1:]
tokenizer = tiny_tokenizer()
config = LlamaConfig(
    vocab_size=len(tokenizer),
    hidden_size=128,
    intermediate_size=256,
    num_hidden_layers=2,
    num_attention_heads=4,
    num_key_value_heads=2,
    max_position_embeddings=4096,
    pad_token_id=0,
    bos_token_id=None,
    eos_token_id=2,
)
torch.manual_seed(1234)
LlamaForCausalLM(config).to(torch.bfloat16).save_pretrained(folder)
tokenizer.save_pretrained(folder)
