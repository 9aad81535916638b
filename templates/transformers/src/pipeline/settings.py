"""What every run's configuration shares, and how a configuration is read.

A project's configuration is `base.yaml`, `train.yaml`, `evaluate.yaml` and `serve.yaml` merged in
that order; each file owns its own sections. Overlays (such as `smoke.yaml`) and single
`section.key=value` overrides come last. An unknown key is an error: a typo must not silently train
with a default. `config.py` adds what this project's task needs.

This module imports neither torch nor transformers, so that the server and the command line start
at once.
"""

from __future__ import annotations

import difflib
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from pipeline.errors import ConfigError

CONFIG_FILES = ("base.yaml", "train.yaml", "evaluate.yaml", "serve.yaml")
TINY_MODEL_ID = "tiny"
"""`model.id: tiny` builds a random model of this package's own, without any download."""

Method = Literal["full", "lora", "qlora", "freeze"]
Quantization = Literal["none", "nf4", "nf4-dq", "int8"]
Dtype = Literal["bf16", "bf16-mixed", "fp16-mixed", "fp32"]
LoraTargets = Literal["all-linear", "attention", "qv"]


class Section(BaseModel):
    """A group of keys in which every key is known and none changes after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True, protected_namespaces=())


class ProjectConfig(Section):
    """What the run is called and where its results go."""

    name: str = Field("project", pattern=r"^[a-z0-9][a-z0-9._-]*$", max_length=100)
    seed: int = Field(42, ge=0, lt=2**32)
    deterministic: bool = Field(
        False, description="Deterministic kernels only: bit-equal runs on one machine, but slower."
    )
    output_dir: Path = Field(Path("outputs"), description="Checkpoints, metrics and reports.")


class ModelConfig(Section):
    """The base model. Remote code is never trusted, and only safetensors weights are loaded."""

    id: str = Field(
        TINY_MODEL_ID, min_length=1, description='A hub id, a local folder, or "tiny" for tests.'
    )
    revision: str | None = Field(
        None, description="Commit SHA on the hub; null follows the default branch as it moves."
    )
    attention: Literal["sdpa", "flash_attention_2", "eager"] = "sdpa"

    @property
    def is_tiny(self) -> bool:
        """Whether this is the random model of the tests."""
        return self.id == TINY_MODEL_ID

    def smaller_input_advice(self) -> str | None:
        """Which setting makes an example cost less memory, where the task has one."""
        return None


class MethodConfig(Section):
    """Which parameters are trained, and how the frozen ones are held."""

    name: Method = "lora"
    lora_rank: int = Field(16, ge=1, le=1024)
    lora_alpha: int = Field(32, ge=1)
    lora_dropout: float = Field(0.05, ge=0.0, lt=1.0)
    lora_targets: LoraTargets | list[str] = Field(
        "all-linear", description="A usual group of linear layers, or a list of module names."
    )
    trainable_modules: list[str] = Field(
        default_factory=list,
        description="Modules trained in full beside the adapter, such as lm_head; each one also "
        "carries gradients and optimizer states.",
    )
    quantization: Quantization = Field("none", description="How the frozen base is stored.")

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """The methods of this task."""
        return get_args(cls.model_fields["name"].annotation)

    @property
    def is_adapter(self) -> bool:
        """Whether what is trained is saved as an adapter, apart from the base."""
        return self.name in ("lora", "qlora")

    @model_validator(mode="after")
    def _method_and_quantization_agree(self) -> MethodConfig:
        if self.name == "qlora" and self.quantization == "none":
            raise ValueError("name qlora needs quantization nf4, nf4-dq or int8")
        if self.name != "qlora" and self.quantization != "none":
            raise ValueError(
                f'quantization "{self.quantization}" needs name qlora: {self.name} keeps the base '
                "in 16 or 32 bit"
            )
        if self.name == "full" and self.trainable_modules:
            raise ValueError("name full trains every module: leave trainable_modules empty")
        return self


class DataConfig(Section):
    """Where the examples are."""

    raw_path: Path = Field(
        Path("data/raw"), description="A .jsonl file or a folder of them, read by prepare_data."
    )
    train_path: Path = Path("data/processed/train.jsonl")
    validation_path: Path = Path("data/processed/validation.jsonl")
    max_rows: int | None = Field(None, ge=1, description="Read at most this many rows of a file.")
    validation_fraction: float = Field(
        0.1, gt=0.0, lt=0.5, description="Share that prepare_data holds out."
    )
    allow_duplicates: bool = Field(False, description="Accept rows that are repeated on purpose.")


class TrainingConfig(Section):
    """The optimisation. One optimizer step sees micro_batch_size x gradient_accumulation_steps."""

    epochs: float = Field(3.0, gt=0.0)
    max_steps: int | None = Field(
        None, ge=1, description="Optimizer steps; overrides epochs where it is set."
    )
    micro_batch_size: int = Field(1, ge=1, description="Examples in one forward pass.")
    gradient_accumulation_steps: int = Field(16, ge=1)
    learning_rate: float = Field(2e-4, gt=0.0)
    scheduler: Literal["linear", "cosine", "constant", "constant_with_warmup"] = "cosine"
    warmup_ratio: float = Field(0.03, ge=0.0, lt=1.0, description="Share of all steps.")
    weight_decay: float = Field(0.0, ge=0.0)
    max_grad_norm: float = Field(1.0, gt=0.0)
    optimizer: Literal["adamw", "paged-adamw-8bit", "adamw-8bit", "adafactor"] = "adamw"
    dtype: Dtype = Field(
        "bf16",
        description="bf16: 16-bit weights, gradients and states. bf16-mixed and fp16-mixed: fp32 "
        "trainables with 16-bit compute. With an adapter it speaks of the trainables; the frozen "
        "base is 16-bit, except under fp32.",
    )
    gradient_checkpointing: bool = True
    logging_steps: int = Field(10, ge=1)
    eval_steps: int = Field(100, ge=1)
    save_steps: int = Field(100, ge=1)
    save_total_limit: int = Field(
        2, ge=2, description="Checkpoints kept; two, so that one is whole while one is written."
    )
    early_stopping_patience: int = Field(
        0, ge=0, description="Evaluations without improvement before stopping; 0 never stops."
    )
    resume: Literal["auto", "never"] = Field(
        "auto", description="auto: go on from the last complete checkpoint of output_dir."
    )

    @model_validator(mode="after")
    def _best_checkpoint_is_saved(self) -> TrainingConfig:
        if self.early_stopping_patience and self.save_steps % self.eval_steps:
            raise ValueError(
                f"save_steps {self.save_steps} must be a multiple of eval_steps {self.eval_steps} "
                "for early stopping: the best evaluated step has to exist on disk"
            )
        return self


class EvaluationConfig(Section):
    """What is measured before and after training, and what promotes a model."""

    batch_size: int = Field(1, ge=1, description="Examples in one evaluation forward pass.")
    golden_path: Path = Path("data/golden/golden.jsonl")
    min_improvement: float = Field(
        0.02,
        ge=0.0,
        lt=1.0,
        description="Relative improvement of the primary measure that promotes: 0.02 = 2%.",
    )


class TrackingConfig(Section):
    """Where metrics go besides output_dir/metrics.jsonl, which is always written."""

    provider: Literal["none", "tensorboard", "wandb", "mlflow"] = "tensorboard"
    experiment: str | None = Field(None, description="null uses project.name.")
    offline: bool = Field(
        False, description="Never contact a tracking server. Without its key this is the fallback."
    )


class ServingConfig(Section):
    """The HTTP server and its limits; every limit is explicit."""

    host: str = Field("127.0.0.1", description="Any host but loopback needs the API key.")
    port: int = Field(8000, ge=0, le=65535)
    model_path: Path | None = Field(
        Path("models/export"), description="Merged weights; null serves model.id (+ adapter_path)."
    )
    adapter_path: Path | None = Field(None, description="An adapter put on model.id when serving.")
    dtype: Literal["bf16", "fp16", "fp32"] = "bf16"
    max_concurrent_requests: int = Field(1, ge=1, description="Requests computed at a time.")
    queue_limit: int = Field(16, ge=0, description="Requests waiting; one more is refused (429).")
    requests_per_minute: int = Field(
        600, ge=1, description="Of the whole process; one more is refused (429)."
    )
    request_timeout_seconds: float = Field(120.0, gt=0.0)
    drain_timeout_seconds: float = Field(
        30.0, gt=0.0, description="Time running requests get after SIGTERM."
    )
    max_request_bytes: int = Field(1_000_000, ge=1)
    api_key_env: str = Field("API_KEY", pattern=r"^[A-Z][A-Z0-9_]*$")

    @model_validator(mode="after")
    def _one_source_of_weights(self) -> ServingConfig:
        if self.model_path is not None and self.adapter_path is not None:
            raise ValueError("adapter_path is put on model.id: set model_path to null with it")
        return self


class RunConfig(Section):
    """Everything a run depends on; a project's own `Config` narrows the sections of its task."""

    project: ProjectConfig = Field(default_factory=ProjectConfig)
    model: ModelConfig = Field(default_factory=ModelConfig)
    method: MethodConfig = Field(default_factory=MethodConfig)
    data: DataConfig = Field(default_factory=DataConfig)
    training: TrainingConfig = Field(default_factory=TrainingConfig)
    evaluation: EvaluationConfig = Field(default_factory=EvaluationConfig)
    tracking: TrackingConfig = Field(default_factory=TrackingConfig)
    serving: ServingConfig = Field(default_factory=ServingConfig)

    def warnings(self) -> list[str]:
        """What is allowed but should be a decision."""
        found = []
        if (
            self.model.revision is None
            and not self.model.is_tiny
            and not Path(self.model.id).is_dir()
        ):
            found.append(
                f'model.revision is null: "{self.model.id}" may change between two runs; '
                "`make pin-revision` pins it to the commit of today"
            )
        if (
            self.training.max_steps is not None
            and self.training.eval_steps > self.training.max_steps
        ):
            found.append(
                "training.eval_steps is above training.max_steps: only the end is evaluated"
            )
        return found

    def memory_advice(self) -> list[str]:
        """Settings of this task that save memory and leave the result the same."""
        return []


