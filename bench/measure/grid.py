"""Which runs are measured: models by architecture, and what is varied around a middle case."""

from __future__ import annotations

import re
from typing import Any

Case = dict[str, Any]

# Dimensions of published models (their config.json); weights are random, so nothing is downloaded.
MODELS: dict[str, dict[str, Any]] = {
    "tiny": {"kind": "llama", "hidden": 64, "layers": 2, "heads": 4, "kv": 2, "head_dim": 16,
             "mlp": 128, "vocab": 512, "tied": True},
    "llama-0.1b": {"kind": "llama", "hidden": 768, "layers": 12, "heads": 12, "kv": 12,
                   "head_dim": 64, "mlp": 2048, "vocab": 32_000, "tied": True},
    "qwen3-0.6b": {"kind": "qwen3", "hidden": 1024, "layers": 28, "heads": 16, "kv": 8,
                   "head_dim": 128, "mlp": 3072, "vocab": 151_936, "tied": True},
    "llama-1b": {"kind": "llama", "hidden": 2048, "layers": 16, "heads": 32, "kv": 8,
                 "head_dim": 64, "mlp": 8192, "vocab": 128_256, "tied": True},
    "qwen3-1.7b": {"kind": "qwen3", "hidden": 2048, "layers": 28, "heads": 16, "kv": 8,
                   "head_dim": 128, "mlp": 6144, "vocab": 151_936, "tied": True},
    "llama-3b": {"kind": "llama", "hidden": 3072, "layers": 28, "heads": 24, "kv": 8,
                 "head_dim": 128, "mlp": 8192, "vocab": 128_256, "tied": True},
    "mistral-7b": {"kind": "llama", "hidden": 4096, "layers": 32, "heads": 32, "kv": 8,
                   "head_dim": 128, "mlp": 14_336, "vocab": 32_768, "tied": False},
    "llama-8b": {"kind": "llama", "hidden": 4096, "layers": 32, "heads": 32, "kv": 8,
                 "head_dim": 128, "mlp": 14_336, "vocab": 128_256, "tied": False},
}

MIDDLE: Case = {
    "method": "lora", "dtype": "bf16-mixed", "optimizer": "adamw", "checkpointing": True,
    "fused_loss": False, "length": 2048, "batch": 1, "accumulation": 1, "attention": "sdpa",
    "lora_rank": 16,
}

# One thing is changed at a time, so that each row says what that thing costs.
AROUND: list[Case] = [
    {},
    {"fused_loss": True},
    {"checkpointing": False},
    {"checkpointing": False, "length": 512},
    {"batch": 4},
    {"batch": 8, "length": 512},
    {"length": 8192, "fused_loss": True},
    {"accumulation": 4},
    {"attention": "eager"},
    {"lora_rank": 128},
    {"dtype": "bf16"},
    {"method": "qlora"},
    {"method": "qlora", "fused_loss": True},
    {"method": "qlora", "batch": 4},
    {"method": "qlora", "optimizer": "paged-adamw-8bit"},
    {"method": "full"},
    {"method": "full", "dtype": "bf16"},
    {"method": "full", "dtype": "bf16", "fused_loss": True},
    {"method": "full", "dtype": "bf16", "optimizer": "adamw-8bit"},
    {"method": "full", "dtype": "bf16", "optimizer": "adafactor"},
    {"method": "full", "dtype": "bf16", "optimizer": "sgd"},
    {"method": "full", "dtype": "fp32"},
    {"method": "full", "batch": 4},
]

# The whole way on a processor in a minute: every method, both losses, once.
TINY: list[Case] = [
    {"method": "lora", "dtype": "fp32"},
    {"method": "lora", "dtype": "bf16-mixed", "fused_loss": True},
    {"method": "full", "dtype": "bf16", "checkpointing": False, "optimizer": "adafactor"},
    {"method": "full", "dtype": "bf16-mixed", "accumulation": 2, "attention": "eager"},
    {"method": "qlora", "fused_loss": True},
]


def case_id(case: Case) -> str:
    """A name that says everything that was varied."""
    switches = "".join(
        f"-{name}" for name, on in (
            ("ckpt", case["checkpointing"]), ("fused", case["fused_loss"]),
            ("eager", case["attention"] == "eager"),
        ) if on
    )
    rank = f"-r{case['lora_rank']}" if case["method"] != "full" else ""
    return (
        f"{case['model']}-{case['method']}{rank}-{case['dtype']}-{case['optimizer']}"
        f"-l{case['length']}-b{case['batch']}-a{case['accumulation']}{switches}"
    )


def grid(*, cpu: bool, only: str | None = None) -> list[Case]:
    """Every case, small models first: what is learnt early helps to stop early."""
    if cpu:
        cases = [{**MIDDLE, "length": 64, "batch": 2, "lora_rank": 4, **c, "model": "tiny"} for c in TINY]
    else:
        cases = [{**MIDDLE, **c, "model": m} for m in MODELS if m != "tiny" for c in AROUND]
    named = [{**case, "id": case_id(case)} for case in cases]
    return [case for case in named if only is None or re.search(only, case["id"])]
