"""What a client asks, as the model reads it."""

from __future__ import annotations

from typing import Any

from transformers import PreTrainedTokenizerBase

from pipeline.config import Config
from pipeline.generate import Prompt
from pipeline.prompt import render_prompt


def received_prompt(
    messages: list[dict[str, Any]], tokenizer: PreTrainedTokenizerBase, _: Config
) -> Prompt:
    """The conversation of a request."""
    return render_prompt(messages, tokenizer)
