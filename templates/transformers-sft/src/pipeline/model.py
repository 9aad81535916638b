"""Load the tokenizer and the model, and decide what is trained and in which precision."""

from __future__ import annotations

import importlib.util
import logging
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, PeftModel, get_peft_model, prepare_model_for_kbit_training
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    BitsAndBytesConfig,
    PreTrainedModel,
    PreTrainedTokenizerBase,
)

from pipeline.config import Config, LoraTargets
from pipeline.errors import ConfigError, PipelineError
from pipeline.logs import log
from pipeline.strategy import check_strategy, launch
from pipeline.tiny import tiny_model, tiny_tokenizer

ATTENTION_LAYERS = ("q_proj", "k_proj", "v_proj", "o_proj", "qkv_proj", "query_key_value", "c_attn")
QUERY_VALUE_LAYERS = ("q_proj", "v_proj")

PLAIN_CHAT_TEMPLATE = (
    "{% for message in messages %}{{ message['role'] | capitalize }}: {{ message['content'] }}"
    "{% if message['role'] == 'assistant' %}{{ eos_token }}{% endif %}{{ '\\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ 'Assistant: ' }}{% endif %}"
)
"""For base models, which publish none: plain words, so that no token has to be learned anew."""

AMPERE = 8
"""The first major compute capability with bf16 tensor cores and FlashAttention-2."""


def load_tokenizer(config: Config) -> PreTrainedTokenizerBase:
    """The model's own tokenizer, padding on the right for training."""
    if config.model.is_tiny:
        return tiny_tokenizer()
    try:
        tokenizer = AutoTokenizer.from_pretrained(
            config.model.id, revision=config.model.revision, trust_remote_code=False
        )
    except (OSError, ValueError) as error:
        raise load_error(config.model.id, error) from error
    if not tokenizer.is_fast:
        raise ConfigError(
            f'The tokenizer of "{config.model.id}" has no fast version',
            "Masking the prompt needs character offsets, which only fast tokenizers give.",
        )
    if tokenizer.chat_template is None:
        # Base models publish none. The template is saved with the tokenizer at export, so serving
        # speaks the same format as training.
        log("plain_chat_template", logging.WARNING, model=config.model.id)
        tokenizer.chat_template = PLAIN_CHAT_TEMPLATE
    if tokenizer.pad_token is None:
        # Labels are masked by position, so padding with the end token teaches nothing wrong.
        tokenizer.pad_token = tokenizer.eos_token
    tokenizer.padding_side = "right"
    return tokenizer


def load_base_model(config: Config) -> PreTrainedModel:
    """The base model as training holds it: quantised, 16-bit, or fp32."""
    if config.model.is_tiny:
        tokenizer = tiny_tokenizer()
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
            device_map=training_device_map(config),
        )
    except (OSError, ValueError) as error:
        raise load_error(config.model.id, error) from error
    _check_length(model, config)
    return model


def training_device_map(config: Config) -> dict[str, int] | None:
    """Straight to this process's device, so that the host never holds a second copy.

    Weights that are sharded stay off the devices until FSDP or DeepSpeed has cut them; quantised
    ones are whole only while they are loaded.
    """
    here = launch()
    quantised = config.method.quantization != "none"
    if not torch.cuda.is_available() or (here.shards_weights and not quantised):
        return None
    return {"": here.local_rank}


def load_for_training(config: Config) -> PreTrainedModel | PeftModel:
    """The base model with the configured parameters trainable."""
    check_machine(config)
    model = load_base_model(config)
    model.config.use_cache = False  # a KV cache is of no use when all positions are known
    if config.method.name == "full":
        return model
    if config.method.name == "qlora" and launch().strategy != "fsdp":
        # Upcasts norms and the head to fp32 for stability and readies inputs for checkpointing.
        model = prepare_model_for_kbit_training(
            model,
            use_gradient_checkpointing=config.training.gradient_checkpointing,
            gradient_checkpointing_kwargs={"use_reentrant": False},
        )
    elif config.training.gradient_checkpointing:
        # The embeddings are frozen, so without this no gradient would reach a checkpointed block.
        model.enable_input_require_grads()
    adapted = get_peft_model(
        model,
        lora_config(config, model),
        # "bf16" is pure: the adapter stays in 16 bit too. Otherwise PEFT holds it in fp32.
        autocast_adapter_dtype=config.training.dtype != "bf16",
    )
    trainable, total = adapted.get_nb_trainable_parameters()
    log("adapter", trainable_parameters=trainable, total_parameters=total)
    return adapted


def base_dtype(config: Config) -> torch.dtype:
    """How the weights that training starts from are held."""
    dtype = config.training.dtype
    if dtype == "fp32" or (config.method.name == "full" and dtype.endswith("-mixed")):
        return torch.float32  # mixed precision keeps fp32 trainables and computes in 16 bit
    return torch.float16 if dtype == "fp16-mixed" else torch.bfloat16


