"""Device and host memory as the instruments read it, and advice when there is too little."""

from __future__ import annotations

import gc
import os

import psutil
import torch

from pipeline.settings import RunConfig
from pipeline.strategy import launch

GIB = 2**30


def allocated_gib() -> float | None:
    """Peak of live tensors since the last reset; null without CUDA."""
    return torch.cuda.max_memory_allocated() / GIB if torch.cuda.is_available() else None


def reserved_gib() -> float | None:
    """Peak the caching allocator held; null without CUDA."""
    return torch.cuda.max_memory_reserved() / GIB if torch.cuda.is_available() else None


def device_gib() -> float | None:
    """What nvidia-smi would show for the whole device now; null without CUDA."""
    if not torch.cuda.is_available():
        return None
    free, total = torch.cuda.mem_get_info()
    return (total - free) / GIB


def host_gib() -> float:
    """This process's resident memory."""
    return float(psutil.Process(os.getpid()).memory_info().rss) / GIB


def reset_peaks() -> None:
    """Start measuring peaks anew."""
    if torch.cuda.is_available():
        torch.cuda.reset_peak_memory_stats()


def release() -> None:
    """Give unused device memory back, so that what runs next on this machine finds it."""
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def out_of_memory_advice(config: RunConfig, *, during_evaluation: bool = False) -> list[str]:
    """What to change, cheapest first; the first lines leave the result of training the same."""
    training, method = config.training, config.method
    advice = []
    if during_evaluation and config.evaluation.batch_size > 1:
        advice.append(f"evaluation.batch_size: 1 (now {config.evaluation.batch_size})")
    if not training.gradient_checkpointing:
        advice.append("training.gradient_checkpointing: true (about a third more time)")
    advice.extend(config.memory_advice())
    if training.micro_batch_size > 1:
        half = training.micro_batch_size // 2
        steps = training.gradient_accumulation_steps * training.micro_batch_size // half
        advice.append(
            f"training.micro_batch_size: {half} with training.gradient_accumulation_steps: {steps} "
            "(same optimizer step)"
        )
    if config.model.attention == "eager":
        advice.append("model.attention: sdpa (eager attention grows with the square of length)")
    if launch().strategy == "ddp":
        advice.append(
            "FSDP in configs/accelerate.yaml (distributed/README.md): weights, gradients and "
            "states are cut over the devices"
        )
    if training.optimizer == "adamw" and launch().strategy in ("single", "ddp"):
        advice.append("training.optimizer: paged-adamw-8bit")
    if training.dtype in ("fp32", "bf16-mixed") and method.name == "full":
        advice.append("training.dtype: bf16 (pure 16-bit states; watch the loss)")
    if method.name == "full":
        advice.append("method.name: lora")
    elif (
        method.name == "lora"
        and "qlora" in method.names()
        and not launch().strategy.startswith("zero")
    ):
        advice.append("method.name: qlora with method.quantization: nf4-dq")
    if method.trainable_modules:
        advice.append("method.trainable_modules: [] (each one carries optimizer states)")
    smaller_input = config.model.smaller_input_advice()
    if smaller_input is not None:
        advice.append(smaller_input)
    advice.append("a device with more memory, or nothing else running on this one")
    return advice
