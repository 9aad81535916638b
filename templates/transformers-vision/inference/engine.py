"""The model behind the server. Imported in the background: torch takes seconds to load."""

from __future__ import annotations

from typing import Protocol

import torch
from PIL import Image

from pipeline.adapters import SERVING_DTYPES
from pipeline.config import Config
from pipeline.data import still_transform
from pipeline.model import load_finished


class Engine(Protocol):
    """What the server needs of a model."""

    def classify(self, image: Image.Image, top_k: int) -> list[tuple[str, float]]:
        """The likeliest classes with their probabilities, the first first."""


class TransformersEngine:
    """One picture at a time: right for tests and low traffic."""

    def __init__(self, config: Config) -> None:
        serving = config.serving
        self.model, processor = load_finished(
            config, serving.model_path, serving.adapter_path, SERVING_DTYPES[serving.dtype]
        )
        self.still = still_transform(processor, config.model.image_size)
        # The first request must not pay for lazy initialisation.
        self.classify(Image.new("RGB", (config.model.image_size,) * 2), top_k=1)

    def classify(self, image: Image.Image, top_k: int) -> list[tuple[str, float]]:
        """Classify a picture."""
        pixels = self.still(image).unsqueeze(0).to(self.model.device, self.model.dtype)
        with torch.inference_mode():
            probabilities = self.model(pixel_values=pixels).logits[0].float().softmax(dim=-1)
        best = probabilities.topk(min(top_k, len(probabilities)))
        names = self.model.config.id2label
        return [
            (names[number], probability)
            for number, probability in zip(best.indices.tolist(), best.values.tolist(), strict=True)
        ]


def load_engine(config: Config) -> Engine:
    """The model as the configuration serves it."""
    return TransformersEngine(config)
