"""What a model of text is asked, as it reads it."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from transformers import PreTrainedTokenizerBase

from pipeline.chat import TEMPLATE_SETTINGS
from pipeline.config import Config
from pipeline.generate import Prompt
from pipeline.rows import Row


def render_prompt(messages: Sequence[dict[str, str]], tokenizer: PreTrainedTokenizerBase) -> Prompt:
    """Messages as the tokens the model is to continue.

    A tokenizer without a chat template belongs to a prompt-completion model: the last message is
    the prompt.
    """
    if tokenizer.chat_template is None:
        ids = tokenizer(messages[-1]["content"])["input_ids"]
    else:
        text = tokenizer.apply_chat_template(
            list(messages), tokenize=False, add_generation_prompt=True, **TEMPLATE_SETTINGS
        )
        ids = tokenizer(str(text), add_special_tokens=False)["input_ids"]
    return {"input_ids": torch.tensor([list(ids)])}


def golden_prompt(row: Row, tokenizer: PreTrainedTokenizerBase, _: Config) -> Prompt:
    """A golden row up to where the model answers."""
    return render_prompt(row["messages"], tokenizer)
