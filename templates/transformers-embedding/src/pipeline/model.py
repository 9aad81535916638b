"""Load the embedding model and its prompts, for training and finished.

The model is a Sentence Transformer: how the vectors of tokens become one, and what is written
before queries and documents, are facts of a published model. They are kept, and saved with it, so
that any engine that reads the export makes the same vectors.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from peft import PeftModel
from sentence_transformers import SentenceTransformer
from sentence_transformers.base.modules import Normalize, Transformer
from sentence_transformers.sentence_transformer.modules import Pooling
from transformers import BitsAndBytesConfig, PreTrainedTokenizerBase
from transformers.utils import cached_file

from pipeline.adapters import (
    base_dtype,
    check_machine,
    load_error,
    make_trainable,
    quantization_config,
)
from pipeline.card import require_reached_card
from pipeline.config import Config
from pipeline.errors import ConfigError, PipelineError
from pipeline.logs import log
from pipeline.manifest import read_json
from pipeline.strategy import launch
from pipeline.tiny import tiny_folder
from pipeline.tokenizer import read_tokenizer

Kind = Literal["query", "document"]


@dataclass(frozen=True)
class Processor:
    """The tokenizer with what is written before each kind of text."""

    tokenizer: PreTrainedTokenizerBase
    prompts: dict[Kind, str]
    max_length: int

    def encode(self, texts: Sequence[str], kind: Kind) -> list[np.ndarray]:
        """Texts as tokens with their prompt, cut at model.max_length."""
        encoded = self.tokenizer(
            [self.prompts[kind] + text for text in texts],
            truncation=True,
            max_length=self.max_length,
        )
        return [np.asarray(ids, dtype=np.int32) for ids in encoded["input_ids"]]

    @property
    def pad_token_id(self) -> int:
        """What batches are padded with; masked, so any token does."""
        return int(self.tokenizer.pad_token_id or 0)

    def save_pretrained(self, folder: Path | str) -> None:
        """The tokenizer; the prompts are saved with the model."""
        self.tokenizer.save_pretrained(folder)


def load_processor(config: Config) -> Processor:
    """The model's own tokenizer, and its prompts unless the configuration has others."""
    tokenizer = read_tokenizer(config.model.id, config.model.revision)
    return Processor(tokenizer, _prompts(config), config.model.max_length)


def _prompts(config: Config) -> dict[Kind, str]:
    """The configured prompts, or those that the model publishes."""
    query, document = config.model.query_prompt, config.model.document_prompt
    published: dict[str, str] = {}
    if (query is None or document is None) and not config.model.is_tiny:
        published = _published_prompts(config)
    return {
        "query": published.get("query", "") if query is None else query,
        "document": published.get("document", published.get("passage", ""))
        if document is None
        else document,
    }


def _published_prompts(config: Config) -> dict[str, str]:
    try:
        path = cached_file(
            config.model.id,
            "config_sentence_transformers.json",
            revision=config.model.revision,
            _raise_exceptions_for_missing_entries=False,
        )
    except OSError as error:
        raise load_error(config.model.id, error) from error
    return (read_json(Path(path)) or {}).get("prompts") or {} if path is not None else {}


def load_base_model(
    config: Config, dtype: torch.dtype, quantization: BitsAndBytesConfig | None = None
) -> SentenceTransformer:
    """The base model with the configured pooling and prompts, its vectors of length one."""
    if config.model.is_tiny:
        with tiny_folder() as folder:
            model = _read(str(folder), None, config, dtype)
    else:
        model = _read(config.model.id, config.model.revision, config, dtype, quantization)
    limit = getattr(model.config, "max_position_embeddings", None)
    if isinstance(limit, int) and config.model.max_length > limit:
        raise ConfigError(
            f"model.max_length {config.model.max_length} is above the {limit} positions of "
            f'"{config.model.id}"',
            f"Set model.max_length to {limit} or less.",
        )
    if config.model.pooling is not None:
        for index, module in enumerate(model):
            if isinstance(module, Pooling):
                model[index] = Pooling(module.embedding_dimension, config.model.pooling)
    if not any(isinstance(module, Normalize) for module in model):
        model.append(Normalize())
    model.prompts = dict(_prompts(config))
    model.max_seq_length = config.model.max_length
    return model


def _read(
    source: str,
    revision: str | None,
    config: Config,
    dtype: torch.dtype,
    quantization: BitsAndBytesConfig | None = None,
) -> SentenceTransformer:
    require_reached_card()
    values = {
        "dtype": dtype,
        "attn_implementation": config.model.attention,
        "use_safetensors": True,
        "quantization_config": quantization,
    }
    try:
        return SentenceTransformer(
            source,
            revision=revision,
            trust_remote_code=False,
            device=f"cuda:{launch().local_rank}" if torch.cuda.is_available() else "cpu",
            model_kwargs={name: value for name, value in values.items() if value is not None},
        )
    except (OSError, ValueError) as error:
        raise load_error(source, error) from error


def load_for_training(config: Config) -> SentenceTransformer:
    """The base model with the configured parameters trainable."""
    check_machine(config)
    model = load_base_model(config, base_dtype(config), quantization_config(config))
    backbone = _backbone(model)
    backbone.model = make_trainable(config, backbone.model, task_type="FEATURE_EXTRACTION")
    return model


def _backbone(model: SentenceTransformer) -> Transformer:
    if not isinstance(model[0], Transformer):
        raise ConfigError(
            f"{type(model[0]).__name__} is no transformer: this project trains none of its kind",
            "Set model.id to an embedding model made of a transformer and a pooling.",
        )
    return model[0]


def load_finished(
    config: Config, model_path: Path | None, adapter_path: Path | None, dtype: torch.dtype
) -> tuple[SentenceTransformer, Processor]:
    """A model to embed with: merged weights, or the base with an adapter merged into it."""
    if model_path is not None and not model_path.is_dir():
        raise PipelineError(
            f'There is no model at "{model_path}"',
            "Run `make train` and `make export`, or `make export ARGS=--base` for a model that is "
            "not trained; serving.model_path: null serves the base without an export.",
        )
    if model_path is not None:
        model = _read(str(model_path), None, config, dtype)
        tokenizer = read_tokenizer(model_path)
    else:
        model = load_base_model(config, dtype)
        tokenizer = read_tokenizer(config.model.id, config.model.revision)
    if adapter_path is not None:
        if not (adapter_path / "adapter_config.json").is_file():
            raise PipelineError(f'There is no adapter at "{adapter_path}"', "Run `make train`.")
        backbone = _backbone(model)
        adapted = PeftModel.from_pretrained(backbone.model, adapter_path)
        backbone.model = adapted.merge_and_unload()
        log("adapter_merged", adapter=str(adapter_path))
    prompts: dict[Kind, str] = {
        "query": model.prompts.get("query", ""),
        "document": model.prompts.get("document", ""),
    }
    model.max_seq_length = config.model.max_length
    return model.eval(), Processor(tokenizer, prompts, config.model.max_length)


def embed(
    model: SentenceTransformer, texts: Sequence[str], kind: Kind, batch_size: int
) -> np.ndarray:
    """Vectors of length one, a row a text: their products are cosines."""
    return np.asarray(
        model.encode(
            list(texts),
            prompt=model.prompts.get(kind) or None,
            batch_size=batch_size,
            normalize_embeddings=True,
            show_progress_bar=False,
        ),
        dtype=np.float32,
    )
