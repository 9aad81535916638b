"""Load the image processor and the model, for training and finished."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import timm
import torch
from peft import PeftModel
from transformers import AutoImageProcessor, AutoModelForImageClassification, PreTrainedModel

from pipeline.adapters import base_dtype, check_machine, load_error, make_trainable
from pipeline.config import Config
from pipeline.errors import ConfigError, PipelineError
from pipeline.labels import label_names
from pipeline.logs import log
from pipeline.tiny import tiny_model, tiny_processor

TIMM = "timm/"


def published_id(model_id: str) -> str:
    """The repository of a model's weights.

    timm publishes several weights for an architecture, each under a tag of its own:
    timm/resnet50 stands for its default, such as timm/resnet50.a1_in1k.
    """
    name = model_id.removeprefix(TIMM)
    if name == model_id or "." in name or Path(model_id).is_dir():
        return model_id
    settings = timm.get_pretrained_cfg(name) if timm.is_model(name) else None
    if settings is None or not settings.hf_hub_id:
        raise ConfigError(
            f'model.id "{model_id}" is no architecture of timm {timm.__version__} with weights',
            "Browse https://huggingface.co/timm, and name the repository with its tag.",
        )
    return str(settings.hf_hub_id)


def load_processor(config: Config) -> Any:
    """How the base model wants its pictures."""
    if config.model.is_tiny:
        return tiny_processor(config.model.image_size)
    return _processor(published_id(config.model.id), config.model.revision)


def _processor(source: str, revision: str | None) -> Any:
    try:
        return AutoImageProcessor.from_pretrained(
            source, revision=revision, trust_remote_code=False
        )
    except (OSError, ValueError) as error:
        raise load_error(source, error) from error


def load_base_model(config: Config, dtype: torch.dtype) -> PreTrainedModel:
    """The base model with a new head for this project's classes."""
    names = label_names(config)
    if config.model.is_tiny:
        model: Any = tiny_model(names, config.model.image_size, config.model.attention)
        return model.to(dtype=dtype)
    model = _weights(
        published_id(config.model.id),
        config,
        dtype,
        revision=config.model.revision,
        num_labels=len(names),
        id2label=dict(enumerate(names)),
        label2id={name: number for number, name in enumerate(names)},
        ignore_mismatched_sizes=True,  # the published head has other classes
    )
    if hasattr(model, "timm_model"):
        model.config.label_names = names  # timm's name for them; id2label would not be saved
    _check_size(model, config)
    return model


def _weights(source: str, config: Config, dtype: torch.dtype, **changes: Any) -> Any:
    attention = config.model.attention
    try:
        return AutoModelForImageClassification.from_pretrained(
            source,
            trust_remote_code=False,
            use_safetensors=True,
            dtype=dtype,
            # sdpa is the default of every model that attends; convolutions would refuse the word.
            attn_implementation=None if attention == "sdpa" else attention,
            # Straight to the device: the host never holds a second copy.
            device_map={"": 0} if torch.cuda.is_available() else None,
            **changes,
        )
    except (OSError, ValueError) as error:
        raise load_error(source, error) from error


def _check_size(model: PreTrainedModel, config: Config) -> None:
    """One empty picture tells whether the model takes this size, before any is decoded."""
    side = config.model.image_size
    empty = torch.zeros(1, 3, side, side, device=model.device, dtype=model.dtype)
    try:
        with torch.inference_mode():
            model.eval()(pixel_values=empty)
    except (ValueError, RuntimeError, AssertionError) as error:
        raise ConfigError(
            f'model.image_size {side} does not suit "{config.model.id}": {error}',
            "Set model.image_size to the size the model was trained with; its hub page tells.",
        ) from error


def head_name(model: PreTrainedModel) -> str:
    """The last layer, which is new for every set of classes."""
    timm_model = getattr(model, "timm_model", None)
    if timm_model is not None:
        head = timm_model.get_classifier()
        found = [name for name, module in model.named_modules() if module is head]
    else:
        found = [name for name, _ in model.named_children() if name.endswith("classifier")]
    if not found:
        raise ConfigError(
            f"{type(model).__name__} has no classifier this project knows",
            "Choose another model.id, or method.name: full.",
        )
    return found[0].rsplit(".", 1)[-1]


def load_for_training(config: Config) -> PreTrainedModel | PeftModel:
    """The base model with the configured parameters trainable."""
    check_machine(config)
    model = load_base_model(config, base_dtype(config))
    return make_trainable(config, model, task_type=None, heads=[head_name(model)])


def load_finished(
    config: Config, model_path: Path | None, adapter_path: Path | None, dtype: torch.dtype
) -> tuple[PreTrainedModel, Any]:
    """A model to classify with: trained weights, or the base with an adapter merged into it."""
    if model_path is not None:
        if not model_path.is_dir():
            raise PipelineError(
                f'There is no model at "{model_path}"',
                "Run `make train` and `make export`, or set serving.model_path to null to serve "
                "the base model with an untrained head.",
            )
        source = str(model_path)
        return _weights(source, config, dtype).eval(), _processor(source, None)
    model: Any = load_base_model(config, dtype)
    if adapter_path is not None:
        if not (adapter_path / "adapter_config.json").is_file():
            raise PipelineError(f'There is no adapter at "{adapter_path}"', "Run `make train`.")
        model = PeftModel.from_pretrained(model, adapter_path).merge_and_unload()
        log("adapter_merged", logging.INFO, adapter=str(adapter_path))
    return model.eval(), load_processor(config)
