"""Answers from a model: one place for evaluation and for the server."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from transformers import (
    GenerationConfig,
    PreTrainedModel,
    PreTrainedTokenizerBase,
    StoppingCriteria,
    StoppingCriteriaList,
)

Prompt = dict[str, torch.Tensor]
"""`input_ids` of one conversation, and what else the model is shown, under its own words."""


@dataclass(frozen=True)
class Answer:
    """A generated text and its token counts."""

    text: str
    prompt_tokens: int
    completion_tokens: int
    finish_reason: str  # "stop" or "length"


class StopWhen(StoppingCriteria):
    """Ends a generation between two tokens once a condition holds."""

    def __init__(self, condition: Callable[[], bool]) -> None:
        self.condition = condition

    def __call__(self, input_ids: torch.Tensor, scores: Any, **_: object) -> torch.Tensor:  # noqa: ARG002
        """One flag per sequence of the batch."""
        return torch.full(
            (input_ids.shape[0],), self.condition(), dtype=torch.bool, device=input_ids.device
        )


def tokenizer_of(processor: Any) -> PreTrainedTokenizerBase:
    """The tokenizer itself, or that of a processor which also reads pictures."""
    return getattr(processor, "tokenizer", processor)


def generate(
    model: PreTrainedModel,
    processor: Any,
    prompt: Prompt,
    *,
    max_new_tokens: int,
    temperature: float = 0.0,
    top_p: float = 1.0,
    seed: int | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Answer:
    """Continue a prompt; temperature 0 is greedy."""
    inputs = {name: value.to(model.device) for name, value in prompt.items()}
    ids, tokenizer = inputs["input_ids"], tokenizer_of(processor)
    sampling: dict[str, Any] = {"do_sample": False}
    if temperature > 0:
        sampling = {"do_sample": True, "temperature": temperature, "top_p": top_p}
        if seed is not None:
            torch.manual_seed(seed)
    ends = _end_token_ids(model, tokenizer)
    with torch.inference_mode():
        output = model.generate(
            **inputs | {"attention_mask": torch.ones_like(ids)},
            generation_config=GenerationConfig(
                max_new_tokens=max_new_tokens,
                eos_token_id=sorted(ends),
                pad_token_id=tokenizer.pad_token_id or min(ends, default=0),
                **sampling,
            ),
            stopping_criteria=StoppingCriteriaList([StopWhen(cancelled)] if cancelled else []),
        )
    new_ids = output[0, ids.shape[1] :].tolist()
    stopped = bool(new_ids) and new_ids[-1] in ends
    return Answer(
        text=str(tokenizer.decode(new_ids, skip_special_tokens=True)).strip(),
        prompt_tokens=ids.shape[1],
        completion_tokens=len(new_ids),
        finish_reason="stop" if stopped else "length",
    )


def _end_token_ids(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase) -> set[int]:
    """Chat models often end a turn with another token than their text: honour both."""
    declared = getattr(model.generation_config, "eos_token_id", None)
    ids = set(declared if isinstance(declared, list) else [declared])
    ids.add(tokenizer.eos_token_id)
    return {int(token) for token in ids if token is not None}
