"""The engine's arguments, typed: what is in engine.yaml is what this project means to set.

vLLM reads the same file. It would take any of its some hundred arguments; here an unknown key is an
error, so that none is set by a typo or in passing. Nothing of vLLM is imported.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from pipeline.settings import read_settings

ENGINE_FILE = Path("inference/vllm/engine.yaml")
IMAGE = "vllm/vllm-openai:v0.33.0"
"""The official image of the version that engine.yaml was written for."""
ENVIRONMENT = {
    "HF_HUB_OFFLINE": "1",  # the weights are there: nothing is fetched
    "VLLM_NO_USAGE_STATS": "1",
    "VLLM_MAX_N_SEQUENCES": "1",  # answers to a request; vLLM's own limit of `n` is 16384
}
"""What vLLM reads from the environment where no start.sh sets it."""


def how_made(folder: Path) -> str:
    """For whoever has no weights in this folder yet."""
    if folder.name == "export":
        return "Run `make export`."
    return "Run `make export`, then `make quantise`."


def _kebab(name: str) -> str:
    return name.replace("_", "-")


class Section(BaseModel):
    """Keys as vLLM writes them, every one of them known."""

    model_config = ConfigDict(extra="forbid", frozen=True, alias_generator=_kebab)


class GenerationLimits(BaseModel):
    """Where an answer ends, whatever a request asks for."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    max_new_tokens: int = Field(ge=1)


class TemplateSettings(BaseModel):
    """What the chat template is told; templates pass over what they do not know."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    enable_thinking: bool


class MediaLimits(BaseModel):
    """How many of each a request may hold; memory is set aside for them at the start."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    image: int = Field(ge=0)
    video: int = Field(ge=0)
    audio: int = Field(ge=0)


class EngineArguments(Section):
    """`engine.yaml`."""

    model: str = Field(min_length=1)
    served_model_name: str = Field(min_length=1)
    host: str
    port: int = Field(ge=1024, le=65535)
    load_format: Literal["safetensors"]
    trust_remote_code: Literal[False]
    dtype: Literal["bfloat16", "float16", "float32"]
    quantization: Literal["fp8"] | None
    kv_cache_dtype: Literal["auto", "fp8"]
    max_model_len: int = Field(ge=1)
    max_num_seqs: int = Field(ge=1)
    max_num_batched_tokens: int = Field(ge=1)
    gpu_memory_utilization: float = Field(gt=0.0, lt=1.0)
    tensor_parallel_size: int = Field(ge=1)
    override_generation_config: GenerationLimits
    default_chat_template_kwargs: TemplateSettings
    limit_mm_per_prompt: MediaLimits
    middleware: list[str] = Field(default_factory=list)
    shutdown_timeout: int = Field(ge=0)
    disable_uvicorn_access_log: bool

    @model_validator(mode="after")
    def _room_for_every_request(self) -> EngineArguments:
        if self.max_num_batched_tokens < self.max_num_seqs:
            raise ValueError(
                f"max-num-batched-tokens {self.max_num_batched_tokens} is below max-num-seqs "
                f"{self.max_num_seqs}: each running request takes a token of every step"
            )
        if self.override_generation_config.max_new_tokens >= self.max_model_len:
            raise ValueError("max_new_tokens leaves no room for a prompt in max-model-len")
        return self

    def command_line(self, *, without: frozenset[str] = frozenset()) -> list[str]:
        """The same as arguments, for a place that takes no file; the model comes first."""
        line = [self.model]
        for name, value in self.model_dump(by_alias=True).items():
            if name == "model" or name in without or value is None or value is False:
                continue
            values: list[Any] = value if isinstance(value, list) else [value]
            line.append(f"--{name}")
            line.extend(
                json.dumps(v) if isinstance(v, dict) else str(v) for v in values if v is not True
            )
        return line


def load_arguments(path: Path = ENGINE_FILE) -> EngineArguments:
    """Checked: each complaint names its key."""
    return read_settings(EngineArguments, path)
