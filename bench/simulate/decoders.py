"""Decoders of published widths, cut to a few layers: layers repeat, so depth teaches nothing and costs time."""

from __future__ import annotations

import copy

import torch
import transformers as hf

from case import Setting, case, from_config, inline, text
from runner import cast


def llama(width, heads, kv_heads, intermediate, vocab, tied, layers=4):
    return lambda: hf.LlamaConfig(
        hidden_size=width, num_hidden_layers=layers, num_attention_heads=heads, num_key_value_heads=kv_heads,
        intermediate_size=intermediate, vocab_size=vocab, tie_word_embeddings=tied, use_cache=False)


DECODERS = {
    "llama-3.2-1b": llama(2048, 32, 8, 8192, 128256, True),
    "llama-2-7b": llama(4096, 32, 32, 11008, 32000, False),
    "tinyllama-1.1b": llama(2048, 32, 4, 5632, 32000, False),
    "mistral-7b": lambda: hf.MistralConfig(
        hidden_size=4096, num_hidden_layers=4, num_attention_heads=32, num_key_value_heads=8, intermediate_size=14336,
        vocab_size=32000, sliding_window=4096, tie_word_embeddings=False, use_cache=False),
    "qwen2.5-1.5b": lambda: hf.Qwen2Config(
        hidden_size=1536, num_hidden_layers=4, num_attention_heads=12, num_key_value_heads=2, intermediate_size=8960,
        vocab_size=151936, tie_word_embeddings=True, use_cache=False),
    "qwen3-4b": lambda: hf.Qwen3Config(
        hidden_size=2560, num_hidden_layers=4, num_attention_heads=32, num_key_value_heads=8, head_dim=128,
        intermediate_size=9728, vocab_size=151936, tie_word_embeddings=True, use_cache=False),
    "gemma-2-2b": lambda: hf.Gemma2Config(
        hidden_size=2304, num_hidden_layers=4, num_attention_heads=8, num_key_value_heads=4, head_dim=256,
        intermediate_size=9216, vocab_size=256000, sliding_window=4096, use_cache=False),
    "gemma-3-1b": lambda: hf.Gemma3TextConfig(
        hidden_size=1152, num_hidden_layers=6, num_attention_heads=4, num_key_value_heads=1, head_dim=256,
        intermediate_size=6912, vocab_size=262144, sliding_window=512, use_cache=False),
    "phi-3-mini": lambda: hf.Phi3Config(
        hidden_size=3072, num_hidden_layers=4, num_attention_heads=32, num_key_value_heads=32, intermediate_size=8192,
        vocab_size=32064, tie_word_embeddings=False, use_cache=False),
    "pythia-1.4b": lambda: hf.GPTNeoXConfig(
        hidden_size=2048, num_hidden_layers=4, num_attention_heads=16, intermediate_size=8192, vocab_size=50304,
        tie_word_embeddings=False, use_cache=False),
    "gpt2-medium": lambda: hf.GPT2Config(
        n_embd=1024, n_layer=4, n_head=16, vocab_size=50257, n_positions=4096, attn_pdrop=0.0, use_cache=False),
    "opt-1.3b": lambda: hf.OPTConfig(
        hidden_size=2048, num_hidden_layers=4, num_attention_heads=32, ffn_dim=8192, vocab_size=50272,
        max_position_embeddings=4096, attention_dropout=0.0, use_cache=False),
    "mixtral-small": lambda: hf.MixtralConfig(
        hidden_size=1024, num_hidden_layers=4, num_attention_heads=16, num_key_value_heads=4, intermediate_size=3584,
        vocab_size=32000, num_local_experts=8, num_experts_per_tok=2, tie_word_embeddings=False, use_cache=False),
    "qwen3-30b-a3b": lambda: hf.Qwen3MoeConfig(
        hidden_size=2048, num_hidden_layers=2, num_attention_heads=32, num_key_value_heads=4, head_dim=128,
        moe_intermediate_size=768, intermediate_size=6144, num_experts=128, num_experts_per_tok=8, vocab_size=151936,
        tie_word_embeddings=False, use_cache=False),
    "deepseek-v2-lite": lambda: hf.DeepseekV2Config(
        hidden_size=2048, num_hidden_layers=3, num_attention_heads=16, num_key_value_heads=16, kv_lora_rank=512,
        q_lora_rank=None, qk_rope_head_dim=64, qk_nope_head_dim=128, v_head_dim=128, intermediate_size=10944,
        moe_intermediate_size=1408, n_routed_experts=64, num_experts_per_tok=6, n_shared_experts=2,
        first_k_dense_replace=1, vocab_size=102400, tie_word_embeddings=False, use_cache=False),
}
PLAIN_MLP = {"pythia-1.4b", "gpt2-medium", "opt-1.3b"}
MORE = {
    "mistral-7b": {"slidingWindow": 4096},
    "gemma-2-2b": {"slidingWindow": 4096, "globalAttentionEvery": 2},
    "gemma-3-1b": {"slidingWindow": 512, "globalAttentionEvery": 6},
    "mixtral-small": {"moeIntermediateSize": 3584, "experts": 8, "expertsPerToken": 2},
    "qwen3-30b-a3b": {"moeIntermediateSize": 768, "experts": 128, "expertsPerToken": 8},
    "deepseek-v2-lite": {"headDim": 192, "moeIntermediateSize": 1408, "experts": 64, "expertsPerToken": 6,
                         "sharedExperts": 2, "denseLayers": 1, "kvLoraRank": 512, "qkRopeHeadDim": 64},
}


