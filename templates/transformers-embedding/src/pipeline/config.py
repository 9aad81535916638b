"""The one typed description of a run: contrastive training of a text embedding model.

`settings.py` has what every task shares and how the files are merged.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from pipeline import settings, text_settings
from pipeline.text_settings import MethodConfig


class ModelConfig(text_settings.ModelConfig):
    """The base model. Remote code is never trusted, and only safetensors weights are loaded."""

    pooling: Literal["mean", "cls", "lasttoken"] | None = Field(
        None,
        description="How the vectors of tokens become one. null: as the model was published; the "
        "mean for one that says nothing.",
    )
    query_prompt: str | None = Field(
        None, description="Written before every query. null: the model's own; empty: none."
    )
    document_prompt: str | None = Field(
        None, description="Written before every document. null: the model's own; empty: none."
    )


class DataConfig(settings.DataConfig):
    """Where the queries and their documents are."""

    hard_negatives: int = Field(
        0,
        ge=0,
        le=16,
        description="Documents of each row that look right and are not; rows must hold as many.",
    )


class TrainingConfig(settings.TrainingConfig):
    """The optimisation: each query's document against the other documents around it."""

    negatives_from: Literal["micro-batch", "step"] = Field(
        "micro-batch",
        description="Whose documents are the others: those of one forward pass, or of the whole "
        "optimizer step at the price of one forward pass more (GradCache, Gao et al. 2021).",
    )
    temperature: float = Field(
        0.05, gt=0.0, le=1.0, description="Cosines are divided by it: low looks at the hardest."
    )


class EvaluationConfig(settings.EvaluationConfig):
    """What is measured before and after training, and what promotes a model."""

    corpus_path: Path | None = Field(
        None, description='More documents to search among, {"text"} a line: the harder, the truer.'
    )


class ServingConfig(settings.ServingConfig):
    """The HTTP server and its limits; every limit is explicit."""

    max_texts: int = Field(64, ge=1, description="Texts of one request.")


class Config(settings.RunConfig):
    """Everything a run depends on."""

    model: ModelConfig = Field(default_factory=ModelConfig)
    method: MethodConfig = Field(default_factory=MethodConfig)
    data: DataConfig = Field(default_factory=DataConfig)
    training: TrainingConfig = Field(default_factory=TrainingConfig)
    evaluation: EvaluationConfig = Field(default_factory=EvaluationConfig)
    serving: ServingConfig = Field(default_factory=ServingConfig)

    def memory_advice(self) -> list[str]:
        """A smaller micro batch that keeps its negatives."""
        if self.training.negatives_from == "step":
            return []
        return [
            "training.negatives_from: step (then a smaller micro batch costs no negatives, but a "
            "forward pass more)"
        ]


def load_config(
    config_dir: Path | str = "configs",
    overlays: Iterable[Path | str] = (),
    overrides: Iterable[str] = (),
) -> Config:
    """Merge a project's configuration files, overlays and `section.key=value` overrides."""
    return parse_config(settings.merged_values(config_dir, overlays, overrides))


def parse_config(values: Mapping[str, Any]) -> Config:
    """Check values; each complaint names its key and, for a typo, the nearest known one."""
    return settings.checked(Config, values)