ConfigType = TypeVar("ConfigType", bound=RunConfig)


def merged_values(
    config_dir: Path | str, overlays: Iterable[Path | str], overrides: Iterable[str]
) -> dict[str, Any]:
    """A project's configuration files, overlays and `section.key=value` overrides, merged."""
    merged: dict[str, Any] = {}
    for path in [*(Path(config_dir) / name for name in CONFIG_FILES), *map(Path, overlays)]:
        merged = merge(merged, read_yaml(path))
    for override in overrides:
        merged = merge(merged, parse_override(override))
    return merged


def checked(kind: type[ConfigType], values: Mapping[str, Any]) -> ConfigType:
    """Check values; each complaint names its key and, for a typo, the nearest known one."""
    try:
        return kind.model_validate(values)
    except ValidationError as error:
        known = known_keys(kind)
        complaints = [_complaint(detail, known) for detail in error.errors(include_url=False)]
        raise ConfigError(
            "The configuration is not valid:\n" + "\n".join(f"  - {line}" for line in complaints),
            "Every key with its type and meaning is in configs/schema.json.",
        ) from error


SettingsType = TypeVar("SettingsType", bound=BaseModel)


def read_settings(kind: type[SettingsType], path: Path) -> SettingsType:
    """The checked settings of one part of the project, a file beside its code."""
    try:
        return kind.model_validate(read_yaml(path))
    except ValidationError as error:
        known = [field.alias or name for name, field in kind.model_fields.items()]
        complaints = [_complaint(detail, known) for detail in error.errors(include_url=False)]
        raise ConfigError(
            f'"{path}" is not valid:\n' + "\n".join(f"  - {line}" for line in complaints)
        ) from error