def architecture_of(name):
    return inline(DECODERS[name](), "llm", name not in PLAIN_MLP, **MORE.get(name, {}))


def decoder_case(name, s: Setting):
    def step(model):
        x = text(s.batch, s.length)
        return model(input_ids=x, labels=x).loss

    # Gemma 2 caps its attention scores, which no fused attention of PyTorch does.
    attention = "eager" if name == "gemma-2-2b" else "sdpa"
    return case(name, "llm", architecture_of(name), s,
                lambda: from_config(hf.AutoModelForCausalLM, DECODERS[name](), attention), step, attention=attention)


# Experts in one grouped product: its kernel takes 16-bit weights only, with autocast or without.
PURE_ONLY = {"mixtral-small", "qwen3-30b-a3b", "deepseek-v2-lite"}


def decoders():
    for s in (Setting("full", "bf16", True, 2, 2048), Setting("full", "bf16-mixed", False, 2, 1024),
              Setting("lora", "bf16", True, 4, 2048), Setting("lora", "bf16", False, 1, 4096)):
        for name in DECODERS:
            if s.dtype == "bf16" or name not in PURE_ONLY:
                yield decoder_case(name, s)


def optimizers():
    """At a short length, where the step is the peak; embeddings are not tied (see README: what autograd adds out of place)."""
    for dtype in ("bf16", "bf16-mixed"):
        for optimizer in ("adamw", "adamw-fused", "adamw-one-by-one", "sgd", "sgd-plain", "lion", "adafactor", "muon"):
            for name in ("mistral-7b", "mixtral-small", "phi-3-mini"):
                if dtype == "bf16-mixed" and name in PURE_ONLY:
                    continue
                yield decoder_case(name, Setting("full", dtype, True, 1, 128, optimizer))


class Preference(torch.nn.Module):
    """A policy and, in full training, its frozen reference: with adapters the base is its own reference."""

    def __init__(self, policy, reference):
        super().__init__()
        self.policy, self.reference, self.config = policy, reference, policy.config

    def gradient_checkpointing_enable(self, **kwargs):
        self.policy.gradient_checkpointing_enable(**kwargs)

    def enable_input_require_grads(self):
        self.policy.enable_input_require_grads()

    @staticmethod
    def log_probability(model, x):
        # Row by row, as trl's trainers choose the words' log-probabilities of 16-bit logits.
        logits = model(input_ids=x).logits
        rows = [torch.nn.functional.log_softmax(row, -1).gather(-1, words.unsqueeze(-1)) for row, words in zip(logits, x)]
        return torch.stack(rows).squeeze(-1).sum(-1)

    def forward(self, x):
        with torch.no_grad():
            reference = self.log_probability(self.reference or self.policy, x)
        policy = self.log_probability(self.policy, x)
        chosen, rejected = (policy - reference).chunk(2)
        return -torch.nn.functional.logsigmoid(0.1 * (chosen - rejected)).mean()


def preferences():
    for s in (Setting("full", "bf16", True, 2, 1024, task="dpo"), Setting("lora", "bf16", True, 2, 1024, task="dpo")):
        for name in ("llama-3.2-1b", "tinyllama-1.1b", "qwen3-4b", "mistral-7b"):
            def build(name=name, s=s):
                policy = from_config(hf.AutoModelForCausalLM, DECODERS[name]())
                if s.method == "lora":
                    return Preference(policy, None)
                reference = cast(copy.deepcopy(policy).requires_grad_(False), torch.bfloat16)
                return Preference(policy, reference)

            yield case(name, "llm", architecture_of(name), s, build,
                       lambda model, s=s: model(text(2 * s.batch, s.length)), task="dpo")
