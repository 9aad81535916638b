"""The model behind the server. Imported in the background: torch takes seconds to load."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Protocol

import torch

from inference.limits import Refusal
from inference.prompt import received_prompt
from pipeline.adapters import SERVING_DTYPES
from pipeline.config import Config
from pipeline.generate import Answer, generate, tokenizer_of
from pipeline.model import load_finished


class Engine(Protocol):
    """What the server needs of a model."""

    def answer(
        self,
        messages: list[dict[str, Any]],
        *,
        max_new_tokens: int,
        temperature: float,
        top_p: float,
        seed: int | None,
        cancelled: Callable[[], bool],
    ) -> Answer:
        """Answer a conversation; stops early once `cancelled` says so."""


class TransformersEngine:
    """Transformers' own generation: right for tests and low traffic, one request at a time."""

    def __init__(self, config: Config) -> None:
        serving = config.serving
        self.config = config
        self.model, self.processor = load_finished(
            config, serving.model_path, serving.adapter_path, SERVING_DTYPES[serving.dtype]
        )
        text_config = self.model.config.get_text_config()
        limit = getattr(text_config, "max_position_embeddings", math.inf)
        self.max_input_tokens = int(min(serving.max_input_tokens, limit - serving.max_new_tokens))
        # One token through every layer: the first request must not pay for lazy initialisation.
        first = torch.tensor([[tokenizer_of(self.processor).eos_token_id or 0]])
        generate(self.model, self.processor, {"input_ids": first}, max_new_tokens=1)

    def answer(
        self,
        messages: list[dict[str, Any]],
        *,
        max_new_tokens: int,
        temperature: float,
        top_p: float,
        seed: int | None,
        cancelled: Callable[[], bool],
    ) -> Answer:
        """Answer a conversation."""
        prompt = received_prompt(messages, self.processor, self.config)
        tokens = prompt["input_ids"].shape[1]
        if tokens > self.max_input_tokens:
            raise Refusal(
                400,
                f"The prompt has {tokens} tokens; at most {self.max_input_tokens} are accepted",
                "prompt_too_long",
            )
        return generate(
            self.model,
            self.processor,
            prompt,
            max_new_tokens=max_new_tokens,
            temperature=temperature,
            top_p=top_p,
            seed=seed,
            cancelled=cancelled,
        )


def load_engine(config: Config) -> Engine:
    """The model as the configuration serves it."""
    return TransformersEngine(config)
