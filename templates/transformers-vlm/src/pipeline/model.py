"""Load the processor and the model, for training and finished."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import torch
from peft import PeftModel
from transformers import AutoModelForImageTextToText, AutoProcessor, PreTrainedModel

from pipeline.adapters import (
    base_dtype,
    check_machine,
    device_map_for_training,
    device_map_for_use,
    load_error,
    make_trainable,
    quantization_config,
)
from pipeline.config import Config
from pipeline.errors import ConfigError, PipelineError
from pipeline.logs import log
from pipeline.tiny import tiny_model, tiny_processor

VISION = "visual"
"""The vision tower with its projection into the language model, as these models name it."""

KNOWN = ("qwen2_vl", "qwen2_5_vl", "qwen3_vl")
"""Whose pictures become one token per patch of merge_size x merge_size, told by their size."""


def load_processor(config: Config) -> Any:
    """The model's tokenizer and image processor, with this project's limit on a picture."""
    if config.model.is_tiny:
        processor = tiny_processor()
    else:
        processor = _processor(config.model.id, config.model.revision)
    images, most = processor.image_processor, config.model.max_pixels
    least = min(images.size["shortest_edge"], most)
    # Their words for the area of a picture, not for its sides. Saved with the export, so that
    # every engine scales alike.
    images.size = {"shortest_edge": least, "longest_edge": most}
    return processor


def _processor(source: str, revision: str | None) -> Any:
    try:
        processor = AutoProcessor.from_pretrained(
            source, revision=revision, trust_remote_code=False
        )
    except (OSError, ValueError) as error:
        raise load_error(source, error) from error
    if not hasattr(processor, "image_token") or not hasattr(
        processor.image_processor, "get_number_of_image_patches"
    ):
        raise ConfigError(
            f'model.id "{source}" has no processor of pictures that this project knows',
            f"Choose a model of {', '.join(KNOWN)}, such as Qwen/Qwen2.5-VL-7B-Instruct.",
        )
    processor.tokenizer.padding_side = "right"
    return processor


def _weights(
    source: str, config: Config, dtype: torch.dtype, *, training: bool = False, **changes: Any
) -> Any:
    try:
        model = AutoModelForImageTextToText.from_pretrained(
            source,
            trust_remote_code=False,
            use_safetensors=True,
            dtype=dtype,
            attn_implementation=config.model.attention,
            device_map=device_map_for_training(config) if training else device_map_for_use(),
            **changes,
        )
    except (OSError, ValueError) as error:
        raise load_error(source, error) from error
    if model.config.model_type not in KNOWN:
        raise ConfigError(
            f'model.id "{source}" is a {model.config.model_type}, which this project does not know',
            f"Choose a model of {', '.join(KNOWN)}.",
        )
    return model


def load_base_model(config: Config, dtype: torch.dtype, *, training: bool = False) -> Any:
    """The base model; quantised only where an adapter is trained on it."""
    if config.model.is_tiny:
        return tiny_model(load_processor(config), config.model.attention).to(dtype=dtype)
    model = _weights(
        config.model.id,
        config,
        dtype,
        training=training,
        revision=config.model.revision,
        quantization_config=quantization_config(config) if training else None,
    )
    limit = model.config.get_text_config().max_position_embeddings
    if config.model.max_length > limit:
        raise ConfigError(
            f"model.max_length {config.model.max_length} is above the {limit} positions of "
            f'"{config.model.id}"',
            f"Set model.max_length to {limit} or less.",
        )
    return model


def load_for_training(config: Config) -> PreTrainedModel | PeftModel:
    """The base model with the configured parameters trainable."""
    check_machine(config)
    model = load_base_model(config, base_dtype(config), training=True)
    model.config.use_cache = False  # a KV cache is of no use when all positions are known
    kept = [VISION] if config.method.freeze_vision else []
    return make_trainable(config, model, task_type="CAUSAL_LM", kept=kept)


def load_finished(
    config: Config, model_path: Path | None, adapter_path: Path | None, dtype: torch.dtype
) -> tuple[PreTrainedModel, Any]:
    """A model to answer with: merged weights, or the base with an adapter merged into it."""
    if model_path is not None:
        if not model_path.is_dir():
            raise PipelineError(
                f'There is no model at "{model_path}"',
                "Run `make train` and `make export`, or `make export ARGS=--base` for a model that "
                "is not trained; serving.model_path: null serves the base without an export.",
            )
        source = str(model_path)
        model, processor = _weights(source, config, dtype), _processor(source, None)
    else:
        model, processor = load_base_model(config, dtype), load_processor(config)
    if adapter_path is not None:
        if not (adapter_path / "adapter_config.json").is_file():
            raise PipelineError(f'There is no adapter at "{adapter_path}"', "Run `make train`.")
        model = PeftModel.from_pretrained(model, adapter_path).merge_and_unload()
        log("adapter_merged", logging.INFO, adapter=str(adapter_path))
    model.config.use_cache = True
    return model.eval(), processor
