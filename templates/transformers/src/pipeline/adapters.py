"""What is trained and in which precision: all weights, or an adapter on a frozen base."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence

import torch
from peft import LoraConfig, PeftModel, get_peft_model, prepare_model_for_kbit_training
from transformers import BitsAndBytesConfig, PreTrainedModel

from pipeline.card import require_reached_card
from pipeline.errors import ConfigError, PipelineError
from pipeline.logs import log
from pipeline.settings import LoraTargets, RunConfig
from pipeline.strategy import check_strategy, launch

ATTENTION_LAYERS = (
    *("q_proj", "k_proj", "v_proj", "o_proj", "out_proj"),
    *("query", "key", "value", "qkv", "qkv_proj", "query_key_value", "c_attn", "Wqkv"),
)
QUERY_VALUE_LAYERS = ("q_proj", "v_proj", "query", "value")

SERVING_DTYPES = {"bf16": torch.bfloat16, "fp16": torch.float16, "fp32": torch.float32}

AMPERE = 8
"""The first major compute capability with bf16 tensor cores and FlashAttention-2."""


def make_trainable(
    config: RunConfig,
    model: PreTrainedModel,
    *,
    task_type: str | None,
    heads: Sequence[str] = (),
    kept: Sequence[str] = (),
) -> PreTrainedModel | PeftModel:
    """Make the configured parameters trainable: all, new heads, or an adapter and new heads.

    Modules of the names in `kept` stay as published, whatever the method.
    """
    for name, module in model.named_modules():
        if name.rsplit(".", 1)[-1] in kept:
            module.requires_grad_(False)
    if config.method.name == "full":
        return model
    if config.method.name == "freeze":
        train_only(model, [*heads, *config.method.trainable_modules])
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
        lora_config(config, model, task_type, heads, kept),
        # "bf16" is pure: the adapter stays in 16 bit too. Otherwise PEFT holds it in fp32.
        autocast_adapter_dtype=config.training.dtype != "bf16",
    )
    trainable, total = adapted.get_nb_trainable_parameters()
    log("adapter", trainable_parameters=trainable, total_parameters=total)
    return adapted


def train_only(model: PreTrainedModel, modules: Sequence[str]) -> None:
    """Freeze everything but modules of these names."""
    model.requires_grad_(False)
    for name, module in model.named_modules():
        if name.rsplit(".", 1)[-1] in modules:
            module.requires_grad_(True)
    trainable = sum(value.numel() for value in model.parameters() if value.requires_grad)
    if not trainable:
        raise ConfigError(
            f"method.name freeze leaves nothing of {type(model).__name__} to train",
            "Name the layers to train in method.trainable_modules, or set method.name: full.",
        )
    log("frozen", trainable_parameters=trainable, total_parameters=model.num_parameters())


def device_map_for_training(config: RunConfig) -> dict[str, int] | None:
    """Straight to this process's device, so that the host never holds a second copy.

    Weights that are sharded stay off the devices until FSDP or DeepSpeed has cut them; quantised
    ones are whole only while they are loaded.
    """
    here = launch()
    quantised = config.method.quantization != "none"
    if not torch.cuda.is_available() or (here.shards_weights and not quantised):
        return None
    return {"": here.local_rank}


def device_map_for_use() -> dict[str, int] | str | None:
    """The device; what no single one holds is spread over all of them, layer by layer."""
    require_reached_card()
    return {0: None, 1: {"": 0}}.get(torch.cuda.device_count(), "auto")


def base_dtype(config: RunConfig) -> torch.dtype:
    """How the weights that training starts from are held."""
    dtype = config.training.dtype
    if dtype == "fp32" or (not config.method.is_adapter and dtype.endswith("-mixed")):
        return torch.float32  # mixed precision keeps fp32 trainables and computes in 16 bit
    return torch.float16 if dtype == "fp16-mixed" else torch.bfloat16


def quantization_config(config: RunConfig) -> BitsAndBytesConfig | None:
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


def lora_config(
    config: RunConfig,
    model: PreTrainedModel,
    task_type: str | None,
    heads: Sequence[str] = (),
    kept: Sequence[str] = (),
) -> LoraConfig:
    """The adapter; `heads` are new layers of the task, trained in full beside it."""
    outside = [*kept, *(heads if config.method.lora_targets == "all-linear" else ())]
    return LoraConfig(
        task_type=task_type,
        r=config.method.lora_rank,
        lora_alpha=config.method.lora_alpha,
        lora_dropout=config.method.lora_dropout,
        target_modules=lora_targets(config.method.lora_targets, model),
        # A module of these names, and all it holds.
        exclude_modules=rf"(.*\.)?({'|'.join(outside)})(\..*)?" if outside else None,
        modules_to_save=[*heads, *config.method.trainable_modules] or None,
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


def check_machine(config: RunConfig) -> None:
    """Refuse what this machine cannot run, before anything is downloaded."""
    check_strategy(config)
    require_reached_card()
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
