"""Load the tokenizer and the classifier, for training and finished."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from peft import PeftModel
from transformers import (
    AutoModelForSequenceClassification,
    BitsAndBytesConfig,
    PreTrainedModel,
    PreTrainedTokenizerBase,
)

from pipeline.adapters import (
    base_dtype,
    check_machine,
    load_error,
    make_trainable,
    quantization_config,
)
from pipeline.config import Config
from pipeline.data import labels_of
from pipeline.errors import ConfigError, PipelineError
from pipeline.logs import log
from pipeline.tiny import tiny_model
from pipeline.tokenizer import read_tokenizer

HEADS = ("classifier", "score")
"""What encoders and decoders call the new layer that names the class."""


def load_processor(config: Config) -> PreTrainedTokenizerBase:
    """The model's own tokenizer, padding on the right."""
    return read_tokenizer(config.model.id, config.model.revision)


def load_base_model(
    config: Config, dtype: torch.dtype, quantization: BitsAndBytesConfig | None = None
) -> PreTrainedModel:
    """The base model with a new head for this project's classes."""
    labels = labels_of(config)
    names = {
        "id2label": dict(enumerate(labels)),
        "label2id": {label: number for number, label in enumerate(labels)},
    }
    if config.model.is_tiny:
        return tiny_model(config.model.attention, names).to(dtype=dtype)
    if quantization is not None:
        # The head starts anew and is trained in full: it must not be stored in four bits.
        quantization.llm_int8_skip_modules = list(HEADS)
    model = _read(config.model.id, config.model.revision, config, dtype, quantization, **names)
    limit: Any = getattr(model.config, "max_position_embeddings", None)
    if isinstance(limit, int) and config.model.max_length > limit:
        raise ConfigError(
            f"model.max_length {config.model.max_length} is above the {limit} positions of "
            f'"{config.model.id}"',
            f"Set model.max_length to {limit} or less.",
        )
    # A decoder answers at the last token that is no padding, and has to know which that is.
    model.config.pad_token_id = load_processor(config).pad_token_id
    return model


def _read(
    source: str,
    revision: str | None,
    config: Config,
    dtype: torch.dtype,
    quantization: BitsAndBytesConfig | None = None,
    **more: Any,
) -> PreTrainedModel:
    try:
        return AutoModelForSequenceClassification.from_pretrained(
            source,
            revision=revision,
            trust_remote_code=False,
            use_safetensors=True,
            dtype=dtype,
            attn_implementation=config.model.attention,
            quantization_config=quantization,
            device_map={"": 0} if torch.cuda.is_available() else None,
            **more,
        )
    except (OSError, ValueError) as error:
        raise load_error(source, error) from error


def load_for_training(config: Config) -> PreTrainedModel | PeftModel:
    """The base model with the configured parameters trainable; the head always is."""
    check_machine(config)
    model = load_base_model(config, base_dtype(config), quantization_config(config))
    heads = [name for name, _ in model.named_children() if name in HEADS]
    return make_trainable(config, model, task_type="SEQ_CLS", heads=heads)


def load_finished(
    config: Config, model_path: Path | None, adapter_path: Path | None, dtype: torch.dtype
) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    """A trained classifier: merged weights, or the base with an adapter and its head put in."""
    if model_path is None and adapter_path is None and not config.model.is_tiny:
        raise PipelineError(
            "The base model has no trained head: its classes would be chance",
            "Run `make train` and `make export`, and set serving.model_path.",
        )
    if model_path is not None:
        if not model_path.is_dir():
            raise PipelineError(
                f'There is no model at "{model_path}"', "Run `make train` and `make export`."
            )
        model: Any = _read(str(model_path), None, config, dtype)
        tokenizer = read_tokenizer(model_path)
    else:
        model = load_base_model(config, dtype)
        tokenizer = load_processor(config)
    if adapter_path is not None:
        if not (adapter_path / "adapter_config.json").is_file():
            raise PipelineError(f'There is no adapter at "{adapter_path}"', "Run `make train`.")
        model = PeftModel.from_pretrained(model, adapter_path).merge_and_unload()
        log("adapter_merged", adapter=str(adapter_path))
    return model.eval(), tokenizer
