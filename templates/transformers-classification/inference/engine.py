"""The model behind the server. Imported in the background: torch takes seconds to load."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from pipeline.adapters import SERVING_DTYPES
from pipeline.config import Config
from pipeline.measure import encode_texts, predict
from pipeline.model import load_finished


@dataclass(frozen=True)
class Judgement:
    """The probabilities of one text."""

    probabilities: list[float]
    tokens: int
    truncated: bool


class Engine(Protocol):
    """What the server needs of a model."""

    labels: list[str]

    def classify(self, texts: list[str]) -> list[Judgement]:
        """Judge texts, in their order."""


class TransformersEngine:
    """One forward pass a batch; long texts are cut as in training."""

    def __init__(self, config: Config) -> None:
        serving = config.serving
        self.model, self.tokenizer = load_finished(
            config, serving.model_path, serving.adapter_path, SERVING_DTYPES[serving.dtype]
        )
        self.labels = [
            self.model.config.id2label[number] for number in range(self.model.config.num_labels)
        ]
        self.max_length = config.model.max_length
        self.batch_size = serving.max_texts
        self.classify(["warm-up"])  # the first request must not pay for lazy initialisation

    def classify(self, texts: list[str]) -> list[Judgement]:
        """Judge texts, in their order."""
        # One token more than is read tells a text that is cut from one that just fits.
        lengths = [
            len(ids)
            for ids in self.tokenizer(texts, truncation=True, max_length=self.max_length + 1)[
                "input_ids"
            ]
        ]
        data = encode_texts(texts, self.tokenizer, self.max_length)
        found = predict(self.model, self.tokenizer, data, self.batch_size)
        return [
            Judgement(row.tolist(), min(length, self.max_length), length > self.max_length)
            for row, length in zip(found, lengths, strict=True)
        ]


def load_engine(config: Config) -> Engine:
    """The model as the configuration serves it."""
    return TransformersEngine(config)
