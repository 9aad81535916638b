"""Load the tokenizer and the model, for training and finished."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM, PreTrainedModel, PreTrainedTokenizerBase

from pipeline.adapters import (
    base_dtype,
    check_machine,
    device_map_for_training,
    device_map_for_use,
    load_error,
    make_trainable,
    quantization_config,
)
from pipeline.chat import PLAIN_CHAT_TEMPLATE
from pipeline.config import Config
from pipeline.errors import ConfigError, PipelineError
from pipeline.logs import log
from pipeline.tiny import tiny_model
from pipeline.tokenizer import read_tokenizer


def load_processor(config: Config) -> PreTrainedTokenizerBase:
    """The model's own tokenizer, padding on the right for training."""
    tokenizer = read_tokenizer(config.model.id, config.model.revision)
    if not tokenizer.is_fast:
        raise ConfigError(
            f'The tokenizer of "{config.model.id}" has no fast version',
            "Masking the prompt needs character offsets, which only fast tokenizers give.",
        )
    if tokenizer.chat_template is None and config.data.format == "chat":
        # Base models publish none. The template is saved with the tokenizer at export, so serving
        # speaks the same format as training.
        log("plain_chat_template", logging.WARNING, model=config.model.id)
        tokenizer.chat_template = PLAIN_CHAT_TEMPLATE
    return tokenizer


def load_base_model(config: Config) -> PreTrainedModel:
    """The base model as training holds it: quantised, 16-bit, or fp32."""
    if config.model.is_tiny:
        tokenizer = load_processor(config)
        return tiny_model(len(tokenizer), config.model.attention).to(dtype=base_dtype(config))
    try:
        model = AutoModelForCausalLM.from_pretrained(
            config.model.id,
            revision=config.model.revision,
            trust_remote_code=False,
            use_safetensors=True,
            dtype=base_dtype(config),
            attn_implementation=config.model.attention,
            quantization_config=quantization_config(config),
            device_map=device_map_for_training(config),
        )
    except (OSError, ValueError) as error:
        raise load_error(config.model.id, error) from error
    _check_length(model, config)
    return model


def load_for_training(config: Config) -> PreTrainedModel | PeftModel:
    """The base model with the configured parameters trainable."""
    check_machine(config)
    model = load_base_model(config)
    model.config.use_cache = False  # a KV cache is of no use when all positions are known
    return make_trainable(config, model, task_type="CAUSAL_LM")


def _check_length(model: PreTrainedModel, config: Config) -> None:
    limit: Any = getattr(model.config, "max_position_embeddings", None)
    if isinstance(limit, int) and config.model.max_length > limit:
        raise ConfigError(
            f"model.max_length {config.model.max_length} is above the {limit} positions of "
            f'"{config.model.id}"',
            f"Set model.max_length to {limit} or less.",
        )


def load_finished(
    config: Config, model_path: Path | None, adapter_path: Path | None, dtype: torch.dtype
) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    """A model to generate with: merged weights, or the base with an adapter merged into it."""
    source = str(model_path) if model_path is not None else config.model.id
    if model_path is not None and not model_path.is_dir():
        raise PipelineError(
            f'There is no model at "{source}"',
            "Run `make train` and `make export`, or `make export ARGS=--base` for a model that is "
            "not trained; serving.model_path: null serves the base without an export.",
        )
    tokenizer = load_processor(config) if model_path is None else read_tokenizer(source)
    if model_path is None and config.model.is_tiny:
        model: Any = tiny_model(len(tokenizer), config.model.attention).to(dtype=dtype)
    else:
        try:
            model = AutoModelForCausalLM.from_pretrained(
                source,
                revision=None if model_path is not None else config.model.revision,
                trust_remote_code=False,
                use_safetensors=True,
                dtype=dtype,
                attn_implementation=config.model.attention,
                device_map=device_map_for_use(),
            )
        except (OSError, ValueError) as error:
            raise load_error(source, error) from error
    if adapter_path is not None:
        if not (adapter_path / "adapter_config.json").is_file():
            raise PipelineError(f'There is no adapter at "{adapter_path}"', "Run `make train`.")
        model = PeftModel.from_pretrained(model, adapter_path).merge_and_unload()
        log("adapter_merged", logging.INFO, adapter=str(adapter_path))
    model.config.use_cache = True
    return model.eval(), tokenizer
