"""A random Whisper and its processor, made in code: tests need no download."""

from __future__ import annotations

import math
from typing import Any

import torch
from tokenizers import pre_tokenizers
from transformers import (
    GenerationConfig,
    WhisperConfig,
    WhisperFeatureExtractor,
    WhisperForConditionalGeneration,
    WhisperProcessor,
    WhisperTokenizer,
)

TINY_SEED = 1234
"""The base weights are the same in every run, as those of a downloaded model would be."""

END, START = "<|endoftext|>", "<|startoftranscript|>"
LANGUAGES = ("<|en|>", "<|de|>")
TASKS = ("<|translate|>", "<|transcribe|>")
PLAIN = ("<|startoflm|>", "<|startofprev|>", "<|nospeech|>", "<|notimestamps|>")
FRAMES_A_SECOND = 100
MOST_TOKENS = 448


def tiny_processor(max_seconds: float) -> WhisperProcessor:
    """One token per byte, two languages, and a window as short as the recordings allow."""
    symbols = [END, *sorted(pre_tokenizers.ByteLevel.alphabet())]
    special = [START, *LANGUAGES, *TASKS, *PLAIN]
    tokenizer = WhisperTokenizer(
        vocab={symbol: number for number, symbol in enumerate(symbols)},
        merges=[],
        pad_token=END,
        additional_special_tokens=special,
    )
    features = WhisperFeatureExtractor(chunk_length=math.ceil(max_seconds))
    return WhisperProcessor(feature_extractor=features, tokenizer=tokenizer)


def tiny_model(processor: Any, attention: str = "sdpa") -> WhisperForConditionalGeneration:
    """About 0.2 million parameters: two layers to hear, two to write."""
    tokenizer, window = processor.tokenizer, processor.feature_extractor.chunk_length
    number = tokenizer.convert_tokens_to_ids
    config = WhisperConfig(
        vocab_size=len(tokenizer),
        num_mel_bins=80,
        d_model=64,
        encoder_layers=2,
        decoder_layers=2,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        encoder_ffn_dim=128,
        decoder_ffn_dim=128,
        max_source_positions=window * FRAMES_A_SECOND // 2,
        max_target_positions=MOST_TOKENS,
        pad_token_id=number(END),
        bos_token_id=number(END),
        eos_token_id=number(END),
        decoder_start_token_id=number(START),
        suppress_tokens=None,
        begin_suppress_tokens=None,
        attn_implementation=attention,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(TINY_SEED)
        model = WhisperForConditionalGeneration(config)
    model.generation_config = GenerationConfig(
        decoder_start_token_id=number(START),
        eos_token_id=number(END),
        pad_token_id=number(END),
        bos_token_id=number(END),
        is_multilingual=True,
        lang_to_id={language: number(language) for language in LANGUAGES},
        task_to_id={task.strip("<|>"): number(task) for task in TASKS},
        no_timestamps_token_id=number("<|notimestamps|>"),
        max_length=MOST_TOKENS,
    )
    return model