def quantization_config(config: Config) -> BitsAndBytesConfig | None:
    """The bitsandbytes settings of a quantised base."""
    kind = config.method.quantization
    if kind == "none":
        return None
    if kind == "int8":
        return BitsAndBytesConfig(load_in_8bit=True)
    return BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=kind == "nf4-dq",
        bnb_4bit_compute_dtype=base_dtype(config),
        # FSDP cuts floating-point tensors only: the four-bit values are packed into 16-bit numbers.
        bnb_4bit_quant_storage=base_dtype(config) if launch().strategy == "fsdp" else None,
    )


def lora_config(config: Config, model: PreTrainedModel) -> LoraConfig:
    """The adapter."""
    return LoraConfig(
        task_type="CAUSAL_LM",
        r=config.method.lora_rank,
        lora_alpha=config.method.lora_alpha,
        lora_dropout=config.method.lora_dropout,
        target_modules=lora_targets(config.method.lora_targets, model),
        modules_to_save=config.method.trainable_modules or None,
        bias="none",
    )


def lora_targets(targets: LoraTargets | list[str], model: PreTrainedModel) -> str | list[str]:
    """The layers an adapter goes on, by the names this architecture gives them."""
    if targets == "all-linear":
        return "all-linear"  # PEFT leaves the output head out
    if isinstance(targets, list):
        wanted: tuple[str, ...] = tuple(targets)
    else:
        wanted = ATTENTION_LAYERS if targets == "attention" else QUERY_VALUE_LAYERS
    present = {name.rsplit(".", 1)[-1] for name, _ in model.named_modules()}
    found = [name for name in wanted if name in present]
    missing = [name for name in wanted if name not in present]
    if not found or (isinstance(targets, list) and missing):
        raise ConfigError(
            f"method.lora_targets: {type(model).__name__} has no module {', '.join(missing)}",
            'Use "all-linear", or name its linear layers: '
            + ", ".join(
                sorted(
                    {
                        name.rsplit(".", 1)[-1]
                        for name, module in model.named_modules()
                        if isinstance(module, torch.nn.Linear)
                    }
                )
            ),
        )
    return found


def check_machine(config: Config) -> None:
    """Refuse what this machine cannot run, before anything is downloaded."""
    check_strategy(config)
    cuda = torch.cuda.is_available()
    if config.method.name == "qlora" and not cuda:
        raise ConfigError(
            "method.name qlora needs an NVIDIA GPU, and none is visible",
            "On a CPU set method.name: lora and method.quantization: none "
            "(configs/smoke.yaml does). On a GPU machine run platforms/local/check_gpu.py.",
        )
    if config.training.optimizer.endswith("8bit") and not cuda:
        raise ConfigError(
            f"training.optimizer {config.training.optimizer} needs an NVIDIA GPU",
            "On a CPU set training.optimizer: adamw.",
        )
    if config.training.dtype == "fp16-mixed" and not cuda:
        raise ConfigError(
            "training.dtype fp16-mixed needs an NVIDIA GPU: its loss scaling is for CUDA",
            "On a CPU set training.dtype: fp32 or bf16-mixed.",
        )
    if cuda and config.training.dtype.startswith("bf16"):
        major, minor = torch.cuda.get_device_capability()
        if major < AMPERE:
            raise ConfigError(
                f"training.dtype {config.training.dtype} needs compute capability 8.0 (Ampere); "
                f"{torch.cuda.get_device_name()} has {major}.{minor}",
                "Set training.dtype: fp16-mixed.",
            )
    if config.model.attention == "flash_attention_2":
        if not cuda or torch.cuda.get_device_capability()[0] < AMPERE:
            raise ConfigError(
                "model.attention flash_attention_2 needs an NVIDIA GPU of Ampere or later",
                "Set model.attention: sdpa; it is nearly as fast.",
            )
        if importlib.util.find_spec("flash_attn") is None:
            raise ConfigError(
                "model.attention flash_attention_2 needs the package flash-attn",
                "pip install flash-attn --no-build-isolation, or set model.attention: sdpa.",
            )


def load_error(source: str, error: Exception) -> PipelineError:
    """Why a model or tokenizer did not load, and what usually helps."""
    return PipelineError(
        f'Cannot load "{source}": {error}',
        "Check model.id and model.revision. A gated model needs its licence accepted on its hub "
        "page and HF_TOKEN in the environment; offline, download it first and set model.id to the "
        "folder. Only safetensors weights are loaded.",
    )


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
    # One process: what no single device holds is spread over all that it sees, layer by layer.
    device_map = {0: None, 1: {"": 0}}.get(torch.cuda.device_count(), "auto")
    if model_path is not None and not model_path.is_dir():
        raise PipelineError(
            f'There is no model at "{source}"',
            "Run `make train` and `make export`, or set serving.model_path to null to serve the "
            "base model.",
        )
    if model_path is None and config.model.is_tiny:
        tokenizer: PreTrainedTokenizerBase = tiny_tokenizer()
        model: Any = tiny_model(len(tokenizer), config.model.attention).to(dtype=dtype)
    else:
        revision = None if model_path is not None else config.model.revision
        try:
            tokenizer = AutoTokenizer.from_pretrained(
                source, revision=revision, trust_remote_code=False
            )
            model = AutoModelForCausalLM.from_pretrained(
                source,
                revision=revision,
                trust_remote_code=False,
                use_safetensors=True,
                dtype=dtype,
                attn_implementation=config.model.attention,
                device_map=device_map,
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
