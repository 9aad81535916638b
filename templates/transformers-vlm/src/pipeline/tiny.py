"""A random Qwen2.5-VL and its processor, made in code: tests need no download."""

from __future__ import annotations

from typing import Any

import torch
from tokenizers import AddedToken
from transformers import (
    Qwen2_5_VLConfig,
    Qwen2_5_VLForConditionalGeneration,
    Qwen2_5_VLProcessor,
    Qwen2VLImageProcessor,
    Qwen2VLVideoProcessor,
)

from pipeline.tokenizer import tiny_tokenizer

TINY_SEED = 1234
"""The base weights are the same in every run, as those of a downloaded model would be."""

PATCH, MERGE = 14, 2
HIDDEN = 96

VISION_TOKENS = ("<|vision_start|>", "<|vision_end|>", "<|image_pad|>", "<|video_pad|>")

CHAT_TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n"
    "{% if message['content'] is string %}{{ message['content'] }}{% else %}"
    "{% for part in message['content'] %}"
    "{% if part['type'] == 'image' %}<|vision_start|><|image_pad|><|vision_end|>"
    "{% else %}{{ part['text'] }}{% endif %}"
    "{% endfor %}{% endif %}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def tiny_processor() -> Any:
    """One token per byte, and patches as the published processor cuts them."""
    tokenizer = tiny_tokenizer()
    tokenizer.add_tokens(
        [AddedToken(token, special=True, normalized=False) for token in VISION_TOKENS],
        special_tokens=True,
    )
    return Qwen2_5_VLProcessor(
        image_processor=Qwen2VLImageProcessor(patch_size=PATCH, merge_size=MERGE),
        tokenizer=tokenizer,
        video_processor=Qwen2VLVideoProcessor(patch_size=PATCH, merge_size=MERGE),
        chat_template=CHAT_TEMPLATE,
    )


def tiny_model(processor: Any, attention: str = "sdpa") -> Qwen2_5_VLForConditionalGeneration:
    """About 0.3 million parameters: two layers that see and two that read and write."""
    tokenizer = processor.tokenizer
    seen_start, seen_end, image, video = tokenizer.convert_tokens_to_ids(list(VISION_TOKENS))
    config = Qwen2_5_VLConfig(
        text_config={
            "vocab_size": len(tokenizer),
            "hidden_size": HIDDEN,
            "intermediate_size": 192,
            "num_hidden_layers": 2,
            "num_attention_heads": 4,
            "num_key_value_heads": 2,
            "max_position_embeddings": 2048,
            "pad_token_id": 0,
            "bos_token_id": None,
            "eos_token_id": 2,
            # Of the 24 numbers of a head, 2 x (2 + 5 + 5) turn with time, height and width.
            "rope_parameters": {
                "rope_type": "default",
                "rope_theta": 10_000.0,
                "mrope_section": [2, 5, 5],
            },
        },
        vision_config={
            "depth": 2,
            "hidden_size": 32,
            "intermediate_size": 64,
            "num_heads": 2,
            "out_hidden_size": HIDDEN,
            "fullatt_block_indexes": [1],
            "patch_size": PATCH,
            "spatial_merge_size": MERGE,
        },
        image_token_id=image,
        video_token_id=video,
        vision_start_token_id=seen_start,
        vision_end_token_id=seen_end,
        tie_word_embeddings=False,
        attn_implementation=attention,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(TINY_SEED)
        return Qwen2_5_VLForConditionalGeneration(config)
