"""A random vision transformer made in code: tests need no download."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from transformers import ViTConfig, ViTForImageClassification, ViTImageProcessor

TINY_SEED = 1234
"""The base weights are the same in every run, as those of a downloaded model would be."""

PATCHES_A_SIDE = 4


def tiny_processor(image_size: int) -> ViTImageProcessor:
    """Half grey becomes zero."""
    return ViTImageProcessor(
        size={"height": image_size, "width": image_size},
        image_mean=[0.5, 0.5, 0.5],
        image_std=[0.5, 0.5, 0.5],
    )


def tiny_model(
    labels: Sequence[str], image_size: int, attention: str = "sdpa"
) -> ViTForImageClassification:
    """About 0.1 million parameters over sixteen patches."""
    config = ViTConfig(
        hidden_size=48,
        intermediate_size=96,
        num_hidden_layers=2,
        num_attention_heads=4,
        image_size=image_size,
        patch_size=image_size // PATCHES_A_SIDE,
        id2label=dict(enumerate(labels)),
        label2id={label: number for number, label in enumerate(labels)},
        attn_implementation=attention,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(TINY_SEED)
        return ViTForImageClassification(config)
