"""How this run is spread over processes, and which settings suit that.

`scripts/launch.sh` starts one process a device as `configs/accelerate.yaml` says; accelerate and
torchrun hand each process its place in its environment, where this module reads it. It imports no
torch, so that a script can say who it is before anything slow is loaded.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pipeline.errors import ConfigError
from pipeline.settings import RunConfig

Strategy = Literal["single", "ddp", "fsdp", "zero-2", "zero-3"]
LAUNCH_FILE = "configs/accelerate.yaml"


@dataclass(frozen=True)
class Launch:
    """This process among all of the run."""

    strategy: Strategy = "single"
    processes: int = 1
    rank: int = 0
    local_rank: int = 0
    offload: bool = False
    """States are kept in host memory, and the optimizer steps there."""

    @property
    def is_first(self) -> bool:
        """Whether this process writes files and speaks for all."""
        return self.rank == 0

    @property
    def shards_weights(self) -> bool:
        """Whether a device holds only its part of the weights."""
        return self.strategy in ("fsdp", "zero-3")


def launch() -> Launch:
    """This process's place, from the environment its launcher gave it."""
    zero = _zero_stage() if _flag("ACCELERATE_USE_DEEPSPEED") else None
    processes = int(os.environ.get("WORLD_SIZE", "1"))
    if zero is None and processes == 1:
        return Launch()
    fsdp = _flag("ACCELERATE_USE_FSDP")
    stage, zero_offload = zero or (0, False)
    strategy: Strategy = "fsdp" if fsdp else "ddp"
    if stage:
        strategy = "zero-3" if stage == 3 else "zero-2"
    return Launch(
        strategy,
        processes,
        int(os.environ.get("RANK", "0")),
        int(os.environ.get("LOCAL_RANK", "0")),
        zero_offload or (fsdp and _flag("FSDP_OFFLOAD_PARAMS")),
    )


def examples_per_step(config: RunConfig) -> int:
    """Examples that one optimizer step sees, over all processes."""
    training = config.training
    return training.micro_batch_size * training.gradient_accumulation_steps * launch().processes


def check_strategy(config: RunConfig) -> None:
    """Refuse settings that the strategy cannot train, before anything is loaded."""
    here = launch()
    training, method = config.training, config.method
    eight_bit = training.optimizer.endswith("8bit")
    if here.strategy == "fsdp" and eight_bit:
        raise ConfigError(
            f"training.optimizer {training.optimizer} cannot step on FSDP's shards: bitsandbytes "
            "does not know PyTorch's distributed tensors",
            "Set training.optimizer: adamw; its states are sharded over the devices.",
        )
    if here.strategy == "fsdp" and training.optimizer == "adafactor":
        raise ConfigError(
            "training.optimizer adafactor averages whole rows and columns, which FSDP cuts",
            "Set training.optimizer: adamw.",
        )
    if here.strategy == "fsdp" and method.quantization == "int8":
        raise ConfigError(
            "method.quantization int8 cannot be sharded by FSDP",
            "Set method.quantization: nf4, which is stored in a 16-bit type that FSDP can cut.",
        )
    if here.strategy.startswith("zero"):
        if method.name == "qlora":
            raise ConfigError(
                "method.name qlora is not trained with DeepSpeed ZeRO here: it would gather the "
                "quantised weights without their scales",
                f"Use MULTI_GPU or FSDP in {LAUNCH_FILE}, or method.name: lora.",
            )
        if training.dtype == "bf16":
            raise ConfigError(
                "training.dtype bf16 (pure) is not what DeepSpeed trains: it keeps fp32 weights "
                "beside the 16-bit ones",
                "Set training.dtype: bf16-mixed.",
            )
        if here.offload and training.optimizer != "adamw":
            raise ConfigError(
                f"training.optimizer {training.optimizer} does not step in host memory",
                "Set training.optimizer: adamw, or take offload_optimizer out of "
                "configs/deepspeed.json.",
            )


def _flag(name: str) -> bool:
    return os.environ.get(name, "false").lower() in ("true", "1")


def _zero_stage() -> tuple[int, bool]:
    """ZeRO's stage, and whether it keeps states in host memory."""
    path = Path(os.environ.get("ACCELERATE_DEEPSPEED_CONFIG_FILE", ""))
    try:
        zero = json.loads(path.read_text(encoding="utf-8"))["zero_optimization"]
        return int(zero["stage"]), "offload_optimizer" in zero
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigError(
            f'"{path}" is no DeepSpeed configuration with zero_optimization.stage: {error}',
            f"Name one as deepspeed_config.deepspeed_config_file in {LAUNCH_FILE}.",
        ) from error
