"""Load the processor and the model, for training and finished."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import torch
from peft import PeftModel
from transformers import AutoModelForSpeechSeq2Seq, AutoProcessor, PreTrainedModel

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

DECODER = "decoder"
"""What `method.name: freeze` trains: the encoder heard far more than any fine-tuning brings."""


def load_processor(config: Config) -> Any:
    """The model's spectrogram and tokenizer."""
    if config.model.is_tiny:
        return tiny_processor(config.data.max_seconds)
    return _processor(config.model.id, config.model.revision)


def _processor(source: str, revision: str | None) -> Any:
    try:
        return AutoProcessor.from_pretrained(source, revision=revision, trust_remote_code=False)
    except (OSError, ValueError) as error:
        raise load_error(source, error) from error


def _weights(
    source: str, config: Config, dtype: torch.dtype, *, training: bool = False, **changes: Any
) -> Any:
    try:
        model = AutoModelForSpeechSeq2Seq.from_pretrained(
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
    if model.config.model_type != "whisper":
        raise ConfigError(
            f'model.id "{source}" is a {model.config.model_type}, not a Whisper model',
            "Choose one of https://huggingface.co/models?other=whisper.",
        )
    return model


def load_base_model(config: Config, dtype: torch.dtype, *, training: bool = False) -> Any:
    """The base model; quantised only where an adapter is trained on it."""
    if config.model.is_tiny:
        model = tiny_model(load_processor(config), config.model.attention).to(dtype=dtype)
    else:
        model = _weights(
            config.model.id,
            config,
            dtype,
            training=training,
            revision=config.model.revision,
            quantization_config=quantization_config(config) if training else None,
        )
    # Language and task are given with each request; the old way of forcing them would overrule.
    model.generation_config.forced_decoder_ids = None
    return model


def load_for_training(config: Config) -> PreTrainedModel | PeftModel:
    """The base model with the configured parameters trainable."""
    check_machine(config)
    model = load_base_model(config, base_dtype(config), training=True)
    model.config.use_cache = False  # a KV cache is of no use when all positions are known
    heads = [DECODER] if config.method.name == "freeze" else []
    return make_trainable(config, model, task_type=None, heads=heads)


def load_finished(
    config: Config, model_path: Path | None, adapter_path: Path | None, dtype: torch.dtype
) -> tuple[PreTrainedModel, Any]:
    """A model to transcribe with: trained weights, or the base with an adapter merged into it."""
    if model_path is not None:
        if not model_path.is_dir():
            raise PipelineError(
                f'There is no model at "{model_path}"',
                "Run `make train` and `make export`, or `make export ARGS=--base` for a model that "
                "is not trained; serving.model_path: null serves the base without an export.",
            )
        model, processor = (
            _weights(str(model_path), config, dtype),
            _processor(str(model_path), None),
        )
    else:
        model, processor = load_base_model(config, dtype), load_processor(config)
    if adapter_path is not None:
        if not (adapter_path / "adapter_config.json").is_file():
            raise PipelineError(f'There is no adapter at "{adapter_path}"', "Run `make train`.")
        model = PeftModel.from_pretrained(model, adapter_path).merge_and_unload()
        log("adapter_merged", logging.INFO, adapter=str(adapter_path))
    model.config.use_cache = True
    return model.eval(), processor
