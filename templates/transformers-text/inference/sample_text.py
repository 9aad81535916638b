"""Texts for the load test: as long as the plan counts on, no longer, and no two alike."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

MARKS = ("amber", "birch", "coral", "delta", "ember", "forest", "granite", "harbor", "island")
"""At the start of each text, in another order: nine words have 362,880, all of the same tokens."""

SENTENCE = "Every call to your API fails and nothing in the log says why. What do I do? "
"""Without digits: some vocabularies take each of them as a token."""

TOKENS_PER_WORD = 1.5
"""Where no tokenizer is there to ask, on the safe side: English prose takes 1.1 to 1.4."""

TEMPLATE_TOKENS = 48
"""Likewise for what a chat template writes around a text; some tell the model the date."""


def sample_text(number: int, tokens: int, model_path: Path | None) -> str:
    """A support ticket of this number, so that no cache answers it; its least are its marks.

    It is counted with the tokenizer of the model that is served where that was exported to this
    machine, what a chat template writes around it included.
    """
    return _text(number, _room(tokens, model_path))


@lru_cache
def _room(tokens: int, model_path: Path | None) -> int:
    """Words that fit behind the marks."""
    count = _counter(model_path)
    if count is None:
        return max(int((tokens - TEMPLATE_TOKENS) / TOKENS_PER_WORD) - len(_text(0, 0).split()), 0)
    # A word takes one token at least, so that there are never more words than tokens.
    return max(bisect_right(range(tokens), tokens, key=lambda words: count(_text(0, words))) - 1, 0)


def _counter(model_path: Path | None) -> Callable[[str], int] | None:
    """What a text takes of the served model's tokens."""
    if model_path is None or not model_path.is_dir():
        return None
    # The server imports this module too, and has to start at once.
    from pipeline.tokenizer import read_tokenizer  # noqa: PLC0415

    tokenizer = read_tokenizer(model_path)

    def count(text: str) -> int:
        if tokenizer.chat_template is None:
            return len(tokenizer(text)["input_ids"])
        turns = [{"role": "user", "content": text}]
        asked = tokenizer.apply_chat_template(
            turns, tokenize=False, add_generation_prompt=True, enable_thinking=False
        )
        return len(tokenizer(str(asked), add_special_tokens=False)["input_ids"])

    return count


def _text(number: int, words: int) -> str:
    marks, order = list(MARKS), []
    while marks:
        number, place = divmod(number, len(marks))
        order.append(marks.pop(place))
    sentence = SENTENCE.split()
    return " ".join(["Ticket", *order, *(sentence * (words // len(sentence) + 1))[:words]])
