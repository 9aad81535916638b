"""Conversations: what a row of them must hold, and the text a model reads them as."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from transformers import PreTrainedTokenizerBase

from pipeline.errors import DataError

ROLES = ("system", "user", "assistant", "tool")

Turns = Sequence[dict[str, str]]

PLAIN_CHAT_TEMPLATE = (
    "{% if bos_token %}{{ bos_token }}{% endif %}"
    "{% for message in messages %}{{ message['role'] | capitalize }}: {{ message['content'] }}"
    "{% if message['role'] == 'assistant' %}{{ eos_token }}{% endif %}{{ '\\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ 'Assistant:' }}{% endif %}"
)
"""For base models, which publish none: plain words, so that no token has to be learned anew.

It begins as the model's texts did in pretraining. The space before an answer is the answer's: alone
at the end of a prompt it would be another token than the one that a first word begins with.
"""


def turns_fault(messages: Any, key: str = "messages") -> tuple[str, str] | None:
    """The first thing wrong with a list of turns: a code and a sentence."""
    if not isinstance(messages, list):
        return "schema", f'"{key}" must be a list'
    if not messages:
        return "empty", f'"{key}" is empty'
    for index, message in enumerate(messages):
        if not isinstance(message, dict) or not isinstance(message.get("content"), str):
            return "schema", f"{key}[{index}] must hold a role and a text content"
        if message.get("role") not in ROLES:
            return "schema", f"{key}[{index}].role must be one of {', '.join(ROLES)}"
        if not message["content"].strip():
            return "empty", f"{key}[{index}].content is empty"
    return None


def text_fault(row: dict[str, Any], keys: Sequence[str]) -> tuple[str, str] | None:
    """The first of these keys that holds no text."""
    for key in keys:
        if not isinstance(row.get(key), str):
            return "schema", f'"{key}" must be text'
        if not row[key].strip():
            return "empty", f'"{key}" is empty'
    return None


TEMPLATE_SETTINGS = {"enable_thinking": False}
"""A model that can think first (Qwen3) answers at once: thoughts would fill the planned answer.

Training, evaluation and the engine (inference/vllm/engine.yaml) read conversations alike. Other
templates pass over it.
"""


def render(turns: Turns, tokenizer: PreTrainedTokenizerBase, *, prompt: bool = False) -> str:
    """A conversation as the model reads it; with `prompt`, up to where its answer begins."""
    if tokenizer.chat_template is None:
        raise DataError(
            "The tokenizer has no chat template",
            "Use an instruction-tuned model.id, or a data.format without turns.",
        )
    return str(
        tokenizer.apply_chat_template(
            list(turns), tokenize=False, add_generation_prompt=prompt, **TEMPLATE_SETTINGS
        )
    )
