"""The model behind the server. Imported in the background: torch takes seconds to load."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from pipeline.adapters import SERVING_DTYPES
from pipeline.audio import SAMPLE_RATE
from pipeline.config import Config
from pipeline.model import load_finished
from pipeline.transcribe import transcribe


class Engine(Protocol):
    """What the server needs of a model."""

    def transcribe(self, samples: np.ndarray, language: str | None) -> str:
        """What is said in a recording."""


class TransformersEngine:
    """One recording at a time: right for tests and low traffic."""

    def __init__(self, config: Config) -> None:
        serving = config.serving
        self.config = config
        self.model, self.processor = load_finished(
            config, serving.model_path, serving.adapter_path, SERVING_DTYPES[serving.dtype]
        )
        # The first request must not pay for lazy initialisation.
        self.transcribe(np.zeros(SAMPLE_RATE // 10, dtype=np.float32), None)

    def transcribe(self, samples: np.ndarray, language: str | None) -> str:
        """Transcribe a recording."""
        limit = self.config.serving.max_new_tokens
        texts = transcribe(
            self.model, self.processor, [samples], [language], self.config, max_new_tokens=limit
        )
        return texts[0]


def load_engine(config: Config) -> Engine:
    """The model as the configuration serves it."""
    return TransformersEngine(config)
