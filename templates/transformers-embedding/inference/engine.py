"""The model behind the server. Imported in the background: torch takes seconds to load."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np

from pipeline.adapters import SERVING_DTYPES
from pipeline.config import Config
from pipeline.model import embed, load_finished


@dataclass(frozen=True)
class Vectors:
    """A row a text, each of length one, and the tokens that were read."""

    values: np.ndarray
    tokens: int


class Engine(Protocol):
    """What the server needs of a model."""

    def embed(self, texts: list[str], kind: Literal["query", "document"]) -> Vectors:
        """Embed texts, in their order."""


class SentenceEngine:
    """One forward pass a batch; texts longer than model.max_length are cut as in training."""

    def __init__(self, config: Config) -> None:
        serving = config.serving
        self.model, self.processor = load_finished(
            config, serving.model_path, serving.adapter_path, SERVING_DTYPES[serving.dtype]
        )
        self.batch_size = serving.max_texts
        self.embed(["warm-up"], "query")  # the first request must not pay for lazy initialisation

    def embed(self, texts: list[str], kind: Literal["query", "document"]) -> Vectors:
        """Embed texts, in their order."""
        tokens = sum(len(ids) for ids in self.processor.encode(texts, kind))
        return Vectors(embed(self.model, texts, kind, self.batch_size), tokens)


def load_engine(config: Config) -> Engine:
    """The model as the configuration serves it."""
    return SentenceEngine(config)