def read_yaml(path: Path) -> dict[str, Any]:
    """The mapping a YAML file holds; an empty file is an empty mapping."""
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(
            f'Cannot read the configuration "{path}": {error.strerror}',
            "Run from the project's root, or name the folder with --configs.",
        ) from error
    except yaml.YAMLError as error:
        raise ConfigError(f'"{path}" is not valid YAML: {error}') from error
    if values is None:
        return {}
    if not isinstance(values, dict):
        raise ConfigError(f'"{path}" must hold a mapping, not {type(values).__name__}')
    return values


def merge(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """`over` laid on `base`: mappings merge key by key, anything else replaces."""
    result = dict(base)
    for key, value in over.items():
        known = result.get(key)
        both = isinstance(known, Mapping) and isinstance(value, Mapping)
        result[key] = merge(known, value) if both else value  # type: ignore[arg-type]
    return result


def parse_override(text: str) -> dict[str, Any]:
    """`training.max_steps=2` as nested mappings; the value is read as YAML."""
    key, separator, value = text.partition("=")
    names = key.strip().split(".")
    if not separator or not all(names):
        raise ConfigError(f'"{text}" is not an override', "Write section.key=value.")
    result: Any = yaml.safe_load(value)
    for name in reversed(names):
        result = {name: result}
    return dict(result)


def config_hash(config: RunConfig) -> str:
    """A name for what makes a model and its measure: SHA-256 of those settings, first 16 digits.

    It is the same on every machine: where files lie, what the project is called, where metrics go
    and how the model is served make no other model. What the files hold has hashes of its own.
    """
    kept = {
        section: {key: value for key, value in values.items() if not isinstance(value, Path)}
        for section, values in config.model_dump(
            exclude={"project": {"name"}, "tracking": True, "serving": True}
        ).items()
    }
    text = json.dumps(kept, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def json_schema(kind: type[RunConfig]) -> dict[str, Any]:
    """The schema of the merged configuration, for editors and for configs/schema.json."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **kind.model_json_schema()}


def known_keys(kind: type[RunConfig]) -> list[str]:
    """Every section and every `section.key`."""
    keys = list(kind.model_fields)
    for section, field in kind.model_fields.items():
        annotation = field.annotation
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            keys.extend(f"{section}.{name}" for name in annotation.model_fields)
    return keys


def _complaint(detail: Mapping[str, Any], known: Sequence[str]) -> str:
    location = [str(part) for part in detail["loc"]]
    key = ".".join(location)
    if detail["type"] == "extra_forbidden":
        nearest = nearest_key(location, known)
        return f'unknown key "{key}"' + (f', did you mean "{nearest}"?' if nearest else "")
    message = str(detail["msg"]).removeprefix("Value error, ")
    value = detail.get("input")
    shown = f" (got {value!r})" if isinstance(value, str | int | float | bool | None) else ""
    return f"{key}: {message}{shown}" if key else message


def nearest_key(location: Sequence[str], known: Sequence[str]) -> str | None:
    """The known key most like an unknown one: of the same section first, then of any."""
    key = ".".join(location)
    depth = [name for name in known if name.count(".") == key.count(".")]
    siblings = [name for name in depth if name.split(".")[:-1] == list(location[:-1])]
    for candidates in (siblings, depth):
        found = difflib.get_close_matches(key, candidates, n=1, cutoff=0.75)
        if found:
            return found[0]
    by_name = {name.split(".")[-1]: name for name in known}
    found = difflib.get_close_matches(location[-1], list(by_name), n=1, cutoff=0.7)
    return by_name[found[0]] if found else None
